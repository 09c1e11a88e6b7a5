"""Reports from outside, and incidents that a person opens without an alert: rows in, rows out."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from sqlalchemy import Connection, insert, select

from warroom.model import Severity, Status
from warroom.store.case_tables import outside_reports
from warroom.store.sealing import touch
from warroom.store.tables import incidents


@dataclass(frozen=True, slots=True)
class Opening:
    """An incident that a person opens; times in microseconds."""

    title: str
    severity: Severity
    platform_id: str
    drill: bool
    first_at: int
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class OutsideReport:
    """What came from outside; ``reporter`` and ``contact`` are personal data. Times in microseconds."""

    channel: str
    reference: str
    reporter: str
    contact: str
    informed_at: int
    claim: str
    evidence: str
    taken_at: int
    taken_by: str


def open_by_hand(connection: Connection, told: Opening, at: int) -> int:
    """Open an incident without alerts; its number."""
    row = insert(incidents).values(
        title=told.title,
        title_th=told.title,  # in whatever language it was typed
        severity=told.severity,
        status=Status.NEW,
        platform_id=told.platform_id,
        drill=told.drill,
        assignee=told.assignee,
        opened_at=at,
        first_at=told.first_at,
        last_at=told.first_at,
        alert_count=0,
        event_count=0,
        version=1,
        updated_at=at,
    )
    incident_id = int(connection.execute(row.returning(incidents.c.id)).scalar_one())
    touch(connection, "incidents", incident_id)
    return incident_id


def add(connection: Connection, incident_id: int, report: OutsideReport) -> int:
    """Keep a report; its number."""
    row = insert(outside_reports).values(incident_id=incident_id, **asdict(report))
    number = int(connection.execute(row.returning(outside_reports.c.id)).scalar_one())
    touch(connection, "outside_reports", number)
    return number


def of_incident(connection: Connection, incident_id: int, *, limit: int = 50) -> list[tuple[int, OutsideReport]]:
    """Give an incident's reports with their numbers, oldest first."""
    columns = outside_reports.c
    found = connection.execute(
        select(columns.id, *(columns[one.name] for one in fields(OutsideReport)))
        .where(columns.incident_id == incident_id)
        .order_by(columns.id)
        .limit(limit)
    )
    return [(number, OutsideReport(*told)) for number, *told in found]
