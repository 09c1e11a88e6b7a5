"""What a person does to an incident: acknowledge, assign, note, move on, close, reopen.

The console and the command line call these and nothing else. Each checks what the actor may do, to incidents of this
platform, then reads the incident, checks the step, changes it and appends to its log in one transaction. ``version``
is the one the person looked at: where the incident has changed since, ConflictError says so and nothing happens.
All raise ForbiddenError, before anything else, where the actor may not.
"""

from __future__ import annotations

from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, checked_text, is_text, must_be_open
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.errors import ConflictError, UsageError
from warroom.incidents.announcing import tell_people
from warroom.incidents.mentioning import mention
from warroom.model import Disposition, Status
from warroom.store import incidents as store
from warroom.store.database import State

#: A note holds at most this many characters.
NOTE_LIMIT: Final = 20_000
_NAME_LIMIT: Final = 100
_WORKING: Final = (Status.ACKNOWLEDGED, Status.INVESTIGATING, Status.CONTAINED, Status.RECOVERED)


@needs(Permission.ACT_ON_INCIDENTS)
def acknowledge(state: State, incident_id: int, actor: Actor, *, version: int | None = None) -> None:
    """Take notice of a new incident; an unassigned one becomes the actor's.

    Raises:
        NotFoundError: no such incident.
        ConflictError: it is not new any more.
    """
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS, version) as (connection, incident, at):
        if incident.status is not Status.NEW:
            raise ConflictError(f"incident {incident_id} is not new: it is {incident.status}")
        assignee = incident.assignee or actor.name
        store.change(connection, incident, at, status=Status.ACKNOWLEDGED, acknowledged_at=at, assignee=assignee)
        store.append_log(connection, incident_id, at, actor.name, "acknowledged")


@needs(Permission.ACT_ON_INCIDENTS)
def assign(state: State, incident_id: int, actor: Actor, assignee: str, *, version: int | None = None) -> None:
    """Give an incident to a person; to anybody but oneself takes the permission to assign others.

    Raises:
        UsageError: the name is empty or too long.
        NotFoundError: no such incident.
        ConflictError: it is closed or has changed.
    """
    name = " ".join(assignee.split())
    if not name or len(name) > _NAME_LIMIT or not is_text(name):
        raise UsageError(f"an assignee is a name of 1 to {_NAME_LIMIT} characters")
    needed = Permission.ACT_ON_INCIDENTS if name == actor.name else Permission.ASSIGN_OTHERS
    with changing(state, incident_id, actor, needed, version) as (connection, incident, at):
        must_be_open(incident)
        store.change(connection, incident, at, assignee=name)
        store.append_log(connection, incident_id, at, actor.name, "assigned", to=name)
        tell_people(connection, incident, [name], "assigned", actor, at)


@needs(Permission.ACT_ON_INCIDENTS)
def note(state: State, incident_id: int, actor: Actor, text: str) -> None:
    """Write a note, also on a closed incident; who is named in it by ``@name`` finds it among what is for them.

    Raises:
        UsageError: the note is empty or too long.
        NotFoundError: no such incident.
    """
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS) as (connection, incident, at):
        store.change(connection, incident, at)
        log_id = store.append_log(connection, incident_id, at, actor.name, "noted", text=_checked_note(text))
        mention(connection, incident, log_id, text, actor, at)


@needs(Permission.ACT_ON_INCIDENTS)
def move(state: State, incident_id: int, actor: Actor, status: Status, *, version: int | None = None) -> None:
    """Move an incident between the working states, forward or back.

    Raises:
        UsageError: the state is not a working one (closing has its own action).
        NotFoundError: no such incident.
        ConflictError: it is closed, is there already or has changed.
    """
    if status not in _WORKING:
        raise UsageError(f"an incident moves to one of {', '.join(_WORKING)}; closing needs a disposition")
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS, version) as (connection, incident, at):
        must_be_open(incident)
        if incident.status is status:
            raise ConflictError(f"incident {incident_id} is {status} already")
        values: dict[str, object] = {"status": status}
        if incident.acknowledged_at is None:
            values["acknowledged_at"] = at
        store.change(connection, incident, at, **values)
        store.append_log(connection, incident_id, at, actor.name, "moved", before=incident.status, after=status)


@needs(Permission.CLOSE_INCIDENTS)
def close(
    state: State, incident_id: int, actor: Actor, disposition: Disposition, text: str, *, version: int | None = None
) -> None:
    """Close an incident with what it turned out to be and a note that says why.

    Raises:
        UsageError: the note is empty, or a real incident is closed as a drill.
        NotFoundError: no such incident.
        ConflictError: it is closed already or has changed.
    """
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS, version) as (connection, incident, at):
        must_be_open(incident)
        if disposition is Disposition.DRILL and not incident.drill:
            raise UsageError(f"incident {incident_id} comes from real feeds: it cannot be closed as a drill")
        values: dict[str, object] = {"status": Status.CLOSED, "disposition": disposition, "closed_at": at}
        if incident.acknowledged_at is None:
            values["acknowledged_at"] = at
        store.change(connection, incident, at, **values)
        store.append_log(
            connection, incident_id, at, actor.name, "closed", disposition=disposition, text=_checked_note(text)
        )


@needs(Permission.ACT_ON_INCIDENTS)
def reopen(state: State, incident_id: int, actor: Actor, text: str, *, version: int | None = None) -> None:
    """Take a closed incident up again.

    Raises:
        UsageError: no reason was given.
        NotFoundError: no such incident.
        ConflictError: it is not closed or has changed.
    """
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS, version) as (connection, incident, at):
        if incident.status is not Status.CLOSED:
            raise ConflictError(f"incident {incident_id} is not closed: it is {incident.status}")
        if incident.merged_into is not None:
            raise ConflictError(
                f"incident {incident_id} has gone into incident {incident.merged_into}: act on that one, or undo it"
            )
        values = {"status": Status.INVESTIGATING, "disposition": None, "closed_at": None, "grew_at": None}
        store.change(connection, incident, at, **values)
        store.append_log(connection, incident_id, at, actor.name, "reopened", text=_checked_note(text))


def _checked_note(text: str) -> str:
    return checked_text(text, "a note", NOTE_LIMIT)
