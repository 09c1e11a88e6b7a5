"""The timeline by hand: what happened outside, actions and decisions; corrected by new entries, never erased."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, checked_moment, checked_text
from warroom.access.guard import needs
from warroom.access.roles import Permission
from warroom.errors import ConflictError, NotFoundError
from warroom.incidents.mentioning import mention
from warroom.store import incidents as store
from warroom.store.database import State

#: An entry holds at most this many characters.
ENTRY_LIMIT: Final = 4_000
_REASON_LIMIT: Final = 500


class EntryKind(StrEnum):
    """What an entry tells of."""

    EVENT = "event"
    ACTION = "action"
    DECISION = "decision"


#: Entries of the log that can be corrected: those that a person wrote.
CORRECTABLE: Final = frozenset({"entered", "noted", "corrected"})


@needs(Permission.ACT_ON_INCIDENTS)
def enter(state: State, incident_id: int, actor: Actor, kind: EntryKind, text: str, occurred_at: int) -> int:
    """Enter what happened, was done or was decided, and when; the entry's number.

    Args:
        state: the store.
        incident_id: of which incident; also a closed one.
        actor: who enters it.
        kind: what the entry tells of.
        text: what happened; ``@name`` tells that person.
        occurred_at: when it happened, microseconds since 1970; the log keeps when it was entered besides.

    Raises:
        UsageError: the text is empty or too long, or the time is in the future.
        NotFoundError: no such incident.
    """
    told = checked_text(text, "an entry", ENTRY_LIMIT)
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS) as (connection, incident, at):
        moment = str(checked_moment(occurred_at, at))
        store.change(connection, incident, at)
        number = store.append_log(
            connection, incident_id, at, actor.name, "entered", kind=kind, text=told, occurred_at=moment
        )
        mention(connection, incident, number, told, actor, at)
    return number


@needs(Permission.ACT_ON_INCIDENTS)
def correct(
    state: State,
    incident_id: int,
    actor: Actor,
    entry_id: int,
    text: str,
    reason: str,
    *,
    occurred_at: int | None = None,
) -> int:
    """Correct an entry by a new one that refers to it; the old one stays. Gives the new entry's number.

    Args:
        state: the store.
        incident_id: of which incident.
        actor: who corrects.
        entry_id: of the entry that was wrong, an earlier correction among them.
        text: how it is right.
        reason: why it was wrong.
        occurred_at: when it happened; None where that was right.

    Raises:
        UsageError: a text is empty or too long, or the time is in the future.
        NotFoundError: no such incident or entry.
        ConflictError: the entry is the system's, or was corrected already: the correction can be corrected.
    """
    told = checked_text(text, "an entry", ENTRY_LIMIT)
    why = checked_text(reason, "a reason", _REASON_LIMIT)
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS) as (connection, incident, at):
        log = {entry.id: entry for entry in store.log_of(connection, incident_id)}
        if entry_id not in log:
            raise NotFoundError(f"incident {incident_id} has no entry {entry_id}")
        wrong = log[entry_id]
        if wrong.action not in CORRECTABLE:
            raise ConflictError("what the system entered is not corrected: add an entry that says what is so")
        if any(entry.action == "corrected" and entry.body.get("entry") == str(entry_id) for entry in log.values()):
            raise ConflictError("this entry was corrected already: correct the correction")
        moment = wrong.body.get("occurred_at", str(wrong.at))
        if occurred_at is not None:
            moment = str(checked_moment(occurred_at, at))
        store.change(connection, incident, at)
        number = store.append_log(
            connection,
            incident_id,
            at,
            actor.name,
            "corrected",
            entry=str(entry_id),
            kind=wrong.body.get("kind", "note"),
            text=told,
            reason=why,
            occurred_at=moment,
        )
        mention(connection, incident, number, told, actor, at)
    return number
