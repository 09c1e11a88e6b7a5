"""Incidents in the state database: rows in, rows out; what may happen to them is decided in ``warroom.incidents``."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final

import orjson
from sqlalchemy import Connection, RowMapping, insert, select, update

from warroom.errors import ConflictError, NotFoundError
from warroom.model import Disposition, Entity, Severity, Status
from warroom.store.sealing import touch
from warroom.store.tables import alerts, incident_entities, incident_log, incidents

#: Rules whose tags are remembered as they are read.
_RULES: Final = 4096


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert as stored; times in microseconds since 1970."""

    id: str
    rule_id: str
    rule_title: str
    rule_title_th: str
    severity: Severity
    platform_id: str
    feed_id: str
    first_at: int
    last_at: int
    raised_at: int
    count: int
    entities: tuple[Entity, ...]
    event_ids: tuple[int, ...]
    tags: tuple[str, ...]
    drill: bool
    incident_id: int | None
    reason: dict[str, str]
    grouped_count: int = 0


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident as stored; times in microseconds since 1970."""

    id: int
    title: str
    title_th: str
    severity: Severity
    status: Status
    disposition: Disposition | None
    platform_id: str
    drill: bool
    assignee: str | None
    opened_at: int
    first_at: int
    last_at: int
    acknowledged_at: int | None
    closed_at: int | None
    alert_count: int
    event_count: int
    version: int
    updated_at: int
    risk: int = 0  # 0 to 100, and its parts
    risk_parts: tuple[tuple[str, int], ...] = ()
    folded: dict[str, int] = field(default_factory=dict)  # rules, and entities by kind
    lead_kind: str | None = None  # whom or what most of its alerts name
    lead_value: str | None = None
    merged_into: int | None = None
    follows_id: int | None = None
    grew_at: int | None = None


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One thing that happened to an incident."""

    at: int
    actor: str
    action: str
    body: dict[str, str]
    id: int = 0


def waiting_alerts(connection: Connection, limit: int) -> list[AlertRow]:
    """Alerts that are new or have grown, oldest first."""
    chosen = select(*_ALERT_COLUMNS).where(alerts.c.waiting).order_by(alerts.c.first_at, alerts.c.id).limit(limit)
    return [_told_alert(row) for row in connection.execute(chosen).all()]


def get(connection: Connection, incident_id: int) -> Incident:
    """One incident.

    Raises:
        NotFoundError: there is none of this number.
    """
    row = connection.execute(select(incidents).where(incidents.c.id == incident_id)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"there is no incident {incident_id}: `./run incident list` shows them")
    return _incident(row)


def find(
    connection: Connection,
    *,
    statuses: Sequence[Status] = (),
    platforms: Collection[str] | None = None,
    merged: bool = False,
    limit: int = 200,
) -> list[Incident]:
    """Incidents, newest first; without ``statuses`` and ``platforms`` all of them but those that went into others."""
    query = select(incidents).order_by(incidents.c.id.desc()).limit(limit)
    if not merged:
        query = query.where(incidents.c.merged_into.is_(None))
    if statuses:
        query = query.where(incidents.c.status.in_(statuses))
    if platforms is not None:
        query = query.where(incidents.c.platform_id.in_(platforms))
    return [_incident(row) for row in connection.execute(query).mappings()]


def alerts_of(connection: Connection, incident_id: int) -> list[AlertRow]:
    """The alerts of an incident, by event time."""
    found = connection.execute(
        select(alerts).where(alerts.c.incident_id == incident_id).order_by(alerts.c.first_at, alerts.c.id)
    )
    return [alert_row(row) for row in found.mappings()]


def entities_of(connection: Connection, incident_id: int) -> list[Entity]:
    """What an incident is about."""
    found = connection.execute(
        select(incident_entities.c.kind, incident_entities.c.value)
        .where(incident_entities.c.incident_id == incident_id)
        .order_by(incident_entities.c.kind, incident_entities.c.value)
    )
    return [Entity(kind, value) for kind, value in found]


