"""The brief of a shift: what is open, was done, runs out, what others owe us, and what we neither see nor look at.

It is one JSON object with texts as they are stored: whoever shows it masks and escapes them. Legal clocks have a place
in it (``legal``) that is empty until they are kept.
"""

from __future__ import annotations

from typing import Any, Final

from warroom.incidents.shifts import Shift
from warroom.incidents.targets import Clock, clocks, runs_out_next, targets_now
from warroom.model import Severity, Status, Target
from warroom.store.containments import Containment
from warroom.store.database import State
from warroom.store.usual import Usual, usual
from warroom.store.views import FeedRow, feeds
from warroom.store.views import handover as views
from warroom.store.views.condition import BLIND, condition
from warroom.store.views.duty import due_of
from warroom.store.views.handover import Decision, Listed
from warroom.store.views.rows import IncidentRow

#: The brief's form; a later one gets another number. Since 2 it tells of containment requests that are late.
FORM: Final = 2
#: What a decision's text is read at, and how much of any other value is kept.
_READ_THERE: Final = frozenset({"text", "alert", "rule"})
_LONGEST: Final = 120
_DONE: Final = {
    Status.NEW: (),
    Status.ACKNOWLEDGED: (Clock.ACKNOWLEDGE,),
    Status.INVESTIGATING: (Clock.ACKNOWLEDGE,),
    Status.CONTAINED: (Clock.ACKNOWLEDGE, Clock.CONTAIN),
    Status.RECOVERED: tuple(Clock),
    Status.CLOSED: tuple(Clock),
}


def brief(state: State, shift: Shift, now: int) -> dict[str, Any]:
    """Write the brief of a shift as of a moment.

    Args:
        state: the store.
        shift: whose changes.
        now: our clock in microseconds.
    """
    targets = targets_now(state)
    until = min(now, shift.until)
    ahead = max(now, shift.until) + shift.until - shift.since  # to the end of the shift that follows
    rates = usual(state, now)
    seen = [one for feed in feeds(state, now) if (one := blind(feed, now, rates.get(feed.feed_id)))]
    with state.read() as connection:
        open_now = views.open_now(connection, due_of(targets))
        late, all_late = views.overdue_requests(connection, now)
        decisions, decided = views.decisions_between(connection, shift.since, until)
        told: dict[str, Any] = {
            "form": FORM,
            "by_severity": views.open_by_severity(connection),
            "open": _listed(open_now, targets),
            "opened": _listed(views.opened_between(connection, shift.since, until), targets),
            "closed": _listed(views.closed_between(connection, shift.since, until), targets),
            "decisions": {"rows": [_decision(one) for one in decisions], "total": decided},
            "overdue": {"rows": [_request(one) for one in late], "total": all_late},
            "legal": [],
            "blind": seen[: views.LIST_LIMIT],
            "hidden": [
                {
                    "number": one.id,
                    "what": one.rule_title or one.entity_value or "",
                    "platform": one.platform_id or "",
                    "reason": one.reason,
                    "owner": one.owner,
                    "until": one.expires_at,
                }
                for one in views.hidden_now(connection, now)[: views.LIST_LIMIT]
            ],
            "planned": [
                {
                    "number": one.id,
                    "what": one.title,
                    "platform": one.platform_id or "",
                    "from": one.starts_at,
                    "until": one.ends_at,
                }
                for one in views.planned_between(connection, now, ahead)[: views.LIST_LIMIT]
            ],
        }
    told["running_out"] = [one for one in told["open"]["rows"] if one["due_at"] is not None and one["due_at"] <= ahead]
    return told


def _listed(found: Listed, targets: dict[Severity, Target]) -> dict[str, Any]:
    return {"rows": [_incident(row, targets[row.severity]) for row in found.rows], "total": found.total}


def _incident(row: IncidentRow, target: Target) -> dict[str, Any]:
    done = dict.fromkeys(_DONE[row.status], row.updated_at)
    following = runs_out_next(clocks(target, row.opened_at, dict(done)))
    return {
        "number": row.id,
        "severity": row.severity.value,
        "title": row.title,
        "title_th": row.title_th,
        "platform": row.platform_id,
        "status": row.status.value,
        "disposition": row.disposition.value if row.disposition else None,
        "assignee": row.assignee,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "drill": row.drill,
        "clock": following.clock.value if following else None,
        "due_at": following.due_at if following else None,
    }


def _decision(one: Decision) -> dict[str, Any]:
    body = {name: str(value)[:_LONGEST] for name, value in one.body.items() if name not in _READ_THERE}
    return {"at": one.at, "actor": one.actor, "action": one.action, "number": one.incident_id, "body": body}


def _request(one: Containment) -> dict[str, Any]:
    return {
        "number": one.incident_id,
        "measure": one.measure,
        "target": one.target[:_LONGEST],
        "of": one.asked_of[:_LONGEST],
        "state": one.state,
        "due_at": one.due_at if one.state == "asked" else one.ends_at,
    }


def blind(feed: FeedRow, now: int, rate: Usual | None = None) -> dict[str, Any] | None:
    """Say why detectors miss what this feed should tell, ``rate`` being what is usual; None where they see."""
    why = condition(feed, now, rate)
    if why not in BLIND:
        return None
    return {
        "feed": feed.feed_id,
        "title": feed.title_en,
        "title_th": feed.title_th,
        "platform": feed.platform_id,
        "why": why,
        "since": feed.received_at,
    }
