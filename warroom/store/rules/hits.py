"""What rules hit, counted in the commit that stores it: by rule, hour of our clock, stage and platform.

Alerts of rules in shadow are counted likewise and raised never; the newest of each rule are kept to be looked at.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, case, delete, func, select

from warroom.model import Alert, Entity, Severity
from warroom.store.bulk_rows import run_many
from warroom.store.database import to_us, upsert
from warroom.store.rules.tables import rule_hits, shadow_alerts, shadow_known

#: As ``stage`` of what was raised, and of what was only counted.
RAISED: Final = "production"
SHADOW: Final = "shadow"
#: Alerts that are kept of each rule in shadow.
SAMPLE: Final = 50
#: An alert in shadow that has not grown for so long is not asked for again.
_KNOWN_US: Final = 2 * 86_400_000_000
#: Hours are kept so long: a year and a month.
_KEPT_HOURS: Final = 396 * 24
_HOUR_US: Final = 3_600_000_000
_LOOKED_UP: Final = 2000  # alerts asked for by one statement
_SAMPLED_EVENTS: Final = 20
_SAMPLED_ENTITIES: Final = 20
_LONGEST: Final = 200
#: Digits of an alert's id that make its mark: 60 bits, so that two of a million are alike once in millions of years.
_MARK_DIGITS: Final = 15


class Hits:
    """What the batches of one commit hit; ``write`` adds it to the store by one statement."""

    def __init__(self) -> None:
        self._counts: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])

    def count(self, found: Sequence[Alert], fresh: Collection[str], stage: str = RAISED) -> None:
        """Count alerts of a batch; ``fresh`` are the ids of those that are new, each counted once."""
        new = set(fresh)
        for alert in found:
            own = self._counts[alert.rule_id, stage, alert.platform_id]
            if alert.alert_id in new:
                new.discard(alert.alert_id)
                own[0] += 1
            own[1] += alert.count
            own[2] = max(own[2], to_us(alert.last_at))

    def write(self, connection: Connection, at: int) -> None:
        """Add what was counted to the hour of our clock."""
        rows = [
            {
                "rule_id": rule_id,
                "hour": at // _HOUR_US,
                "stage": stage,
                "platform_id": platform_id,
                "alerts": alerts,
                "events": events,
                "last_at": last_at,
            }
            for (rule_id, stage, platform_id), (alerts, events, last_at) in self._counts.items()
        ]
        run_many(connection, _ADD, rows)


_ROW: Final = upsert(rule_hits)
_ADD: Final = _ROW.on_conflict_do_update(
    index_elements=["rule_id", "hour", "stage", "platform_id"],
    set_={
        "alerts": rule_hits.c.alerts + _ROW.excluded.alerts,
        "events": rule_hits.c.events + _ROW.excluded.events,
        "last_at": case(
            (rule_hits.c.last_at < _ROW.excluded.last_at, _ROW.excluded.last_at), else_=rule_hits.c.last_at
        ),
    },
)


_GROW: Final = (
    shadow_alerts.update()
    .where(shadow_alerts.c.alert_id == bindparam("own"))
    .values(
        count=shadow_alerts.c.count + bindparam("more"),
        first_at=case(
            (shadow_alerts.c.first_at > bindparam("first"), bindparam("earliest")), else_=shadow_alerts.c.first_at
        ),
        last_at=case((shadow_alerts.c.last_at < bindparam("last"), bindparam("latest")), else_=shadow_alerts.c.last_at),
    )
)


@dataclass(frozen=True, slots=True)
class ShadowAlert:
    """An alert that a rule in shadow would have raised; times in microseconds since 1970."""

    alert_id: str
    rule_id: str
    rule_title: str
    severity: Severity
    platform_id: str
    feed_id: str
    at: int
    first_at: int
    last_at: int
    count: int
    entities: tuple[Entity, ...]
    event_ids: tuple[int, ...]


def enter_shadow(connection: Connection, found: Sequence[Alert], hits: Hits, at: int) -> None:
    """Count alerts of rules in shadow, and keep the newest of each rule."""
    if not found:
        return
    fresh = _mark(connection, {alert.alert_id for alert in found}, at)
    hits.count(found, fresh, SHADOW)
    merged: dict[str, Alert] = {}
    grown: list[dict[str, object]] = []
    for alert in found:
        if alert.alert_id in fresh and alert.alert_id not in merged:
            merged[alert.alert_id] = alert
        else:
            grown.append(_growth(alert))
    kept = list(_newest(merged.values()))
    run_many(connection, shadow_alerts.insert(), [_row(alert, at) for alert in kept])
    run_many(connection, _GROW, grown)
    for rule_id in {alert.rule_id for alert in kept}:
        _trim(connection, rule_id)


def sample(connection: Connection, rule_id: str, limit: int = SAMPLE) -> list[ShadowAlert]:
    """Give what a rule would have raised, the newest first."""
    found = select(shadow_alerts).where(shadow_alerts.c.rule_id == rule_id)
    ordered = found.order_by(shadow_alerts.c.at.desc(), shadow_alerts.c.alert_id).limit(limit)
    return [_told(dict(row)) for row in connection.execute(ordered).mappings()]


def counted(connection: Connection, rule_id: str, span: tuple[int, int], stage: str) -> tuple[int, int, int]:
    """Give alerts, events and the hours with any of a rule in a stage, between two moments, both hours wholly."""
    own = (rule_hits.c.stage == stage, *_within(rule_id, span))
    sums = (func.sum(rule_hits.c.alerts), func.sum(rule_hits.c.events), func.count(rule_hits.c.hour.distinct()))
    alerts, events, hours = connection.execute(select(*sums).where(*own)).one()
    return int(alerts or 0), int(events or 0), int(hours)


def by_platform(connection: Connection, rule_id: str, span: tuple[int, int]) -> dict[tuple[str, str], int]:
    """Give a rule's alerts between two moments, both hours wholly, by stage and platform."""
    by = (rule_hits.c.stage, rule_hits.c.platform_id)
    rows = connection.execute(select(*by, func.sum(rule_hits.c.alerts)).where(*_within(rule_id, span)).group_by(*by))
    return {(stage, platform): int(alerts) for stage, platform, alerts in rows}


