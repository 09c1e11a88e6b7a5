"""What people (and the worker) changed of the grouping: rows in, rows out; each change can be taken back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, bindparam, delete, func, insert, or_, select, update

from warroom.errors import NotFoundError
from warroom.model import Disposition, Status
from warroom.store import folding
from warroom.store.bulk_rows import run_many
from warroom.store.grouping_tables import group_keys, regrouped_alerts, regroupings
from warroom.store.incidents import AlertRow, Incident
from warroom.store.sealing import touch
from warroom.store.tables import alerts, incidents

#: What a merge changes of the incident that goes into another one, and gives back when it is undone.
_LIFE: Final = ("status", "disposition", "closed_at")


@dataclass(frozen=True, slots=True)
class Regrouping:
    """One change of what belongs together; times in microseconds since 1970."""

    id: int
    at: int
    actor: str
    kind: str  # merge | split | move
    source_id: int
    target_id: int
    reason: str
    alert_count: int
    before: Mapping[str, Any]
    undone_at: int | None
    undone_by: str | None
    undone_why: str | None


def record(
    connection: Connection,
    kind: str,
    source: Incident,
    target_id: int,
    actor: str,
    reason: str,
    rows: Sequence[AlertRow],
    at: int,
) -> int:
    """Write down that alerts go from one incident to another, and how both were; its number."""
    before = {name: getattr(source, name) for name in _LIFE}
    row = insert(regroupings).values(
        at=at,
        actor=actor,
        kind=kind,
        source_id=source.id,
        target_id=target_id,
        reason=reason,
        alert_count=len(rows),
        before=json.dumps(before),
    )
    number = int(connection.execute(row.returning(regroupings.c.id)).scalar_one())
    touch(connection, "regroupings", number)
    if rows:
        run_many(
            connection,
            insert(regrouped_alerts),
            [
                {
                    "regrouping_id": number,
                    "alert_id": one.id,
                    "reason": json.dumps(one.reason, ensure_ascii=False),
                }
                for one in rows
            ],
        )
    for one in rows:
        touch(connection, "regrouped_alerts", number, one.id)
    return number


def get(connection: Connection, number: int) -> Regrouping:
    """One change.

    Raises:
        NotFoundError: there is none of this number.
    """
    row = connection.execute(select(regroupings).where(regroupings.c.id == number)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"there is no regrouping {number}")
    return _regrouping(row)


def of_incident(connection: Connection, incident_id: int, limit: int) -> tuple[list[Regrouping], int]:
    """Give the newest changes that an incident was part of, and how many there are."""
    columns = regroupings.c
    mine = or_(columns.source_id == incident_id, columns.target_id == incident_id)
    found = connection.execute(select(regroupings).where(mine).order_by(columns.id.desc()).limit(limit))
    total = connection.scalar(select(func.count()).select_from(regroupings).where(mine)) or 0
    return [_regrouping(row) for row in found.mappings()], total


def later(connection: Connection, one: Regrouping) -> Regrouping | None:
    """Give the oldest later change, not undone, that moved one of the same alerts on; None where there is none."""
    mine = select(regrouped_alerts.c.alert_id).where(regrouped_alerts.c.regrouping_id == one.id)
    query = (
        select(regroupings)
        .join(regrouped_alerts, regrouped_alerts.c.regrouping_id == regroupings.c.id)
        .where(regroupings.c.id > one.id, regroupings.c.undone_at.is_(None), regrouped_alerts.c.alert_id.in_(mine))
        .order_by(regroupings.c.id)
        .limit(1)
    )
    row = connection.execute(query).mappings().one_or_none()
    return _regrouping(row) if row else None


def reasons_before(connection: Connection, number: int) -> dict[str, dict[str, str]]:
    """Give why each alert of a change was where it had been, by the alert's id."""
    columns = regrouped_alerts.c
    found = connection.execute(select(columns.alert_id, columns.reason).where(columns.regrouping_id == number))
    return {alert_id: json.loads(reason) for alert_id, reason in found}


def close_into(connection: Connection, source: Incident, target_id: int, at: int) -> None:
    """Close an incident whose alerts went into another one, as a duplicate of it."""
    _set(
        connection,
        source.id,
        at,
        status=Status.CLOSED,
        disposition=Disposition.DUPLICATE,
        closed_at=at,
        merged_into=target_id,
    )


def bring_back(connection: Connection, one: Regrouping, at: int) -> None:
    """Give an incident that went into another one its life back, as it was."""
    _set(connection, one.source_id, at, merged_into=None, **{name: one.before.get(name) for name in _LIFE})


