"""Open incidents by what runs out next, and how long past ones took: for the board of service levels."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, case, func, or_, select

from warroom.model import Disposition, Severity, Status
from warroom.store.tables import incident_log, incidents
from warroom.store.views.rows import IncidentRow, Scope, incident_columns, incident_row, within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import ColumnElement

    from warroom.model import Target
    from warroom.store.database import State

#: Lines that the board holds at most; the counts beside it are exact.
BOARD_LIMIT: Final = 200
#: Incidents that are measured at most, the newest.
COURSE_LIMIT: Final = 20_000

_SECOND: Final = 1_000_000
_AFTER: Final = {"acknowledged": Status.ACKNOWLEDGED, "closed": Status.CLOSED, "reopened": Status.INVESTIGATING}


@dataclass(frozen=True, slots=True)
class Board:
    """Open incidents, what runs out first on top; ``open_count`` of them in all, ``passed_count`` past a target."""

    rows: tuple[IncidentRow, ...]
    open_count: int
    passed_count: int


@dataclass(frozen=True, slots=True)
class Course:
    """How an incident went: when it came into which state."""

    id: int
    severity: Severity
    platform_id: str
    opened_at: int
    history: tuple[tuple[int, Status], ...]
    drill: bool
    disposition: Disposition | None
    merged: bool = False


def board(
    state: State, targets: Mapping[Severity, Target], now_us: int, *, scope: Scope = None, limit: int = BOARD_LIMIT
) -> Board:
    """Give the open incidents, what runs out first on top; what waits for nothing but its closing is last."""
    columns = incidents.c
    due = due_of(targets)
    here = and_(columns.status != Status.CLOSED, within(scope, columns.platform_id))
    wanted = select(*incident_columns()).where(here).order_by(due.is_(None), due, columns.id).limit(limit)
    late = func.sum(case((due < now_us, 1), else_=0))
    with state.read() as connection:
        rows = connection.execute(wanted).mappings().all()
        total, passed = connection.execute(select(func.count(), late).where(here)).one()
    return Board(tuple(map(incident_row, rows)), total, passed or 0)


def courses(
    state: State, since_us: int, *, until_us: int | None = None, scope: Scope = None
) -> tuple[list[Course], int]:
    """Give how the incidents went that were opened since a moment, newest first, and how many those are in all.

    With ``until_us`` only those that were opened before it.
    """
    columns = incidents.c
    here = and_(columns.opened_at >= since_us, within(scope, columns.platform_id))
    if until_us is not None:
        here = and_(here, columns.opened_at < until_us)
    newest = select(columns.id).where(here).order_by(columns.id.desc()).limit(COURSE_LIMIT)
    steps = (
        select(incident_log.c.incident_id, incident_log.c.at, incident_log.c.action, incident_log.c.body)
        .where(incident_log.c.action.in_([*_AFTER, "moved"]), incident_log.c.incident_id.in_(newest))
        .order_by(incident_log.c.id)
    )
    names = ("id", "severity", "platform_id", "opened_at", "drill", "disposition", "merged_into")
    with state.read() as connection:
        total = connection.scalar(select(func.count()).select_from(incidents).where(here)) or 0
        found = connection.execute(select(*(columns[name] for name in names)).where(columns.id.in_(newest))).all()
        history: dict[int, list[tuple[int, Status]]] = {}
        for incident_id, at, action, body in connection.execute(steps):
            history.setdefault(incident_id, []).append((at, _AFTER.get(action) or Status(json.loads(body)["after"])))
    return [
        Course(
            row.id,
            Severity(row.severity),
            row.platform_id,
            row.opened_at,
            ((row.opened_at, Status.NEW), *history.get(row.id, ())),
            row.drill,
            Disposition(row.disposition) if row.disposition else None,
            row.merged_into is not None,
        )
        for row in sorted(found, key=lambda row: -row.id)
    ], total


def due_of(targets: Mapping[Severity, Target]) -> ColumnElement[int]:
    """When the next of an open incident's clocks runs out: its state says which one still runs."""
    columns = incidents.c

    def after(clock: str) -> ColumnElement[int]:
        seconds = {severity.value: getattr(target, clock) for severity, target in targets.items()}
        return columns.opened_at + case(seconds, value=columns.severity, else_=0) * _SECOND

    return case(
        (columns.status == Status.NEW, after("acknowledge")),
        (or_(columns.status == Status.ACKNOWLEDGED, columns.status == Status.INVESTIGATING), after("contain")),
        (columns.status == Status.CONTAINED, after("resolve")),
        else_=None,
    )
