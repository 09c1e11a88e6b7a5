"""Entries of warning lists: what each may look like, and the kinds of indicators that a list is about.

MISP's five ways to match are those of its warning lists (https://github.com/MISP/misp-warninglists). An entry that
would cover everything is refused: whoever writes a list must not be able to silence the war room with one line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from warroom.indicators import Kind
from warroom.intel.formats.misp_types import PARTS

#: How an entry is compared with a value.
MATCHINGS: Final = ("string", "substring", "hostname", "cidr", "regex")
#: The longest entry, in characters; no value is longer.
LONGEST: Final = 2_048

_SHORTEST_PART: Final = 3
_HOST: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_DELIMITED: Final = re.compile(r"/(.*)/([a-zA-Z]*)", re.DOTALL)
_FLAGS: Final = {"i": "i", "m": "m", "s": "s", "g": "", "u": ""}  # all are searched for, and all is UTF-8
_WIDTHS: Final[Mapping[int, int]] = {AF_INET: 32, AF_INET6: 128}
_MAPPED: Final = 0xFFFF << 32  # ::ffff:0:0/96, RFC 4291 section 2.5.5.2
_MAPPED_PREFIX: Final = 96

#: MISP's types that no indicator has, but warning lists and matches have.
_MORE: Final[Mapping[str, tuple[Kind | None, ...]]] = {"uri": (Kind.URL,), "ip": (Kind.IPV4,)}
_FAMILIES: Final = frozenset((Kind.IPV4, Kind.IPV6))


class Range(NamedTuple):
    """A network as numbers: ``family`` is AF_INET or AF_INET6, both ends belong to it."""

    family: int
    first: int
    last: int


def kinds_of(applies_to: str | None) -> frozenset[Kind] | None:
    """Give the kinds that MISP's types of attributes (by blanks) stand for; None where a list is about all."""
    if not applies_to:
        return None
    found = {kind for word in applies_to.split() for kind in PARTS.get(word) or _MORE.get(word, ()) if kind is not None}
    return frozenset(found | _FAMILIES if found & _FAMILIES else found)


def sound(matching: str, text: str) -> str:
    """Give an entry as it is kept. Raises ValueError with the reason where it cannot be one."""
    entry = text.strip()
    if not entry or len(entry) > LONGEST or not entry.isprintable():
        raise ValueError(f"an entry has 1 to {LONGEST} printable characters")
    if matching == "cidr":
        network(entry)
    elif matching == "regex":
        expression(entry)
    elif matching == "hostname":
        return host(entry)
    elif matching == "substring" and len(entry) < _SHORTEST_PART:
        raise ValueError(f"a part of fewer than {_SHORTEST_PART} characters is in nearly every value")
    elif matching not in MATCHINGS:
        raise ValueError(f"lists match by {', '.join(MATCHINGS)}")
    return entry


def lowered(text: str) -> str:
    """Make ASCII letters small, as ``pyarrow.compute.ascii_lower`` does."""
    return text.encode().lower().decode()


def host(text: str) -> str:
    """Give a name without the dots around it, in ASCII and small letters. Raises ValueError."""
    name = text.removeprefix("*").strip(".").lower()
    if not name.isascii():
        name = name.encode("idna").decode().lower()
    if len(name) > 253 or not _HOST.fullmatch(name):  # noqa: PLR2004 (RFC 1035 section 2.3.4)
        raise ValueError("no name of a host")
    return name


def network(text: str) -> Range:
    """Read an address or a network; IPv4 in IPv6 becomes IPv4. Raises ValueError."""
    address, slash, length = text.partition("/")
    family = AF_INET6 if ":" in address else AF_INET
    width = _WIDTHS[family]
    try:
        number = int.from_bytes(inet_pton(family, address))
    except (OSError, ValueError) as problem:
        raise ValueError("neither an address nor a network") from problem
    if slash and not (length.isascii() and length.isdigit() and len(length) <= 3 and int(length) <= width):  # noqa: PLR2004
        raise ValueError(f"the length of a network's prefix is 0 to {width}")
    prefix = int(length) if slash else width
    if family == AF_INET6 and prefix >= _MAPPED_PREFIX and number >> 32 == _MAPPED >> 32:
        family, width, prefix, number = AF_INET, 32, prefix - _MAPPED_PREFIX, number & 0xFFFFFFFF
    if prefix == 0:
        raise ValueError("it covers every address")
    size = 1 << (width - prefix)
    first = number & ~(size - 1)
    return Range(family, first, first + size - 1)


def expression(text: str) -> str:
    """Give a regular expression as RE2 takes it, which needs time in proportion to the text whatever it says.

    MISP writes them with delimiters and flags: ``/^abuse@/i``. Raises ValueError for what RE2 cannot do (it refuses
    what would make others slow: back references, looking around) and for what matches everything.
    """
    body, flags = text, ""
    if delimited := _DELIMITED.fullmatch(text):
        body = delimited[1]
        unknown = set(delimited[2]) - set(_FLAGS)
        if unknown:
            raise ValueError(f"no flag of an expression: {', '.join(sorted(unknown))}")
        flags = "".join(sorted({_FLAGS[flag] for flag in delimited[2]}))
    found = f"(?{flags}:{body})" if flags else f"(?:{body})"
    try:
        if pc.match_substring_regex(pa.scalar(""), found).as_py():
            raise ValueError("it matches the empty text, and so everything")
    except pa.ArrowInvalid as problem:
        raise ValueError(f"an expression that is not taken: {str(problem)[:150]}") from problem
    return found
