"""Incidents that a search finds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

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
    told = (table.id, table.severity, table.status, table.platform_id, (table.opened_at - since) / bin_us)
    with state.read() as connection:
        # Once through the notes: what matches is counted here, and only what is shown is read whole.
        found = connection.execute(select(*told).where(*wanted).order_by(table.id.desc())).all()
        rows = connection.execute(
            select(*incident_columns()).where(table.id.in_([row[0] for row in found[:limit]])).order_by(table.id.desc())
        ).mappings()
        shown = tuple(incident_row(row) for row in rows)
    _, severities, statuses, platforms, places = zip(*found, strict=True) if found else ((),) * 5
    facets = {"severity": Counter(severities), "status": Counter(statuses), "platform": Counter(platforms)}
    bins = Counter(map(int, places))
    return FoundIncidents(shown, len(found), facets, tuple(sorted(bins.items())))
