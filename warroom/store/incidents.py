"""Incidents in the state database: rows in, rows out; what may happen to them is decided in ``warroom.incidents``."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, and_, case, func, insert, or_, select, update

from warroom.errors import ConflictError, NotFoundError
from warroom.model import Disposition, Entity, Severity, Status
from warroom.store.database import upsert
from warroom.store.sealing import touch
from warroom.store.tables import alerts, incident_entities, incident_log, incidents

#: Incidents looked at, newest first, when an alert looks for its like.
_CANDIDATES: Final = 500


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


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One thing that happened to an incident."""

    at: int
    actor: str
    action: str
    body: dict[str, str]


def waiting_alerts(connection: Connection, limit: int) -> list[AlertRow]:
    """Alerts that are new or have grown, oldest first."""
    found = connection.execute(
        select(alerts).where(alerts.c.waiting).order_by(alerts.c.first_at, alerts.c.id).limit(limit)
    )
    return [alert_row(row) for row in found.mappings()]


def open_like(
    connection: Connection, alert: AlertRow, entities: Iterable[Entity], window_us: int
) -> tuple[Incident, Entity | None] | None:
    """The open incident of the alert's platform, within the window, that shares an entity; the newest first.

    Without entities the alert looks for an incident of the same rule. Returns the incident and what is shared.
    """
    near = and_(
        incidents.c.platform_id == alert.platform_id,
        incidents.c.drill == alert.drill,
        incidents.c.status != Status.CLOSED,
        incidents.c.last_at >= alert.first_at - window_us,
        incidents.c.first_at <= alert.last_at + window_us,
    )
    shared = _who_has(connection, entities)
    # by id: the cost must not grow with the number of open incidents, as it would in a storm of strangers
    candidates: Sequence[int] = list(shared)
    if not shared and not alert.entities:
        candidates = connection.scalars(
            select(alerts.c.incident_id)
            .where(alerts.c.rule_id == alert.rule_id, alerts.c.incident_id.is_not(None))
            .order_by(alerts.c.incident_id.desc())
            .distinct()
            .limit(_CANDIDATES)
        ).all()
    if not candidates:
        return None
    found = connection.execute(
        select(incidents)
        .where(incidents.c.id.in_(candidates), near)
        .order_by(incidents.c.last_at.desc(), incidents.c.id.desc())
        .limit(1)
    )
    best = found.mappings().one_or_none()
    return (_incident(best), shared.get(best["id"])) if best is not None else None


def _who_has(connection: Connection, entities: Iterable[Entity]) -> dict[int, Entity]:
    """The newest incidents that know one of these entities, with the entity."""
    wanted = [and_(incident_entities.c.kind == one.kind, incident_entities.c.value == one.value) for one in entities]
    if not wanted:
        return {}
    found = connection.execute(
        select(incident_entities)
        .where(or_(*wanted))
        .order_by(incident_entities.c.incident_id.desc())
        .limit(_CANDIDATES)
    )
    return {row.incident_id: Entity(row.kind, row.value) for row in found}


def open_incident(connection: Connection, alert: AlertRow, at: int) -> int:
    """Open an incident for a first alert; its number."""
    found = connection.execute(
        insert(incidents)
        .values(
            title=alert.rule_title,
            title_th=alert.rule_title_th,
            severity=alert.severity,
            status=Status.NEW,
            platform_id=alert.platform_id,
            drill=alert.drill,
            opened_at=at,
            first_at=alert.first_at,
            last_at=alert.last_at,
            alert_count=0,
            event_count=0,
            version=1,
            updated_at=at,
        )
        .returning(incidents.c.id)
    )
    incident_id = int(found.scalar_one())
    touch(connection, "incidents", incident_id)
    return incident_id


def attach(connection: Connection, alert_id: str, incident_id: int, reason: dict[str, str]) -> None:
    """Put an alert into an incident and say why."""
    connection.execute(
        update(alerts)
        .where(alerts.c.id == alert_id)
        .values(incident_id=incident_id, reason=json.dumps(reason, ensure_ascii=False))
    )
    touch(connection, "alerts", alert_id)


