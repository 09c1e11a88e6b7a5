"""Read models of the console's screens: what a screen needs in one query each, bounded."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import case, func, select

from warroom.model import Disposition, Entity, Severity, Status
from warroom.store.tables import (
    alert_minutes,
    alerts,
    content_faults,
    feed_states,
    incident_entities,
    incident_log,
    incidents,
    leases,
    ledger,
)

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Row, RowMapping

    from warroom.store.database import State

#: Rows that one screen shows at most; the counts beside them are exact.
QUEUE_LIMIT: Final = 200
ALERT_LIMIT: Final = 100
LOG_LIMIT: Final = 200
FAULT_LIMIT: Final = 50
RELATED_LIMIT: Final = 12
ACTIVITY_LIMIT: Final = 12

_DAY_MINUTES: Final = 1440
_RATE_MINUTES: Final = 5
_LEDGER_SUMS: Final = ("received", "stored", "rejected", "evaluated", "unbalanced", "per_minute")
_KIND_RANK: Final = ("address", "user", "device", "host")


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident as one line of the queue; times in microseconds since 1970 UTC."""

    id: int
    title: str
    title_th: str  # empty where the rule has none
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
    entity: Entity | None = None


@dataclass(frozen=True, slots=True)
class OpenCount:
    """How many open incidents a platform has of a severity and status, and since when the oldest."""

    platform_id: str
    severity: Severity
    status: Status
    count: int
    oldest_at: int


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert of an incident, with the reason why it is there as the grouping wrote it."""

    id: str
    rule_id: str
    rule_title: str
    rule_title_th: str  # empty where the rule has none
    severity: Severity
    feed_id: str
    first_at: int
    last_at: int
    raised_at: int
    count: int
    entities: tuple[Entity, ...]
    event_ids: tuple[int, ...]
    tags: tuple[str, ...]
    reason: dict[str, object]


@dataclass(frozen=True, slots=True)
class LogRow:
    """One thing that happened to an incident; ``body`` is what the action wrote."""

    at: int
    actor: str
    action: str
    body: dict[str, object]


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that happened to any incident, for the activity list."""

    incident_id: int
    row: LogRow


@dataclass(frozen=True, slots=True)
class IncidentView:
    """Everything the incident screen shows, except the events themselves."""

    incident: IncidentRow
    entities: tuple[Entity, ...]
    alerts: tuple[AlertRow, ...]
    log: tuple[LogRow, ...]

    @property
    def event_ids(self) -> tuple[int, ...]:
        """The sampled events of all alerts, oldest first."""
        return tuple(sorted({event_id for alert in self.alerts for event_id in alert.event_ids}))


