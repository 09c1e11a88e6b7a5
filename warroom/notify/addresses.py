"""Which addresses a channel may have: a few services, and none of the options by which an address could do more.

An address names a service, a host and often a secret: ``mailtos://user:password@mail.example?to=soc@example``. Only
services whose traffic we have looked at are let through, and only options that say where a message goes: others read
files (``template``, ``pgpkey``, ``attach``), fetch pictures, or switch off the proof of whom we speak to (``verify``).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from warroom.errors import UsageError

_MAIL: Final = frozenset({"to", "from", "name", "smtp", "user", "pass", "mode", "cc", "bcc", "reply"})
_CHAT: Final = frozenset({"to", "channel", "thread", "topic"})
#: Services by scheme, and the options that their addresses may have.
SCHEMES: Final[dict[str, frozenset[str]]] = {
    "mailto": _MAIL,
    "mailtos": _MAIL,
    "json": frozenset({"method"}),
    "jsons": frozenset({"method"}),
    "slack": _CHAT,
    "discord": _CHAT,
    "workflows": frozenset({"id", "sig", "ver", "api-version", "pa", "powerautomate", "route", "routeid"}),
    "line": frozenset({"to"}),
    "tgram": _CHAT,
    "mmost": _CHAT,
    "mmosts": _CHAT,
    "rocket": frozenset({"to", "mode"}),
    "rockets": frozenset({"to", "mode"}),
    "gchat": frozenset({"workspace", "key", "token", "thread"}),
    "ntfy": frozenset({"to", "mode", "token", "auth", "priority"}),
    "ntfys": frozenset({"to", "mode", "token", "auth", "priority"}),
}
#: What a server of one's own is told besides: `+X-Token=…` is a header.
_FURTHER: Final = {"json": "+", "jsons": "+"}
_LONGEST: Final = 2000


def scheme_of(address: str) -> str:
    """Check an address and give its scheme.

    Raises:
        UsageError: it is none that we send to; the reason names no part of it that may be secret.
    """
    if len(address) > _LONGEST or not address.isprintable() or any(one.isspace() for one in address):
        raise UsageError(f"an address has at most {_LONGEST} printable characters and no blanks")
    scheme, found, rest = address.partition("://")
    scheme = scheme.lower()
    if not found or not rest or scheme not in SCHEMES:
        raise UsageError(f"an address begins with one of {', '.join(f'{one}://' for one in SCHEMES)}")
    try:
        urlsplit(address)
        # all behind the first question mark, however another reader divides it; a plus sign is one here
        told = re.sub("[;?#]", "&", address.partition("?")[2]).replace("+", "%2B")
        options = parse_qsl(told, keep_blank_values=True)
    except ValueError as problem:
        raise UsageError("the address cannot be read: a bracket or a port is wrong") from problem
    for name, value in options:
        # a list of addresses may hide in a value, for the library that reads it
        further = name[:1] == _FURTHER.get(scheme, "") != ""
        if not further and name.lower() not in SCHEMES[scheme]:
            known = ", ".join(sorted(SCHEMES[scheme]))
            raise UsageError(f"the option `{name[:30]}` is not let through for {scheme}; these are: {known}")
        if "://" in value:
            raise UsageError(f"the option `{name[:30]}` holds another address")
    return scheme
