"""Incidents that a search finds."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from warroom.store.query import Node, incident_condition
from warroom.store.tables import incidents
from warroom.store.views.rows import IncidentRow, Scope, incident_columns, incident_row, within

if TYPE_CHECKING:
    from warroom.store.database import State

#: Rows that are shown; the counts beside them are of all.
MOST_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class FoundIncidents:
    """The newest incidents that match, and how many do, by severity, status and platform."""

    rows: tuple[IncidentRow, ...]
    matched: int
    facets: dict[str, Counter[str]]
    opened: tuple[tuple[int, int], ...]  # (bin, incidents) by the time of opening


def find_incidents(
    state: State, node: Node, since: int, until: int, bin_us: int, *, scope: Scope = None, limit: int = MOST_ROWS
) -> FoundIncidents:
    """Find incidents that were opened from ``since`` to before ``until``, newest first."""
    table = incidents.c
    wanted = (
        incident_condition(node),
        table.opened_at >= since,
        table.opened_at < until,
        within(scope, table.platform_id),
    )
    told = (table.id, table.severity, table.status, table.platform_id, (table.opened_at - since) // bin_us)
    with state.read() as connection:
        # One list a column instead of one row an incident: there may be very many, and few are shown.
        lists = connection.execute(select(*map(func.json_group_array, told)).where(*wanted)).one()
        ids, severities, statuses, platforms, bins = map(json.loads, lists)
        shown = select(func.json_each(json.dumps(sorted(ids, reverse=True)[:limit])).table_valued("value").c.value)
        rows = connection.execute(
            select(*incident_columns()).where(table.id.in_(shown)).order_by(table.id.desc())
        ).mappings()
        newest = tuple(incident_row(row) for row in rows)
    facets = {"severity": Counter(severities), "status": Counter(statuses), "platform": Counter(platforms)}
    return FoundIncidents(newest, len(ids), facets, tuple(sorted(Counter(bins).items())))
