"""What somebody judged about risk to people or ENISA's severity, as rows: appended, the newest of a kind counts."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Final

from sqlalchemy import Connection, insert, select

from warroom.store.canonical import Json, canonical
from warroom.store.response_tables import assessments
from warroom.store.sealing import touch

BREACH_RISK: Final = "breach_risk"
ENISA: Final = "enisa"


@dataclass(frozen=True, slots=True)
class Assessed:
    """What was answered, what the rules made of it, and what a person decided. Time in microseconds."""

    kind: str
    body: dict[str, Json]
    proposed: dict[str, Json]
    decision: str
    reason: str
    at: int
    actor: str
    incident_id: int = 0
    controller_id: int = 0
    id: int = 0


def add(connection: Connection, incident_id: int, controller_id: int, told: Assessed) -> int:
    """Append a judgement; its number."""
    row = insert(assessments).values(
        incident_id=incident_id,
        controller_id=controller_id,
        kind=told.kind,
        body=canonical(told.body),
        proposed=canonical(told.proposed),
        decision=told.decision,
        reason=told.reason,
        at=told.at,
        actor=told.actor,
    )
    number = int(connection.execute(row.returning(assessments.c.id)).scalar_one())
    touch(connection, "assessments", number)
    return number


def of_incidents(connection: Connection, incident_ids: Collection[int]) -> list[Assessed]:
    """Give every judgement about some incidents, newest first."""
    found = connection.execute(
        select(*(assessments.c[one.name] for one in fields(Assessed)))
        .where(assessments.c.incident_id.in_(incident_ids))
        .order_by(assessments.c.id.desc())
    )
    return [
        Assessed(**(row._asdict() | {"body": json.loads(row.body), "proposed": json.loads(row.proposed)}))
        for row in found
    ]


def newest(found: Collection[Assessed]) -> dict[tuple[int, str], Assessed]:
    """Give what counts, by controller and kind, of judgements that are newest first."""
    counting: dict[tuple[int, str], Assessed] = {}
    for one in found:
        counting.setdefault((one.controller_id, one.kind), one)
    return counting
