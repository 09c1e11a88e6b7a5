"""Notations of time that leave something out or name months become ISO 8601, which every parser reads."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from warroom.parse.eras import common_year

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warroom.parse.shapes import ParseContext

_MONTHS: Final = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_CLOCK: Final = r"(?P<clock>[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]{1,9})?)"
_ZONE: Final = r"(?: ?(?P<zone>Z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2}|[A-Z]{3,4}))?"
#: `Sep  8 2026 08:32:20.123 +07:00`, with or without year and zone; also `Thu Sep 30 13:27:06.009964 2021`.
_NAMED: Final = re.compile(
    r"(?:[A-Z][a-z]{2},? )?(?P<month>[A-Z][a-z]{2}) +(?P<day>[0-9]{1,2})(?: (?P<year>[0-9]{4}))?,? "
    + _CLOCK
    + r"(?: (?P<late_year>[0-9]{4}))?"
    + _ZONE
)
#: `30/Sep/2026:13:27:06 +0700`.
_COMMON: Final = re.compile(
    r"(?P<day>[0-9]{1,2})[/ -](?P<month>[A-Z][a-z]{2})[/ -](?P<year>[0-9]{4})[: ]" + _CLOCK + _ZONE
)
#: `2026/09/30 13:27:06`, `2026-09-30 13:27:06.123 +0700`.
_NUMBERS: Final = re.compile(
    r"(?P<year>[0-9]{4})[-/.](?P<month>[0-9]{1,2})[-/.](?P<day>[0-9]{1,2})[T ]" + _CLOCK + _ZONE
)
_COUNT: Final = re.compile(r"[0-9]{9,19}(?:\.[0-9]{1,9})?")
_LONGEST: Final = 64
#: A date that lies further ahead than this is one of last year.
_AHEAD: Final = timedelta(days=1)
#: Years to go back at most for a 29th of February.
_LEAP: Final = 8


class WallTime:
    """Reads times; where a year is left out it is the last in which the date is not ahead of now."""

    def __init__(self, context: ParseContext) -> None:
        self._now = context.now.astimezone(ZoneInfo(context.timezone)).replace(tzinfo=None)
        self._years: dict[tuple[int, int], int | None] = {}

    def iso(self, text: str) -> str | None:
        """Give ISO 8601, or a count since 1970 as it stands, or None where it is no time."""
        text = text.strip()
        if len(text) > _LONGEST:
            return None
        if _COUNT.fullmatch(text):
            return text
        for pattern in (_NAMED, _NUMBERS, _COMMON):
            if found := pattern.fullmatch(text):
                parts = found.groupdict()
                year = parts["year"] or parts.get("late_year")
                return self.dated(year, parts["month"], parts["day"], parts["clock"], parts["zone"] or "")
        return None

    def dated(self, year: str | None, month: str, day: str, clock: str, zone: str = "") -> str | None:
        """Put the parts of a time together; ``month`` is a number or a name, zones without a number count as none."""
        number = int(month) if month.isdecimal() else _MONTHS.get(month.lower(), 0)
        which = common_year(int(year)) if year else self._year(number, int(day))
        if which is None or _date(which, number, int(day)) is None:
            return None
        zone = "Z" if zone in ("Z", "UTC", "GMT") else zone if zone[:1] in ("+", "-") else ""
        return f"{which:04}-{number:02}-{int(day):02}T{clock.replace(',', '.').zfill(8)}{zone}"

    def today(self, clock: str) -> str:
        """Give the time of a clock without a date: today's, or yesterday's where it is ahead of now."""
        ahead = f"{self._now:%H:%M:%S}" < clock[:8]
        return f"{self._now - timedelta(days=ahead):%Y-%m-%d}T{clock}"

    def latest(self, times: Iterable[str | None]) -> str | None:
        """Of times in ISO 8601 give the last that is not ahead of now, else the first."""
        known = [time for time in times if time]
        past = [time for time in known if time[:10] <= f"{self._now + _AHEAD:%Y-%m-%d}"]
        return max(past, default=known[0] if known else None)

    def _year(self, month: int, day: int) -> int | None:
        if (month, day) not in self._years:
            years = range(self._now.year + 1, self._now.year - _LEAP, -1)
            dates = ((year, _date(year, month, day)) for year in years)
            past = (year for year, date in dates if date and date <= self._now + _AHEAD)
            self._years[month, day] = next(past, None)
        return self._years[month, day]


def _date(year: int, month: int, day: int) -> datetime | None:
    try:
        return datetime(year, month, day)  # noqa: DTZ001  a local time, as the log's are
    except ValueError:
        return None