@dataclass(frozen=True, slots=True)
class FeedRow:
    """What the worker last saw of a feed, and its ledger of the last 24 hours."""

    feed_id: str
    platform_id: str
    title_th: str
    title_en: str
    drill: bool
    read_at: int | None
    event_at: int | None
    received_at: int | None
    lag_bytes: int
    error: str | None
    silent_after_seconds: int
    received: int
    stored: int
    rejected: int
    evaluated: int
    unbalanced: int  # lines that are neither stored nor rejected, or stored and not evaluated
    per_minute: int  # lines received a minute, over the last five


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A fault in a rule, feed or playbook file as the worker loaded it."""

    file: str
    line: int
    reason: str


def queue(state: State, *, closed: bool = False, limit: int = QUEUE_LIMIT) -> list[IncidentRow]:
    """Give the open incidents, worst and newest first, or the closed ones, last closed first."""
    columns = incidents.c
    wanted = select(*_incident_columns())
    if closed:
        wanted = wanted.where(columns.status == Status.CLOSED).order_by(columns.closed_at.desc(), columns.id.desc())
    else:
        wanted = wanted.where(columns.status != Status.CLOSED).order_by(_severity_rank().desc(), columns.id.desc())
    with state.read() as connection:
        found = [_incident(row) for row in connection.execute(wanted.limit(limit)).mappings()]
        named = connection.execute(
            select(incident_entities.c.incident_id, incident_entities.c.kind, incident_entities.c.value).where(
                incident_entities.c.incident_id.in_([row.id for row in found])
            )
        ).all()
    strongest: dict[int, Entity] = {}
    for incident_id, kind, value in sorted(named, key=lambda row: (_rank(row.kind), row.value)):
        strongest.setdefault(incident_id, Entity(kind, value))
    return [replace(row, entity=strongest.get(row.id)) for row in found]


def open_counts(state: State) -> list[OpenCount]:
    """Count open incidents by platform, severity and status."""
    columns = incidents.c
    by = (columns.platform_id, columns.severity, columns.status)
    with state.read() as connection:
        rows = connection.execute(
            select(*by, func.count(), func.min(columns.opened_at)).where(columns.status != Status.CLOSED).group_by(*by)
        ).all()
    return [
        OpenCount(platform, Severity(severity), Status(status), count, oldest)
        for platform, severity, status, count, oldest in rows
    ]


def closed_since(state: State, since_us: int) -> int:
    """Count the incidents closed since a moment."""
    with state.read() as connection:
        return (
            connection.scalar(select(func.count()).select_from(incidents).where(incidents.c.closed_at >= since_us)) or 0
        )


def alerts_per_minute(state: State, since_minute: int) -> list[tuple[int, str, int]]:
    """Give (minute since 1970, platform, alerts) from a minute on, in order."""
    columns = alert_minutes.c
    with state.read() as connection:
        rows = connection.execute(
            select(columns.minute, columns.platform_id, func.sum(columns.count))
            .where(columns.minute >= since_minute)
            .group_by(columns.minute, columns.platform_id)
            .order_by(columns.minute, columns.platform_id)
        ).all()
    return [(minute, platform, int(count)) for minute, platform, count in rows]


def feeds(state: State, now_us: int) -> list[FeedRow]:
    """Give every feed the worker knows with its ledger of the last 24 hours, by id."""
    minute = now_us // 60_000_000
    entries = ledger.c
    imbalance = func.abs(entries.received - entries.stored - entries.rejected) + func.abs(
        entries.stored - entries.evaluated
    )
    recent = case((entries.minute > minute - _RATE_MINUTES, entries.received), else_=0)
    sums = (
        select(
            entries.feed_id,
            func.sum(entries.received).label("received"),
            func.sum(entries.stored).label("stored"),
            func.sum(entries.rejected).label("rejected"),
            func.sum(entries.evaluated).label("evaluated"),
            func.sum(imbalance).label("unbalanced"),
            (func.sum(recent) / _RATE_MINUTES).label("per_minute"),
        )
        .where(entries.minute > minute - _DAY_MINUTES)
        .group_by(entries.feed_id)
        .subquery()
    )
    wanted = (
        select(*feed_states.c, *(func.coalesce(sums.c[name], 0).label(name) for name in _LEDGER_SUMS))
        .join(sums, sums.c.feed_id == feed_states.c.feed_id, isouter=True)
        .order_by(feed_states.c.feed_id)
    )
    with state.read() as connection:
        rows = connection.execute(wanted).mappings().all()
    return [_feed(row) for row in rows]


def content_problems(state: State) -> list[FaultRow]:
    """Give the faults of rule, feed and playbook files, by file and line."""
    columns = content_faults.c
    with state.read() as connection:
        rows = connection.execute(
            select(columns.file, columns.line, columns.reason).order_by(columns.file, columns.line).limit(FAULT_LIMIT)
        )
        return [FaultRow(*row) for row in rows]


def worker_seen_at(state: State) -> int | None:
    """When a worker last showed that it lives; None where none ever did."""
    with state.read() as connection:
        seen: int | None = connection.scalar(select(func.max(leases.c.renewed_at)))
    return seen


def is_drill(state: State) -> bool:
    """Whether everything in the store comes from drills: at least one feed, and no real feed or incident ever."""
    real_feeds = select(func.count()).select_from(feed_states).where(feed_states.c.drill.is_(False))
    real_incidents = select(func.count()).select_from(incidents).where(incidents.c.drill.is_(False))
    with state.read() as connection:
        known = connection.scalar(select(func.count()).select_from(feed_states))
        return bool(known) and not connection.scalar(real_feeds) and not connection.scalar(real_incidents)


def incident(state: State, incident_id: int) -> IncidentView | None:
    """Give one incident with its entities, newest alerts and log; None where there is none."""
    columns = incidents.c
    with state.read() as connection:
        found = (
            connection.execute(select(*_incident_columns()).where(columns.id == incident_id)).mappings().one_or_none()
        )
        if found is None:
            return None
        named = connection.execute(
            select(incident_entities.c.kind, incident_entities.c.value).where(
                incident_entities.c.incident_id == incident_id
            )
        ).all()
        raised = (
            connection.execute(
                select(alerts)
                .where(alerts.c.incident_id == incident_id)
                .order_by(alerts.c.raised_at.desc(), alerts.c.id)
                .limit(ALERT_LIMIT)
            )
            .mappings()
            .all()
        )
        happened = connection.execute(
            select(incident_log)
            .where(incident_log.c.incident_id == incident_id)
            .order_by(incident_log.c.id.desc())
            .limit(LOG_LIMIT)
        ).all()
    entities = tuple(Entity(*row) for row in sorted(named, key=lambda row: (_rank(row.kind), row.value)))
    return IncidentView(
        incident=replace(_incident(found), entity=entities[0] if entities else None),
        entities=entities,
        alerts=tuple(_alert(row) for row in raised),
        log=tuple(_log(row) for row in reversed(happened)),
    )


def related(state: State, incident_id: int, limit: int = RELATED_LIMIT) -> list[IncidentRow]:
    """Give the other incidents that name one of the same addresses, users, devices or hosts, newest first."""
    mine = incident_entities.alias()
    other = incident_entities.c
    shared = (
        select(other.incident_id)
        .join(mine, (mine.c.kind == other.kind) & (mine.c.value == other.value))
        .where(mine.c.incident_id == incident_id, other.incident_id != incident_id)
    )
    wanted = select(*_incident_columns()).where(incidents.c.id.in_(shared)).order_by(incidents.c.id.desc()).limit(limit)
    with state.read() as connection:
        return [_incident(row) for row in connection.execute(wanted).mappings()]


def activity(state: State, limit: int = ACTIVITY_LIMIT) -> list[Deed]:
    """Give what happened last to any incident, newest first; of joining alerts there are too many to tell."""
    columns = incident_log.c
    wanted = select(incident_log).where(columns.action != "joined").order_by(columns.id.desc()).limit(limit)
    with state.read() as connection:
        return [Deed(row.incident_id, _log(row)) for row in connection.execute(wanted)]


def _incident_columns() -> list[ColumnElement[Any]]:
    return [incidents.c[name] for name in IncidentRow.__slots__ if name != "entity"]


def _incident(values: RowMapping) -> IncidentRow:
    disposition = values["disposition"]
    typed = {
        "severity": Severity(values["severity"]),
        "status": Status(values["status"]),
        "disposition": Disposition(disposition) if disposition else None,
    }
    return IncidentRow(**(dict(values) | typed))


def _feed(values: RowMapping) -> FeedRow:
    sums = {name: int(values[name]) for name in _LEDGER_SUMS}
    return FeedRow(**{name: values[name] for name in FeedRow.__slots__} | sums)


def _alert(values: RowMapping) -> AlertRow:
    plain = ("id", "rule_id", "rule_title", "rule_title_th", "feed_id", "first_at", "last_at", "raised_at", "count")
    return AlertRow(
        **{name: values[name] for name in plain},
        severity=Severity(values["severity"]),
        entities=tuple(Entity(kind, value) for kind, value in json.loads(values["entities"])),
        event_ids=tuple(json.loads(values["event_ids"])),
        tags=tuple(json.loads(values["tags"])),
        reason=json.loads(values["reason"] or "{}"),
    )


def _log(row: Row[Any]) -> LogRow:
    return LogRow(row.at, row.actor, row.action, json.loads(row.body))


def _rank(kind: str) -> int:
    return _KIND_RANK.index(kind) if kind in _KIND_RANK else len(_KIND_RANK)


def _severity_rank() -> ColumnElement[int]:
    return case({severity.value: severity.rank for severity in Severity}, value=incidents.c.severity, else_=0)
