"""What the keyboard does to the queue: the browser's acts, each done once and in their order."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from warroom.access import Permission
from warroom.access.refusals import refusals_recorded
from warroom.console.fault_words import fault_told
from warroom.errors import ConflictError, WarroomError
from warroom.incidents import actions
from warroom.model import Disposition, Status
from warroom.store.database import now_us
from warroom.store.drafts import DRAFT_LIMIT, load_draft, save_draft
from warroom.store.views.queues import QUEUE_LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.store.views import IncidentRow

_MEMORY: Final = "triage"
_PAGE_LENGTH: Final = 40
_ACTS_AT_ONCE: Final = 100
_MOST_UNDO: Final = 50
_MOST_SAID: Final = 3
_WORDS: Final = {
    "nothing": "triage.nothing",
    "marked": "triage.marked",
    "close": "triage.close",
    "closeKeys": "triage.close_keys",
    "note": "triage.note",
    "noteMissing": "act.note_missing",
    "dispositionMissing": "triage.disposition_missing",
    "finish": "act.close",
    "filter": "triage.filter",
    "helpTitle": "triage.help",
}
_KEYS: Final = (
    ("J", "down"),
    ("K", "up"),
    ("O", "open"),
    ("A", "acknowledge"),
    ("M", "mine"),
    ("C", "close"),
    ("X", "mark"),
    ("U", "undo"),
    ("/", "filter"),
    ("?", "help"),
)


@dataclass(frozen=True, slots=True)
class _Undo:
    """What takes one act back."""

    verb: str
    incident_id: int
    version: int  # after the act: a later change of somebody else is not taken back with it
    before: str = ""


@dataclass(slots=True)
class _Memory:
    """What one browser session has done: acts carry numbers of the page that they come from."""

    page: str = ""
    done: int = 0
    said: str = ""
    closing: tuple[int, str] | None = None
    #: (incident, version that the page shows) → version after this person's own acts
    ahead: dict[tuple[int, int], int] = field(default_factory=dict)
    undo: list[list[_Undo]] = field(default_factory=list)


def triage_data(room: Room, rows: Sequence[IncidentRow], cut: str) -> dict[str, Any]:
    """Give what the browser needs to act on the queue.

    Args:
        room: the screen's.
        rows: what the queue shows.
        cut: what is said where it does not show everything.
    """
    words, actor, memory = room.words, room.person.actor, _memory()
    return {
        "rows": _rows(actor, rows),
        "done": {"page": memory.page, "seq": memory.done},
        "said": memory.said,
        "closing": None if memory.closing is None else {"id": memory.closing[0], "text": memory.closing[1]},
        "limit": DRAFT_LIMIT,
        "cut": cut,
        "dispositions": [(str(one), words(f"disposition.{one}")) for one in Disposition],
        "words": {name: words(key) for name, key in _WORDS.items()}
        | {"help": [(key, words(f"key.{name}")) for key, name in _KEYS]},
    }


def do_asked(room: Room, asked: object, rows: Sequence[IncidentRow]) -> None:
    """Do what a page asks for, as who the person is now; what it asked before is not done again.

    Args:
        room: the screen's.
        asked: what the browser sent: ``{page, acts: [{seq, do, rows: [[id, version]], …}]}``. Anything else is left.
        rows: what the page showed: who had an incident before it changes hands.
    """
    if not isinstance(asked, dict) or not isinstance(asked.get("acts"), list):
        return
    memory, page = _memory(), str(asked.get("page", ""))[:_PAGE_LENGTH]
    before = {row.id: row.assignee or "" for row in rows}
    if memory.page != page:
        memory.page, memory.done = page, 0
    for one in asked["acts"][:_ACTS_AT_ONCE]:
        if not isinstance(one, dict) or type(one.get("seq")) is not int or one["seq"] <= memory.done:
            continue
        memory.done = one["seq"]
        person = room.person_now()
        if person is None:
            return
        memory.said = _done(room, person.actor, one, memory, before)


def _done(room: Room, me: Actor, one: dict[str, Any], memory: _Memory, before: dict[int, str]) -> str:
    """Do one act to each of its incidents, and say what became of it."""
    verb, text = str(one.get("do")), one.get("text")
    rows = [(row[0], row[1]) for row in one.get("rows", [])[:QUEUE_LIMIT] if _is_row(row)]
    text = text.encode("utf-8", "replace").decode().replace("\0", "") if isinstance(text, str) else ""
    if verb in {"draft", "closing"}:
        if rows:
            place = _place(rows[0][0])
            if verb == "draft":
                save_draft(room.state, me.name, place, text, now_us())
            memory.closing = (rows[0][0], load_draft(room.state, me.name, place))
        return memory.said
    if verb == "undo":
        return _undone(room, me, memory)
    act = _act(room, verb, str(one.get("disposition")), text)
    if act is None:
        return ""
    done: list[_Undo] = []
    said: list[str] = []
    for incident_id, seen in rows:
        version = memory.ahead.get((incident_id, seen), seen)
        problem = _tried(room, me, partial(act, me, incident_id, version), incident_id)
        if problem:
            said.append(problem)
        else:
            memory.ahead[incident_id, seen] = version + 1
            done.append(_Undo(verb, incident_id, version + 1, before.get(incident_id, "")))
    if done:
        memory.undo = [*memory.undo[1 - _MOST_UNDO :], done]
        said.insert(0, room.words(f"triage.{verb}_done", which=" ".join(f"#{one.incident_id}" for one in done)))
    return " · ".join(said[:_MOST_SAID])


def _tried(room: Room, me: Actor, action: Callable[[], None], incident_id: int) -> str:
    """Do something and say why it was not done, if it was not."""
    try:
        with refusals_recorded(room.state, me):
            action()
    except ConflictError:
        return room.words("triage.conflict", number=incident_id)
    except WarroomError as refusal:
        return room.words("act.refused", reason=fault_told(str(refusal), room.words))
    return ""


def _act(room: Room, verb: str, disposition: str, text: str) -> Callable[[Actor, int, int], None] | None:
    """Give what an act does to one incident of a version; None for what is no act."""

    def acknowledge(me: Actor, incident_id: int, version: int) -> None:
        actions.acknowledge(room.state, incident_id, me, version=version)

    def mine(me: Actor, incident_id: int, version: int) -> None:
        actions.assign(room.state, incident_id, me, me.name, version=version)

    def close(me: Actor, incident_id: int, version: int) -> None:
        actions.close(room.state, incident_id, me, Disposition(disposition), text, version=version)
        save_draft(room.state, me.name, _place(incident_id), "", now_us())

    known = {"acknowledge": acknowledge, "mine": mine}
    if disposition in Disposition.__members__.values():
        known["close"] = close
    return known.get(verb)


def _undone(room: Room, me: Actor, memory: _Memory) -> str:
    """Take the last act back, as far as it can be."""
    words = room.words
    if not memory.undo:
        return words("triage.undo_nothing")
    said: list[str] = []
    for one in memory.undo.pop():
        number, version = one.incident_id, one.version
        if one.verb == "close":
            action = partial(actions.reopen, room.state, number, me, words("triage.undo_note"), version=version)
        elif one.verb == "mine" and one.before:
            action = partial(actions.assign, room.state, number, me, one.before, version=version)
        else:
            said.append(words(f"triage.undo_no_{one.verb}", number=number))
            continue
        said.append(_tried(room, me, action, number) or words("triage.undone", number=number))
    return " · ".join(said[:_MOST_SAID])


def _place(incident_id: int) -> str:
    """Give where the incident's own screen keeps the same draft."""
    return f"incident/{incident_id}/note"


def _rows(actor: Actor, rows: Sequence[IncidentRow]) -> dict[int, dict[str, Any]]:
    may = {
        platform: (
            actor.can(Permission.ACT_ON_INCIDENTS, platform),
            actor.can(Permission.CLOSE_INCIDENTS, platform),
        )
        for platform in {row.platform_id for row in rows}
    }
    return {row.id: _row(actor.name, row, *may[row.platform_id]) for row in rows}


def _row(name: str, row: IncidentRow, may: bool, may_close: bool) -> dict[str, Any]:  # noqa: FBT001 - two rights
    return {
        "version": row.version,
        "fresh": row.status is Status.NEW,
        "closed": row.status is Status.CLOSED,
        "mine": row.assignee == name,
        "drill": row.drill,
        "may": may,
        "mayClose": may and may_close,
    }


def _is_row(row: object) -> bool:
    return isinstance(row, list) and [type(one) for one in row] == [int, int] and 0 < row[0] < 1 << 62


def _memory() -> _Memory:
    memory: _Memory = st.session_state.setdefault(_MEMORY, _Memory())
    return memory
