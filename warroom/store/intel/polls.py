"""Polls of feeds of intelligence: what came of each, bounded by age and number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from warroom.store.intel.tables import intel_polls

#: Outcomes besides why the connector refused (its Refusal).
CHANGED: Final = "changed"
SAME: Final = "same"
FAILED: Final = "failed"
#: Polls are kept for so long, and so many of a feed.
KEPT_US: Final = 90 * 86_400 * 1_000_000
MOST_KEPT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Poll:
    """One poll of a feed; times in microseconds since 1970.

    Args:
        outcome: CHANGED, SAME, FAILED, or why the connector refused.
        reason: for people, where it failed.
        read: items in the documents that came.
        added, removed: indicators, or rows of the other tables where the feed has no indicators.
        refused: items that were not taken.
    """

    feed_id: str
    at: int
    took_us: int
    outcome: str
    reason: str | None = None
    read: int = 0
    added: int = 0
    removed: int = 0
    refused: int = 0


def note(connection: Connection, poll: Poll) -> None:
    """Write down a poll, and drop what is too old or too much.

    One that changed nothing takes the place of the last one, if that changed nothing either.
    """
    table = intel_polls.c
    told = {name: getattr(poll, name) for name in Poll.__slots__}
    own = table.feed_id == poll.feed_id
    last = connection.execute(
        select(table.id, table.outcome).where(own).order_by(table.at.desc(), table.id.desc()).limit(1)
    ).first()
    if last is not None and last.outcome == poll.outcome == SAME:
        connection.execute(update(intel_polls).where(table.id == last.id).values(**told))
        return
    connection.execute(insert(intel_polls).values(**told))
    connection.execute(delete(intel_polls).where(own, table.at < poll.at - KEPT_US))
    oldest = connection.scalar(
        select(table.id).where(own).order_by(table.at.desc(), table.id.desc()).offset(MOST_KEPT - 1).limit(1)
    )
    if oldest is not None:
        connection.execute(delete(intel_polls).where(own, table.id < oldest))


def newest(connection: Connection, feed_id: str, most: int = 100) -> list[Poll]:
    """Give the last polls of a feed, newest first."""
    table = intel_polls.c
    wanted = select(*(table[name] for name in Poll.__slots__)).where(table.feed_id == feed_id)
    found = connection.execute(wanted.order_by(table.at.desc(), table.id.desc()).limit(most))
    return [Poll(*row) for row in found]
