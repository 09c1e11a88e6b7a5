"""The spans of time that reports are of: days, ISO weeks, months and years of Bangkok's calendar, and shifts.

Bangkok has no summer time: a day always has 24 hours. Times are microseconds since 1970; a period begins at its first
moment and ends before its last one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from warroom.catalog.thai import BANGKOK, BUDDHIST_ERA, MONTHS, arabic_digits, long_date, microseconds, moment
from warroom.errors import UsageError

HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US
_FIRST_BUDDHIST: Final = 2400
_FIRST, _LAST = 2000, 2200
_FORM: Final = re.compile(r"(\d{4})(?:-(?:[Ww](\d{1,2})|(\d{1,2})(?:-(\d{1,2}))?))?")


class Kind(StrEnum):
    """What a report is of."""

    SHIFT = "shift"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    ANNUAL = "annual"


@dataclass(frozen=True, slots=True)
class Period:
    """One span; ``name`` is how it is asked for: ``2026-11-22T08:00`` (a shift), ``2026-11-22``, ``2026-W47`` …."""

    kind: Kind
    since: int
    until: int
    name: str

    @property
    def parts(self) -> tuple[int, ...]:
        """When each of its parts begins: the hours of a shift or day, days of a week or month, months of a year."""
        if self.kind is Kind.ANNUAL:
            year = moment(self.since).year
            return tuple(_begin(date(year, month, 1)) for month in range(1, 13))
        step = HOUR_US if self.kind in (Kind.SHIFT, Kind.DAILY) else DAY_US
        return tuple(range(self.since, self.until, step))


def of_shift(since: int, until: int) -> Period:
    """Give the period of a shift that begins and ends then."""
    return Period(Kind.SHIFT, since, until, f"{moment(since):%Y-%m-%dT%H:%M}")


def period_at(kind: Kind, at_us: int) -> Period:
    """Give the day, week, month or year that a moment belongs to. Raises UsageError for a shift: ``of_shift``."""
    day = moment(at_us).date()
    if kind is Kind.DAILY:
        return _of(kind, day, day + timedelta(days=1), day.isoformat())
    if kind is Kind.WEEKLY:
        monday = day - timedelta(days=day.weekday())
        year, week, _ = day.isocalendar()
        return _of(kind, monday, monday + timedelta(days=7), f"{year}-W{week:02}")
    if kind is Kind.MONTHLY:
        first = day.replace(day=1)
        return _of(kind, first, (first + timedelta(days=32)).replace(day=1), f"{first:%Y-%m}")
    if kind is Kind.ANNUAL:
        return _of(kind, date(day.year, 1, 1), date(day.year + 1, 1, 1), str(day.year))
    raise UsageError("a shift is found by its beginning")


def before(period: Period) -> Period:
    """Give the period of its kind that ended when this one began; of a shift, as long a span."""
    if period.kind is Kind.SHIFT:
        return of_shift(2 * period.since - period.until, period.since)
    return period_at(period.kind, period.since - 1)


def read_period(kind: Kind, text: str) -> Period:
    """Read a period as people ask for it: ``2026-11-22``, ``2026-W47``, ``2026-11``, ``2026``; also ``2569-11``.

    Raises:
        UsageError: it is none of this kind.
    """
    told = _FORM.fullmatch(arabic_digits(text.strip()))
    forms = {Kind.DAILY: "2026-11-22", Kind.WEEKLY: "2026-W47", Kind.MONTHLY: "2026-11", Kind.ANNUAL: "2026"}
    if told is not None:
        year = int(told[1])
        year -= BUDDHIST_ERA if year >= _FIRST_BUDDHIST else 0
        given = (told[2] is not None, told[3] is not None, told[4] is not None)
        wanted = {
            Kind.DAILY: (False, True, True),
            Kind.WEEKLY: (True, False, False),
            Kind.MONTHLY: (False, True, False),
            Kind.ANNUAL: (False, False, False),
        }
        try:
            if wanted.get(kind) == given and _FIRST <= year <= _LAST:
                if kind is Kind.WEEKLY:
                    day = date.fromisocalendar(year, int(told[2]), 1)
                else:
                    day = date(year, int(told[3] or 1), int(told[4] or 1))
                return period_at(kind, _begin(day))
        except ValueError:
            pass
    raise UsageError(f"`{text[:40]}` is no period of this report: write {forms.get(kind, '2026-11-22T08:00')}")


def read_moment(text: str) -> int:
    """Read when a shift began: ``2026-11-22T08:00``, Bangkok's clock. Raises UsageError."""
    try:
        at = datetime.strptime(arabic_digits(text.strip()), "%Y-%m-%dT%H:%M").replace(tzinfo=BANGKOK)
        return microseconds(at.replace(year=at.year - (BUDDHIST_ERA if at.year >= _FIRST_BUDDHIST else 0)))
    except ValueError:
        raise UsageError(f"`{text[:40]}` is no shift: write when it began, such as 2026-11-22T08:00") from None


def dates(period: Period, language: str) -> str:
    """Write a period's days: ``16–22 พฤศจิกายน พ.ศ. 2569``; of a shift with its hours."""
    first, last = moment(period.since), moment(period.until - 1)
    if period.kind is Kind.SHIFT:
        dot = "." if language == "th" else ":"
        ends = moment(period.until)
        clock = f"{first:%H}{dot}{first:%M}–{ends:%H}{dot}{ends:%M}"
        return f"{long_date(period.since, language)} {clock}{' น.' if language == 'th' else ''}"
    if period.kind is Kind.ANNUAL:
        return _year(first.year, language)
    if period.kind is Kind.MONTHLY:
        return f"{MONTHS[language][first.month - 1]} {_year(first.year, language)}"
    end = long_date(period.until - 1, language)
    if first.date() == last.date():
        return end
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{end}"
    begin = long_date(period.since, language)
    return f"{begin} – {end}"


def week_number(period: Period) -> int:
    """Give the number of an ISO week."""
    return moment(period.since).isocalendar().week


def part_label(period: Period, since: int, language: str) -> str:
    """Write one of a period's parts, short enough for a chart: an hour, a day of the month, a month."""
    at = moment(since)
    if period.kind in (Kind.SHIFT, Kind.DAILY):
        return f"{at:%H}"
    if period.kind is Kind.ANNUAL:
        return MONTHS[language][at.month - 1][:3] if language == "en" else str(at.month)
    return str(at.day)


def _of(kind: Kind, first: date, end: date, name: str) -> Period:
    return Period(kind, _begin(first), _begin(end), name)


def _begin(day: date) -> int:
    return microseconds(datetime(day.year, day.month, day.day, tzinfo=BANGKOK))


def _year(year: int, language: str) -> str:
    return f"พ.ศ. {year + BUDDHIST_ERA}" if language == "th" else str(year)
