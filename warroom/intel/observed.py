"""What a text of an event may be listed as: the canonical values that it is, holds, or ends in.

This is the exact way, text by text; see ``sieves`` for what spares most texts from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from warroom.indicators import Kind
from warroom.intel import canonical
from warroom.machine.ip_numbers import ip_number

Candidate = tuple[Kind, str]

#: Characters of a domain; of a longer one the end is looked at.
_NAME: Final = 253
#: Bytes of a text that is searched for hashes and e-mail addresses.
_SEARCHED: Final = 8_192
_DIGESTS: Final[Mapping[int, Kind]] = {
    32: Kind.MD5,
    40: Kind.SHA1,
    56: Kind.SHA224,
    64: Kind.SHA256,
    96: Kind.SHA384,
    128: Kind.SHA512,
}
_DIGEST: Final = re.compile(r"[0-9a-fA-F]{32,}")
_MAILBOX: Final = re.compile(r"(?<![^\s@\"<>(),:;\[\]\\])([^\s@\"<>(),:;\[\]\\]{1,64})@([\w.-]{1,254})(?![\w.-])")
_WHOLE: Final = re.compile(r"https?://", re.IGNORECASE)
_AUTHORITY: Final = re.compile(r"(?:https?://)?([^/?#\\]*)", re.IGNORECASE)


def agents(text: str) -> Iterator[Candidate]:
    """Give a user agent."""
    try:
        yield canonical.one(Kind.USER_AGENT, text)
    except canonical.NotThatError:
        return


def digests(text: str) -> Iterator[Candidate]:
    """Give the hashes in a text, such as ``MD5=…,SHA256=…``."""
    for found in _DIGEST.findall(_begin(text)):
        if (kind := _DIGESTS.get(len(found))) is not None:
            yield kind, found.lower()


def mailboxes(text: str) -> Iterator[Candidate]:
    """Give the e-mail addresses in a text."""
    for local, host in _MAILBOX.findall(_begin(text)):
        name = _in_ascii(host.removesuffix("."))
        if name is not None:
            yield Kind.EMAIL, f"{local.lower()}@{name}"


def names(text: str) -> Iterator[Candidate]:
    """Give a name of a host and what it ends in, as far as those may be domains."""
    labels = text.removesuffix(".")[-_NAME:].lower().split(".")
    if len(text.removesuffix(".")) > _NAME:
        labels = labels[1:]
    ending = ""
    for place, label in enumerate(reversed(labels)):
        own = label if label.isascii() else _in_ascii(label)
        if own is None:
            return
        ending = f"{own}.{ending}" if place else own
        if place:
            yield Kind.DOMAIN, ending


def host_of(text: str) -> str:
    """Give the host of a URL, or what stands before a path or port; "" where there is none."""
    found = _AUTHORITY.match(text)
    host = "" if found is None else found[1].rpartition("@")[2]
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.rpartition(":")[0] if ":" in host else host


def is_whole(url: str) -> bool:
    """Whether a URL names its host."""
    return _WHOLE.match(url) is not None


def urls(text: str) -> Iterator[Candidate]:
    """Give a whole URL, under both schemes: how it was asked for says nothing about what it is."""
    if not is_whole(text):
        return
    try:
        kind, url = canonical.one(Kind.URL, text)
    except canonical.NotThatError:
        return
    rest = url.partition("://")[2]
    yield kind, f"http://{rest}"
    yield kind, f"https://{rest}"


def address(text: str) -> Candidate | None:
    """Give an IP address; None where it is none."""
    family, high, low, _ = ip_number(text)
    if not family:
        return None
    return (Kind.IPV4, str(IPv4Address(low))) if family == 4 else (Kind.IPV6, str(IPv6Address(high << 64 | low)))  # noqa: PLR2004  IP


def _begin(text: str) -> str:
    return text if len(text) * 4 <= _SEARCHED else text.encode()[:_SEARCHED].decode(errors="ignore")


def _in_ascii(name: str) -> str | None:
    """Give a name in ASCII, small letters; None where it cannot be one."""
    if name.isascii():
        return name.lower()
    if len(name) > _NAME:
        return None
    try:
        return name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None


#: What a column's texts are looked through for.
Reader = Callable[[str], Iterator[Candidate]]
