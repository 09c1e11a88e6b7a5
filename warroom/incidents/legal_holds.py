"""What a person does to legal holds: set one by incident, order or query, and lift it; for who has the permission."""

from __future__ import annotations

from datetime import date

from warroom.access import Actor, Permission, needs
from warroom.store import holds
from warroom.store.database import State
from warroom.store.holds import Hold, Order, Scope


@needs(Permission.LEGAL_HOLD)
def hold_incident(state: State, actor: Actor, incident_id: int, reason: str, *, expires_on: date | None = None) -> int:
    """Hold the logs of an incident's platform and feeds, with a day more at either end; the hold's number.

    Raises:
        NotFoundError: no such incident.
        UsageError: no reason, or a last day that is over.
    """
    return holds.hold_incident(state, incident_id, reason, actor.name, actor.via, expires_on=expires_on)


@needs(Permission.LEGAL_HOLD)
def hold_order(state: State, actor: Actor, order: Order, scope: Scope, reason: str, *, expires_on: date) -> int:
    """Hold logs by an officer's order (Computer Crime Act s.26), for up to two years; the hold's number.

    Raises:
        UsageError: a part is missing or the hold ends later than two years after the order.
    """
    return holds.hold_order(state, order, scope, reason, actor.name, actor.via, expires_on=expires_on)


@needs(Permission.LEGAL_HOLD)
def hold_query(state: State, actor: Actor, scope: Scope, reason: str, *, expires_on: date | None = None) -> int:
    """Hold logs by feed, platform and days; the hold's number.

    Raises:
        UsageError: nothing is named, or a part is faulty.
    """
    return holds.hold_query(state, scope, reason, actor.name, actor.via, expires_on=expires_on)


@needs(Permission.LEGAL_HOLD)
def lift(state: State, actor: Actor, hold_id: int, why: str) -> None:
    """End a hold.

    Raises:
        NotFoundError: no such hold.
        ConflictError: it is lifted already.
    """
    holds.lift(state, hold_id, why, actor.name, actor.via)


@needs(Permission.LEGAL_HOLD)
def list_holds(state: State, actor: Actor, *, active_on: str | None = None) -> list[Hold]:  # noqa: ARG001 - the guard asks for it
    """Give the holds, oldest first; with a UTC day (YYYY-MM-DD) only those that hold then."""
    with state.read() as connection:
        return holds.find(connection, active_on=active_on)
