"""Alerts enter the store: new ones as rows, and what a batch brings to known ones is added to theirs."""

from __future__ import annotations

import functools
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, bindparam, select

from warroom.model import Alert
from warroom.store.bulk_rows import run_many
from warroom.store.database import to_us, upsert
from warroom.store.rules.hits import Hits
from warroom.store.sealing import touch
from warroom.store.tables import alert_minutes, alerts

_MINUTE_US: Final = 60_000_000
_SAMPLE: Final = 20  # event ids kept with an alert
_ENTITIES: Final = 50
_LONGEST_ENTITY: Final = 200
#: One for all: `json.dumps` makes a new one at each call that says how.
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False).encode
_RULES: Final = 4096  # whose tags are remembered as they are written
_LOOKED_UP: Final = 2000  # alerts asked for by one statement
#: What of a stored alert grows.
_GROWING: Final = (alerts.c.first_at, alerts.c.last_at, alerts.c.count, alerts.c.event_ids, alerts.c.entities)
#: Its incident has to learn of the growth.
_GROW: Final = (
    alerts.update()
    .where(alerts.c.id == bindparam("own_id"))
    .values({column: bindparam(f"new_{column.name}") for column in _GROWING} | {alerts.c.waiting: True})
)

_Row: TypeAlias = dict[str, Any]


def add_alerts(connection: Connection, found: Sequence[Alert], at: int) -> int:
    """Enter alerts that are no batch's: see ``enter_alerts``."""
    hits = Hits()
    entered = enter_alerts(connection, found, hits, at)
    hits.write(connection, at)
    return entered


def enter_alerts(connection: Connection, found: Sequence[Alert], hits: Hits, at: int) -> int:
    """Insert new alerts, add to known ones; minutes count new ones only.

    Args:
        connection: in a write transaction.
        found: what a batch brought; an alert may come more than once.
        hits: counts them by rule; written by whoever made it.
        at: now, in microseconds.

    Returns:
        How many there were.
    """
    if not found:
        return 0
    known = _known(connection, [alert.alert_id for alert in found])
    fresh: dict[str, _Row] = {}
    grown: dict[str, _Row] = {}
    for alert in found:
        own = alert.alert_id
        touch(connection, "alerts", own)
        if own in known:
            grown[own] = known[own] = _grown(known[own], alert)
        elif own in fresh:
            fresh[own] |= _grown(fresh[own], alert)
        else:
            fresh[own] = _row(alert, at)
    run_many(connection, alerts.insert(), list(fresh.values()))
    run_many(
        connection,
        _GROW,
        [{"own_id": own} | {f"new_{name}": value for name, value in row.items()} for own, row in grown.items()],
    )
    hits.count(found, fresh)
    _count_minutes(connection, fresh.values(), at)
    return len(found)


def _known(connection: Connection, alert_ids: Sequence[str]) -> dict[str, _Row]:
    """Give what grows of those of some alerts that are stored."""
    found: dict[str, _Row] = {}
    for start in range(0, len(alert_ids), _LOOKED_UP):
        part = alert_ids[start : start + _LOOKED_UP]
        for row in connection.execute(select(alerts.c.id, *_GROWING).where(alerts.c.id.in_(part))):
            found[row.id] = {column.name: value for column, value in zip(_GROWING, row[1:], strict=True)}
    return found


def _grown(row: _Row, alert: Alert) -> _Row:
    """Give what grows of a row, with what a batch brings to it."""
    return {
        "first_at": min(row["first_at"], to_us(alert.first_at)),
        "last_at": max(row["last_at"], to_us(alert.last_at)),
        "count": row["count"] + alert.count,
        "event_ids": _ids(sorted({*json.loads(row["event_ids"]), *alert.event_ids})[:_SAMPLE]),
        "entities": _entities(json.loads(row["entities"]), alert),
    }


def _count_minutes(connection: Connection, fresh: Iterable[_Row], at: int) -> None:
    for (platform_id, severity), count in Counter((row["platform_id"], row["severity"]) for row in fresh).items():
        row = upsert(alert_minutes).values(
            minute=at // _MINUTE_US, platform_id=platform_id, severity=severity, count=count
        )
        connection.execute(
            row.on_conflict_do_update(
                index_elements=["minute", "platform_id", "severity"], set_={"count": alert_minutes.c.count + count}
            )
        )


def _entities(known: list[list[str]], alert: Alert) -> str:
    """What an alert is about, as JSON: known ones first, bounded in number and length, without control characters."""
    merged = {tuple(one): None for one in known}
    merged |= {(one.kind, _storable(one.value)): None for one in alert.entities}
    return _ENCODE(list(merged)[:_ENTITIES])


def _storable(value: str) -> str:
    """An attacker writes the names: at most 200 characters; what is longer is told apart by its hash."""
    if len(value) <= _LONGEST_ENTITY and value.isprintable():  # nearly every one
        return value
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in value)
    if len(clean) <= _LONGEST_ENTITY:
        return clean
    return f"{clean[: _LONGEST_ENTITY - 17]}…{hashlib.sha256(value.encode(errors='replace')).hexdigest()[:16]}"


def _ids(event_ids: Sequence[int]) -> str:
    """Write ids as JSON; whole numbers need no encoder."""
    return f"[{', '.join(map(str, event_ids))}]"


@functools.lru_cache(_RULES)
def _tags(tags: tuple[str, ...]) -> str:
    """Write a rule's tags: those of all its alerts."""
    return json.dumps(tags)


def _row(alert: Alert, at: int) -> _Row:
    return {
        "id": alert.alert_id,
        "rule_id": alert.rule_id,
        "rule_title": alert.rule_title,
        "rule_title_th": alert.rule_title_th,
        "severity": str(alert.severity),
        "platform_id": alert.platform_id,
        "feed_id": alert.feed_id,
        "first_at": to_us(alert.first_at),
        "last_at": to_us(alert.last_at),
        "raised_at": at,
        "count": alert.count,
        "entities": _entities([], alert),
        "event_ids": _ids(sorted(alert.event_ids)[:_SAMPLE]),
        "tags": _tags(alert.tags),
        "drill": alert.drill,
        "waiting": True,
        "grouped_count": 0,
    }
