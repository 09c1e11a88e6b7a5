"""Reads incidents and alerts as the drill's score needs them: whole, with everything they name."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from warroom.model import Disposition, Entity
from warroom.store.tables import alerts, incident_entities, incidents, positions

if TYPE_CHECKING:
    from warroom.store.database import State

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class PlayedIncident:
    """An incident of a drill; ``first_at`` and ``last_at`` are event times, ``opened_at`` our clock.

    ``files`` are the paths of those that the feeds of its alerts read.
    """

    id: int
    title: str
    platform_id: str
    opened_at: datetime
    first_at: datetime
    last_at: datetime
    entities: frozenset[Entity]
    files: frozenset[str] = frozenset()


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
        read = _files(connection)
        heard: defaultdict[int, set[str]] = defaultdict(set)
        for incident, feed in connection.execute(
            select(alerts.c.incident_id, alerts.c.feed_id).where(alerts.c.incident_id.is_not(None)).distinct()
        ):
            heard[incident] |= read[feed]
    return [
        PlayedIncident(
            id=row.id,
            title=row.title,
            platform_id=row.platform_id,
            opened_at=_moment(row.opened_at),
            first_at=_moment(row.first_at),
            last_at=_moment(row.last_at),
            entities=frozenset(named[row.id]),
            files=frozenset(heard[row.id]),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class PlayedAlert:
    """An alert of a drill, with the id of its rule; ``id`` is its place among them. Times as of an incident."""

    id: int
    rule_id: str
    title: str
    platform_id: str
    opened_at: datetime
    first_at: datetime
    last_at: datetime
    entities: frozenset[Entity]
    files: frozenset[str] = frozenset()


def played_alerts(state: State) -> list[PlayedAlert]:
    """Give the alerts marked as a drill, in the order of their ids."""
    table = alerts.c
    query = select(
        table.rule_id,
        table.rule_title,
        table.platform_id,
        table.feed_id,
        table.raised_at,
        table.first_at,
        table.last_at,
        table.entities,
    )
    with state.read() as connection:
        rows = connection.execute(query.where(table.drill).order_by(table.id)).all()
        read = _files(connection)
    return [
        PlayedAlert(
            id=number,
            rule_id=row.rule_id,
            title=row.rule_title,
            platform_id=row.platform_id,
            opened_at=_moment(row.raised_at),
            first_at=_moment(row.first_at),
            last_at=_moment(row.last_at),
            entities=frozenset(Entity(kind, value) for kind, value in json.loads(row.entities)),
            files=frozenset(read[row.feed_id]),
        )
        for number, row in enumerate(rows)
    ]


def _files(connection: Connection) -> defaultdict[str, set[str]]:
    """Give by feed the paths of the files that it has read."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for feed, position in connection.execute(select(positions.c.feed_id, positions.c.position)):
        told = json.loads(position)
        if isinstance(told, dict) and isinstance(told.get("path"), str):
            found[feed].add(told["path"])
    return found


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
