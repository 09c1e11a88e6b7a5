"""The queue and what is counted beside it: incidents, alerts a minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import case, func, select

from warroom.model import Severity, Status
from warroom.store.tables import alert_minutes, incidents
from warroom.store.views.rows import IncidentRow, Scope, incident_columns, incident_row, within

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from warroom.store.database import State

#: Rows that the queue holds at most; the counts beside it are exact.
QUEUE_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class OpenCount:
    """How many open incidents a platform has of a severity and status, and since when the oldest."""

    platform_id: str
    severity: Severity
    status: Status
    count: int
    oldest_at: int


def queue(state: State, *, closed: bool = False, scope: Scope = None, limit: int = QUEUE_LIMIT) -> list[IncidentRow]:
    """Give the open incidents, worst and riskiest first, or the closed ones, last closed first.

    What went into another incident is not there: the other one is.
    """
    columns = incidents.c
    wanted = select(*incident_columns()).where(within(scope, columns.platform_id), columns.merged_into.is_(None))
    if closed:
        wanted = wanted.where(columns.status == Status.CLOSED).order_by(columns.closed_at.desc(), columns.id.desc())
    else:
        order = (_severity_rank().desc(), columns.risk.desc(), columns.id.desc())
        wanted = wanted.where(columns.status != Status.CLOSED).order_by(*order)
    with state.read() as connection:
        return [incident_row(row) for row in connection.execute(wanted.limit(limit)).mappings()]


def open_counts(state: State, *, scope: Scope = None) -> list[OpenCount]:
    """Count open incidents by platform, severity and status."""
    columns = incidents.c
    by = (columns.platform_id, columns.severity, columns.status)
    with state.read() as connection:
        rows = connection.execute(
            select(*by, func.count(), func.min(columns.opened_at))
            .where(columns.status != Status.CLOSED, within(scope, columns.platform_id))
            .group_by(*by)
        ).all()
    return [
        OpenCount(platform, Severity(severity), Status(status), count, oldest)
        for platform, severity, status, count, oldest in rows
    ]


def closed_since(state: State, since_us: int, *, scope: Scope = None) -> int:
    """Count the incidents closed since a moment."""
    here = within(scope, incidents.c.platform_id)
    own = incidents.c.merged_into.is_(None)
    wanted = select(func.count()).select_from(incidents).where(incidents.c.closed_at >= since_us, own, here)
    with state.read() as connection:
        return connection.scalar(wanted) or 0


def alerts_per_minute(state: State, since_minute: int, *, scope: Scope = None) -> list[tuple[int, str, int]]:
    """Give (minute since 1970, platform, alerts) from a minute on, in order."""
    columns = alert_minutes.c
    with state.read() as connection:
        rows = connection.execute(
            select(columns.minute, columns.platform_id, func.sum(columns.count))
            .where(columns.minute >= since_minute, within(scope, columns.platform_id))
            .group_by(columns.minute, columns.platform_id)
            .order_by(columns.minute, columns.platform_id)
        ).all()
    return [(minute, platform, int(count)) for minute, platform, count in rows]


def _severity_rank() -> ColumnElement[int]:
    return case({severity.value: severity.rank for severity in Severity}, value=incidents.c.severity, else_=0)