def log_of(connection: Connection, incident_id: int) -> list[LogEntry]:
    """What happened to an incident, oldest first."""
    found = connection.execute(
        select(incident_log).where(incident_log.c.incident_id == incident_id).order_by(incident_log.c.id)
    )
    return [log_entry(row) for row in found.mappings()]


def append_log(connection: Connection, incident_id: int, at: int, actor: str, action: str, **body: str) -> int:
    """Append to an incident's log; the entry's number."""
    text = json.dumps(body, ensure_ascii=False)
    row = insert(incident_log).values(incident_id=incident_id, at=at, actor=actor, action=action, body=text)
    number = int(connection.execute(row.returning(incident_log.c.id)).scalar_one())
    touch(connection, "incident_log", number)
    return number


def change(connection: Connection, before: Incident, at: int, **values: object) -> None:
    """Change an incident that still is as it was read.

    Raises:
        ConflictError: somebody changed it meanwhile.
    """
    done = connection.execute(
        update(incidents)
        .where(incidents.c.id == before.id, incidents.c.version == before.version)
        .values(version=before.version + 1, updated_at=at, **values)
    )
    if done.rowcount != 1:
        raise ConflictError(f"incident {before.id} was changed by somebody else meanwhile: look again, then repeat")
    touch(connection, "incidents", before.id)


def incident_values(told: RowMapping) -> dict[str, Any]:
    """An incident's fields from a row that has its columns."""
    values = {one.name: told[one.name] for one in fields(Incident)}
    values["severity"], values["status"] = Severity(told["severity"]), Status(told["status"])
    values["disposition"] = Disposition(told["disposition"]) if told["disposition"] else None
    values["risk_parts"] = tuple((part, points) for part, points in json.loads(told["risk_parts"]))
    values["folded"] = json.loads(told["folded"])
    return values


def alert_row(told: RowMapping) -> AlertRow:
    """An alert from a row of its table."""
    return _told_alert([told[column.name] for column in _ALERT_COLUMNS])


def log_entry(told: RowMapping) -> LogEntry:
    """An entry of an incident's log from a row of its table."""
    return LogEntry(told["at"], told["actor"], told["action"], json.loads(told["body"]), told["id"])


def _incident(told: RowMapping) -> Incident:
    return Incident(**incident_values(told))


def _told_alert(told: Sequence[Any]) -> AlertRow:
    """An alert from its columns; there are many, so they are not named one by one."""
    values = list(told)
    for place, read in _READ.items():
        values[place] = read(values[place])
    return AlertRow(*values)


def _entities(told: str) -> tuple[Entity, ...]:
    return tuple([Entity(kind, value) for kind, value in _loaded(told)])


def _listed(told: str) -> tuple[Any, ...]:
    return tuple(_loaded(told))


def _loaded(told: str) -> list[Any]:
    """Read JSON of ours, nearly always by the quicker reader; it does not take the half characters of hostile names."""
    try:
        found: list[Any] = orjson.loads(told)
    except orjson.JSONDecodeError:
        found = json.loads(told)
    return found


@functools.lru_cache(_RULES)
def _tags(told: str) -> tuple[str, ...]:
    return _listed(told)


def _reason(told: str | None) -> dict[str, str]:
    return dict(json.loads(told)) if told else {}


#: The columns of an alert in the order of its fields, and how those are read that are no plain values.
_ALERT_COLUMNS: Final = tuple(alerts.c[one.name] for one in fields(AlertRow))
_READERS: Final[dict[str, Callable[[Any], Any]]] = {
    "severity": Severity,
    "entities": _entities,
    "event_ids": _listed,
    "tags": _tags,
    "reason": _reason,
}
_READ: Final = {place: _READERS[one.name] for place, one in enumerate(fields(AlertRow)) if one.name in _READERS}
