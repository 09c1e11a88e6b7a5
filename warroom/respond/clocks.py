"""The clock engine: from known moments to deadlines and their lights; pure, no store and no clock of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from warroom.catalog.legal import Clock, Limit
from warroom.respond.durations import after, day_after_year, year_end

#: Shares of the time that are left at which the light changes.
_AMBER: Final = 50
_RED: Final = 20
#: What a clock waits for besides a moment.
REGULATORS_LIMIT: Final = "limit_of_the_regulator"


class Light(StrEnum):
    """How much of a clock's time is left."""

    GREEN = "green"  # more than half
    AMBER = "amber"  # half or less
    RED = "red"  # a fifth or less
    PASSED = "passed"


@dataclass(frozen=True, slots=True)
class Planned:
    """One limit of a clock, worked out; moments in microseconds since 1970 UTC.

    ``starts_at`` is None while no moment that it counts from is known; ``due_at`` also where nobody set a limit:
    ``waits_for`` says what is missing. ``limit`` is ISO 8601, or ``--01-31`` for a day of the next year.
    """

    clock: Clock
    part: Limit
    starts_at: int | None
    due_at: int | None
    limit: str | None
    kind: str
    started_by: str | None
    waits_for: tuple[str, ...]


def with_defaults(moments: Mapping[str, int]) -> dict[str, int]:
    """Add what is assumed on the safe side where nobody said: awareness at first information, the year's end.

    The year is that of the earliest moment known of the incident.
    """
    known = dict(moments)
    if "aware_at" not in known and "informed_at" in known:
        known["aware_at"] = known["informed_at"]
    begun = [known[name] for name in ("occurred_at", "detected_at", "informed_at", "aware_at") if name in known]
    if "year_end_at" not in known and begun:
        known["year_end_at"] = year_end(min(begun))
    return known


def plan(
    clocks: Mapping[str, Clock] | Iterable[Clock],
    moments: Mapping[str, int],
    *,
    spreading: bool = False,
    regulator: str | None = None,
) -> list[Planned]:
    """Work out every limit of every clock, in their order.

    Args:
        clocks: the law.
        moments: what is known, by the moments' ids; nothing is assumed here (see ``with_defaults``).
        spreading: whether the threat still spreads: some targets are shorter then.
        regulator: the time that the regulator set, ISO 8601; None: not known.

    Raises:
        UsageError: a limit that is no duration, or a moment that has no deadline within the calendar.
    """
    each = clocks.values() if isinstance(clocks, Mapping) else clocks
    return [
        _planned(clock, part, moments, spreading=spreading, regulator=regulator)
        for clock in each
        for part in clock.limits
    ]


def light(planned: Planned, now: int) -> Light | None:
    """Give how much time is left; None where the deadline is not known.

    What is due ahead of its start has no beginning: the time before the deadline that is as long as the limit counts.
    """
    if planned.starts_at is None or planned.due_at is None:
        return None
    if now > planned.due_at:
        return Light.PASSED
    whole = abs(planned.due_at - planned.starts_at)
    left = 100 * (planned.due_at - now)
    if left <= _RED * whole:
        return Light.RED
    return Light.AMBER if left <= _AMBER * whole else Light.GREEN


def soonest(found: Iterable[Planned], known: Collection[str] = ()) -> dict[str, Planned]:
    """Give one of each clock: of several limits the one that is due first, or the first where none has begun."""
    chosen: dict[str, Planned] = {}
    for one in found:
        if known and one.clock.id not in known:
            continue
        before = chosen.setdefault(one.clock.id, one)
        if one.due_at is not None and (before.due_at is None or one.due_at < before.due_at):
            chosen[one.clock.id] = one
    return chosen


def _planned(
    clock: Clock, part: Limit, moments: Mapping[str, int], *, spreading: bool, regulator: str | None
) -> Planned:
    known = [(moments[name], name) for name in part.starts if name in moments]
    limit = part.spreading if spreading and part.spreading else regulator if part.by_regulator else part.told
    if not known:
        return Planned(clock, part, None, None, limit, part.kind, None, part.starts)
    starts_at, started_by = max(known, key=_moment) if part.latest else min(known, key=_moment)
    if limit is None:
        return Planned(clock, part, starts_at, None, None, part.kind, started_by, (REGULATORS_LIMIT,))
    due_at = day_after_year(starts_at, part.calendar) if part.calendar else after(starts_at, limit)
    return Planned(clock, part, starts_at, due_at, limit, part.kind, started_by, ())


def _moment(known: tuple[int, str]) -> int:
    return known[0]
