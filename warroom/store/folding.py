"""Puts alerts into incidents in bulk, and keeps the incidents' counts, entities and rules in step with them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, bindparam, case, delete, func, insert, select, update
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from warroom.model import ENTITY_COLUMNS, Severity, Status
from warroom.store.bulk_rows import run_many
from warroom.store.database import upsert
from warroom.store.grouping import pieces
from warroom.store.grouping_tables import group_keys, incident_rules
from warroom.store.incidents import AlertRow, alert_row
from warroom.store.intel.findings import confidences
from warroom.store.sealing import touch
from warroom.store.tables import alerts, incident_entities, incidents
from warroom.store.typed_titles import Typed, typed_titles

#: One for all: `json.dumps` makes a new one at each call that says how.
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode
#: Entities by which it is found out on how many platforms an incident's people and addresses are seen.
_LOOKED_AT: Final = 20
#: Of kinds of which there are equally many, the first leads.
_KINDS: Final = tuple(ENTITY_COLUMNS)


@dataclass(frozen=True, slots=True)
class Member:
    """An alert and why it is where it is. ``findable_by``: by its entities of these kinds later alerts find it."""

    alert: AlertRow
    reason: Mapping[str, str]
    findable_by: Collection[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """What an incident's risk is judged by. ``entities`` counts them by kind; ``platforms`` on which they are seen.

    ``listed`` is the highest confidence of threat intelligence that an alert of it rests on; None where none does.
    """

    severity: Severity
    platform_id: str
    entities: Mapping[str, int]
    platforms: int
    listed: int | None = None


#: Gives an incident's risk, 0 to 100, and its parts by name.
Assess: TypeAlias = Callable[[Facts], tuple[int, Sequence[tuple[str, int]]]]


def open_incident(connection: Connection, alert: AlertRow, at: int, follows: int | None = None) -> int:
    """Open an incident for a first alert; its number. ``follows``: the closed one that it goes on from."""
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
            follows_id=follows,
        )
        .returning(incidents.c.id)
    )
    incident_id = int(found.scalar_one())
    touch(connection, "incidents", incident_id)
    return incident_id


def put(connection: Connection, incident_id: int, members: Sequence[Member]) -> None:
    """Put alerts into an incident, each with its reason, and count them there.

    Those that are in it already are counted with what they have grown by. Counts and severity of the incident itself
    follow by ``restate``.
    """
    if not members:
        return
    placed = {"incident_id": incident_id, "reason": bindparam("why"), "waiting": False}
    run_many(
        connection,
        update(alerts).where(alerts.c.id == bindparam("own_id")).values(**placed, grouped_count=alerts.c.count),
        [{"own_id": one.alert.id, "why": _ENCODE(dict(one.reason))} for one in members],
    )
    for one in members:
        touch(connection, "alerts", one.alert.id)
    _count_entities(connection, incident_id, members)
    _count_rules(connection, incident_id, members)


def leave_alone(connection: Connection, alert_ids: Sequence[str]) -> None:
    """Mark alerts as looked at that belong to no incident."""
    for part in pieces(alert_ids):
        connection.execute(update(alerts).where(alerts.c.id.in_(part)).values(waiting=False))


def add_keys(
    connection: Connection,
    incident_id: int,
    spans: Mapping[tuple[str, str], tuple[int, int]],
    regrouping_id: int | None = None,
) -> None:
    """Let later alerts find an incident by keys (kind and value) that it had between two times."""
    rows = [
        {
            "incident_id": incident_id,
            "kind": kind,
            "value": value,
            "first_at": first,
            "last_at": last,
            "regrouping_id": regrouping_id,
        }
        for (kind, value), (first, last) in spans.items()
    ]
    if rows:
        row = upsert(group_keys)
        wider = {
            "first_at": func.min(group_keys.c.first_at, row.excluded.first_at),
            "last_at": func.max(group_keys.c.last_at, row.excluded.last_at),
        }
        keys = ["incident_id", "kind", "value"]
        connection.execute(row.on_conflict_do_update(index_elements=keys, set_=wider), rows)


def forget(connection: Connection, incident_id: int) -> None:
    """Drop what is counted of an incident that has no alerts any more."""
    for table in (incident_entities, incident_rules):
        connection.execute(delete(table).where(table.c.incident_id == incident_id))


def mark_grown(connection: Connection, incident_id: int, at: int) -> None:
    """Say that an incident grew after it was closed."""
    connection.execute(update(incidents).where(incidents.c.id == incident_id).values(grew_at=at))


def rebuild(
    connection: Connection, incident_id: int, findable_by: Callable[[AlertRow], Collection[str]]
) -> list[AlertRow]:
    """Count an incident's entities and rules anew from its alerts, and give these; ``findable_by`` as in ``Member``."""
    forget(connection, incident_id)
    found = connection.execute(select(alerts).where(alerts.c.incident_id == incident_id)).mappings()
    rows = [alert_row(row) for row in found]
    fresh = [
        Member(replace(row, incident_id=None, count=row.grouped_count), row.reason, findable_by(row)) for row in rows
    ]
    _count_entities(connection, incident_id, fresh)
    _count_rules(connection, incident_id, fresh)
    return rows


