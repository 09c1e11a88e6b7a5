"""The moments of an incident that the law counts from: set once, changed only with a reason, every value kept."""

from __future__ import annotations

from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, checked_moment, checked_text
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.errors import ConflictError
from warroom.store import incidents as store
from warroom.store import rulings
from warroom.store.database import State, Transaction
from warroom.store.rulings import TimeSet

#: When somebody first told us of it, in whatever way (PDPC notification B.E. 2565, clause 5).
INFORMED_AT: Final = "informed_at"
_REASON_LIMIT: Final = 500
_LEAST_REASON: Final = 5


def first_informed(connection: Transaction, incident_id: int, actor: Actor, moment: int, at: int) -> None:
    """Set when we were informed, unless that is known: the earliest report counts until somebody changes it."""
    before = rulings.times_of(connection, incident_id, INFORMED_AT, limit=1)
    if not before:
        rulings.add_time(connection, incident_id, INFORMED_AT, TimeSet(moment, at, actor.name, ""))
        store.append_log(connection, incident_id, at, actor.name, "informed", moment=str(moment))


@needs(Permission.OPEN_INCIDENTS)
def change_informed(state: State, incident_id: int, actor: Actor, moment: int, reason: str) -> None:
    """Correct when we were informed; the value before stays on record, with who changed it and why.

    Raises:
        UsageError: no reason, or a moment that is not over.
        NotFoundError: no such incident.
        ConflictError: it is that moment already.
    """
    why = checked_text(reason, "a reason", _REASON_LIMIT, least=_LEAST_REASON)
    with changing(state, incident_id, actor, Permission.OPEN_INCIDENTS) as (connection, incident, at):
        checked = checked_moment(moment, at)
        before = rulings.times_of(connection, incident_id, INFORMED_AT, limit=1)
        if before and before[0].moment == checked:
            raise ConflictError("that is when we were informed already")
        store.change(connection, incident, at)
        rulings.add_time(connection, incident_id, INFORMED_AT, TimeSet(checked, at, actor.name, why))
        was = {"before": str(before[0].moment)} if before else {}
        store.append_log(connection, incident_id, at, actor.name, "informed", moment=str(checked), text=why, **was)
