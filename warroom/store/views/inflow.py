"""What came of feeds hour by hour against what usually does, and what was lost: for the feeds screen."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from warroom.store.feed_tables import feed_hours, losses
from warroom.store.tables import feed_states
from warroom.store.views.rows import Scope, within

if TYPE_CHECKING:
    from warroom.store.database import State

DAY_HOURS: Final = 24
WEEK_HOURS: Final = 168

_WEEKS: Final = 8
_ENOUGH: Final = 3
_DAY_MINUTES: Final = 1440


@dataclass(frozen=True, slots=True)
class Inflow:
    """Records by hour, oldest first, and what is usual in each of them; None where too little is known."""

    received: tuple[int, ...]
    usual: tuple[float | None, ...]


def inflow(
    state: State, until: int, hours: int = DAY_HOURS, *, scope: Scope = None, feed_id: str | None = None
) -> dict[str, Inflow]:
    """Give the full hours before an hour, by feed.

    Args:
        state: the store.
        until: the hour since 1970 that is not full yet.
        hours: how many before it, at most a week.
        scope: the platforms that may be seen.
        feed_id: only this feed's.
    """
    span = range(until - hours, until)
    wanted = [hour - week * WEEK_HOURS for hour in span for week in range(_WEEKS + 1)]
    here, states = feed_hours.c, feed_states.c
    first = select(func.min(here.hour)).where(here.feed_id == states.feed_id).scalar_subquery()
    seen = [within(scope, states.platform_id), *([] if feed_id is None else [states.feed_id == feed_id])]
    counts: defaultdict[str, dict[int, int]] = defaultdict(dict)
    with state.read() as connection:
        begins = connection.execute(select(states.feed_id, first).where(*seen)).all()
        # by feed and hour, as the key has them: a join would have the database look at every hour there is
        rows = select(here.feed_id, here.hour, here.received).where(
            here.feed_id.in_([key for key, _ in begins]), here.hour.in_(wanted)
        )
        for key, hour, received in connection.execute(rows):
            counts[key][hour] = received
    return {
        key: Inflow(
            tuple(counts[key].get(hour, 0) for hour in span), tuple(_usual(counts[key], begin, hour) for hour in span)
        )
        for key, begin in begins
        if begin is not None
    }


def _usual(counts: dict[int, int], first: int, hour: int) -> float | None:
    before = [hour - week * WEEK_HOURS for week in range(1, _WEEKS + 1)]
    known = [counts.get(one, 0) for one in before if one > first]
    return median(known) if len(known) >= _ENOUGH else None


def lost(state: State, minute: int, *, scope: Scope = None) -> dict[str, dict[str, int]]:
    """Give what sources lost in the 24 hours before a minute, by feed and kind."""
    here, states = losses.c, feed_states.c
    wanted = (
        select(here.feed_id, here.kind, func.sum(here.count))
        .join(feed_states, states.feed_id == here.feed_id)
        .where(here.minute > minute - _DAY_MINUTES, within(scope, states.platform_id))
        .group_by(here.feed_id, here.kind)
        .order_by(here.feed_id, here.kind)
    )
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    with state.read() as connection:
        for feed_id, kind, count in connection.execute(wanted):
            found[feed_id][kind] = int(count)
    return dict(found)
