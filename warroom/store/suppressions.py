"""Suppressions in the state database, and the alerts that they hold: rows in, rows out.

What may be suppressed, by whom and for how long is decided in ``warroom.incidents.suppressing``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, true, update

from warroom.errors import ConflictError, NotFoundError
from warroom.model import Disposition, Entity, Severity
from warroom.store.database import upsert
from warroom.store.incidents import AlertRow, alert_row
from warroom.store.quiet_tables import quiet_alerts, suppressions
from warroom.store.sealing import touch
from warroom.store.tables import alerts, incidents

#: Alerts given back to the grouping in one transaction.
_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True)
class Pattern:
    """Which alerts: of a rule, about an entity, or both; on one platform or on all."""

    rule_id: str | None = None
    platform_id: str | None = None
    entity: Entity | None = None

    def holds(self, alert: AlertRow) -> bool:
        """Whether an alert is of this kind.

        An alert about several entities of the kind named (one user from many addresses) is so only where this is the
        only one: the others are not what somebody decided about.
        """
        if self.rule_id is not None and alert.rule_id != self.rule_id:
            return False
        if self.platform_id is not None and alert.platform_id != self.platform_id:
            return False
        if self.entity is None:
            return True
        return {one.value for one in alert.entities if one.kind == self.entity.kind} == {self.entity.value}


@dataclass(frozen=True, slots=True)
class Suppression:
    """A suppression as stored; times in microseconds since 1970."""

    id: int
    rule_id: str | None
    rule_title: str | None
    platform_id: str | None
    entity_kind: str | None
    entity_value: str | None
    reason: str
    owner: str
    set_by: str
    set_at: int
    expires_at: int
    ended_at: int | None
    ended_by: str | None
    ended_why: str | None
    shown_alerts: int
    shown_true: int

    @property
    def pattern(self) -> Pattern:
        """Which alerts it hides."""
        entity = None
        if self.entity_kind is not None and self.entity_value is not None:
            entity = Entity(self.entity_kind, self.entity_value)
        return Pattern(self.rule_id, self.platform_id, entity)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a suppression would have hidden in a time."""

    alerts: int
    events: int
    true: int  # alerts of incidents that were closed as true
    undecided: int  # alerts of incidents that are still open
    worst: Severity | None
    by_day: tuple[tuple[int, int], ...]  # (days since 1970, alerts), oldest first, days without any left out
    newest: tuple[AlertRow, ...]


def preview(connection: Connection, pattern: Pattern, since_us: int, *, newest: int = 5) -> Preview:
    """Give what a pattern would have hidden of the alerts raised since a time, those hidden already included."""
    day = alerts.c.raised_at // 86_400_000_000
    found = (
        connection.execution_options(yield_per=2000)
        .execute(
            select(alerts, incidents.c.disposition, day.label("day"))
            .join(incidents, incidents.c.id == alerts.c.incident_id, isouter=True)
            .where(alerts.c.raised_at >= since_us, _like(pattern))
            .order_by(alerts.c.raised_at.desc(), alerts.c.id)
        )
        .mappings()
    )
    count = events = sure = undecided = 0
    worst: Severity | None = None
    days: dict[int, int] = {}
    shown: list[AlertRow] = []
    for row in found:
        alert = alert_row(row)
        if not pattern.holds(alert):
            continue
        count, events = count + 1, events + alert.count
        sure += row["disposition"] == Disposition.TRUE_POSITIVE
        undecided += row["disposition"] is None and alert.incident_id is not None
        worst = alert.severity if worst is None or alert.severity.rank > worst.rank else worst
        days[row["day"]] = days.get(row["day"], 0) + 1
        if len(shown) < newest:
            shown.append(alert)
    return Preview(count, events, sure, undecided, worst, tuple(sorted(days.items())), tuple(shown))


def add(connection: Connection, pattern: Pattern, told: Preview, **values: object) -> int:
    """Write a suppression down; its number."""
    row = insert(suppressions).values(
        rule_id=pattern.rule_id,
        platform_id=pattern.platform_id,
        entity_kind=pattern.entity.kind if pattern.entity else None,
        entity_value=pattern.entity.value if pattern.entity else None,
        shown_alerts=told.alerts,
        shown_true=told.true,
        **values,
    )
    number = int(connection.execute(row.returning(suppressions.c.id)).scalar_one())
    touch(connection, "suppressions", number)
    return number


def get(connection: Connection, number: int) -> Suppression:
    """Give one suppression. Raises NotFoundError."""
    row = connection.execute(select(suppressions).where(suppressions.c.id == number)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"there is no suppression {number}")
    return _suppression(row)


def in_force(connection: Connection, now_us: int) -> list[Suppression]:
    """Give the suppressions that hide alerts now, oldest first."""
    found = connection.execute(
        select(suppressions)
        .where(suppressions.c.ended_at.is_(None), suppressions.c.expires_at > now_us)
        .order_by(suppressions.c.id)
    )
    return [_suppression(row) for row in found.mappings()]


def over(connection: Connection, now_us: int) -> list[Suppression]:
    """Give the suppressions whose time is over and whose alerts were not given back yet."""
    found = connection.execute(
        select(suppressions)
        .where(suppressions.c.ended_at.is_(None), suppressions.c.expires_at <= now_us)
        .order_by(suppressions.c.id)
    )
    return [_suppression(row) for row in found.mappings()]


