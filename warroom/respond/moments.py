"""The moments that the law counts from: recorded with a reason, never overwritten; awareness is decided in writing."""

from __future__ import annotations

from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, checked_moment, checked_text
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.catalog.legal import load_law
from warroom.errors import ConflictError, UsageError
from warroom.respond.duties import audit
from warroom.store import controllers, rulings
from warroom.store import incidents as store
from warroom.store.database import State, Transaction, raise_counter
from warroom.store.rulings import TimeSet

AWARE_AT: Final = "aware_at"
HIGH_RISK_AT: Final = "high_risk_decided_at"
REASON_LIMIT: Final = 2_000
BASIS_LIMIT: Final = 10_000
_LEAST_REASON: Final = 5
_LEAST_BASIS: Final = 20


@needs(Permission.ACT_ON_INCIDENTS)
def set_moment(
    state: State,
    incident_id: int,
    actor: Actor,
    name: str,
    moment: int,
    reason: str,
    *,
    controller_id: int | None = None,
) -> None:
    """Record when something happened, of the incident or of one controller; what was believed before stays readable.

    Args:
        state: the store.
        incident_id: of which incident.
        actor: who says so.
        name: such as ``occurred_at``; awareness and high risk are decided otherwise.
        moment: microseconds since 1970 UTC; over already, but for changes that are announced ahead.
        reason: how it is known, or why it is another one now.
        controller_id: whose moment; None: the whole incident's.

    Raises:
        UsageError: no such moment that people record, no reason, a moment in the future.
        NotFoundError: no such incident or controller.
        ConflictError: it is that moment already.
    """
    known = load_law().moments.get(name)
    if known is None or known.set_by != "people":
        raise UsageError(f"`{name}` is not recorded by hand: it is decided, sent, or worked out")
    why = checked_text(reason, "a reason", REASON_LIMIT, least=_LEAST_REASON)
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS) as (connection, incident, at):
        store.change(connection, incident, at)
        record(connection, incident_id, actor, name, checked_moment(moment, at), why, at, controller_id=controller_id)


@needs(Permission.DECIDE_BREACH)
def decide_awareness(state: State, incident_id: int, actor: Actor, controller_id: int, moment: int, basis: str) -> None:
    """Decide, with its basis in writing, when a controller became aware of a breach; both countdowns stay shown.

    Without such a decision a controller is taken to have become aware at the first information.

    Raises:
        UsageError: the basis is too short, or the moment is not over.
        NotFoundError: no such incident or controller.
        ConflictError: it is that moment already.
    """
    why = checked_text(basis, "the basis", BASIS_LIMIT, least=_LEAST_BASIS)
    with changing(state, incident_id, actor, Permission.DECIDE_BREACH) as (connection, incident, at):
        store.change(connection, incident, at)
        checked = checked_moment(moment, at)
        record(connection, incident_id, actor, AWARE_AT, checked, why, at, controller_id=controller_id)
        audit(connection, incident_id, actor, {"decision": AWARE_AT, "controller": controller_id, "moment": checked})


def record(
    connection: Transaction,
    incident_id: int,
    actor: Actor,
    name: str,
    moment: int,
    reason: str,
    at: int,
    *,
    controller_id: int | None = None,
) -> None:
    """Append a moment inside a transaction that checked who may.

    Raises:
        NotFoundError: the incident has no such controller.
        ConflictError: it is that moment already.
    """
    of = controllers.get(connection, incident_id, controller_id).agency if controller_id is not None else ""
    before = rulings.times_of(connection, incident_id, name, controller_id=controller_id, limit=1)
    if before and before[0].moment == moment:
        raise ConflictError("that is what is recorded already")
    rulings.add_time(
        connection, incident_id, name, TimeSet(moment, at, actor.name, reason), controller_id=controller_id
    )
    raise_counter(connection, "clocks")
    was = {"before": str(before[0].moment)} if before else {}
    store.append_log(
        connection,
        incident_id,
        at,
        actor.name,
        f"moment_{name.removesuffix('_at')}",
        moment=str(moment),
        of=of,
        text=reason,
        **was,
    )
