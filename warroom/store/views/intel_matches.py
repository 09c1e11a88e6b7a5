"""What intelligence found: on what an incident rests, what shares that with it, and what an indicator brought about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, select

from warroom.store.intel.tables import intel_matches, intel_sightings
from warroom.store.tables import alerts, incident_entities, incidents
from warroom.store.views.rows import IncidentRow, Scope, incident_columns, incident_row, within

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from warroom.store.database import State

#: Indicators and incidents that are shown at most; how many more there are is said.
MOST_INDICATORS: Final = 100
MOST_INCIDENTS: Final = 30
#: Listed addresses that a map shows.
MOST_ADDRESSES: Final = 500
#: Indicators and addresses of an incident that others are compared by, and pairs that are looked at.
_LOOKED_FOR: Final = 50
_MOST_PAIRS: Final = 5_000
_OBSERVED: Final = 8


@dataclass(frozen=True, slots=True)
class Rested:
    """An indicator that alerts of an incident rest on; times in microseconds since 1970.

    ``listed`` is who lists it, as it was when the last of them was raised: see warroom/intel/listing.py.
    """

    kind: str
    value: str
    observed: tuple[str, ...]
    columns: tuple[str, ...]
    score: int
    alerts: int
    events: int
    first_at: int
    last_at: int
    looked_back: bool
    listed: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Sharing:
    """An incident that shares indicators or addresses with another one."""

    incident: IncidentRow
    indicators: tuple[str, ...]
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeenOn:
    """How often an indicator was seen on a day (days since 1970) at a platform."""

    day: int
    platform_id: str
    count: int
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Raised:
    """The incidents that an indicator's alerts are in, newest first; counts are of all."""

    rows: tuple[tuple[IncidentRow, int], ...]
    incidents: int
    alerts: int


def rests_on(state: State, incident_id: int, *, scope: Scope = None) -> tuple[list[Rested], int]:
    """Give the indicators that an incident's alerts rest on, the most alerts first, and how many there are."""
    table = intel_matches.c
    count = func.count()
    mine = (
        alerts.c.incident_id == incident_id,
        within(scope, alerts.c.platform_id),
    )
    by_value = (
        select(
            table.kind,
            table.value,
            func.json_group_array(table.observed.distinct()).label("observed"),
            func.json_group_array(table.column.distinct()).label("columns"),
            func.max(table.score).label("score"),
            count.label("alerts"),
            func.sum(alerts.c.count).label("events"),
            func.min(alerts.c.first_at).label("first_at"),
            func.max(alerts.c.last_at).label("last_at"),
            func.max(table.looked_back).label("looked_back"),
            func.max(table.at).label("at"),
            func.count().over().label("values"),
        )
        .join(alerts, alerts.c.id == table.alert_id)
        .where(*mine)
        .group_by(table.kind, table.value)
        .order_by(count.desc(), func.max(table.score).desc(), table.value)
        .limit(MOST_INDICATORS)
    )
    with state.read() as connection:
        rows = connection.execute(by_value).mappings().all()
        listed = _listed(connection, incident_id, [row["value"] for row in rows])
    found = [
        Rested(
            row["kind"],
            row["value"],
            tuple(json.loads(row["observed"])[:_OBSERVED]),
            tuple(json.loads(row["columns"])),
            row["score"],
            row["alerts"],
            int(row["events"]),
            row["first_at"],
            row["last_at"],
            bool(row["looked_back"]),
            listed.get((row["kind"], row["value"]), ()),
        )
        for row in rows
    ]
    return found, rows[0]["values"] if rows else 0


def _listed(
    connection: Connection, incident_id: int, values: Sequence[str]
) -> dict[tuple[str, str], tuple[Mapping[str, Any], ...]]:
    """Give who listed the values when the last alert about each was raised."""
    table = intel_matches.c
    wanted = (
        # SQLite: a column beside max() is of the row that has it
        select(table.kind, table.value, table.listed, func.max(table.at))
        .join(alerts, alerts.c.id == table.alert_id)
        .where(alerts.c.incident_id == incident_id, table.value.in_(values))
        .group_by(table.kind, table.value)
    )
    return {
        (kind, value): tuple(one for one in json.loads(listed) if isinstance(one, dict))
        for kind, value, listed, _ in connection.execute(wanted)
    }


