"""What a person does to an incident: acknowledge, assign, note, move on, close, reopen.

The console and the command line call these and nothing else. Each reads the incident, checks the step, changes it
and appends to its log in one transaction. ``version`` is the one the person looked at: where the incident has
changed since, ConflictError says so and nothing happens.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from warroom.errors import ConflictError, UsageError
from warroom.model import Disposition, Status
from warroom.store import incidents as store
from warroom.store.database import State, Transaction, now_us

#: A note holds at most this many characters.
NOTE_LIMIT: Final = 20_000
_NAME_LIMIT: Final = 100
_WORKING: Final = (Status.ACKNOWLEDGED, Status.INVESTIGATING, Status.CONTAINED, Status.RECOVERED)


def acknowledge(state: State, incident_id: int, actor: str, *, version: int | None = None) -> None:
    """Take notice of a new incident; an unassigned one becomes the actor's.

    Raises:
        NotFoundError: no such incident.
        ConflictError: it is not new any more.
    """
    with _changing(state, incident_id, version) as (connection, incident, at):
        if incident.status is not Status.NEW:
            raise ConflictError(f"incident {incident_id} is not new: it is {incident.status}")
        assignee = incident.assignee or actor
        store.change(connection, incident, at, status=Status.ACKNOWLEDGED, acknowledged_at=at, assignee=assignee)
        store.append_log(connection, incident_id, at, actor, "acknowledged")


def assign(state: State, incident_id: int, actor: str, assignee: str, *, version: int | None = None) -> None:
    """Give an incident to a person.

    Raises:
        UsageError: the name is empty or too long.
        NotFoundError: no such incident.
        ConflictError: it is closed or has changed.
    """
    name = " ".join(assignee.split())
    if not name or len(name) > _NAME_LIMIT:
        raise UsageError(f"an assignee is a name of 1 to {_NAME_LIMIT} characters")
    with _changing(state, incident_id, version) as (connection, incident, at):
        _must_be_open(incident)
        store.change(connection, incident, at, assignee=name)
        store.append_log(connection, incident_id, at, actor, "assigned", to=name)


def note(state: State, incident_id: int, actor: str, text: str) -> None:
    """Write a note; also on a closed incident, and whatever changed meanwhile.

    Raises:
        UsageError: the note is empty or too long.
        NotFoundError: no such incident.
    """
    with _changing(state, incident_id, None) as (connection, incident, at):
        store.change(connection, incident, at)
        store.append_log(connection, incident_id, at, actor, "noted", text=_checked_note(text))


def move(state: State, incident_id: int, actor: str, status: Status, *, version: int | None = None) -> None:
    """Move an incident between the working states, forward or back.

    Raises:
        UsageError: the state is not a working one (closing has its own action).
        NotFoundError: no such incident.
        ConflictError: it is closed, is there already or has changed.
    """
    if status not in _WORKING:
        raise UsageError(f"an incident moves to one of {', '.join(_WORKING)}; closing needs a disposition")
    with _changing(state, incident_id, version) as (connection, incident, at):
        _must_be_open(incident)
        if incident.status is status:
            raise ConflictError(f"incident {incident_id} is {status} already")
        values: dict[str, object] = {"status": status}
        if incident.acknowledged_at is None:
            values["acknowledged_at"] = at
        store.change(connection, incident, at, **values)
        store.append_log(connection, incident_id, at, actor, "moved", before=incident.status, after=status)


def close(
    state: State, incident_id: int, actor: str, disposition: Disposition, text: str, *, version: int | None = None
) -> None:
    """Close an incident with what it turned out to be and a note that says why.

    Raises:
        UsageError: the note is empty, or a real incident is closed as a drill.
        NotFoundError: no such incident.
        ConflictError: it is closed already or has changed.
    """
    with _changing(state, incident_id, version) as (connection, incident, at):
        _must_be_open(incident)
        if disposition is Disposition.DRILL and not incident.drill:
            raise UsageError(f"incident {incident_id} comes from real feeds: it cannot be closed as a drill")
        values: dict[str, object] = {"status": Status.CLOSED, "disposition": disposition, "closed_at": at}
        if incident.acknowledged_at is None:
            values["acknowledged_at"] = at
        store.change(connection, incident, at, **values)
        store.append_log(
            connection, incident_id, at, actor, "closed", disposition=disposition, text=_checked_note(text)
        )


def reopen(state: State, incident_id: int, actor: str, text: str, *, version: int | None = None) -> None:
    """Take a closed incident up again.

    Raises:
        UsageError: no reason was given.
        NotFoundError: no such incident.
        ConflictError: it is not closed or has changed.
    """
    with _changing(state, incident_id, version) as (connection, incident, at):
        if incident.status is not Status.CLOSED:
            raise ConflictError(f"incident {incident_id} is not closed: it is {incident.status}")
        store.change(connection, incident, at, status=Status.INVESTIGATING, disposition=None, closed_at=None)
        store.append_log(connection, incident_id, at, actor, "reopened", text=_checked_note(text))


@contextmanager
def _changing(state: State, incident_id: int, version: int | None) -> Iterator[tuple[Transaction, store.Incident, int]]:
    with state.write("incidents") as connection:
        incident = store.get(connection, incident_id)
        if version is not None and version != incident.version:
            raise ConflictError(
                f"incident {incident_id} was changed by somebody else meanwhile: look again, then repeat"
            )
        yield connection, incident, now_us()


def _must_be_open(incident: store.Incident) -> None:
    if incident.status is Status.CLOSED:
        raise ConflictError(f"incident {incident.id} is closed: reopen it first")


def _checked_note(text: str) -> str:
    text = text.strip()
    if not text or len(text) > NOTE_LIMIT:
        raise UsageError(f"a note has 1 to {NOTE_LIMIT} characters")
    return text
