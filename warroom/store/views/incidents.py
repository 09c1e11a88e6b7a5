"""One incident with everything its screen shows, what is related to it, and what happened last to any."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from warroom.model import ENTITY_COLUMNS, Entity
from warroom.store.incidents import AlertRow, LogEntry, alert_row, log_entry
from warroom.store.rules.loaded import Said, said_by
from warroom.store.tables import alerts, incident_entities, incident_log, incidents
from warroom.store.views.rows import IncidentRow, Scope, incident_columns, incident_row, within

if TYPE_CHECKING:
    from warroom.store.database import State

#: Rows that the screens show at most; the counts beside them are exact.
ALERT_LIMIT: Final = 100
LOG_LIMIT: Final = 200
RELATED_LIMIT: Final = 12
ACTIVITY_LIMIT: Final = 12
#: Of each kind; ``folded`` of the incident counts all.
ENTITY_LIMIT: Final = 50
#: Entities by which related incidents are looked for.
_LOOKED_FOR: Final = 500
_KINDS: Final = tuple(ENTITY_COLUMNS)


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that happened to any incident, for the activity list."""

    incident_id: int
    row: LogEntry


@dataclass(frozen=True, slots=True)
class IncidentView:
    """Everything the incident screen shows, except the events themselves."""

    incident: IncidentRow
    entities: tuple[Entity, ...]
    alerts: tuple[AlertRow, ...]
    log: tuple[LogEntry, ...]
    joined: int  # alerts that joined, those counted that the log no longer lists
    said: Said  # what the rules of its alerts say of NCSA's categories

    @property
    def event_ids(self) -> tuple[int, ...]:
        """The sampled events of all alerts, oldest first."""
        return tuple(sorted({event_id for alert in self.alerts for event_id in alert.event_ids}))


def incident(state: State, incident_id: int, *, scope: Scope = None) -> IncidentView | None:
    """Give one incident with its entities, newest alerts and log; None where there is none that may be seen."""
    columns = incidents.c
    with state.read() as connection:
        found = (
            connection.execute(
                select(*incident_columns()).where(columns.id == incident_id, within(scope, columns.platform_id))
            )
            .mappings()
            .one_or_none()
        )
        if found is None:
            return None
        about = incident_entities.c
        named = [
            row
            for kind in _KINDS
            for row in connection.execute(
                select(about.kind, about.value)
                .where(about.incident_id == incident_id, about.kind == kind)
                .order_by(about.alerts.desc(), about.value)
                .limit(ENTITY_LIMIT)
            )
        ]
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
        shown = tuple(alert_row(row) for row in raised)
        said = said_by(connection, ((one.rule_id, one.tags) for one in shown))
        of_this = select(incident_log).where(incident_log.c.incident_id == incident_id)
        newest = incident_log.c.id.desc()
        joining = incident_log.c.action == "joined"
        # Apart: a flood of alerts must not push out what people did.
        happened = [
            *connection.execute(of_this.where(~joining).order_by(newest).limit(LOG_LIMIT)).mappings(),
            *connection.execute(of_this.where(joining).order_by(newest).limit(LOG_LIMIT)).mappings(),
        ]
        joined = connection.scalar(
            select(func.count()).select_from(incident_log).where(incident_log.c.incident_id == incident_id, joining)
        )
    log = tuple(log_entry(row) for row in sorted(happened, key=itemgetter("id")))
    listed = sum(joined_by(entry) for entry in log)
    return IncidentView(
        incident=incident_row(found),
        entities=tuple(Entity(*row) for row in named),
        alerts=shown,
        log=log,
        joined=max(listed, found["alert_count"] - 1) if (joined or 0) > LOG_LIMIT else listed,
        said=said,
    )


def joined_by(entry: LogEntry) -> int:
    """Give how many alerts an entry of the log says have joined."""
    told = entry.body.get("count", "1")
    return 0 if entry.action != "joined" else int(told) if told.isdecimal() else 1


def related(state: State, incident_id: int, *, scope: Scope = None, limit: int = RELATED_LIMIT) -> list[IncidentRow]:
    """Give the other incidents that name one of the same addresses, users, devices or hosts, newest first."""
    own = incident_entities.alias()
    # those that most alerts name: a campaign has tens of thousands
    mine = (
        select(own.c.kind, own.c.value)
        .where(own.c.incident_id == incident_id)
        .order_by(own.c.alerts.desc(), own.c.kind, own.c.value)
        .limit(_LOOKED_FOR)
        .subquery()
    )
    other = incident_entities.c
    shared = (
        select(other.incident_id)
        .join(mine, (mine.c.kind == other.kind) & (mine.c.value == other.value))
        .where(other.incident_id != incident_id)
    )
    here = within(scope, incidents.c.platform_id)
    wanted = select(*incident_columns()).where(incidents.c.id.in_(shared), here).order_by(incidents.c.id.desc())
    with state.read() as connection:
        return [incident_row(row) for row in connection.execute(wanted.limit(limit)).mappings()]


def activity(state: State, *, scope: Scope = None, limit: int = ACTIVITY_LIMIT) -> list[Deed]:
    """Give what happened last to any incident, newest first; of joining alerts there are too many to tell."""
    columns = incident_log.c
    wanted = select(incident_log).where(columns.action != "joined").order_by(columns.id.desc()).limit(limit)
    if scope is not None:
        wanted = wanted.join(incidents).where(within(scope, incidents.c.platform_id))
    with state.read() as connection:
        return [Deed(row["incident_id"], log_entry(row)) for row in connection.execute(wanted).mappings()]
