"""ISO 8601 durations added to moments: hours are calendar hours, months and years are Bangkok's calendar; pure."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from warroom.catalog.legal import is_duration
from warroom.errors import UsageError

#: Thailand has had no summer time since long before this law.
BANGKOK: Final = timezone(timedelta(hours=7))
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_PARTS: Final = re.compile(
    r"(?P<sign>-?)P(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)S)?)?"
)
_MONTHS: Final = 12
#: Moments that a datetime can hold, a day inside its ends.
_LEAST_US: Final = (datetime(1, 1, 2, tzinfo=UTC) - _EPOCH) // _MICROSECOND
_MOST_US: Final = (datetime(9999, 12, 30, tzinfo=UTC) - _EPOCH) // _MICROSECOND


def after(moment: int, duration: str) -> int:
    """Give the moment a duration later (earlier, where it is negative).

    Args:
        moment: microseconds since 1970 UTC.
        duration: ISO 8601, such as PT72H, P15D, -P7D or P1Y. Years and months are added first, by Bangkok's calendar:
            a day that the month does not have becomes its last.

    Raises:
        UsageError: no duration, or the moment would lie outside the years 1 to 9999.
    """
    told = _PARTS.fullmatch(duration) if is_duration(duration) else None
    if told is None:
        raise UsageError(f"`{duration}` is no ISO 8601 duration such as PT72H, P15D or -P7D")
    part = {name: int(value or 0) for name, value in told.groupdict().items() if name != "sign"}
    sign = -1 if told["sign"] else 1
    plain = timedelta(
        weeks=part["weeks"],
        days=part["days"],
        hours=part["hours"],
        minutes=part["minutes"],
        seconds=part["seconds"],
    )
    months = sign * (part["years"] * _MONTHS + part["months"])
    try:
        moved = _months_later(moment, months) if months else moment
    except (OverflowError, ValueError) as problem:
        raise UsageError(f"{duration} after this moment lies outside the calendar") from problem
    moved += sign * (plain // _MICROSECOND)
    if not _LEAST_US <= moved <= _MOST_US:
        raise UsageError(f"{duration} after this moment lies outside the calendar")
    return moved


def year_end(moment: int) -> int:
    """Give the first moment after the Bangkok year that a moment lies in."""
    year = at(moment).year
    return _us(datetime(year + 1, 1, 1, tzinfo=BANGKOK))


def day_after_year(year_ended: int, month_day: str) -> int:
    """Give the last second of a day (``01-31``) of the year after one that ended at a moment.

    ``year_ended`` may be the last moment of a year or the first of the next.
    """
    year = at(year_ended - 1).year + 1
    month, day = map(int, month_day.split("-"))
    last = min(day, monthrange(year, month)[1])
    return _us(datetime(year, month, last, 23, 59, 59, tzinfo=BANGKOK))


def at(moment: int) -> datetime:
    """Give a moment as Bangkok's clocks show it."""
    return (_EPOCH + timedelta(microseconds=moment)).astimezone(BANGKOK)


def _months_later(moment: int, months: int) -> int:
    begun = at(moment)
    year, month = divmod(begun.year * _MONTHS + begun.month - 1 + months, _MONTHS)
    day = min(begun.day, monthrange(year, month + 1)[1])
    return _us(begun.replace(year=year, month=month + 1, day=day))


def _us(when: datetime) -> int:
    return (when - _EPOCH) // _MICROSECOND
