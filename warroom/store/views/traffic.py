"""How much each platform sends, how it ends, and what is usual at this hour of the week."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from warroom.store.searching_tables import event_hours, event_minutes
from warroom.store.views.rows import Scope, within

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from warroom.store.database import State

_MINUTE_US: Final = 60_000_000
_HOUR_MINUTES: Final = 60
_WEEK_HOURS: Final = 168
#: So many weeks back; an hour is called usual when at least this many of them are known.
_WEEKS: Final = 8
LEAST_WEEKS: Final = 2


@dataclass(frozen=True, slots=True)
class Sums:
    """Events, those of them that said how they ended, and those that ended badly."""

    count: int = 0
    told: int = 0
    failures: int = 0

    @property
    def success(self) -> float | None:
        """The share that ended well, of those that said so; None where none did."""
        return None if not self.told else 1 - self.failures / self.told


@dataclass(frozen=True, slots=True)
class Traffic:
    """One platform: the last hour and day, and this hour of the week in the weeks before."""

    platform_id: str
    hour: Sums  # the last 60 minutes
    day: Sums  # the last 24 hours
    usual_hour: float | None  # events in this hour of the week, the median of the weeks before
    usual_success: float | None
    weeks: int  # weeks that were compared with


def by_platform(state: State, now_us: int, *, scope: Scope = None) -> list[Traffic]:
    """Give every platform of which events were counted in the last weeks, by id."""
    minute = now_us // _MINUTE_US
    hour = minute // _HOUR_MINUTES
    with state.read() as connection:
        days = _sums(connection, minute - 24 * _HOUR_MINUTES, minute, scope)
        hours = _sums(connection, minute - _HOUR_MINUTES, minute, scope)
        columns = event_hours.c
        # the last sixty minutes lie in two hours of the clock: both are compared with, by their share
        wanted = [hour - week * _WEEK_HOURS - back for week in range(1, _WEEKS + 1) for back in (0, 1)]
        rows = connection.execute(
            select(columns.hour, columns.platform_id, columns.count, columns.told, columns.failures).where(
                columns.hour.in_(wanted), within(scope, columns.platform_id)
            )
        ).all()
    share = (minute % _HOUR_MINUTES) / _HOUR_MINUTES
    weeks: defaultdict[str, defaultdict[int, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0, 0.0]))
    for at, platform, *sums in rows:
        week, back = divmod(hour - at, _WEEK_HOURS)
        for index, value in enumerate(sums):
            weeks[platform][week][index] += value * ((1 - share) if back else share)
    return [
        _traffic(platform, hours.get(platform, Sums()), days.get(platform, Sums()), list(weeks[platform].values()))
        for platform in sorted({*days, *weeks})
    ]


def minutes(
    state: State, since_minute: int, *, platform_id: str | None = None, scope: Scope = None
) -> list[tuple[int, int, int, int]]:
    """Give (minute since 1970, events, told how they ended, failures) from a minute on, in order.

    Args:
        state: where the counts are.
        since_minute: the first.
        platform_id: of this platform; without it, of all that may be seen together.
        scope: the platforms that may be seen.
    """
    columns = event_minutes.c
    query = (
        select(columns.minute, func.sum(columns.count), func.sum(columns.told), func.sum(columns.failures))
        .where(columns.minute >= since_minute, within(scope, columns.platform_id))
        .group_by(columns.minute)
        .order_by(columns.minute)
    )
    if platform_id is not None:
        query = query.where(columns.platform_id == platform_id)
    with state.read() as connection:
        return [(minute, int(count), int(told), int(bad)) for minute, count, told, bad in connection.execute(query)]


def _sums(connection: Connection, since: int, until: int, scope: Scope) -> dict[str, Sums]:
    columns = event_minutes.c
    query = (
        select(columns.platform_id, func.sum(columns.count), func.sum(columns.told), func.sum(columns.failures))
        .where(columns.minute > since, columns.minute <= until, within(scope, columns.platform_id))
        .group_by(columns.platform_id)
    )
    return {platform: Sums(*map(int, sums)) for platform, *sums in connection.execute(query)}


def _traffic(platform: str, hour: Sums, day: Sums, weeks: list[list[float]]) -> Traffic:
    known = len(weeks)
    if known < LEAST_WEEKS:
        return Traffic(platform, hour, day, None, None, known)
    told = sum(week[1] for week in weeks)
    success = 1 - sum(week[2] for week in weeks) / told if told else None
    return Traffic(platform, hour, day, median(week[0] for week in weeks), success, known)
