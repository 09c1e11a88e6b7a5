"""Alerts become incidents: what belongs together joins, and says why.

An alert joins the newest open incident of its platform that shares an entity with it, inside the window. An alert
about nothing in particular joins the incident of its own rule. What is only informational joins what is there but
opens nothing. Every membership carries its reason.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from warroom.model import Severity
from warroom.store import incidents as store
from warroom.store.database import State, Transaction, now_us

_AT_ONCE: Final = 100  # the write lock is held for so many


def group(state: State, window: timedelta) -> int:
    """Group every waiting alert; how many there were. A crash in between repeats nothing and loses nothing."""
    done = 0
    while True:
        with state.read() as connection:
            if not store.waiting_alerts(connection, 1):
                return done
        with state.write("incidents") as connection:
            done += _group_some(connection, window // timedelta(microseconds=1))


def _group_some(connection: Transaction, window_us: int) -> int:
    at = now_us()
    waiting = store.waiting_alerts(connection, _AT_ONCE)
    touched = {_place(connection, alert, window_us, at) for alert in waiting}
    for incident_id in touched:
        if incident_id is not None:
            store.recount(connection, incident_id, at)
    store.seen(connection, [alert.id for alert in waiting])
    return len(waiting)


def _place(connection: Transaction, alert: store.AlertRow, window_us: int, at: int) -> int | None:
    """The incident of an alert: the one it has, one that it joins, a new one; none where it is informational."""
    if alert.incident_id is not None:
        store.remember_entities(connection, alert.incident_id, alert.entities)
        return alert.incident_id
    found = store.open_like(connection, alert, alert.entities, window_us)
    if found is None:
        if alert.severity is Severity.INFORMATIONAL:
            return None
        incident_id = store.open_incident(connection, alert, at)
        reason = {"why": "first"}
        store.append_log(connection, incident_id, at, "worker", "opened", rule=alert.rule_title, alert=alert.id)
    else:
        incident, shared = found
        incident_id = incident.id
        reason = {"why": "same_rule"}
        if shared is not None:
            reason = {"why": "shared_entity", "kind": shared.kind, "value": shared.value}
        store.append_log(
            connection, incident_id, at, "worker", "joined", rule=alert.rule_title, alert=alert.id, **reason
        )
    store.attach(connection, alert.id, incident_id, reason)
    store.remember_entities(connection, incident_id, alert.entities)
    store.widen(connection, incident_id, alert)
    return incident_id
