"""What people called an incident when they opened it: that goes before the titles of rules, also after a merge."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from warroom.model import Severity
from warroom.store.grouping import pieces
from warroom.store.grouping_tables import regroupings
from warroom.store.tables import incident_log

#: The entry of the log with which a person opens an incident; its text is the title.
OPENED_BY_HAND = "opened_by_hand"
_WORKER = "worker"


@dataclass(frozen=True, slots=True)
class Typed:
    """A title that a person typed, and the severity besides; None where it was not kept with the title."""

    title: str
    severity: Severity | None


def typed_titles(connection: Connection, incident_ids: Iterable[int]) -> dict[int, Typed]:
    """Give what people typed for incidents; those of rules alone are left out.

    An incident's own title goes before those of incidents that people merged into it, of which the first counts. The
    severity is the highest of all these.
    """
    wanted = list(incident_ids)
    merged: dict[int, list[int]] = {}
    asked = wanted
    while asked:
        merged |= {number: [] for number in asked}
        for target, source in _merged_into(connection, asked):
            merged[target].append(source)
        asked = [source for number in asked for source in merged[number] if source not in merged]
    typed = _typed(connection, list(merged))
    if not typed:
        return {}
    found: dict[int, Typed] = {}
    for number in wanted:
        told = [typed[one] for one in _with_all_below(number, merged) if one in typed]
        if told:
            levels = [one.severity for one in told if one.severity is not None]
            found[number] = Typed(told[0].title, max(levels, key=lambda level: level.rank, default=None))
    return found


def _with_all_below(number: int, merged: Mapping[int, Sequence[int]]) -> list[int]:
    """Give an incident and all that went into it, the nearest first."""
    below = [number]
    for one in below:
        below += [source for source in merged[one] if source not in below]
    return below


def _typed(connection: Connection, incident_ids: list[int]) -> dict[int, Typed]:
    columns, found = incident_log.c, dict[int, Typed]()
    for part in pieces(incident_ids):
        query = select(columns.incident_id, columns.body).where(
            columns.incident_id.in_(part), columns.action == OPENED_BY_HAND
        )
        for number, text in connection.execute(query):
            body = json.loads(text)
            found[number] = Typed(body["text"], Severity(body["severity"]) if "severity" in body else None)
    return found


def _merged_into(connection: Connection, incident_ids: list[int]) -> list[tuple[int, int]]:
    """Give (target, source) of the merges by people that were not taken back, the first first."""
    columns = regroupings.c
    merges = (columns.kind == "merge", columns.actor != _WORKER, columns.undone_at.is_(None))
    found: list[tuple[int, int, int]] = []
    for part in pieces(incident_ids):
        query = select(columns.id, columns.target_id, columns.source_id).where(columns.target_id.in_(part), *merges)
        found += [(row.id, row.target_id, row.source_id) for row in connection.execute(query)]
    return [(target, source) for _, target, source in sorted(found)]