def restate(connection: Connection, incident_ids: Iterable[int], at: int, assess: Assess) -> None:
    """Bring incidents' counts, times, severity, title and risk in step with their alerts."""
    for part in pieces(sorted(set(incident_ids))):
        rules: defaultdict[int, list[Row[Any]]] = defaultdict(list)
        table = incident_rules.c
        for row in connection.execute(select(incident_rules).where(table.incident_id.in_(part))):
            rules[row.incident_id].append(row)
        named: defaultdict[int, dict[str, int]] = defaultdict(dict)
        by = (incident_entities.c.incident_id, incident_entities.c.kind)
        query = select(*by, func.count()).where(incident_entities.c.incident_id.in_(part)).group_by(*by)
        for incident_id, kind, count in connection.execute(query):
            named[incident_id][kind] = count
        typed = typed_titles(connection, part)
        before = connection.execute(select(incidents).where(incidents.c.id.in_(part)).order_by(incidents.c.id)).all()
        for one in before:
            values = _stated(connection, one, rules[one.id], named[one.id], typed.get(one.id), assess)
            connection.execute(update(incidents).where(incidents.c.id == one.id).values(updated_at=at, **values))
            touch(connection, "incidents", one.id)


def _stated(
    connection: Connection,
    before: Row[Any],
    rules: Sequence[Row[Any]],
    named: Mapping[str, int],
    typed: Typed | None,
    assess: Assess,
) -> dict[str, object]:
    values: dict[str, object] = {
        "alert_count": sum(rule.alerts for rule in rules),
        "event_count": sum(rule.events for rule in rules),
        "folded": json.dumps({"rules": len({rule.rule_id for rule in rules}), **named}),
    }
    severity = Severity(before.severity)
    if rules:
        severity = max((Severity(rule.severity) for rule in rules), key=lambda level: level.rank)
        # the earliest of the worst alerts names the incident
        worst = [rule for rule in rules if rule.severity == severity]
        name = min(worst, key=lambda rule: (rule.raised_at, rule.first_at, rule.rule_id))
        values |= {
            "first_at": min(rule.first_at for rule in rules),
            "last_at": max(rule.last_at for rule in rules),
            "title": name.title,
            "title_th": name.title_th,
        }
    if typed is not None:
        # whoever opened it knew more of it than a rule does
        values |= {"title": typed.title, "title_th": typed.title}
        levels = [Severity(rule.severity) for rule in rules]
        if typed.severity is not None:
            severity = max([typed.severity, *levels], key=lambda level: level.rank)
    values["severity"] = severity
    if severity != before.severity:
        # who decides on a page that shows another severity has to look again
        values["version"] = before.version + 1
    lead = _lead(connection, before.id, named)
    values |= {"lead_kind": lead[0], "lead_value": lead[1]}
    listed = max((rule.listed for rule in rules), default=0) or None
    risk, parts = assess(Facts(severity, before.platform_id, named, _platforms(connection, before.id), listed))
    return values | {"risk": risk, "risk_parts": json.dumps(parts)}


def _lead(connection: Connection, incident_id: int, named: Mapping[str, int]) -> tuple[str | None, str | None]:
    """Give whom or what most alerts name: of the kind of which there are fewest, one account under many addresses."""
    kind = min(
        named, key=lambda kind: (named[kind], _KINDS.index(kind) if kind in _KINDS else len(_KINDS)), default=None
    )
    if kind is None:
        return None, None
    table = incident_entities.c
    query = select(table.value).where(table.incident_id == incident_id, table.kind == kind)
    return kind, connection.scalar(query.order_by(table.alerts.desc(), table.value).limit(1))


