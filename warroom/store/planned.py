"""Planned changes and approved scans in the state database, and the alerts folded into them: rows in, rows out."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from ipaddress import ip_address, ip_network
from typing import Any, Final

from sqlalchemy import Connection, and_, func, insert, or_, select, update

from warroom.errors import ConflictError, NotFoundError
from warroom.model import Entity
from warroom.store.incidents import AlertRow, alert_row
from warroom.store.quiet_tables import planned_windows, quiet_alerts
from warroom.store.sealing import touch
from warroom.store.tables import alerts

_ADDRESS: Final = "address"


@dataclass(frozen=True, slots=True)
class Plan:
    """What was announced: where, from whom, from when to when; times in microseconds since 1970.

    ``sources`` are entities (an address may be a network, ``10.1.0.0/16``); at least one.
    """

    kind: str  # change | scan
    title: str
    platform_id: str
    sources: tuple[Entity, ...]
    starts_at: int
    ends_at: int
    approved_by: str
    reference: str
    announced: str

    def covers(self, alert: AlertRow) -> bool:
        """Whether an alert is what was announced: this platform, wholly inside the time, nobody else's.

        Of every kind of entity that was announced, the alert has one at least, and none that was not announced.
        """
        if alert.platform_id != self.platform_id or alert.first_at < self.starts_at or alert.last_at > self.ends_at:
            return False
        kinds = {one.kind for one in self.sources}
        return all(self._names(kind, alert) for kind in kinds)

    def _names(self, kind: str, alert: AlertRow) -> bool:
        own = [one.value for one in alert.entities if one.kind == kind]
        return bool(own) and all(self.names(Entity(kind, value)) for value in own)

    def names(self, entity: Entity) -> bool:
        """Whether an entity was announced as a source."""
        return any(
            one.kind == entity.kind and (one.value == entity.value or (one.kind == _ADDRESS and _in(entity, one)))
            for one in self.sources
        )


@dataclass(frozen=True, slots=True)
class Window(Plan):
    """A plan as stored."""

    id: int
    entered_by: str
    entered_at: int
    cancelled_at: int | None
    cancelled_by: str | None
    cancelled_why: str | None


def add(connection: Connection, plan: Plan, by: str, at: int) -> int:
    """Write a plan down; its number."""
    values = {one.name: getattr(plan, one.name) for one in fields(Plan)}
    values["sources"] = json.dumps([[one.kind, one.value] for one in plan.sources], ensure_ascii=False)
    row = insert(planned_windows).values(**values, entered_by=by, entered_at=at)
    number = int(connection.execute(row.returning(planned_windows.c.id)).scalar_one())
    touch(connection, "planned_windows", number)
    return number


def get(connection: Connection, number: int) -> Window:
    """Give one planned window. Raises NotFoundError."""
    row = connection.execute(select(planned_windows).where(planned_windows.c.id == number)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"there is no planned window {number}")
    return _window(row)


def touching(connection: Connection, first_at: int, last_at: int) -> list[Window]:
    """Give the windows, not cancelled, that have any of a span of event time in them; oldest first."""
    found = connection.execute(
        select(planned_windows)
        .where(
            planned_windows.c.cancelled_at.is_(None),
            planned_windows.c.starts_at <= last_at,
            planned_windows.c.ends_at >= first_at,
        )
        .order_by(planned_windows.c.id)
    )
    return [_window(row) for row in found.mappings()]


def every(connection: Connection, limit: int) -> list[tuple[Window, int, int]]:
    """Give windows, the latest begin first, each with the alerts and events folded into it."""
    held = (
        select(quiet_alerts.c.window_id, func.count().label("held"), func.sum(alerts.c.count).label("events"))
        .join(alerts, alerts.c.id == quiet_alerts.c.alert_id)
        .where(quiet_alerts.c.window_id.is_not(None), quiet_alerts.c.returned_at.is_(None))
        .group_by(quiet_alerts.c.window_id)
        .subquery()
    )
    found = connection.execute(
        select(planned_windows, held.c.held, held.c.events)
        .join(held, held.c.window_id == planned_windows.c.id, isouter=True)
        .order_by(planned_windows.c.starts_at.desc(), planned_windows.c.id.desc())
        .limit(limit)
    )
    return [(_window(row), row["held"] or 0, row["events"] or 0) for row in found.mappings()]


def cancel(connection: Connection, number: int, by: str, why: str, at: int) -> None:
    """Write down that a plan was called off. Raises ConflictError where it was already."""
    done = connection.execute(
        update(planned_windows)
        .where(planned_windows.c.id == number, planned_windows.c.cancelled_at.is_(None))
        .values(cancelled_at=at, cancelled_by=by, cancelled_why=why)
    )
    if done.rowcount != 1:
        raise ConflictError(f"planned window {number} was cancelled already")
    touch(connection, "planned_windows", number)


def folded(connection: Connection, number: int, limit: int) -> list[AlertRow]:
    """Give the alerts that are folded into a window, by event time."""
    found = connection.execute(
        select(alerts)
        .join(quiet_alerts, quiet_alerts.c.alert_id == alerts.c.id)
        .where(quiet_alerts.c.window_id == number, quiet_alerts.c.returned_at.is_(None))
        .order_by(alerts.c.first_at, alerts.c.id)
        .limit(limit)
    )
    return [alert_row(row) for row in found.mappings()]


def around(connection: Connection, window: Window, margin_us: int, limit: int) -> list[AlertRow]:
    """Give the alerts of the window's time (and a margin) that are not folded into it, by event time.

    Only those whose entities may be announced ones or that are of the platform: the caller looks closer.
    """
    in_it = select(quiet_alerts.c.alert_id).where(
        quiet_alerts.c.window_id == window.id, quiet_alerts.c.returned_at.is_(None)
    )
    pairs = [
        alerts.c.entities.contains(json.dumps([one.kind, one.value], ensure_ascii=False), autoescape=True)
        for one in window.sources
        if "/" not in one.value
    ]
    network = any("/" in one.value for one in window.sources)
    near = or_(alerts.c.platform_id == window.platform_id, *([alerts.c.id.is_not(None)] if network else pairs))
    found = connection.execute(
        select(alerts)
        .where(
            and_(alerts.c.last_at >= window.starts_at - margin_us, alerts.c.first_at <= window.ends_at + margin_us),
            near,
            alerts.c.id.not_in(in_it),
        )
        .order_by(alerts.c.first_at, alerts.c.id)
        .limit(limit)
    )
    return [alert_row(row) for row in found.mappings()]


def _in(entity: Entity, source: Entity) -> bool:
    try:
        return ip_address(entity.value) in ip_network(source.value)
    except ValueError:  # an alert's address is whatever a log line said
        return False


def _window(row: Any) -> Window:  # noqa: ANN401 - a mapping of the table's columns
    values = {one.name: row[one.name] for one in fields(Window)}
    values["sources"] = tuple(Entity(kind, value) for kind, value in json.loads(row["sources"]))
    return Window(**values)
