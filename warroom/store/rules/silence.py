"""When feeds brought nothing for longer than they may: between which minutes, and whether it came afterwards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, and_, exists, func, select

from warroom.store.tables import feed_states, ledger, segments

_MINUTE_US: Final = 60_000_000
_MINUTE_SECONDS: Final = 60
#: Silences that are given at most, the newest first.
_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Silence:
    """A feed brought nothing from ``since`` to before ``until`` (None: still); microseconds since 1970, our clock.

    ``came_later``: events of that time are stored that came after it.
    """

    feed_id: str
    since: int
    until: int | None
    came_later: bool


def silences(
    connection: Connection, feed_ids: Collection[str], since: int, now: int, platforms: Collection[str] | None = None
) -> list[Silence]:
    """Give when feeds (of these platforms; None: of all) were silent for longer than they may, newest first.

    A feed that never brought anything is not silent: it has not begun.
    """
    found: list[Silence] = []
    for feed_id, allowed, received_at in _feeds(connection, feed_ids, platforms):
        minutes = max(1, -(-allowed // _MINUTE_SECONDS))
        for begin, end in _gaps(connection, feed_id, minutes, since // _MINUTE_US):
            found.append(_told(connection, feed_id, begin * _MINUTE_US, end * _MINUTE_US))
        if received_at is not None and now - received_at > allowed * 1_000_000:
            found.append(Silence(feed_id, received_at, None, came_later=False))
    return sorted(found, key=lambda one: (-one.since, one.feed_id))[:_MOST]


def _feeds(
    connection: Connection, feed_ids: Collection[str], platforms: Collection[str] | None
) -> list[tuple[str, int, int | None]]:
    table = feed_states.c
    wanted = select(table.feed_id, table.silent_after_seconds, table.received_at).where(table.feed_id.in_(feed_ids))
    if platforms is not None:
        wanted = wanted.where(table.platform_id.in_(platforms))
    return [(feed_id, allowed, at) for feed_id, allowed, at in connection.execute(wanted.order_by(table.feed_id))]


def _gaps(connection: Connection, feed_id: str, minutes: int, first: int) -> list[tuple[int, int]]:
    """Give the minutes after which a feed was silent for more than so many, and those in which it spoke again."""
    table = ledger.c
    # the last one before the span tells whether it began in silence
    before = select(func.max(table.minute)).where(table.feed_id == feed_id, table.minute < first, table.received > 0)
    earliest = func.coalesce(before.scalar_subquery(), first)
    spoken = (
        select(table.minute, func.lag(table.minute).over(order_by=table.minute).label("before"))
        .where(table.feed_id == feed_id, table.minute >= earliest, table.received > 0)
        .subquery()
    )
    long = select(spoken.c.before, spoken.c.minute).where(spoken.c.minute - spoken.c.before > minutes)
    ordered = connection.execute(long.order_by(spoken.c.minute.desc()).limit(_MOST))
    return [(int(begin) + 1, int(end)) for begin, end in ordered]


def _told(connection: Connection, feed_id: str, since: int, until: int) -> Silence:
    table = segments.c
    own = and_(table.kind == "events", table.feed_id == feed_id, table.created_at >= until)
    later = select(exists().where(own, table.min_ts < until, table.max_ts >= since))
    return Silence(feed_id, since, until, came_later=bool(connection.scalar(later)))
