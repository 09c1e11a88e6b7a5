"""Whose data or systems an incident is about: entered, changed and removed with a reason; one always exists."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, checked_line, checked_text
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.catalog.platforms import load_platforms
from warroom.errors import ConflictError, UsageError
from warroom.respond.duties import begun_kinds, rule_as_proposed
from warroom.store import controllers as rows
from warroom.store import incidents as store
from warroom.store.controllers import ControllerDetails
from warroom.store.database import State, Transaction, raise_counter
from warroom.store.incidents import Incident
from warroom.store.views.response import of_incident

ROLES: Final = ("controller", "joint", "processor")
LINE_LIMIT: Final = 300
ADDRESS_LIMIT: Final = 2_000
REASON_LIMIT: Final = 2_000
_LEAST_REASON: Final = 5
_MOST: Final = 50
_ADDRESSES: Final = frozenset({"address", "dpo_address"})


@needs(Permission.PREPARE_REPORTS)
def add_controller(state: State, incident_id: int, actor: Actor, told: ControllerDetails, reason: str) -> int:
    """Enter another controller or processor of an incident; the clocks that began the response begin for it too.

    Raises:
        UsageError: no agency, no such role, no reason, something too long.
        NotFoundError: no such incident.
        ConflictError: the agency is there already in this role, or there are too many.
    """
    details = _checked(told)
    why = checked_text(reason, "a reason", REASON_LIMIT, least=_LEAST_REASON)
    with changing(state, incident_id, actor, Permission.PREPARE_REPORTS) as (connection, incident, at):
        view = of_incident(connection, incident)
        if len(view.present) >= _MOST:
            raise ConflictError(f"an incident has at most {_MOST} controllers")
        if any((one.agency, one.role) == (details.agency, details.role) for one in view.present):
            raise ConflictError(f"{details.agency} is there already: change that entry")
        number = rows.add(connection, incident_id, details, at, actor.name)
        raise_counter(connection, "clocks")
        store.append_log(
            connection, incident_id, at, actor.name, "controller_added", of=details.agency, role=details.role, text=why
        )
        rule_as_proposed(connection, incident, actor, begun_kinds(view), at)
    return number


@needs(Permission.PREPARE_REPORTS)
def change_controller(
    state: State,
    incident_id: int,
    controller_id: int,
    actor: Actor,
    told: ControllerDetails,
    reason: str,
    *,
    changed_at: int | None = None,
) -> None:
    """Change what is known of a controller; ``changed_at`` is when it was changed last, as the person saw it.

    Raises:
        UsageError: as ``add_controller``.
        NotFoundError: no such incident or controller.
        ConflictError: nothing is different, or it was changed meanwhile.
    """
    details = _checked(told)
    why = checked_text(reason, "a reason", REASON_LIMIT, least=_LEAST_REASON)
    with changing(state, incident_id, actor, Permission.PREPARE_REPORTS) as (connection, incident, at):
        before = rows.get(connection, incident_id, controller_id)
        if changed_at is not None and changed_at != before.changed_at:
            raise ConflictError(f"{before.agency} was changed by somebody else meanwhile: look again, then repeat")
        if before.details == details:
            raise ConflictError("nothing is different")
        rows.change(connection, before, details, at, actor.name)
        raise_counter(connection, "clocks")
        different = [one.name for one in fields(details) if getattr(details, one.name) != getattr(before, one.name)]
        store.append_log(
            connection,
            incident_id,
            at,
            actor.name,
            "controller_changed",
            of=details.agency,
            fields=", ".join(different),
            before="\n".join(f"{name}: {getattr(before, name)}" for name in different),
            text=why,
        )
        rule_as_proposed(connection, incident, actor, begun_kinds(of_incident(connection, incident)), at)


@needs(Permission.PREPARE_REPORTS)
def remove_controller(state: State, incident_id: int, controller_id: int, actor: Actor, reason: str) -> None:
    """Say that a controller has nothing to do with an incident; its record stays readable.

    Raises:
        UsageError: no reason.
        NotFoundError: no such incident or controller.
        ConflictError: it is the last one, or something was sent for it.
    """
    why = checked_text(reason, "a reason", REASON_LIMIT, least=_LEAST_REASON)
    with changing(state, incident_id, actor, Permission.PREPARE_REPORTS) as (connection, incident, at):
        before = rows.get(connection, incident_id, controller_id)
        view = of_incident(connection, incident)
        if len(view.present) == 1:
            raise ConflictError("an incident has one controller at least: enter the right one first")
        if view.sent(controller_id):
            raise ConflictError(f"something was sent for {before.agency}: it stays")
        rows.remove(connection, before, at, actor.name, why)
        raise_counter(connection, "clocks")
        store.append_log(
            connection, incident_id, at, actor.name, "controller_removed", of=before.agency, role=before.role, text=why
        )


def ensure_controller(connection: Transaction, incident: Incident, actor: Actor, at: int) -> int:
    """Give an incident's first controller; the operator of its platform is entered where there is none."""
    found = rows.of_incidents(connection, [incident.id])
    if found:
        return found[0].id
    platform = load_platforms().get(incident.platform_id)
    agency = (platform.operator_th or platform.name_th) if platform else incident.platform_id
    mission = platform.name_th if platform else ""
    number = rows.add(connection, incident.id, ControllerDetails("controller", agency, mission=mission), at, actor.name)
    raise_counter(connection, "clocks")
    store.append_log(connection, incident.id, at, actor.name, "controller_added", of=agency, role="controller")
    return number


def _checked(told: ControllerDetails) -> ControllerDetails:
    if told.role not in ROLES:
        raise UsageError(f"a role is one of {', '.join(ROLES)}")
    checked: dict[str, str] = {}
    for one in fields(told):
        value = getattr(told, one.name)
        if isinstance(value, bool):
            continue
        what = one.name.replace("_", " ")
        least = 1 if one.name == "agency" else 0
        if one.name in _ADDRESSES:
            checked[one.name] = checked_text(value, what, ADDRESS_LIMIT, least=least)
        else:
            checked[one.name] = checked_line(value, what, LINE_LIMIT, least=least)
    return replace(told, **checked)  # type: ignore[arg-type]  # all of them are texts
