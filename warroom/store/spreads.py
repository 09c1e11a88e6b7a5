"""With whom entities were seen, remembered for one to two windows: what many strangers use joins nobody."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, delete, select

from warroom.store.bulk_rows import run_many
from warroom.store.database import upsert
from warroom.store.grouping import pieces
from warroom.store.grouping_tables import entity_spread

#: An entity's platform, kind and value.
Name = tuple[str, str, str]
#: Partners by rule: 32-bit hashes.
Partners = dict[str, set[int]]


@dataclass(frozen=True, slots=True)
class Remembered:
    """The partners of an entity since a time of our clock, and those of the time before."""

    since: int
    now: Partners = field(default_factory=dict)
    before: Partners = field(default_factory=dict)

    @property
    def partners(self) -> Partners:
        """Both together."""
        return united(self.now, self.before)


def remembered(connection: Connection, names: Iterable[Name]) -> dict[Name, Remembered]:
    """Give what is remembered of entities; those never met are left out."""
    wanted: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for platform_id, kind, value in names:
        wanted[platform_id, kind].append(value)
    table, found = entity_spread.c, {}
    for (platform_id, kind), values in wanted.items():
        for part in pieces(sorted(values)):
            query = select(table.value, table.partners).where(
                table.platform_id == platform_id, table.kind == kind, table.value.in_(part)
            )
            for value, text in connection.execute(query):
                told = json.loads(text)
                now, before = ({rule: set(them) for rule, them in told[one].items()} for one in ("now", "before"))
                found[platform_id, kind, value] = Remembered(told["since"], now, before)
    return found


def remember(
    connection: Connection,
    seen: Mapping[Name, Partners],
    known: Mapping[Name, Remembered],
    shared: set[Name],
    at: int,
    window: int,
) -> None:
    """Remember with whom entities were seen, and forget what was not seen for two windows.

    Args:
        connection: a write transaction.
        seen: what a batch shows.
        known: what was remembered of these entities.
        shared: which of them are shared.
        at: our clock.
        window: microseconds after which what was seen is "before", and after another one forgotten.
    """
    rows = []
    for name, partners in seen.items():
        old = known.get(name) or Remembered(at)
        if at - old.since > window:
            old = Remembered(at, {}, old.now if at - old.since <= 2 * window else {})
        now = united(old.now, partners)
        told = {"since": old.since, "now": _listed(now), "before": _listed(old.before)}
        rows.append(
            {
                "platform_id": name[0],
                "kind": name[1],
                "value": name[2],
                "partners": json.dumps(told),
                "seen_at": at,
                "shared": name in shared,
            }
        )
    if rows:
        row = upsert(entity_spread)
        changed = {name: row.excluded[name] for name in ("partners", "seen_at", "shared")}
        keys = ["platform_id", "kind", "value"]
        run_many(connection, row.on_conflict_do_update(index_elements=keys, set_=changed), rows)
    connection.execute(delete(entity_spread).where(entity_spread.c.seen_at < at - 2 * window))


def united(*parts: Mapping[str, set[int]]) -> Partners:
    """Put partners together, by rule."""
    result: Partners = {}
    for one in parts:
        for rule, partners in one.items():
            result[rule] = result[rule] | partners if rule in result else partners
    return result


def _listed(partners: Partners) -> dict[str, list[int]]:
    return {rule: sorted(them) for rule, them in partners.items()}