def every(connection: Connection, limit: int) -> list[tuple[Suppression, int, int]]:
    """Give suppressions, those in force first; each with the alerts and events that it holds or held."""
    held = (
        select(quiet_alerts.c.suppression_id, func.count().label("held"), func.sum(alerts.c.count).label("events"))
        .join(alerts, alerts.c.id == quiet_alerts.c.alert_id)
        .where(quiet_alerts.c.suppression_id.is_not(None))
        .group_by(quiet_alerts.c.suppression_id)
        .subquery()
    )
    found = connection.execute(
        select(suppressions, held.c.held, held.c.events)
        .join(held, held.c.suppression_id == suppressions.c.id, isouter=True)
        .order_by(suppressions.c.ended_at.is_not(None), suppressions.c.expires_at, suppressions.c.id)
        .limit(limit)
    )
    return [(_suppression(row), row["held"] or 0, row["events"] or 0) for row in found.mappings()]


def held_by(connection: Connection, number: int, limit: int) -> list[AlertRow]:
    """Give the newest alerts that a suppression holds or held."""
    found = connection.execute(
        select(alerts)
        .join(quiet_alerts, quiet_alerts.c.alert_id == alerts.c.id)
        .where(quiet_alerts.c.suppression_id == number)
        .order_by(alerts.c.raised_at.desc(), alerts.c.id)
        .limit(limit)
    )
    return [alert_row(row) for row in found.mappings()]


def end(connection: Connection, number: int, by: str, why: str | None, at: int) -> None:
    """Write down that a suppression is over. Raises ConflictError where it was already."""
    done = connection.execute(
        update(suppressions)
        .where(suppressions.c.id == number, suppressions.c.ended_at.is_(None))
        .values(ended_at=at, ended_by=by, ended_why=why)
    )
    if done.rowcount != 1:
        raise ConflictError(f"suppression {number} is over already")
    touch(connection, "suppressions", number)


def hold(connection: Connection, held: Iterable[tuple[str, int | None, int | None]], at: int) -> None:
    """Write down what holds alerts: (alert, suppression or None, planned window or None); the last word counts."""
    for alert_id, suppression_id, window_id in held:
        row = upsert(quiet_alerts).values(
            alert_id=alert_id, suppression_id=suppression_id, window_id=window_id, held_at=at
        )
        connection.execute(
            row.on_conflict_do_update(
                index_elements=["alert_id"],
                set_={
                    "suppression_id": row.excluded.suppression_id,
                    "window_id": row.excluded.window_id,
                    "held_at": row.excluded.held_at,
                    "returned_at": None,
                    "returned_by": None,
                },
            )
        )
        touch(connection, "quiet_alerts", alert_id)


def give_back_hidden(connection: Connection, number: int, by: str, at: int) -> int:
    """Give what a suppression holds back to the grouping; how many alerts."""
    return _give_back(connection, quiet_alerts.c.suppression_id == number, by, at)


def give_back_folded(
    connection: Connection, number: int, by: str, at: int, *, only: Sequence[str] | None = None
) -> int:
    """Give what a planned window holds, or only some of it, back to the grouping; how many alerts."""
    held = quiet_alerts.c.window_id == number
    return _give_back(connection, held if only is None else and_(held, quiet_alerts.c.alert_id.in_(only)), by, at)


def give_back(connection: Connection, alert_ids: Sequence[str], by: str, at: int) -> int:
    """Give those of the alerts that something holds back to the grouping; how many."""
    parts = (alert_ids[start : start + _AT_ONCE] for start in range(0, len(alert_ids), _AT_ONCE))
    return sum(_give_back(connection, quiet_alerts.c.alert_id.in_(part), by, at) for part in parts)


def hand_over(connection: Connection, old: int, new: int) -> None:
    """Let a suppression hold what another one holds."""
    held = quiet_alerts.c.suppression_id == old, quiet_alerts.c.returned_at.is_(None)
    ids = connection.scalars(select(quiet_alerts.c.alert_id).where(*held)).all()
    connection.execute(update(quiet_alerts).where(*held).values(suppression_id=new))
    for alert_id in ids:
        touch(connection, "quiet_alerts", alert_id)


def free(connection: Connection, alert_ids: Sequence[str], worker: str) -> set[str]:
    """Give those of the alerts that a person gave back by hand: nothing holds them again."""
    by_hand = quiet_alerts.c.returned_by.is_not(None), quiet_alerts.c.returned_by != worker
    found: set[str] = set()
    for start in range(0, len(alert_ids), _AT_ONCE):
        part = alert_ids[start : start + _AT_ONCE]
        found.update(
            connection.scalars(select(quiet_alerts.c.alert_id).where(quiet_alerts.c.alert_id.in_(part), *by_hand))
        )
    return found


def _give_back(connection: Connection, held: ColumnElement[bool], by: str, at: int) -> int:
    ids = connection.scalars(select(quiet_alerts.c.alert_id).where(held, quiet_alerts.c.returned_at.is_(None))).all()
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        connection.execute(
            update(quiet_alerts).where(quiet_alerts.c.alert_id.in_(part)).values(returned_at=at, returned_by=by)
        )
        connection.execute(update(alerts).where(alerts.c.id.in_(part)).values(waiting=True))
    for alert_id in ids:
        touch(connection, "quiet_alerts", alert_id)
    return len(ids)


def _like(pattern: Pattern) -> ColumnElement[bool]:
    """What a database can say of a pattern: nothing that it holds is left out."""
    parts = []
    if pattern.rule_id is not None:
        parts.append(alerts.c.rule_id == pattern.rule_id)
    if pattern.platform_id is not None:
        parts.append(alerts.c.platform_id == pattern.platform_id)
    if pattern.entity is not None:
        pair = json.dumps([pattern.entity.kind, pattern.entity.value], ensure_ascii=False)
        parts.append(alerts.c.entities.contains(pair, autoescape=True))
    return and_(true(), *parts)


def _suppression(row: Any) -> Suppression:  # noqa: ANN401 - a mapping of the table's columns
    return Suppression(**{one.name: row[one.name] for one in fields(Suppression)})
