"""What the grouping reads: where incidents have an entity or a key, and what stands with them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from sqlalchemy import Connection, select

from warroom.model import Status
from warroom.store.grouping_tables import group_keys, incident_rules
from warroom.store.tables import incident_entities, incident_log, incidents

_T = TypeVar("_T")
#: Values asked for by one statement: SQLite takes 32,766 at most.
_AT_ONCE: Final = 2000
#: Incidents of few alerts that are looked at, newest first, when strangers might be a campaign.
_SINGLES: Final = 2000


@dataclass(frozen=True, slots=True)
class Standing:
    """An incident that alerts may belong to. ``held``: people have it in hand; ``shaped`` as in its table."""

    id: int
    platform_id: str
    drill: bool
    open: bool
    held: bool
    shaped: int
    alert_count: int
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Trace:
    """Where an incident has an entity or a key, and how often; ``placed``: people decided that it belongs there."""

    incident_id: int
    kind: str
    value: str
    first_at: int
    last_at: int
    alerts: int
    placed: bool = False


def entity_traces(connection: Connection, wanted: Mapping[str, Iterable[str]], since: int, until: int) -> list[Trace]:
    """Give where incidents that are not merged have these entities (values by kind) between two times."""
    table = incident_entities.c
    found: list[Trace] = []
    for kind, values in wanted.items():
        for part in pieces(sorted(set(values))):
            query = (
                select(table.incident_id, table.kind, table.value, table.first_at, table.last_at, table.alerts)
                .join(incidents, incidents.c.id == table.incident_id)
                .where(table.kind == kind, table.value.in_(part), table.joins)
                .where(table.last_at >= since, table.first_at <= until, incidents.c.merged_into.is_(None))
            )
            found += [Trace(*row) for row in connection.execute(query)]
    return found


def key_traces(connection: Connection, platforms: Iterable[str], since: int, until: int) -> list[Trace]:
    """Give the keys besides bare entities that incidents of these platforms have between two times."""
    table = group_keys.c
    columns = (table.incident_id, table.kind, table.value, table.first_at, table.last_at, incidents.c.alert_count)
    query = (
        select(*columns, table.regrouping_id.is_not(None))
        .join(incidents, incidents.c.id == table.incident_id)
        .where(incidents.c.platform_id.in_(sorted(set(platforms))), incidents.c.merged_into.is_(None))
        .where(table.last_at >= since, table.first_at <= until)
    )
    return [Trace(*row) for row in connection.execute(query)]


def singles(
    connection: Connection, rules: Iterable[str], platforms: Iterable[str], since: int, until: int, most: int
) -> dict[int, set[str]]:
    """Give the rules of new incidents of a few alerts that show one of these rules, by incident, the newest first."""
    columns = incidents.c
    found: list[int] = []
    for part in pieces(sorted(set(rules))):
        query = (
            select(columns.id)
            .join(incident_rules, incident_rules.c.incident_id == columns.id)
            .where(incident_rules.c.rule_id.in_(part), columns.platform_id.in_(sorted(set(platforms))))
            .where(columns.status == Status.NEW, columns.merged_into.is_(None), columns.alert_count <= most)
            .where(columns.last_at >= since, columns.first_at <= until)
            .order_by(columns.id.desc())
            .distinct()
            .limit(_SINGLES)
        )
        found += connection.scalars(query)
    shown: defaultdict[int, set[str]] = defaultdict(set)
    for ids in pieces(sorted(set(found))):
        shows = select(incident_rules.c.incident_id, incident_rules.c.rule_id).where(
            incident_rules.c.incident_id.in_(ids)
        )
        for incident_id, rule_id in connection.execute(shows):
            shown[incident_id].add(rule_id)
    return dict(shown)


def standing(connection: Connection, incident_ids: Iterable[int]) -> dict[int, Standing]:
    """Give incidents by id, in the order of their ids."""
    found: dict[int, Standing] = {}
    for part in pieces(sorted(set(incident_ids))):
        named = incident_log.c.incident_id
        by_people = select(named).where(named.in_(part), incident_log.c.actor != "worker").distinct()
        touched = set(connection.scalars(by_people))
        for row in connection.execute(select(incidents).where(incidents.c.id.in_(part)).order_by(incidents.c.id)):
            held = row.status != Status.NEW or row.assignee is not None or row.shaped > 0 or row.id in touched
            found[row.id] = Standing(
                id=row.id,
                platform_id=row.platform_id,
                drill=row.drill,
                open=row.status != Status.CLOSED,
                held=held,
                shaped=row.shaped,
                alert_count=row.alert_count,
                first_at=row.first_at,
                last_at=row.last_at,
            )
    return found


def pieces(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    """Give values in pieces that fit into one statement."""
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
