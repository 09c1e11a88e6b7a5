"""Periodic reports in the state database: sealed rows, never changed; their files lie under their hashes."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, select, true

from warroom.errors import NotFoundError
from warroom.store.audit_tables import audit
from warroom.store.response_tables import periodic_reports
from warroom.store.sealing import touch

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from warroom.store.database import State
    from warroom.store.views.rows import Scope

#: Reports that a list gives at most.
LISTED: Final = 200


@dataclass(frozen=True, slots=True)
class PeriodicReport:
    """A report as it was printed; moments in microseconds since 1970, ``figures`` as JSON."""

    id: int
    kind: str
    period_from: int
    period_to: int
    language: str
    figures: str
    pdf_sha256: str
    docx_sha256: str
    made_at: int
    made_by: str


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A report as one line of a list, without its figures."""

    id: int
    kind: str
    period_from: int
    period_to: int
    language: str
    made_at: int
    made_by: str


def add(connection: Connection, told: PeriodicReport) -> int:
    """Enter a report whose files are kept; its number (``told.id`` is not looked at)."""
    values = {one.name: getattr(told, one.name) for one in fields(PeriodicReport) if one.name != "id"}
    row = insert(periodic_reports).values(**values).returning(periodic_reports.c.id)
    number = int(connection.execute(row).scalar_one())
    touch(connection, "periodic_reports", number)
    return number


def get(state: State, number: int, *, scope: Scope = None) -> PeriodicReport:
    """Give a report; who is confined finds those made for exactly their platforms. Raises NotFoundError."""
    wanted = select(periodic_reports).where(periodic_reports.c.id == number, _made_for(scope))
    with state.read() as connection:
        row = connection.execute(wanted).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no report {number}: `./run reports list` shows them")
    return PeriodicReport(**row._asdict())


def listed(
    state: State, *, kind: str | None = None, scope: Scope = None, limit: int = LISTED
) -> tuple[list[ReportRow], int]:
    """Give reports, the last made first, and how many there are in all."""
    own = periodic_reports.c
    here = _made_for(scope) if kind is None else (own.kind == kind) & _made_for(scope)
    wanted = select(*(own[one.name] for one in fields(ReportRow))).where(here).order_by(own.id.desc()).limit(limit)
    with state.read() as connection:
        total = connection.scalar(select(func.count()).select_from(periodic_reports).where(here)) or 0
        return [ReportRow(*row) for row in connection.execute(wanted)], total


def made(connection: Connection, kind: str, period_from: int, made_by: str) -> frozenset[str]:
    """Give the languages in which somebody made the report of a period."""
    own = periodic_reports.c
    here = (own.kind == kind, own.period_from == period_from, own.made_by == made_by)
    return frozenset(connection.scalars(select(own.language).where(*here)))


def last_made(connection: Connection, kind: str, made_by: str) -> int | None:
    """Give when the latest period began of which somebody made a report; None where they never did."""
    own = periodic_reports.c
    latest = select(func.max(own.period_from)).where(own.kind == kind, own.made_by == made_by)
    found: int | None = connection.scalar(latest)
    return found


def born_at(connection: Connection) -> int | None:
    """Give when the store's records begin."""
    found: int | None = connection.scalar(select(audit.c.at).order_by(audit.c.seq).limit(1))
    return found


def _made_for(scope: Scope) -> ColumnElement[bool]:
    """Figures say of which platforms they are; those of all are for who sees all."""
    if scope is None:
        return true()
    own = func.json_extract(periodic_reports.c.figures, "$.scope")
    return own == json.dumps(list(scope), ensure_ascii=False, separators=(",", ":"))
