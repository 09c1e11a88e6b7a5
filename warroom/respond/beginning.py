"""Where a response begins, on the safe side, and where a controller's ends: nothing owed may be left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, checked_moment, checked_text
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.catalog.legal import load_law
from warroom.errors import ConflictError, UsageError
from warroom.respond.controllers import ensure_controller
from warroom.respond.duties import rule_as_proposed
from warroom.respond.moments import record
from warroom.respond.standing import ClockState, Standing, clocks_of
from warroom.store import controllers, rulings
from warroom.store import incidents as store
from warroom.store.database import State, Transaction
from warroom.store.incidents import Incident
from warroom.store.views.response import ResponseView, of_incident

KINDS: Final = frozenset({"breach", "cyber"})
FIRST_EVENT: Final = "first event in the logs"
OCCURRED_AT: Final = "occurred_at"
CLOSED_AT: Final = "closed_at"
REASON_LIMIT: Final = 2_000
_LEAST_REASON: Final = 5


@dataclass(frozen=True, slots=True)
class Begun:
    """Whose response began, and for which clocks rulings were added now."""

    controller_id: int
    clocks: tuple[str, ...]


@needs(Permission.ACT_ON_INCIDENTS)
def begin_response(state: State, incident_id: int, actor: Actor, kinds: Iterable[str]) -> Begun:
    """Begin to respond in law: the first controller, when it occurred, and the clocks that are proposed.

    Repeating it adds only what is missing. A drill's clocks are worked out and shown as a drill's; they are on no
    board of real ones.

    Args:
        state: the store.
        incident_id: of which incident.
        actor: who begins, also the worker.
        kinds: ``breach``, ``cyber``, or both.

    Raises:
        UsageError: another kind, or none.
        NotFoundError: no such incident.
    """
    wanted = frozenset(kinds)
    if not wanted or not wanted <= KINDS:
        raise UsageError("an incident is a breach of personal data, a cyber threat, or both")
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS) as (connection, incident, at):
        return begin_in(connection, incident, actor, wanted, at)


def begin_in(connection: Transaction, incident: Incident, actor: Actor, kinds: Iterable[str], at: int) -> Begun:
    """Do the same inside a transaction that checked who may."""
    wanted = sorted(set(kinds))
    controller_id = ensure_controller(connection, incident, actor, at)
    known = rulings.times_of(connection, incident.id, OCCURRED_AT, limit=1)
    first_at = min(incident.first_at, at)
    # What came late may be older than what was first; what a person said is left alone.
    if incident.event_count and (not known or (known[0].reason == FIRST_EVENT and first_at < known[0].moment)):
        record(connection, incident.id, actor, OCCURRED_AT, first_at, FIRST_EVENT, at)
    begun = rule_as_proposed(connection, incident, actor, wanted, at)
    if begun:
        store.append_log(
            connection,
            incident.id,
            at,
            actor.name,
            "response_begun",
            kinds=", ".join(wanted),
            target=", ".join(begun),
        )
    return Begun(controller_id, begun)


def still_owed(view: ResponseView, now: int, controller_id: int | None = None) -> tuple[ClockState, ...]:
    """Give what has still to be sent before a response can be closed, of one controller or of all.

    What only follows something that was never sent is not owed by itself.
    """
    sendings = {one.id for one in load_law().moments.values() if one.set_by == "sending"}
    return tuple(
        one
        for one in clocks_of(view, now)
        if one.owed
        and (controller_id is None or one.controller.id == controller_id)
        and view.closed(one.controller.id) is None
        and not (one.standing is Standing.WAITING and sendings.issuperset(one.planned.waits_for))
    )


@needs(Permission.CLOSE_INCIDENTS)
def close_controller(
    state: State, incident_id: int, actor: Actor, controller_id: int, reason: str, *, moment: int | None = None
) -> None:
    """Close the response for one controller: everything was sent, or decided not to be.

    Raises:
        UsageError: no reason, or a moment in the future.
        NotFoundError: no such incident or controller.
        ConflictError: something is still owed; says what.
    """
    why = checked_text(reason, "a reason", REASON_LIMIT, least=_LEAST_REASON)
    with changing(state, incident_id, actor, Permission.CLOSE_INCIDENTS) as (connection, incident, at):
        controllers.get(connection, incident_id, controller_id)
        owed = still_owed(of_incident(connection, incident), at, controller_id)
        if owed:
            names = ", ".join(dict.fromkeys(one.clock.id for one in owed))
            raise ConflictError(f"still owed: {names}; record what was sent, or rule that it does not apply")
        closed_at = at if moment is None else checked_moment(moment, at)
        store.change(connection, incident, at)
        record(connection, incident_id, actor, CLOSED_AT, closed_at, why, at, controller_id=controller_id)
