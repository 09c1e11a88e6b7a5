"""What comparing events with intelligence found: why alerts were raised, what was seen, what was held back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, func, select

from warroom.store.bulk_rows import run_many
from warroom.store.database import raise_counter, upsert
from warroom.store.intel.tables import intel_held_back, intel_matches, intel_sightings

#: The topic whose counter is raised by what is kept here.
TOPIC: Final = "intel"
DAY_US: Final = 86_400_000_000
#: Characters of what is kept of a value that an attacker wrote, and of a name.
_LONGEST_VALUE: Final = 2_048
_LONGEST_NAME: Final = 200
#: Characters of the JSON that says who lists it: the weakest of them go first.
_LONGEST_LISTED: Final = 16_384
_LOOKED_UP: Final = 2_000  # alerts asked for by one statement


@dataclass(frozen=True, slots=True)
class Match:
    """What an alert rests on, as it was when it was raised: see ``intel_matches``.

    Args:
        alert_id: of the alert; the first match of an alert is the one that is kept.
        kind, value: the indicator, canonical.
        observed: what of the event it is, or covers.
        column: in which core column, or which field, that stands.
        score: 0 to 100, after decay.
        listed: JSON, who lists it, the strongest first: see warroom/intel/listing.py.
        looked_back: found in stored events.
    """

    alert_id: str
    kind: str
    value: str
    observed: str
    column: str
    score: int
    listed: str
    looked_back: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """How often an indicator was seen at a platform on a day of the events (UTC, since 1970); times in microseconds."""

    kind: str
    value: str
    day: int
    platform_id: str
    count: int
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in a batch of events.

    ``held_back`` counts what is listed and raised no alarm: name of a warning list, or ``ruling`` → how often, and an
    example.
    """

    matches: Sequence[Match] = ()
    sightings: Sequence[Sighting] = ()
    held_back: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.matches or self.sightings or self.held_back)


def keep(connection: Connection, findings: Findings, at: int) -> bool:
    """Write what was found, in the transaction that writes its alerts; whether that changed anything.

    The topic ``intel`` is raised where it did.

    Args:
        connection: in a write transaction.
        findings: each match with the id of an alert that this transaction or an earlier one writes.
        at: our clock, microseconds.
    """
    added = _keep_matches(connection, findings.matches, at)
    _keep_sightings(connection, findings.sightings)
    _keep_held_back(connection, findings.held_back, at)
    changed = bool(added or findings.sightings or findings.held_back)
    if changed:
        raise_counter(connection, TOPIC)
    return changed


def matched(connection: Connection, alert_ids: Iterable[str]) -> dict[str, int]:
    """Give those of some alerts that rest on intelligence, with when their match was written, in microseconds."""
    table = intel_matches.c
    found: dict[str, int] = {}
    for part in _parts(list(alert_ids)):
        rows = connection.execute(select(table.alert_id, table.at).where(table.alert_id.in_(part)))
        found |= {row.alert_id: row.at for row in rows}
    return found


def confidences(connection: Connection, alert_ids: Iterable[str]) -> dict[str, int]:
    """Give those of some alerts that rest on intelligence, with how far it was believed then, 0 to 100."""
    table = intel_matches.c
    found: dict[str, int] = {}
    for part in _parts(list(alert_ids)):
        rows = connection.execute(select(table.alert_id, table.score).where(table.alert_id.in_(part)))
        found |= {row.alert_id: row.score for row in rows}
    return found


def _keep_matches(connection: Connection, matches: Sequence[Match], at: int) -> int:
    """Insert those whose alert has none yet; how many."""
    first = {one.alert_id: one for one in reversed(matches)}
    known = matched(connection, first)
    rows = [
        {
            "alert_id": one.alert_id,
            "kind": one.kind,
            "value": one.value[:_LONGEST_VALUE],
            "observed": _printable(one.observed, _LONGEST_VALUE),
            "column": _printable(one.column, _LONGEST_NAME),
            "score": one.score,
            "listed": _bounded_list(one.listed),
            "at": at,
            "looked_back": int(one.looked_back),
        }
        for one in first.values()
        if one.alert_id not in known
    ]
    run_many(connection, intel_matches.insert(), rows)
    return len(rows)


def _keep_sightings(connection: Connection, sightings: Sequence[Sighting]) -> None:
    table, row = intel_sightings, upsert(intel_sightings)
    row = row.on_conflict_do_update(
        index_elements=["kind", "value", "day", "platform_id"],
        set_={
            "count": table.c["count"] + row.excluded["count"],
            "first_at": func.min(table.c.first_at, row.excluded.first_at),
            "last_at": func.max(table.c.last_at, row.excluded.last_at),
        },
    )
    run_many(
        connection,
        row,
        [
            {
                "kind": one.kind,
                "value": one.value[:_LONGEST_VALUE],
                "day": one.day,
                "platform_id": one.platform_id,
                "count": one.count,
                "first_at": one.first_at,
                "last_at": one.last_at,
            }
            for one in sightings
        ],
    )


def _keep_held_back(connection: Connection, held_back: Mapping[str, tuple[int, str]], at: int) -> None:
    """Count by our own day; the newest example stays."""
    row = upsert(intel_held_back)
    counts = {"count": intel_held_back.c["count"] + row.excluded["count"], "example": row.excluded.example}
    row = row.on_conflict_do_update(index_elements=["by", "day"], set_=counts)
    run_many(
        connection,
        row,
        [
            {
                "by": _printable(name, _LONGEST_NAME),
                "day": at // DAY_US,
                "count": count,
                "example": _printable(example, _LONGEST_NAME),
            }
            for name, (count, example) in held_back.items()
        ],
    )


def _bounded_list(listed: str) -> str:
    """Cut the JSON list to what is kept of it, whole entries, the strongest first."""
    if len(listed) <= _LONGEST_LISTED:
        return listed
    kept: list[object] = []
    size = 2
    for one in json.loads(listed):
        size += len(json.dumps(one, ensure_ascii=False)) + 2
        if size > _LONGEST_LISTED:
            break
        kept.append(one)
    return json.dumps(kept, ensure_ascii=False)


def _printable(text: str, longest: int) -> str:
    """An attacker writes it: bounded, and without control characters."""
    clean = (
        text
        if text.isprintable()
        else "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
    )
    return clean if len(clean) <= longest else f"{clean[: longest - 1]}…"


def _parts(asked: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(asked), _LOOKED_UP):
        yield asked[start : start + _LOOKED_UP]
