"""What people decided about an incident, and the moments the law counts from: appended, the newest counts."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

from sqlalchemy import Connection, RowMapping, insert, select

from warroom.store.canonical import Json, canonical
from warroom.store.case_tables import classifications, incident_times
from warroom.store.sealing import touch


@dataclass(frozen=True, slots=True)
class Classified:
    """A decision about category and level, and what the rules had proposed when it was made."""

    at: int
    actor: str
    categories: tuple[int, ...]
    level: str
    reason: str
    proposed: dict[str, Json]


@dataclass(frozen=True, slots=True)
class TimeSet:
    """What somebody entered as one of an incident's moments; all in microseconds."""

    moment: int
    set_at: int
    set_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class MomentSet(TimeSet):
    """The same with its name, and whose moment it is; ``controller_id`` None: of the incident as a whole."""

    incident_id: int
    name: str
    controller_id: int | None


def add_classification(connection: Connection, incident_id: int, made: Classified) -> None:
    """Append a decision."""
    row = insert(classifications).values(
        incident_id=incident_id,
        at=made.at,
        actor=made.actor,
        categories=json.dumps(list(made.categories)),
        level=made.level,
        reason=made.reason,
        proposed=canonical(made.proposed),
    )
    touch(connection, "classifications", connection.scalar(row.returning(classifications.c.id)))


def classifications_of(connection: Connection, incident_id: int, *, limit: int = 50) -> list[Classified]:
    """Give the decisions, newest first."""
    own = select(classifications).where(classifications.c.incident_id == incident_id)
    found = connection.execute(own.order_by(classifications.c.id.desc()).limit(limit)).mappings()
    return [_classified(row) for row in found]


def add_time(
    connection: Connection, incident_id: int, name: str, made: TimeSet, *, controller_id: int | None = None
) -> None:
    """Append what a moment is believed to be, of the incident or of one of its controllers."""
    row = insert(incident_times).values(
        incident_id=incident_id,
        name=name,
        controller_id=controller_id,
        moment=made.moment,
        set_at=made.set_at,
        set_by=made.set_by,
        reason=made.reason,
    )
    touch(connection, "incident_times", connection.scalar(row.returning(incident_times.c.id)))


def times_of(
    connection: Connection, incident_id: int, name: str, *, controller_id: int | None = None, limit: int = 50
) -> Sequence[TimeSet]:
    """Give what a moment was believed to be, newest first; nothing where nobody ever said.

    Of the incident as a whole, or of one of its controllers: one's moments are not the other's.
    """
    columns = incident_times.c
    found = connection.execute(
        select(columns.moment, columns.set_at, columns.set_by, columns.reason)
        .where(columns.incident_id == incident_id, columns.name == name, columns.controller_id.is_(controller_id))
        .order_by(columns.id.desc())
        .limit(limit)
    )
    return [TimeSet(*row) for row in found]


def moments_of(connection: Connection, incident_ids: Collection[int]) -> list[MomentSet]:
    """Give everything that was believed of all moments of some incidents and their controllers, newest first."""
    found = connection.execute(
        select(*(incident_times.c[one.name] for one in fields(MomentSet)))
        .where(incident_times.c.incident_id.in_(incident_ids))
        .order_by(incident_times.c.id.desc())
    )
    return [MomentSet(*row) for row in found]


def _classified(row: RowMapping) -> Classified:
    return Classified(
        row["at"],
        row["actor"],
        tuple(json.loads(row["categories"])),
        row["level"],
        row["reason"],
        json.loads(row["proposed"]),
    )
