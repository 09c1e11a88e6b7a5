"""A shift is handed over: who goes signs what was written, who comes signs the same, and it is kept as it is.

Between the two signatures who comes may give it back, and it can be written on. Afterwards nothing of it changes: what
turns out wrong is an addendum. The hash of everything that was signed stands in the audit with each signature.
"""

from __future__ import annotations

from typing import Any, Final

from warroom.access import Actor, Permission, needs
from warroom.errors import ConflictError, UsageError
from warroom.incidents.briefing import brief
from warroom.incidents.shifts import Shift
from warroom.store import handovers
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.canonical import Json, canonical
from warroom.store.database import State, Transaction, now_us
from warroom.store.handovers import Addendum, Handover

#: Characters of each text.
LONGEST: Final = 20_000
_LONGEST_WHY: Final = 500


@needs(Permission.SIGN_HANDOVER)
def hand_over(state: State, actor: Actor, shift: Shift, notes: str, tasks: str, *, now: int | None = None) -> int:
    """Sign a shift's handover as who goes, with the brief as of this moment; its number.

    Raises:
        UsageError: nothing was written, or too much, or the shift has not begun.
        ConflictError: somebody signed it already.
    """
    at = now_us() if now is None else now
    if at < shift.since:
        raise UsageError("this shift has not begun")
    notes, tasks = _text(notes), _text(tasks, needed=False)
    told = canonical(brief(state, shift, at))
    with state.write("handovers") as connection:
        signed: dict[str, Any] = {
            "shift_from": shift.since,
            "shift_to": shift.until,
            "brief": told,
            "brief_at": at,
            "notes": notes,
            "tasks": tasks,
        }
        sha256 = handovers.content_hash(**signed)
        number = handovers.add(connection, **signed, sha256=sha256, outgoing=actor.name, outgoing_at=at)
        _record(connection, actor, number, {"signed_as": "outgoing", "sha256": sha256})
    return number


@needs(Permission.SIGN_HANDOVER)
def take_over(state: State, actor: Actor, handover_id: int, sha256: str, *, now: int | None = None) -> None:
    """Sign a handover as who comes; ``sha256`` is of what the person has read.

    Raises:
        NotFoundError: there is no such handover.
        ConflictError: it is not what the person has read, or somebody took over already.
        UsageError: the same person signed as who goes.
    """
    with state.write("handovers") as connection:
        found = handovers.get(connection, handover_id)
        if found.outgoing == actor.name:
            raise UsageError("who goes cannot sign as who comes: a handover takes two people")
        if found.sha256 != sha256 or found.own_hash != sha256:
            raise ConflictError("the handover is not the one that was read: look again, then sign")
        handovers.sign_incoming(connection, handover_id, actor.name, now_us() if now is None else now)
        _record(connection, actor, handover_id, {"signed_as": "incoming", "sha256": sha256})


@needs(Permission.SIGN_HANDOVER)
def give_back(state: State, actor: Actor, handover_id: int, why: str) -> None:
    """Give a handover back that was signed by who goes only: it can be written on, and is signed anew.

    Raises:
        NotFoundError: there is no such handover.
        ConflictError: both have signed it.
        UsageError: no reason was given.
    """
    why = " ".join(why.split())
    if not 1 <= len(why) <= _LONGEST_WHY:
        raise UsageError(f"say why, in up to {_LONGEST_WHY} characters")
    with state.write("handovers") as connection:
        found = handovers.get(connection, handover_id)
        handovers.drop(connection, handover_id)
        _record(connection, actor, handover_id, {"given_back": why, "sha256": found.sha256, "outgoing": found.outgoing})


@needs(Permission.SIGN_HANDOVER)
def add_to(state: State, actor: Actor, handover_id: int, text: str) -> int:
    """Add to a handover that both have signed; the addendum's number.

    Raises:
        NotFoundError: there is no such handover.
        ConflictError: it is not signed by both: it can still be given back.
        UsageError: there is no text, or too much.
    """
    text = _text(text)
    with state.write("handovers") as connection:
        if handovers.get(connection, handover_id).incoming is None:
            raise ConflictError("not both have signed yet: give it back and correct it")
        number = handovers.add_addendum(connection, handover_id, actor.name, text, now_us())
        _record(connection, actor, handover_id, {"addendum": number})
    return number


@needs(Permission.SIGN_HANDOVER)
def find(state: State, actor: Actor, text: str = "") -> list[Handover]:  # noqa: ARG001 - the guard asks for it
    """Give handovers, the latest shift first; with a text those that have it somewhere."""
    with state.read() as connection:
        return handovers.search(connection, " ".join(text.split()))


@needs(Permission.SIGN_HANDOVER)
def of_shift(state: State, actor: Actor, shift: Shift) -> Handover | None:  # noqa: ARG001 - likewise
    """Give a shift's handover, if somebody signed it."""
    with state.read() as connection:
        return handovers.of_shift(connection, shift.since)


@needs(Permission.SIGN_HANDOVER)
def addenda_of(state: State, actor: Actor, handover_id: int) -> list[Addendum]:  # noqa: ARG001 - likewise
    """Give what was added to a handover, oldest first."""
    with state.read() as connection:
        return handovers.addenda(connection, handover_id)


def _text(text: str, *, needed: bool = True) -> str:
    text = text.strip()
    if (needed and not text) or len(text) > LONGEST or "\0" in text or any("\ud800" <= one <= "\udfff" for one in text):
        raise UsageError(f"write 1 to {LONGEST} characters, none of them the byte zero or half a character")
    return text


def _record(connection: Transaction, actor: Actor, number: int, body: dict[str, Json]) -> None:
    append(connection, Entry(actor.name, actor.via, AuditAction.HANDOVER_SIGNED, "handover", str(number), body))
