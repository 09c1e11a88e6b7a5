"""What a brief of a shift is made from: bounded lists, each with how many there are in all."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, func, or_, select

from warroom.model import Status
from warroom.store import planned, suppressions
from warroom.store.case_tables import containments
from warroom.store.containments import Containment
from warroom.store.tables import incident_log, incidents
from warroom.store.views.rows import IncidentRow, incident_columns, incident_row

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from warroom.store.planned import Window
    from warroom.store.suppressions import Suppression

#: Lines of each list.
LIST_LIMIT: Final = 60
#: What a brief does not repeat: alerts that joined are counted in their incidents, notes are read there.
_LEFT_OUT: Final = ("joined", "opened", "noted")


@dataclass(frozen=True, slots=True)
class Decision:
    """Something that was done to an incident in the shift."""

    at: int
    actor: str
    action: str
    incident_id: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """The first incidents of a list, and how many there are in all."""

    rows: tuple[IncidentRow, ...]
    total: int


def open_now(connection: Connection, due: ColumnElement[int]) -> Listed:
    """Give the open incidents, what runs out first on top."""
    return _listed(connection, incidents.c.status != Status.CLOSED, due.is_(None), due, incidents.c.id)


def open_by_severity(connection: Connection) -> dict[str, int]:
    """Count the open incidents by severity."""
    severity = incidents.c.severity
    wanted = select(severity, func.count()).where(incidents.c.status != Status.CLOSED).group_by(severity)
    return {str(name): int(count) for name, count in connection.execute(wanted)}


def opened_between(connection: Connection, since: int, until: int) -> Listed:
    """Give the incidents that were opened in a span, newest first; what went into another is told with that one."""
    here = incidents.c.opened_at.between(since, until - 1) & incidents.c.merged_into.is_(None)
    return _listed(connection, here, incidents.c.id.desc())


def closed_between(connection: Connection, since: int, until: int) -> Listed:
    """Give the incidents that were closed in a span, newest first; what went into another was not."""
    here = incidents.c.closed_at.between(since, until - 1) & incidents.c.merged_into.is_(None)
    return _listed(connection, here, incidents.c.closed_at.desc(), incidents.c.id.desc())


def decisions_between(connection: Connection, since: int, until: int) -> tuple[list[Decision], int]:
    """Give what was done to incidents in a span, newest first, and how much that is in all."""
    columns = incident_log.c
    here = (columns.at.between(since, until - 1), columns.action.not_in(_LEFT_OUT))
    wanted = select(columns.at, columns.actor, columns.action, columns.incident_id, columns.body).where(*here)
    found = connection.execute(wanted.order_by(columns.id.desc()).limit(LIST_LIMIT))
    total = connection.scalar(select(func.count()).select_from(incident_log).where(*here)) or 0
    return [Decision(*row[:4], json.loads(row.body)) for row in found], total


def overdue_requests(connection: Connection, now: int) -> tuple[list[Containment], int]:
    """Give the containment requests that are late, longest first, and how many there are in all.

    Late is what was not done by when it should be, and what was done until a moment that has passed and still stands.
    """
    own = containments.c
    here = late_request(now)
    since = case((own.state == "asked", own.due_at), else_=own.ends_at)
    wanted = select(*(own[one.name] for one in fields(Containment))).where(here).order_by(since, own.id)
    rows = [Containment(**row._asdict()) for row in connection.execute(wanted.limit(LIST_LIMIT))]
    return rows, connection.scalar(select(func.count()).select_from(containments).where(here)) or 0


def late_request(now: int) -> ColumnElement[bool]:
    """Give the condition that a containment request is late: not done by when it should be, or not undone again."""
    own = containments.c
    return or_(and_(own.state == "asked", own.due_at < now), and_(own.state == "done", own.ends_at < now))


def hidden_now(connection: Connection, now: int) -> list[Suppression]:
    """Give the suppressions in force."""
    return suppressions.in_force(connection, now)


def planned_between(connection: Connection, since: int, until: int) -> list[Window]:
    """Give the planned windows that a span touches."""
    return planned.touching(connection, since, until)


def _listed(connection: Connection, here: ColumnElement[bool], *order: ColumnElement[Any]) -> Listed:
    wanted = select(*incident_columns()).where(here).order_by(*order).limit(LIST_LIMIT)
    rows = tuple(incident_row(row) for row in connection.execute(wanted).mappings())
    return Listed(rows, connection.scalar(select(func.count()).select_from(incidents).where(here)) or 0)
