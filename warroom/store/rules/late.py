"""Matches that came too late for correlations: noted with the commit that stores them, looked at again afterwards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, case, delete, select, update

from warroom.store.database import upsert
from warroom.store.rules.tables import late_spans

_HOUR_US: Final = 3_600_000_000
#: Spans are kept so long after they were looked at again.
_KEPT_US: Final = 35 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class Late:
    """So many matching events of one batch came too late; the times of the first and last, microseconds since 1970."""

    events: int
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class LateSpan(Late):
    """Late events of a feed whose first lies in one hour; ``noted_at``: when the last of them came, our clock."""

    feed_id: str
    hour: int
    noted_at: int


def note(connection: Connection, feed_id: str, late: Late, at: int) -> None:
    """Note what came too late: its gap is to be looked at again, also where it was already."""
    table = late_spans.c
    row = upsert(late_spans).values(
        feed_id=feed_id,
        hour=late.first_at // _HOUR_US,
        events=late.events,
        first_at=late.first_at,
        last_at=late.last_at,
        noted_at=at,
        alerts=0,
    )
    more = row.excluded
    connection.execute(
        row.on_conflict_do_update(
            index_elements=["feed_id", "hour"],
            set_={
                "events": table.events + more.events,
                "first_at": case((table.first_at > more.first_at, more.first_at), else_=table.first_at),
                "last_at": case((table.last_at < more.last_at, more.last_at), else_=table.last_at),
                "noted_at": at,
                "filled_at": None,
            },
        )
    )


def due(connection: Connection, noted_before: int, limit: int) -> list[LateSpan]:
    """Give spans that nothing was added to since a moment and that nobody looked at again, the oldest first."""
    table = late_spans.c
    columns = (table.events, table.first_at, table.last_at, table.feed_id, table.hour, table.noted_at)
    wanted = select(*columns).where(table.filled_at.is_(None), table.noted_at <= noted_before)
    return [LateSpan(*row) for row in connection.execute(wanted.order_by(table.noted_at).limit(limit)).all()]


def filled(connection: Connection, span: LateSpan, alerts: int, at: int) -> None:
    """Write down that a span was looked at again, and what that raised; what came meanwhile opens it anew."""
    table = late_spans.c
    own = (table.feed_id == span.feed_id, table.hour == span.hour, table.noted_at == span.noted_at)
    connection.execute(update(late_spans).where(*own).values(filled_at=at, alerts=table.alerts + alerts))


def lately(connection: Connection, feed_ids: Collection[str], since: int) -> list[tuple[LateSpan, int | None]]:
    """Give the spans of feeds that end after a moment, each with when it was looked at again (None: not yet)."""
    table = late_spans.c
    columns = (table.events, table.first_at, table.last_at, table.feed_id, table.hour, table.noted_at)
    wanted = select(*columns, table.filled_at).where(table.feed_id.in_(feed_ids), table.last_at >= since)
    return [(LateSpan(*row), at) for *row, at in connection.execute(wanted.order_by(table.first_at)).all()]


def forget(connection: Connection, at: int) -> None:
    """Drop spans that were looked at again long ago."""
    connection.execute(delete(late_spans).where(late_spans.c.filled_at < at - _KEPT_US))