def undone(connection: Connection, number: int, actor: str, why: str, at: int) -> None:
    """Write down that a change was taken back; what later alerts were told by it is gone."""
    connection.execute(
        update(regroupings).where(regroupings.c.id == number).values(undone_at=at, undone_by=actor, undone_why=why)
    )
    touch(connection, "regroupings", number)
    connection.execute(delete(group_keys).where(group_keys.c.regrouping_id == number))


def shape(connection: Connection, incident_id: int) -> None:
    """Say what people changed of an incident: 2 where they put alerts into it, 1 where they took or merged some."""
    columns = regroupings.c
    people = (columns.undone_at.is_(None), columns.actor != "worker")
    put_in = select(func.count()).where(columns.target_id == incident_id, columns.kind != "merge", *people)
    any_change = select(func.count()).where(
        or_(columns.target_id == incident_id, columns.source_id == incident_id), *people
    )
    shaped = 2 if connection.scalar(put_in) else 1 if connection.scalar(any_change) else 0
    connection.execute(update(incidents).where(incidents.c.id == incident_id).values(shaped=shaped))


def copy_keys(connection: Connection, source_id: int, target_id: int, number: int) -> None:
    """Let what finds a merged incident find the one that it went into, until that is undone.

    A key that both have reaches from the first to the last of both; ``narrow_keys`` takes that back.
    """
    known = keys_of(connection, target_id).keys()
    own = keys_of(connection, source_id)
    folding.add_keys(connection, target_id, {key: own[key] for key in own.keys() - known}, number)
    folding.add_keys(connection, target_id, {key: own[key] for key in own.keys() & known})


def keys_of(connection: Connection, incident_id: int) -> dict[tuple[str, str], tuple[int, int]]:
    """Give the keys (kind and value) besides bare entities by which an incident is found, each from when to when."""
    mine = group_keys.c
    found = connection.execute(
        select(mine.kind, mine.value, mine.first_at, mine.last_at).where(mine.incident_id == incident_id)
    )
    return {(kind, value): (first, last) for kind, value, first, last in found}


def narrow_keys(connection: Connection, incident_id: int, spans: Mapping[tuple[str, str], tuple[int, int]]) -> None:
    """Let an incident be found by these keys, which it has, from these first to these last times alone."""
    mine = group_keys.c
    for (kind, value), (first, last) in spans.items():
        own = (mine.incident_id == incident_id, mine.kind == kind, mine.value == value)
        connection.execute(update(group_keys).where(*own).values(first_at=first, last_at=last))


def move(connection: Connection, rows: Sequence[AlertRow], incident_id: int, reason: Mapping[str, str]) -> None:
    """Put alerts into an incident, all for one reason."""
    move_back(connection, rows, incident_id, dict.fromkeys((row.id for row in rows), reason))


def move_back(
    connection: Connection, rows: Sequence[AlertRow], incident_id: int, reasons: Mapping[str, Mapping[str, str]]
) -> None:
    """Put alerts into an incident, each with the reason that is given for it, else with its own."""
    run_many(
        connection,
        update(alerts)
        .where(alerts.c.id == bindparam("own_id"))
        .values(incident_id=incident_id, reason=bindparam("why")),
        [
            {"own_id": row.id, "why": json.dumps(dict(reasons.get(row.id, row.reason)), ensure_ascii=False)}
            for row in rows
        ],
    )
    for row in rows:
        touch(connection, "alerts", row.id)


def alerts_of_rules(connection: Connection, incident_id: int, rule_ids: Sequence[str], limit: int) -> set[str]:
    """Give the alerts of an incident that some rules raised."""
    mine = (alerts.c.incident_id == incident_id, alerts.c.rule_id.in_(rule_ids))
    return set(connection.scalars(select(alerts.c.id).where(*mine).limit(limit)))


def raise_versions(connection: Connection, incident_ids: Sequence[int]) -> None:
    """Let who decides on a page of before look again."""
    connection.execute(
        update(incidents).where(incidents.c.id.in_(incident_ids)).values(version=incidents.c.version + 1)
    )


def _set(connection: Connection, incident_id: int, at: int, **values: object) -> None:
    own = incidents.c.id == incident_id
    connection.execute(update(incidents).where(own).values(version=incidents.c.version + 1, updated_at=at, **values))
    touch(connection, "incidents", incident_id)


def _regrouping(row: RowMapping) -> Regrouping:
    values = {one.name: row[one.name] for one in fields(Regrouping)}
    return Regrouping(**(values | {"before": json.loads(row["before"])}))