def by_hour(connection: Connection, rule_id: str, since_us: int) -> list[tuple[int, str, int]]:
    """Give (hour since 1970, stage, alerts) of a rule since a moment, in order."""
    by = (rule_hits.c.hour, rule_hits.c.stage)
    own = (rule_hits.c.rule_id == rule_id, rule_hits.c.hour >= since_us // _HOUR_US)
    rows = connection.execute(select(*by, func.sum(rule_hits.c.alerts)).where(*own).group_by(*by).order_by(*by))
    return [(int(hour), stage, int(alerts)) for hour, stage, alerts in rows]


def forget(connection: Connection, at: int) -> None:
    """Drop what nobody asks for any more."""
    connection.execute(delete(shadow_known).where(shadow_known.c.at < at - _KNOWN_US))
    connection.execute(delete(rule_hits).where(rule_hits.c.hour < at // _HOUR_US - _KEPT_HOURS))


def _within(rule_id: str, span: tuple[int, int]) -> tuple[ColumnElement[bool], ...]:
    since, until = span
    hour = rule_hits.c.hour
    return rule_hits.c.rule_id == rule_id, hour >= since // _HOUR_US, hour <= until // _HOUR_US


def _mark(connection: Connection, alert_ids: Collection[str], at: int) -> set[str]:
    """Note that alerts were counted; give those that were not before."""
    marks = {int(alert_id[:_MARK_DIGITS], 16): alert_id for alert_id in alert_ids}
    asked = list(marks)
    known: set[int] = set()
    for start in range(0, len(asked), _LOOKED_UP):
        part = asked[start : start + _LOOKED_UP]
        known |= set(connection.scalars(select(shadow_known.c.mark).where(shadow_known.c.mark.in_(part))))
    row = upsert(shadow_known)
    row = row.on_conflict_do_update(index_elements=["mark"], set_={"at": row.excluded.at})
    run_many(connection, row, [{"mark": mark, "at": at} for mark in asked])
    return {marks[mark] for mark in asked if mark not in known}


def _newest(alerts: Collection[Alert]) -> Iterator[Alert]:
    """Give of each rule those that can be among the newest."""
    by_rule: defaultdict[str, list[Alert]] = defaultdict(list)
    for alert in alerts:
        by_rule[alert.rule_id].append(alert)
    for own in by_rule.values():
        yield from own[-SAMPLE:]


def _trim(connection: Connection, rule_id: str) -> None:
    """Leave the newest of a rule."""
    own = shadow_alerts.c.rule_id == rule_id
    newest = select(shadow_alerts.c.alert_id).where(own)
    kept = newest.order_by(shadow_alerts.c.at.desc(), shadow_alerts.c.alert_id).limit(SAMPLE)
    connection.execute(delete(shadow_alerts).where(own, shadow_alerts.c.alert_id.not_in(kept)))


def _row(alert: Alert, at: int) -> dict[str, object]:
    entities = [[one.kind, _printable(one.value)] for one in alert.entities[:_SAMPLED_ENTITIES]]
    return {
        "alert_id": alert.alert_id,
        "rule_id": alert.rule_id,
        "rule_title": alert.rule_title,
        "severity": str(alert.severity),
        "platform_id": alert.platform_id,
        "feed_id": alert.feed_id,
        "at": at,
        "first_at": to_us(alert.first_at),
        "last_at": to_us(alert.last_at),
        "count": alert.count,
        "entities": json.dumps(entities, ensure_ascii=False),
        "event_ids": json.dumps(alert.event_ids[:_SAMPLED_EVENTS]),
    }


def _growth(alert: Alert) -> dict[str, object]:
    first, last = to_us(alert.first_at), to_us(alert.last_at)
    return {"own": alert.alert_id, "more": alert.count, "first": first, "earliest": first, "last": last, "latest": last}


def _printable(value: str) -> str:
    """Give what an attacker named something, without control characters, bounded."""
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in value[:_LONGEST])
    return clean.encode(errors="replace").decode()


def _told(row: Mapping[str, Any]) -> ShadowAlert:
    entities = tuple(Entity(kind, value) for kind, value in json.loads(row["entities"]))
    ids = tuple(json.loads(row["event_ids"]))
    return ShadowAlert(**{**row, "severity": Severity(row["severity"]), "entities": entities, "event_ids": ids})
