"""Figures for monitoring: totals since the beginning, without adding all minutes up at every look."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from warroom.store.audit import AuditAction
from warroom.store.audit_tables import audit
from warroom.store.database import now_us
from warroom.store.tables import alert_minutes, content_faults, feed_states, incidents, leases, ledger, segments

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Connection

    from warroom.store.database import State

_MINUTE_US: Final = 60_000_000
#: A commit counts in the minute in which it began: minutes this old change no more.
_OPEN_MINUTES: Final = 10
COUNTED: Final = ("received", "stored", "rejected", "evaluated")


@dataclass(frozen=True, slots=True)
class FeedFigures:
    """A feed that is switched on; times in microseconds."""

    feed_id: str
    platform_id: str
    lag_bytes: int
    received_at: int | None
    read_at: int | None
    failing: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """The war room in numbers, at one moment."""

    at: int
    feeds: list[FeedFigures]
    lines: dict[tuple[str, str], int]  # (feed, one of COUNTED), also of feeds that are switched off
    alerts: dict[str, int]  # by severity
    incidents: dict[tuple[str, str], int]  # by status and severity
    segment_bytes: dict[str, int]  # by kind
    content_faults: int
    worker_seen_at: int | None
    backup_at: int | None


class Totals:
    """Adds up minutes that are over once, and only the others at every look; any number of threads may look."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._lock = threading.Lock()
        self._until = 0  # minutes before it are added up
        self._lines: Counter[tuple[str, str]] = Counter()
        self._alerts: Counter[str] = Counter()

    def look(self) -> Figures:
        """Give the figures of now."""
        at = now_us()
        with self._lock, self._state.read() as connection:
            closed = max(self._until, at // _MINUTE_US - _OPEN_MINUTES)
            # By feed the table is found by its key; without names all of it is read, so only the first time.
            feeds = _feeds(connection)
            names = {*(feed.feed_id for feed in feeds), *(name for name, _ in self._lines)} if self._until else None
            self._lines += _lines(connection, self._until, closed, names)
            self._alerts += _alerts(connection, self._until, closed)
            self._until = closed
            lines = self._lines + _lines(connection, closed, None, names)
            alerts = self._alerts + _alerts(connection, closed, None)
            return Figures(
                at=at,
                feeds=feeds,
                lines=dict(lines),
                alerts=dict(alerts),
                incidents=_incidents(connection),
                segment_bytes=_segment_bytes(connection),
                content_faults=connection.scalar(select(func.count()).select_from(content_faults)) or 0,
                worker_seen_at=connection.scalar(select(func.max(leases.c.renewed_at))),
                backup_at=connection.scalar(
                    select(audit.c.at)
                    .where(audit.c.action == AuditAction.BACKUP_MADE)
                    .order_by(audit.c.seq.desc())
                    .limit(1)
                ),
            )


def _lines(
    connection: Connection, since: int, until: int | None, feeds: Collection[str] | None
) -> Counter[tuple[str, str]]:
    """Add up minutes from ``since`` to before ``until``, of these feeds or of all."""
    sums = [func.sum(ledger.c[name]) for name in COUNTED]
    query = select(ledger.c.feed_id, *sums).where(ledger.c.minute >= since).group_by(ledger.c.feed_id)
    if feeds is not None:
        query = query.where(ledger.c.feed_id.in_(sorted(feeds)))
    if until is not None:
        query = query.where(ledger.c.minute < until)
    found: Counter[tuple[str, str]] = Counter()
    for feed_id, *told in connection.execute(query):
        found.update({(feed_id, name): int(count) for name, count in zip(COUNTED, told, strict=True)})
    return found


def _alerts(connection: Connection, since: int, until: int | None) -> Counter[str]:
    table = alert_minutes.c
    query = select(table.severity, func.sum(table.count)).where(table.minute >= since).group_by(table.severity)
    if until is not None:
        query = query.where(table.minute < until)
    return Counter({severity: int(count) for severity, count in connection.execute(query)})


def _feeds(connection: Connection) -> list[FeedFigures]:
    table = feed_states.c
    columns = (table.feed_id, table.platform_id, table.lag_bytes, table.received_at, table.read_at)
    query = select(*columns, table.error.is_not(None)).order_by(table.feed_id)
    return [FeedFigures(*row) for row in connection.execute(query)]


def _incidents(connection: Connection) -> dict[tuple[str, str], int]:
    """Count incidents by state and severity; what went into another one is counted there."""
    by = (incidents.c.status, incidents.c.severity)
    query = select(*by, func.count()).where(incidents.c.merged_into.is_(None)).group_by(*by)
    return {(status, severity): count for status, severity, count in connection.execute(query)}


def _segment_bytes(connection: Connection) -> dict[str, int]:
    query = select(segments.c.kind, func.sum(segments.c.bytes)).group_by(segments.c.kind)
    return {kind: int(size) for kind, size in connection.execute(query)}
