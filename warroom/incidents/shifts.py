"""The shifts of the day on Bangkok's clock: which one a moment belongs to, and when it begins and ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from warroom.errors import UsageError

DAY_US: Final = 86_400_000_000
_MINUTE_US: Final = 60_000_000
_DAY: Final = 1440
#: Thailand has had no other offset since 1920, and no summer time.
_OFFSET_US: Final = 7 * 60 * _MINUTE_US
_MOST: Final = 8
_FORM: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """One shift of one day: from a moment to before another one, in microseconds since 1970."""

    since: int
    until: int
    label: str
    """As people write it: ``08:00–20:00``."""


def read_shifts(text: str) -> tuple[tuple[int, int], ...]:
    """Read shifts such as ``08:00-20:00,20:00-08:00``: minutes of the day from and to, in order of the day.

    Raises:
        UsageError: what it says is no time, or some minute of the day has no shift or two.
    """
    found = []
    for one in text.split(","):
        told = _FORM.fullmatch(one.strip())
        if told is None:
            raise UsageError(f"WARROOM_SHIFTS: `{one.strip()[:40]}` is no shift: write 08:00-20:00,20:00-08:00")
        hour, minute, end_hour, end_minute = map(int, told.groups())
        found.append((hour * 60 + minute, end_hour * 60 + end_minute))
    found.sort()
    ends = [*(begin for begin, _ in found[1:]), found[0][0]]
    if len(found) > _MOST or [end for _, end in found] != ends:
        raise UsageError("WARROOM_SHIFTS: every minute of the day belongs to one shift: the next begins where one ends")
    return tuple(found)


def shift_at(shifts: tuple[tuple[int, int], ...], at_us: int) -> Shift:
    """Give the shift that a moment belongs to."""
    midnight = (at_us + _OFFSET_US) // DAY_US * DAY_US - _OFFSET_US
    minute = (at_us - midnight) // _MINUTE_US
    for begin, end in shifts:
        length = (end - begin) % _DAY or _DAY
        for first in (begin, begin - _DAY):
            if first <= minute < first + length:
                since = midnight + first * _MINUTE_US
                return Shift(since, since + length * _MINUTE_US, _label(begin, end))
    raise UsageError("WARROOM_SHIFTS: a minute without a shift")


def shift_before(shifts: tuple[tuple[int, int], ...], shift: Shift) -> Shift:
    """Give the shift that ended when this one began."""
    return shift_at(shifts, shift.since - 1)


def minute_of_day(at_us: int) -> int:
    """Give the minute of Bangkok's day."""
    return (at_us + _OFFSET_US) % DAY_US // _MINUTE_US


def week_of(at_us: int) -> int:
    """Give the beginning of the week that a moment belongs to: Monday, Bangkok's midnight, in microseconds."""
    days = (at_us + _OFFSET_US) // DAY_US
    return (days - (days + 3) % 7) * DAY_US - _OFFSET_US  # 1 January 1970 was a Thursday


def _label(begin: int, end: int) -> str:
    return f"{begin // 60:02}:{begin % 60:02}–{end // 60:02}:{end % 60:02}"
