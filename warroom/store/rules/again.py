"""Alerts that a second look raised: which of them are missing, and the mark in their incidents' logs."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import Connection, Table, select

from warroom.model import Alert
from warroom.store import incidents
from warroom.store.database import to_us, upsert
from warroom.store.rules.tables import shadow_alerts
from warroom.store.tables import alerts, meta

#: Alerts whose incidents' logs are still to be marked.
_KEY: Final = "raised_afterwards"
_ACTOR: Final = "worker"
_TEXT: Final = (
    "raised afterwards: log lines came too late to be counted when they came · แจ้งเตือนย้อนหลัง: ล็อกมาถึงช้าจนนับไม่ทันในตอนนั้น"
)


def missing(connection: Connection, found: Sequence[Alert], shadow: Collection[str]) -> list[Alert]:
    """Give the alerts for which none of the same rule, about the same, was raised at that time.

    With a late event the window begins elsewhere, and so has another id: what counts is who, what and when.
    """
    return [one for one in found if not _known(connection, one, shadow_alerts if one.rule_id in shadow else alerts)]


def remember(connection: Connection, alert_ids: Collection[str]) -> None:
    """Note alerts whose incidents' logs are to be marked once they are grouped."""
    _write(connection, [*waiting(connection), *alert_ids])


def mark(connection: Connection, at: int) -> int:
    """Mark the logs of incidents with remembered alerts that are grouped by now; how many."""
    left = waiting(connection)
    wanted = select(alerts.c.id, alerts.c.incident_id).where(alerts.c.id.in_(left))
    grouped = {row.id: row.incident_id for row in connection.execute(wanted) if row.incident_id is not None}
    for incident_id in sorted(set(grouped.values())):
        incidents.append_log(connection, incident_id, at, _ACTOR, "noted", text=_TEXT)
    if grouped:
        _write(connection, [one for one in left if one not in grouped])
    return len(set(grouped.values()))


def _known(connection: Connection, one: Alert, table: Table) -> bool:
    own = set(one.entities)
    wanted = select(table.c.alert_id if "alert_id" in table.c else table.c.id, table.c.entities).where(
        table.c.rule_id == one.rule_id,
        table.c.first_at <= to_us(one.last_at),
        table.c.last_at >= to_us(one.first_at),
    )
    for alert_id, told in connection.execute(wanted):
        if alert_id == one.alert_id or not own:
            return True
        if {(kind, value) for kind, value in json.loads(told)} & {(entity.kind, entity.value) for entity in own}:
            return True
    return False


def waiting(connection: Connection) -> list[str]:
    """Give the alerts whose incidents' logs are still to be marked."""
    text = connection.scalar(select(meta.c.value).where(meta.c.key == _KEY))
    return list(json.loads(text)) if text else []


def _write(connection: Connection, alert_ids: Sequence[str]) -> None:
    text = json.dumps(alert_ids)
    row = upsert(meta).values(key=_KEY, value=text)
    connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": text}))
