"""What a feed usually brings at this hour of the week, learnt from what it brought in the weeks before.

Weeks and days are Bangkok's, which has no summer time. The last full 60 minutes are compared with the same 60 of
the eight weeks before: of the two hours that they lie in, each as far as they cover it. A feed that is not known for so
long is compared with the two weeks before, working days with working days and weekends with weekends. The middle of
them is what is usual: weeks in which the feed, or the war room, was down do not move it.
"""

from __future__ import annotations

import functools
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final, Literal

from sqlalchemy import Connection, delete, func, select

from warroom.store.database import State
from warroom.store.feed_tables import feed_hours
from warroom.store.tables import feed_states, ledger

#: Less than this share of the usual is a warning, and an alarm.
FALLING: Final = 0.5
SILENT: Final = 0.1
#: What happens by chance more rarely than in one of so many hours, a century of a feed, is no chance: two hundred feeds
#: are looked at all day, and nobody believes an alarm that comes every week.
CHANCE: Final = 1e-6

_WEEKS: Final = 8
_DAYS: Final = 14
_ENOUGH: Final = 3
#: Of so many weeks or days the poorest one does not count: the feed may have been down then.
_MANY: Final = 6
#: Neighbouring hours that differ more say too little of the minutes in between.
_STEEP: Final = 4
#: Up to so many expected records the chance is summed up, beyond them a bound on it is exact enough.
_SUMMED: Final = 200

#: No log is as even as chance alone: its records come at least in twos.
_BURSTS: Final = 2.0
#: As if one more for so many had been far off: how much a spread that is known from few is in doubt.
_DOUBT: Final = 6
#: The standard deviation of normal noise, by its middle distance from the middle.
_NORMAL: Final = 1.4826

_MINUTE_US: Final = 60_000_000
_HOUR_US: Final = 3_600_000_000
_BANGKOK: Final = 7
_DAY: Final = 24
_WEEK: Final = 168
_KEPT: Final = 26 * _WEEK
_FRIDAY: Final = 4


@dataclass(frozen=True, slots=True)
class Usual:
    """What came of a feed in an hour, and what usually does.

    The hour is the last 60 minutes; where usual rates rise or fall steeply, the last full hour of the clock.
    """

    received: int
    expected: float
    least: float  # the fewest that ever came in that hour, but for one bad day of many
    samples: int
    basis: Literal["week", "day"]
    spread: float  # how much more the same hours differ than chance makes them: a variance for each expected record
    missed: float | None  # what usually comes in a time as long as the one since the last record; None: not known

    @property
    def misses(self) -> bool | None:
        """Whether so long without a record is more than chance; None where that is not known."""
        return None if self.missed is None else beyond_chance(0, self.missed / self.spread)

    @property
    def drop(self) -> Literal["falling", "silent"] | None:
        """Whether less came than half or a tenth of the usual, and neither chance nor the weeks before explain it."""
        if self.received >= FALLING * self.expected or self.received >= self.least:
            return None
        # records come in bursts: so many of them are one
        if not beyond_chance(round(self.received / self.spread), self.expected / self.spread):
            return None
        return "silent" if self.received < SILENT * self.expected else "falling"


def beyond_chance(received: int, expected: float) -> bool:
    """Whether so few, or fewer, come more rarely by chance than ``CHANCE``, where records are independent."""
    if expected <= 0 or received >= expected:
        return False
    if expected > _SUMMED:  # Chernoff's bound: never less than the chance itself
        share = received / expected
        return expected * (1 - share + (share * math.log(share) if share else 0)) > -math.log(CHANCE)
    term = total = math.exp(-expected)
    for count in range(1, received + 1):
        term *= expected / count
        total += term
    return total < CHANCE