def sharing(state: State, incident_id: int, since_us: int, *, scope: Scope = None) -> tuple[list[Sharing], int]:
    """Give the other incidents since a time that share indicators or addresses, what shares most first; and how many.

    Those that share an indicator come before those that share an address only: an address may be a whole company's.
    """
    table, own = intel_matches.c, incident_entities.alias()
    with state.read() as connection:
        listed = connection.scalars(
            select(table.value)
            .join(alerts, alerts.c.id == table.alert_id)
            .where(alerts.c.incident_id == incident_id)
            .group_by(table.value)
            .order_by(func.count().desc(), table.value)
            .limit(_LOOKED_FOR)
        ).all()
        addresses = connection.scalars(
            select(own.c.value)
            .where(own.c.incident_id == incident_id, own.c.kind == "address")
            .order_by(own.c.alerts.desc(), own.c.value)
            .limit(_LOOKED_FOR)
        ).all()
        late = (
            incidents.c.id != incident_id,
            incidents.c.last_at >= since_us,
            within(scope, incidents.c.platform_id),
        )
        by_listed = connection.execute(
            select(incidents.c.id, table.value)
            .join(alerts, alerts.c.incident_id == incidents.c.id)
            .join(intel_matches, table.alert_id == alerts.c.id)
            .where(table.value.in_(listed), *late)
            .distinct()
            .limit(_MOST_PAIRS)
        ).all()
        by_address = connection.execute(
            select(incidents.c.id, own.c.value)
            .join(own, own.c.incident_id == incidents.c.id)
            .where(own.c.kind == "address", own.c.value.in_(addresses), *late)
            .limit(_MOST_PAIRS)
        ).all()
        shared: dict[int, tuple[list[str], list[str]]] = {}
        for place, pairs in enumerate((by_listed, by_address)):
            for number, value in pairs:
                shared.setdefault(number, ([], []))[place].append(value)
        order = sorted(shared, key=lambda one: (-len(shared[one][0]), -len(shared[one][1]), -one))
        rows = connection.execute(select(*incident_columns()).where(incidents.c.id.in_(order[:MOST_INCIDENTS])))
        known = {row["id"]: incident_row(row) for row in rows.mappings()}
    found = [
        Sharing(known[number], tuple(sorted(shared[number][0])), tuple(sorted(shared[number][1])))
        for number in order[:MOST_INCIDENTS]
        if number in known
    ]
    return found, len(shared)


def sightings(state: State, kind: str, value: str, since_day: int, *, scope: Scope = None) -> list[SeenOn]:
    """Give where and when an indicator was seen since a day, oldest first."""
    table = intel_sightings.c
    wanted = (
        select(table.day, table.platform_id, table["count"], table.first_at, table.last_at)
        .where(table.kind == kind, table.value == value, table.day >= since_day, within(scope, table.platform_id))
        .order_by(table.day, table.platform_id)
    )
    with state.read() as connection:
        return [SeenOn(*row) for row in connection.execute(wanted)]


def raised(state: State, kind: str, value: str, *, scope: Scope = None) -> Raised:
    """Give what an indicator's alerts became."""
    table = intel_matches.c
    count = func.count()
    mine = (table.kind == kind, table.value == value, within(scope, alerts.c.platform_id))
    with state.read() as connection:
        total = connection.execute(
            select(count, func.count(alerts.c.incident_id.distinct()))
            .join(intel_matches, table.alert_id == alerts.c.id)
            .where(*mine)
        ).one()
        newest = connection.execute(
            select(alerts.c.incident_id, count.label("alerts"))
            .join(intel_matches, table.alert_id == alerts.c.id)
            .where(*mine, alerts.c.incident_id.is_not(None))
            .group_by(alerts.c.incident_id)
            .order_by(alerts.c.incident_id.desc())
            .limit(MOST_INCIDENTS)
        ).all()
        counts = {row.incident_id: int(row.alerts) for row in newest}
        rows = connection.execute(
            select(*incident_columns()).where(incidents.c.id.in_(counts)).order_by(incidents.c.id.desc())
        )
        found = tuple((incident_row(row), counts[row["id"]]) for row in rows.mappings())
    return Raised(found, total[1], total[0])


def seen_last(state: State, values: Sequence[tuple[str, str]], *, scope: Scope = None) -> dict[tuple[str, str], int]:
    """Give when each of these indicators (kind, value) was last seen in our events, in microseconds; no others."""
    table = intel_sightings.c
    wanted = (
        select(table.kind, table.value, func.max(table.last_at))
        .where(table.value.in_([value for _, value in values]), within(scope, table.platform_id))
        .group_by(table.kind, table.value)
    )
    with state.read() as connection:
        return {(kind, value): int(at) for kind, value, at in connection.execute(wanted)}


def seen_addresses(state: State, since_day: int, *, scope: Scope = None) -> list[tuple[str, str, int]]:
    """Give the listed addresses and networks seen since a day (kind, value, how often), the most seen first."""
    table = intel_sightings.c
    total = func.sum(table["count"])
    wanted = (
        select(table.kind, table.value, total)
        .where(table.kind.in_(("ipv4", "ipv6")), table.day >= since_day, within(scope, table.platform_id))
        .group_by(table.kind, table.value)
        .order_by(total.desc(), table.value)
        .limit(MOST_ADDRESSES)
    )
    with state.read() as connection:
        return [(kind, value, int(count)) for kind, value, count in connection.execute(wanted)]
