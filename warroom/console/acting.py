"""What a person does to an incident on its screen: the panel that calls ``warroom.incidents.actions``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from warroom.access import Actor, Permission
from warroom.access.refusals import refusals_recorded
from warroom.console import clock_rows, components, panels
from warroom.console.fault_words import fault_told
from warroom.console.markup import show, tag
from warroom.console.room import Room, Tick
from warroom.errors import ConflictError, WarroomError
from warroom.incidents import actions
from warroom.model import Disposition, Status
from warroom.respond.beginning import still_owed
from warroom.store.database import now_us
from warroom.store.drafts import DRAFT_LIMIT, load_draft, save_draft
from warroom.store.sessions import actors
from warroom.store.views import IncidentView

#: A part of the incident screen.
Part = Callable[[Room, Tick, IncidentView], None]

_MOVES: Final = (Status.ACKNOWLEDGED, Status.INVESTIGATING, Status.CONTAINED, Status.RECOVERED)
_ASSIGN: Final = "act_assign"
_MOVE: Final = "act_move"
_DISPOSITION: Final = "act_disposition"
_OUTCOME: Final = "act_outcome"
_ACTED: Final = "act_acted"


def show_actions(room: Room, _tick: Tick, view: IncidentView) -> None:
    """Show the actions that the incident's state allows.

    Every button carries the version that is on the screen: where somebody was faster, nothing happens but a message.
    """
    if st.session_state.pop(_ACTED, False):
        st.rerun()  # the other parts of the screen should not wait for their tick
    with panels.panel("act", room.words("act.title")):
        if said := st.session_state.get(_OUTCOME):
            panels.warning(said)
        if not room.person.actor.can(Permission.ACT_ON_INCIDENTS, view.incident.platform_id):
            panels.empty(room.words("act.looking_on"), room.words("act.looking_on_do"))
            return
        if view.incident.status is not Status.CLOSED:
            _who_and_where(room, view)
        _note(room, view)
        _note_buttons(room, view)


def _who_and_where(room: Room, view: IncidentView) -> None:
    words, incident = room.words, view.incident
    number, version = incident.id, incident.version
    with st.container(horizontal=True, gap="small"):
        if incident.status is Status.NEW:
            st.button(
                words("act.acknowledge"),
                key="act_acknowledge",
                type="primary",
                shortcut="a",
                on_click=do,
                args=(room, lambda me: actions.acknowledge(room.state, number, me, version=version)),
                width="stretch",
            )
        st.button(
            words("act.mine"),
            key="act_mine",
            shortcut="m",
            disabled=incident.assignee == room.person.actor.name,
            on_click=do,
            args=(room, lambda me: actions.assign(room.state, number, me, me.name, version=version)),
            width="stretch",
        )
    left, right = st.columns(2, gap="small")
    with left:
        st.selectbox(
            words("act.assign"),
            options=[name for name in actors(room.state) if name != incident.assignee],
            index=None,
            key=_ASSIGN,
            placeholder=incident.assignee or words("act.assign_pick"),
            accept_new_options=True,
            on_change=do,
            args=(room, lambda me: _assign(room, number, me, version)),
        )
    with right:
        st.selectbox(
            words("act.move"),
            options=[status for status in _MOVES if status is not incident.status],
            index=None,
            key=_MOVE,
            placeholder=words(f"status.{incident.status}"),
            format_func=lambda status: words(f"status.{status}"),
            on_change=do,
            args=(room, lambda me: _move(room, number, me, version)),
        )


def _assign(room: Room, number: int, me: Actor, version: int) -> None:
    name = st.session_state[_ASSIGN]
    st.session_state[_ASSIGN] = None
    if name:
        actions.assign(room.state, number, me, name, version=version)


def _move(room: Room, number: int, me: Actor, version: int) -> None:
    status = st.session_state[_MOVE]
    st.session_state[_MOVE] = None
    if status:
        actions.move(room.state, number, me, Status(status), version=version)


def _note(room: Room, view: IncidentView) -> None:
    words, place = room.words, _place(view)
    revision, key = _revision(view), _note_key(view)

    def keep() -> None:
        text = _typed(view)
        # A button that sent the note may have been served first: then there is nothing left to keep.
        if text is not None and _revision(view) == revision:
            do(room, lambda me: save_draft(room.state, me.name, place, text, now_us()), renew=False)

    components.note(
        key=key,
        data={
            "text": load_draft(room.state, room.person.actor.name, place),
            "place": place,
            "revision": revision,
            "label": words("act.note"),
            "hint": words("act.note_hint"),
            "saved": words("act.saved"),
            "limit": DRAFT_LIMIT,
        },
        on_text_change=keep,
    )


def _note_buttons(room: Room, view: IncidentView) -> None:
    words, incident = room.words, view.incident
    number, version = incident.id, incident.version

    def button(key: str, action: Callable[[Actor, str], None], **look: str) -> None:
        st.button(
            words(key),
            key=key.replace(".", "_"),
            on_click=do,
            args=(room, lambda me: _with_draft(room, view, me, action)),
            width="stretch",
            **look,  # type: ignore[arg-type]
        )

    button("act.note_add", lambda me, text: actions.note(room.state, number, me, text))
    if incident.status is Status.CLOSED:
        button("act.reopen", lambda me, text: actions.reopen(room.state, number, me, text, version=version))
        return
    choices = [one for one in Disposition if one is not Disposition.DRILL or incident.drill]
    st.selectbox(
        words("act.disposition"),
        options=choices,
        index=choices.index(Disposition.DRILL) if incident.drill else None,
        key=_DISPOSITION,
        placeholder="—",
        format_func=lambda one: words(f"disposition.{one}"),
    )
    chosen = st.session_state.get(_DISPOSITION)
    if chosen is not None:
        outcome = Disposition(chosen)
        _say_what_is_owed(room, view)
        button("act.close", lambda me, text: actions.close(room.state, number, me, outcome, text, version=version))


def _say_what_is_owed(room: Room, view: IncidentView) -> None:
    """Say which legal clocks go on running after an incident is closed: closing stops none."""
    tick = room.look()
    found = clock_rows.read_response(room, tick, view.incident.id)
    owed = () if found is None else still_owed(found, tick.now_us)
    if owed:
        names = dict.fromkeys(clock_rows.clock_name(one.clock.id, room.words.language) for one in owed)
        show(tag("p", room.words("act.still_owed", clocks=" · ".join(names)), cls="wr-hint"))


def _with_draft(room: Room, view: IncidentView, me: Actor, action: Callable[[Actor, str], None]) -> None:
    """Do something with the note as typed, and clear the field when it is done."""
    place, revision = _place(view), _revision(view)
    # What was typed just before the click may not be a draft yet.
    text = _typed(view)
    if text is None:
        text = load_draft(room.state, me.name, place)
    if not text.strip():
        st.session_state[_OUTCOME] = room.words("act.note_missing")
        return
    action(me, text)
    st.session_state[_revision_key(view)] = revision + 1
    save_draft(room.state, me.name, place, "", now_us())


def do(room: Room, action: Callable[[Actor], None], *, renew: bool = True) -> None:
    """Run an action and keep what to tell the person about it.

    The action is done as who the person is now, not as who drew the button: a role may be gone since.
    ``renew``: show the rest of the screen anew, not at its next tick.
    """
    st.session_state[_OUTCOME] = ""
    try:
        # A button's callback runs before the screen and its own look at the session.
        person = room.person_now()
        if person is None:
            return
        with refusals_recorded(room.state, person.actor):
            action(person.actor)
    except ConflictError:
        st.session_state[_OUTCOME] = room.words("act.conflict")
    except WarroomError as refusal:
        st.session_state[_OUTCOME] = room.words("act.refused", reason=fault_told(str(refusal), room.words))
    st.session_state[_ACTED] = renew


def _typed(view: IncidentView) -> str | None:
    """Give what the note field last sent; what is no text comes from no field of ours."""
    sent = st.session_state.get(_note_key(view))
    text = None if sent is None else sent.text
    if not isinstance(text, str):
        return None
    # JSON can tell half a character, which no database takes: it becomes a question mark.
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _place(view: IncidentView) -> str:
    return f"incident/{view.incident.id}/note"


def _revision(view: IncidentView) -> int:
    """Count the notes sent from this page: each gets a new field."""
    return int(st.session_state.get(_revision_key(view), 0))


def _revision_key(view: IncidentView) -> str:
    return f"note_revision_{view.incident.id}"


def _note_key(view: IncidentView) -> str:
    return f"note_{view.incident.id}_{_revision(view)}"
