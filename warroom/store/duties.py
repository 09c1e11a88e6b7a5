"""Whether a legal clock concerns a controller, as rows: appended, the newest of a clock counts."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Final

from sqlalchemy import Connection, insert, select

from warroom.store.canonical import Json, canonical
from warroom.store.response_tables import duty_rulings
from warroom.store.sealing import touch

APPLIES: Final = "applies"
NOT_APPLICABLE: Final = "not_applicable"
NOT_NOTIFIABLE: Final = "not_notifiable"


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was ruled of a clock; ``because`` says what proposed it, or what proves it. Time in microseconds."""

    clock: str
    ruling: str
    reason: str
    because: dict[str, Json]
    at: int
    actor: str
    incident_id: int = 0
    controller_id: int = 0
    id: int = 0


def add(connection: Connection, incident_id: int, controller_id: int, told: Ruling) -> int:
    """Append a ruling; its number."""
    row = insert(duty_rulings).values(
        incident_id=incident_id,
        controller_id=controller_id,
        clock=told.clock,
        ruling=told.ruling,
        reason=told.reason,
        because=canonical(told.because),
        at=told.at,
        actor=told.actor,
    )
    number = int(connection.execute(row.returning(duty_rulings.c.id)).scalar_one())
    touch(connection, "duty_rulings", number)
    return number


def of_incidents(connection: Connection, incident_ids: Collection[int]) -> list[Ruling]:
    """Give every ruling of some incidents, newest first."""
    found = connection.execute(
        select(*(duty_rulings.c[one.name] for one in fields(Ruling)))
        .where(duty_rulings.c.incident_id.in_(incident_ids))
        .order_by(duty_rulings.c.id.desc())
    )
    return [Ruling(**(row._asdict() | {"because": json.loads(row.because)})) for row in found]


def newest(rulings: Collection[Ruling]) -> dict[tuple[int, str], Ruling]:
    """Give what counts, by controller and clock, of rulings that are newest first."""
    counting: dict[tuple[int, str], Ruling] = {}
    for one in rulings:
        counting.setdefault((one.controller_id, one.clock), one)
    return counting
