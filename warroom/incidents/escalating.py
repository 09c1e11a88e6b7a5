"""What nobody acknowledged in time escalates: to who is on call in tier 1, again, then to the next tier.

A step is a row whose key is the incident and the step's number, written together with the entry in the incident's log
and the messages: so it is taken once, whoever works, and whatever died in between. The next step counts from the last
one: after hours without a worker people are told one step at a time.
"""

from __future__ import annotations

from typing import Final

from warroom.catalog import Escalation, load_service_targets
from warroom.incidents.on_call import asked
from warroom.incidents.targets import SECOND, targets_now
from warroom.model import Severity
from warroom.notify.routing import wants
from warroom.notify.wording import about
from warroom.store import duty, outbox
from warroom.store import incidents as store
from warroom.store.database import State, Transaction, now_us
from warroom.store.duty import Turn
from warroom.store.incidents import Incident
from warroom.store.lease import Lease

_AT_ONCE: Final = 100  # the write lock is held for so many


def tier_of(step: int, plan: Escalation) -> int:
    """Give the tier that a step asks, from 0 on: each tier so often, then the next one."""
    return min(step // plan.times + 1, plan.tiers)


def most_steps(plan: Escalation) -> int:
    """Give how many steps an escalation has."""
    return plan.times * plan.tiers


def escalate(state: State, lease: Lease, *, now: int | None = None, plan: Escalation | None = None) -> int:
    """Take every step that is due; how many.

    Args:
        state: the store.
        lease: the worker's.
        now: our clock in microseconds; default: now.
        plan: how silence escalates; default: the reference's.

    Raises:
        LeaseError: another worker took over; it will take the steps.
    """
    plan = plan or load_service_targets().escalation
    targets = targets_now(state)
    overdue = {
        severity: targets[severity].acknowledge * SECOND for severity in Severity if severity.rank >= plan.least.rank
    }
    with state.read() as connection:
        at = now_us() if now is None else now
        if not duty.unacknowledged(connection, overdue, plan.every * SECOND, most_steps(plan), at, 1):
            return 0
    with state.write("incidents", "outbox", "duty") as connection:
        lease.hold(connection)
        at = now_us() if now is None else now
        turns = duty.turns(connection, since=at)
        waiting = duty.unacknowledged(connection, overdue, plan.every * SECOND, most_steps(plan), at, _AT_ONCE)
        return sum(_step(connection, incident, step, turns, plan, at) for incident, step in waiting)


def _step(connection: Transaction, incident: Incident, step: int, turns: list[Turn], plan: Escalation, at: int) -> bool:
    tier, found = asked(turns, tier_of(step, plan), plan.tiers, at)
    people = list(dict.fromkeys(one.person for one in found))
    if not duty.add_step(connection, incident.id, step, tier, people, at):
        return False
    names = ", ".join(people)
    personal = {one.channel_id for one in found if one.channel_id is not None}
    reached = 0
    for channel in outbox.channels(connection):
        # who is on call asked for nothing less than being reached: a personal channel gets it whatever its severity
        if channel.enabled and (channel.id in personal or wants(channel, incident.severity, incident.platform_id)):
            filled = about(incident, tier=tier, step=step + 1, names=names)
            outbox.put(connection, channel.id, "escalated", incident.severity, filled, at, incident_id=incident.id)
            reached += 1
    # nobody may read in a log that somebody was told whom no message went to
    action = "escalated" if reached else "escalated_unheard"
    store.append_log(connection, incident.id, at, "worker", action, step=str(step + 1), tier=str(tier), to=names or "—")
    return True
