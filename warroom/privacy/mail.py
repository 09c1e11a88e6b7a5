"""Finds e-mail addresses, internationalised ones too (RFC 5321, RFC 6531)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from warroom.privacy.kinds import Found, Kind

#: Signs of a local part as mail systems hand them out; RFC 5321 allows more, which nobody has.
_LOCAL: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-'"
_AT: Final = re.compile(r"@(?=[A-Za-z0-9\u00a1-\uffff])")
_LABEL: Final = r"(?:[A-Za-z0-9_-]{1,63}+|[\u00a1-\uffff-]{1,63}+)"
_DOMAIN: Final = re.compile(
    rf"(?:{_LABEL}\.){{1,8}}(?:(?:xn--[A-Za-z0-9-]{{1,59}}|[A-Za-z]{{2,24}})(?![A-Za-z0-9_-])|ไทย|[\u00a1-\uffff]{{2,24}})"
)
#: The longest that is looked at: RFC 5321 has 64.
_LOCAL_LONGEST: Final = 256
_BEYOND_ASCII: Final = re.compile(r"[\u00a1-\uffff]{1,64}\Z")
_THAI_LOCAL_LONGEST: Final = 64
#: What ends like a domain and is none: files, units of systemd, names of algorithms.
_NO_DOMAINS: Final = frozenset(
    (
        *("png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "json", "map", "html", "htm", "txt", "xml"),
        *("yml", "yaml", "conf", "log", "gz", "zip", "py", "sh", "exe", "dll", "so", "service", "socket", "timer"),
        *("mount", "slice", "target", "scope", "path", "device", "swap", "automount"),
        *("local", "localdomain", "internal", "lan"),
    )
)
_NO_PEOPLE: Final = ("openssh.com", "libssh.org", "lysator.liu.se", "putty.projects.tartarus.org")


def mails(text: str) -> Iterator[Found]:
    """Give the e-mail addresses in a text in plain form, in its order."""
    for match in _AT.finditer(text):
        at = match.start()
        begin = at - _local_length(text, at)
        if begin == at:
            continue
        domain = _DOMAIN.match(text, at + 1)
        if domain is None or _nobody(text[begin:at], domain[0].lower()):
            continue
        yield Found(Kind.EMAIL, begin, domain.end())


def _local_length(text: str, at: int) -> int:
    before = text[max(0, at - _LOCAL_LONGEST) : at]
    length = len(before) - len(before.rstrip(_LOCAL))
    if length:
        return len(before[len(before) - length :].lstrip(".'+-"))
    beyond = _BEYOND_ASCII.search(before[-_THAI_LOCAL_LONGEST:])
    return len(beyond[0]) if beyond else 0


def _nobody(local: str, domain: str) -> bool:
    return local == "git" or domain.rpartition(".")[2] in _NO_DOMAINS or domain in _NO_PEOPLE
