"""A feed's own notation of time, as strftime writes it: `%d %b %Y %H:%M:%S`, with months in English or Thai.

Shared by the catalogue, which checks it, and the parsers: a notation becomes a linear regular expression.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Final

from warroom.errors import UsageError

_ENGLISH: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_THAI: Final = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน",
    "ธันวาคม",
)  # fmt: skip
_THAI_SHORT: Final = ("ม.ค", "ก.พ", "มี.ค", "เม.ย", "พ.ค", "มิ.ย", "ก.ค", "ส.ค", "ก.ย", "ต.ค", "พ.ย", "ธ.ค")
_SHORT: Final = tuple(name[:3] for name in _ENGLISH)
_STOPPED: Final = tuple(f"{name}." for name in (*_SHORT, *_THAI_SHORT))
#: Names of months in small letters, whole and short, with their full stops and without, and their numbers.
MONTHS: Final[Mapping[str, int]] = {
    name.lower(): number
    for names in (_ENGLISH, _SHORT, _THAI, _THAI_SHORT, _STOPPED[:12], _STOPPED[12:])
    for number, name in enumerate(names, 1)
} | {"sept": 9, "sept.": 9}
_MONTH: Final = "|".join(re.escape(name) for name in sorted(MONTHS, key=len, reverse=True))
#: Sign → what it stands for and how that is written.
_PARTS: Final[Mapping[str, tuple[str, str]]] = {
    "Y": ("year", "[0-9]{4}"),
    "y": ("short_year", "[0-9]{2}"),
    "m": ("month", "[0-9]{1,2}"),
    "b": ("name", f"(?i:{_MONTH})"),
    "d": ("day", " ?[0-9]{1,2}"),
    "H": ("hour", " ?[0-9]{1,2}"),
    "I": ("hour", " ?[0-9]{1,2}"),
    "M": ("minute", "[0-9]{1,2}"),
    "S": ("second", "[0-9]{1,2}"),
    "f": ("fraction", "[0-9]{1,9}"),
    "p": ("half", r"(?i:[ap]\.?m\.?)"),
    "z": ("zone", "(?:Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)"),
    "s": ("count", "[0-9]{1,13}"),
}
_SAME: Final = {"B": "b", "h": "b", "e": "d", "k": "H", "l": "I"}
_WHOLE: Final = {"T": "%H:%M:%S", "F": "%Y-%m-%d", "D": "%m/%d/%y", "R": "%H:%M"}
#: What is read over: days of the week and names of zones.
_OVER: Final = {"a": r"[^\s0-9,]{1,20}", "A": r"[^\s0-9,]{1,20}", "Z": "[A-Za-z]{1,6}"}
_LONGEST: Final = 100


@functools.cache
def expression(notation: str) -> str:
    """Give the regular expression of a notation, with a named group for each part of a time.

    Raises UsageError where it is none, or leaves out what a time needs: day and month, or ``%s``.
    """
    if len(notation) > _LONGEST:
        raise UsageError(f"longer than {_LONGEST} characters")
    for sign, whole in _WHOLE.items():
        notation = re.sub(f"(?<!%)%{sign}", whole, notation)
    groups: set[str] = set()
    pieces: list[str] = []
    for sign, literal in re.findall(r"%(.|$)|([^%]+)", notation, re.DOTALL):
        pieces.append(_piece(sign, groups) if not literal else re.sub(r"(?:\\\s|\s)+", r"\\s+", re.escape(literal)))
    if "count" not in groups and not ({"day"} < groups and groups & {"month", "name"}):
        raise UsageError("it names no day and month (`%d` with `%m` or `%b`), nor seconds since 1970 (`%s`)")
    return f"^{''.join(pieces)}$"


def _piece(sign: str, groups: set[str]) -> str:
    if sign == "%":
        return "%"
    if sign in _OVER:
        return _OVER[sign]
    found = _PARTS.get(_SAME.get(sign, sign))
    if found is None:
        known = " ".join(f"%{one}" for one in sorted([*_PARTS, *_SAME, *_OVER, *_WHOLE], key=str.lower))
        raise UsageError(f"`%{sign}` is unknown; known: {known}")
    name, written = found
    if name in groups:
        raise UsageError(f"`%{sign}` says again what another sign says")
    groups.add(name)
    return f"(?P<{name}>{written})"
