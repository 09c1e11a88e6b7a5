"""What stands before a device's own words: the header that syslog, in any of its forms, puts there.

Sources: RFC 3164 section 4.1, RFC 5424 section 6.2, Cisco's ``logging timestamp`` and sequence numbers.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from warroom.parse.wall_time import WallTime

#: A header is short: what is longer is another log that quotes.
LONGEST: Final = 400
_HEAD: Final = re.compile(
    r"(?:<(?P<priority>[0-9]{1,3})>)?(?P<version>1 )?(?P<sequence>[0-9]{1,12}: )?(?:\S{1,64}: (?=[*.]?[A-Z][a-z]{2} )"
    r")?[*.]?"
    r"(?P<stamp>[A-Z][a-z]{2} [ 0-9]?[0-9](?: [0-9]{4})? [0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?: "
    r"(?:UTC|GMT|ICT|JST|[ECMP][SD]T)(?=[ :]|$))?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?"
    r":? ?(?P<rest>.*)"
)
_TAG: Final = re.compile(r"(?P<program>[^\s\[\]:]{1,128})(?:\[(?P<pid>[0-9]{1,9})\])?:?")
#: Host, program and what rarely stands between them.
_WORDS: Final = 3


class Head(NamedTuple):
    """A header's time (as WallTime gives it), host, and further fields."""

    time: str | None
    host: str | None
    fields: dict[str, str]


def read_head(text: str, wall: WallTime) -> Head | None:
    """Read what stands before a message; None where it is no header."""
    if not text:
        return Head(None, None, {})
    found = _HEAD.fullmatch(text.strip("\ufeff ")) if len(text) <= LONGEST else None
    if found is None:
        return None
    words = found["rest"].split()
    fields = {"priority": found["priority"]} if found["priority"] else {}
    if found["version"]:
        host, program, pid, msgid = (words + ["-"] * 4)[:4]
        fields |= {name: word for name, word in (("program", program), ("pid", pid), ("msgid", msgid)) if word != "-"}
        words = []
    elif len(words) > _WORDS or (words and not (found["stamp"] or found["priority"])):
        return None
    else:
        words = [word for word in words if word != ":"]
        host = words[0].removesuffix(":") if words else "-"
        if len(words) > 1 and (tag := _TAG.fullmatch(words[-1])):
            fields |= {name: value for name, value in tag.groupdict().items() if value}
    time = wall.iso(found["stamp"]) if found["stamp"] else None
    return Head(time, None if host == "-" else host, fields)