def seen(connection: Connection, alert_ids: Sequence[str]) -> None:
    """The grouping has looked at these alerts."""
    connection.execute(update(alerts).where(alerts.c.id.in_(alert_ids)).values(waiting=False))


def remember_entities(connection: Connection, incident_id: int, entities: Iterable[Entity]) -> None:
    """By what later alerts find this incident."""
    for one in entities:
        row = upsert(incident_entities).values(incident_id=incident_id, kind=one.kind, value=one.value)
        connection.execute(row.on_conflict_do_nothing())


def widen(connection: Connection, incident_id: int, alert: AlertRow) -> None:
    """Let an incident span an alert, so that the next alert of the same transaction finds it."""
    before = connection.execute(
        select(incidents.c.first_at, incidents.c.last_at).where(incidents.c.id == incident_id)
    ).one()
    connection.execute(
        update(incidents)
        .where(incidents.c.id == incident_id)
        .values(first_at=min(before.first_at, alert.first_at), last_at=max(before.last_at, alert.last_at))
    )
    touch(connection, "incidents", incident_id)


def recount(connection: Connection, incident_id: int, at: int) -> None:
    """Bring an incident's counts, times, severity and title in step with its alerts."""
    own = alerts.c.incident_id == incident_id
    total = connection.execute(
        select(func.count(), func.sum(alerts.c.count), func.min(alerts.c.first_at), func.max(alerts.c.last_at)).where(
            own
        )
    ).one()
    levels = connection.scalars(select(alerts.c.severity).where(own).distinct())
    worst = max((Severity(level) for level in levels), key=lambda level: level.rank)
    # the earliest of the worst alerts names the incident
    name = connection.execute(
        select(alerts.c.rule_title, alerts.c.rule_title_th)
        .where(own, alerts.c.severity == worst)
        .order_by(alerts.c.raised_at, alerts.c.first_at, alerts.c.id)
        .limit(1)
    ).one()
    connection.execute(
        update(incidents)
        .where(incidents.c.id == incident_id)
        .values(
            alert_count=total[0],
            event_count=total[1],
            first_at=total[2],
            last_at=total[3],
            severity=worst,
            # who decides on a page that shows a lesser severity has to look again
            version=case((incidents.c.severity == worst, incidents.c.version), else_=incidents.c.version + 1),
            title=name.rule_title,
            title_th=name.rule_title_th,
            updated_at=at,
        )
    )
    touch(connection, "incidents", incident_id)


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
    limit: int = 200,
) -> list[Incident]:
    """Incidents, newest first; without ``statuses`` and ``platforms`` all of them."""
    query = select(incidents).order_by(incidents.c.id.desc()).limit(limit)
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


def append_log(connection: Connection, incident_id: int, at: int, actor: str, action: str, **body: str) -> None:
    """Append to an incident's log."""
    text = json.dumps(body, ensure_ascii=False)
    row = insert(incident_log).values(incident_id=incident_id, at=at, actor=actor, action=action, body=text)
    touch(connection, "incident_log", connection.scalar(row.returning(incident_log.c.id)))


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
    return values


def alert_row(told: RowMapping) -> AlertRow:
    """An alert from a row of its table."""
    values = {one.name: told[one.name] for one in fields(AlertRow)}
    values["severity"] = Severity(told["severity"])
    values["entities"] = tuple(Entity(kind, value) for kind, value in json.loads(told["entities"]))
    values["event_ids"] = tuple(json.loads(told["event_ids"]))
    values["tags"] = tuple(json.loads(told["tags"]))
    values["reason"] = json.loads(told["reason"]) if told["reason"] else {}
    return AlertRow(**values)


def log_entry(told: RowMapping) -> LogEntry:
    """An entry of an incident's log from a row of its table."""
    return LogEntry(told["at"], told["actor"], told["action"], json.loads(told["body"]))


def _incident(told: RowMapping) -> Incident:
    return Incident(**incident_values(told))