def _platforms(connection: Connection, incident_id: int) -> int:
    """On how many platforms open incidents name what this one names; from a bounded sample of its entities."""
    mine, other = incident_entities.alias(), incident_entities.alias()
    some = (
        select(mine.c.kind, mine.c.value)
        .where(mine.c.incident_id == incident_id, mine.c.joins, mine.c.kind != "host")
        .order_by(mine.c.kind, mine.c.value)
        .limit(_LOOKED_AT)
        .subquery()
    )
    query = (
        select(func.count(incidents.c.platform_id.distinct()))
        .join(other, other.c.incident_id == incidents.c.id)
        .join(some, (some.c.kind == other.c.kind) & (some.c.value == other.c.value))
        .where(incidents.c.status != Status.CLOSED)
    )
    return max(1, connection.scalar(query) or 0)


def _count_entities(connection: Connection, incident_id: int, members: Sequence[Member]) -> None:
    """Count which entities alerts name; the times are those of alerts by which it is found, where there are such."""
    found: dict[tuple[str, str], list[Any]] = {}
    for one in members:
        alert, fresh = one.alert, one.alert.incident_id != incident_id
        for kind, value in {(entity.kind, entity.value) for entity in alert.entities}:
            row = found.get((kind, value))
            joins = kind in one.findable_by
            if row is None:
                found[kind, value] = [int(fresh), joins, alert.first_at, alert.last_at]
                continue
            row[0] += fresh
            if joins is row[1]:
                row[2], row[3] = min(row[2], alert.first_at), max(row[3], alert.last_at)
            elif joins:
                row[1:] = joins, alert.first_at, alert.last_at
    if not found:
        return
    written = upsert(incident_entities)
    table, new = incident_entities.c, written.excluded
    run_many(
        connection,
        written.on_conflict_do_update(
            index_elements=["incident_id", "kind", "value"],
            set_={
                "alerts": table.alerts + new.alerts,
                "joins": table.joins | new.joins,
                "first_at": _of_joining(func.min(table.first_at, new.first_at), "first_at", new),
                "last_at": _of_joining(func.max(table.last_at, new.last_at), "last_at", new),
            },
        ),
        [
            {
                "incident_id": incident_id,
                "kind": kind,
                "value": value,
                "alerts": count,
                "joins": joining,
                "first_at": first,
                "last_at": last,
            }
            for (kind, value), (count, joining, first, last) in found.items()
        ],
    )


def _of_joining(
    both: ColumnElement[int], name: str, new: ReadOnlyColumnCollection[str, ColumnElement[Any]]
) -> ColumnElement[int]:
    """Give a time of both rows where they are alike, else the one of the row by which the incident is found."""
    table = incident_entities.c
    return case((table.joins == new.joins, both), (new.joins, new[name]), else_=table[name])


def _count_rules(connection: Connection, incident_id: int, members: Sequence[Member]) -> None:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    confidence = confidences(connection, [one.alert.id for one in members])
    for one in members:
        alert = one.alert
        grown = alert.incident_id == incident_id
        row = found.setdefault(
            (alert.rule_id, alert.severity),
            {
                "incident_id": incident_id,
                "rule_id": alert.rule_id,
                "title": alert.rule_title,
                "title_th": alert.rule_title_th,
                "severity": alert.severity,
                "alerts": 0,
                "events": 0,
                "first_at": alert.first_at,
                "last_at": alert.last_at,
                "raised_at": alert.raised_at,
                "listed": 0,
            },
        )
        row["alerts"] += not grown
        row["events"] += alert.count - (alert.grouped_count if grown else 0)
        row["first_at"] = min(row["first_at"], alert.first_at)
        row["last_at"] = max(row["last_at"], alert.last_at)
        row["raised_at"] = min(row["raised_at"], alert.raised_at)
        row["listed"] = max(row["listed"], confidence.get(alert.id, 0))
    if not found:
        return
    written = upsert(incident_rules)
    table, new = incident_rules.c, written.excluded
    run_many(
        connection,
        written.on_conflict_do_update(
            index_elements=["incident_id", "rule_id", "severity"],
            set_={
                "alerts": table.alerts + new.alerts,
                "events": table.events + new.events,
                "first_at": func.min(table.first_at, new.first_at),
                "last_at": func.max(table.last_at, new.last_at),
                "raised_at": func.min(table.raised_at, new.raised_at),
                "listed": func.max(table.listed, new.listed),
            },
        ),
        list(found.values()),
    )