def learn(hours: Mapping[int, int], first: int, newest: int, minute: int, last_minutes: int) -> Usual | None:
    """Judge what is usual for the 60 minutes before a minute; None where too little is known.

    Args:
        hours: records received by hour since 1970; an hour that is not there brought none.
        first: the first hour in which anything ever came; it may be half of one and is not learnt from.
        newest: the hour of the last record: what came after it, nothing, is not learnt from.
        minute: since 1970, where the 60 minutes end.
        last_minutes: records received in them.
    """
    hour, into = divmod(minute, 60)
    weights = ((hour - 1, (60 - into) / 60), (hour, into / 60))
    known = [back for back in _backs(hour) if hour - 1 - back > first and hour - (into == 0) - back <= newest]
    weeks = [back for back in known if back % _WEEK == 0]
    days = [back for back in known if back // _DAY in _alike(hour)]
    basis: Literal["week", "day"] = "week" if len(weeks) >= _ENOUGH else "day"
    backs = weeks if basis == "week" else days
    if len(backs) < _ENOUGH:
        return None
    means = [median(hours.get(at - back, 0) for back in backs) for at, _ in weights]
    if into and max(means) > _STEEP * min(means):
        samples = [float(hours.get(hour - 1 - back, 0)) for back in backs]
        received = hours.get(hour - 1, 0)
    else:
        samples = [sum(part * hours.get(at - back, 0) for at, part in weights) for back in backs]
        received = last_minutes
    samples.sort()
    return Usual(
        received=received,
        expected=median(samples),
        least=samples[1 if len(samples) >= _MANY else 0],
        samples=len(samples),
        basis=basis,
        spread=_spread(
            [hours.get(at - back, 0) for back in like] for like in (weeks, days) if like for at, _ in weights
        ),
        missed=None,
    )


def _spread(groups: Iterable[Sequence[int]]) -> float:
    """Give the variance of records for each expected one: how far those of like hours are from their middle."""
    off = []
    for counts in groups:
        middle = median(counts)
        if middle:
            off += [abs(count - middle) / math.sqrt(middle) for count in counts]
    if not off:
        return _BURSTS
    return max(_BURSTS, (_NORMAL * median(off)) ** 2) * (1 + _DOUBT / len(off))


def _backs(hour: int) -> list[int]:
    """Give how many hours before there is something to learn from."""
    return sorted({week * _WEEK for week in range(1, _WEEKS + 1)} | {day * _DAY for day in _alike(hour)})


@functools.lru_cache(64)
def _alike(hour: int) -> tuple[int, ...]:
    """Give how many days before there were days of the same kind: working days, or weekends."""
    return tuple(day for day in range(1, _DAYS + 1) if _works(hour - day * _DAY) == _works(hour))


def _works(hour: int) -> bool:
    return ((hour + _BANGKOK) // _DAY + 3) % 7 <= _FRIDAY  # 1970 began on a Thursday


def usual(state: State, now: int) -> dict[str, Usual]:
    """Give what is usual for each feed that is switched on, by id; those of which too little is known are left out.

    Args:
        state: the store.
        now: our clock in microseconds.
    """
    minute = now // _MINUTE_US
    hour = minute // 60
    wanted = {hour, hour - 1} | {at - back for back in _backs(hour) for at in (hour, hour - 1)}
    here, states = feed_hours.c, feed_states.c
    first = select(func.min(here.hour)).where(here.feed_id == states.feed_id).scalar_subquery()
    with state.read() as connection:
        feeds = connection.execute(
            select(states.feed_id, states.received_at, first.label("first")).where(states.received_at.is_not(None))
        ).all()
        hours: defaultdict[str, dict[int, int]] = defaultdict(dict)
        # by feed and hour, as the key has them: a join would have the database look at every hour there is
        known = [feed_id for feed_id, _, _ in feeds]
        rows = select(here.feed_id, here.hour, here.received).where(here.feed_id.in_(known), here.hour.in_(wanted))
        for feed_id, at, received in connection.execute(rows):
            hours[feed_id][at] = received
        within = (ledger.c.minute >= minute - 60, ledger.c.minute < minute)
        sums = select(ledger.c.feed_id, func.sum(ledger.c.received)).where(ledger.c.feed_id.in_(known), *within)
        last = {feed_id: int(count) for feed_id, count in connection.execute(sums.group_by(ledger.c.feed_id))}
        lately = now - _WEEK * _HOUR_US
        silent = [feed_id for feed_id, received_at, _ in feeds if lately < received_at < now - _HOUR_US]
        meanwhile = _meanwhile(connection, silent, hour)
    found: dict[str, Usual] = {}
    for feed_id, received_at, begin in feeds:
        if begin is None:
            continue
        one = learn(hours[feed_id], begin, received_at // _HOUR_US, minute, last.get(feed_id, 0))
        if one is not None:
            found[feed_id] = _with_missed(one, meanwhile.get(feed_id, {}), begin, received_at, now)
    return found


def _meanwhile(connection: Connection, feed_ids: Sequence[str], hour: int) -> dict[str, dict[int, int]]:
    """Give what silent feeds brought, so many weeks before, in the full hours of their silence."""
    here, states = feed_hours.c, feed_states.c
    ago = hour - 1 - here.hour
    silent = hour - 1 - states.received_at // _HOUR_US
    rows = (
        select(here.feed_id, (ago // _WEEK).label("week"), func.sum(here.received))
        .join(feed_states, states.feed_id == here.feed_id)
        .where(
            here.feed_id.in_(feed_ids),
            here.hour < hour - _WEEK,
            here.hour >= hour - (_WEEKS + 1) * _WEEK,
            ago % _WEEK < silent,
        )
        .group_by(here.feed_id, "week")
    )
    found: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for feed_id, week, received in connection.execute(rows):
        found[feed_id][int(week)] = int(received)
    return found


def _with_missed(one: Usual, weeks: Mapping[int, int], first: int, received_at: int, now: int) -> Usual:
    silent = max(0, now - received_at)
    if silent <= _HOUR_US:
        missed: float | None = one.expected * silent / _HOUR_US
    else:
        begin = received_at // _HOUR_US
        known = [weeks.get(week, 0) for week in range(1, _WEEKS + 1) if begin - week * _WEEK > first]
        missed = max(float(median(known)), one.expected) if len(known) >= _ENOUGH else None
        if missed is None and silent < _DAY * _HOUR_US:
            missed = one.expected
    return replace(one, missed=missed)


def forget(state: State, now: int) -> int:
    """Drop the hours older than half a year: they say nothing any more; how many."""
    with state.write() as connection:
        done = connection.execute(delete(feed_hours).where(feed_hours.c.hour < now // _HOUR_US - _KEPT))
        return done.rowcount
