"""Threat intelligence in numbers, for monitoring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from warroom.store.database import now_us
from warroom.store.intel import feeds, look_backs
from warroom.store.intel.polls import SAME
from warroom.store.intel.tables import intel_held_back, intel_matches, intel_polls

if TYPE_CHECKING:
    from warroom.store.database import State
    from warroom.store.intel.feeds import FeedRow
    from warroom.store.intel.look_backs import LookBack

#: Polls are counted over so long: only so many of them are kept.
POLLS_US: Final = 86_400_000_000


@dataclass(frozen=True, slots=True)
class IntelFigures:
    """Threat intelligence at one moment, in microseconds since 1970.

    Args:
        feeds: those that are switched on, by id.
        polls: of the last day, by outcome: changed, failed, or why the connector refused.
        matches: alerts that rest on intelligence, by whether they were found in stored events.
        held_back: how often what is listed raised no alarm.
        looking_back: the look backs that are not over, the one that runs first.
    """

    at: int
    feeds: list[FeedRow]
    polls: dict[str, int]
    matches: dict[bool, int]
    held_back: int
    looking_back: list[LookBack]


def intel_figures(state: State) -> IntelFigures:
    """Give the figures of now."""
    at = now_us()
    polled = select(intel_polls.c.outcome, func.count()).group_by(intel_polls.c.outcome)
    matched = select(intel_matches.c.looked_back, func.count()).group_by(intel_matches.c.looked_back)
    with state.read() as connection:
        recent = connection.execute(polled.where(intel_polls.c.at > at - POLLS_US, intel_polls.c.outcome != SAME))
        return IntelFigures(
            at=at,
            feeds=[row for row in feeds.rows(connection) if row.enabled],
            polls={outcome: count for outcome, count in recent},  # noqa: C416 - a row is no pair to mypy
            matches={bool(late): count for late, count in connection.execute(matched)},
            held_back=int(connection.scalar(select(func.sum(intel_held_back.c["count"]))) or 0),
            looking_back=look_backs.waiting(connection),
        )
