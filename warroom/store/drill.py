"""Reads incidents as the drill's score needs them: whole, with everything they name."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from warroom.model import Disposition, Entity
from warroom.store.tables import incident_entities, incidents

if TYPE_CHECKING:
    from warroom.store.database import State

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PlayedIncident:
    """An incident of a drill; ``first_at`` and ``last_at`` are event times, ``opened_at`` our clock."""

    id: int
    title: str
    platform_id: str
    opened_at: datetime
    first_at: datetime
    last_at: datetime
    entities: frozenset[Entity]


def played_incidents(state: State) -> list[PlayedIncident]:
    """Give the incidents marked as a drill, oldest first, without those closed as duplicates."""
    table = incidents.c
    query = (
        select(table.id, table.title, table.platform_id, table.opened_at, table.first_at, table.last_at)
        .where(table.drill, table.disposition.is_distinct_from(Disposition.DUPLICATE.value))
        .order_by(table.id)
    )
    with state.read() as connection:
        rows = connection.execute(query).all()
        named: defaultdict[int, set[Entity]] = defaultdict(set)
        for incident, kind, value in connection.execute(
            select(incident_entities.c.incident_id, incident_entities.c.kind, incident_entities.c.value)
        ):
            named[incident].add(Entity(kind, value))
    return [
        PlayedIncident(
            id=row.id,
            title=row.title,
            platform_id=row.platform_id,
            opened_at=_moment(row.opened_at),
            first_at=_moment(row.first_at),
            last_at=_moment(row.last_at),
            entities=frozenset(named[row.id]),
        )
        for row in rows
    ]


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
