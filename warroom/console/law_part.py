"""The part of an incident's screen about its law: moments and limits as a picture, clocks, what was sent, decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import (
    clock_rows,
    components,
    controller_panel,
    doing,
    drafted,
    duty_panel,
    law_beginning,
    law_line,
    moment_panel,
    panels,
    sending_panel,
)
from warroom.console.clock_board import advice
from warroom.console.drafted import Form, Input
from warroom.console.markup import Markup, show, visible
from warroom.console.masking import masked
from warroom.respond import beginning
from warroom.respond.standing import ClockState, Standing, clocks_of, moments_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.access import Actor
    from warroom.console.room import Room, Tick
    from warroom.store.sendings import Sending
    from warroom.store.views import IncidentView
    from warroom.store.views.response import ResponseView

PLACE: Final = "law_act"
_TASK: Final = "law_task"
#: What can be done here, and what one may have to be allowed for it.
_TASKS: Final = {
    "send": Permission.SEND_REPORTS,
    "delay": Permission.PREPARE_REPORTS,
    "moments": Permission.ACT_ON_INCIDENTS,
    "aware": Permission.DECIDE_BREACH,
    "rule": Permission.PREPARE_REPORTS,
    "exempt": Permission.DECIDE_BREACH,
    "controllers": Permission.PREPARE_REPORTS,
    "close": Permission.CLOSE_INCIDENTS,
}
_ORDER: Final = (Standing.RUNNING, Standing.WAITING, Standing.STOPPED)
_LINE_LEFT_OUT: Final = frozenset({"year_end_at"})


def show_part(room: Room, view: IncidentView) -> None:
    """Lay the part out over the whole width."""
    number = view.incident.id
    show(advice(room))
    found = clock_rows.read_response(room, room.look(), number)
    if found is None or not found.present:
        room.live("2s", lambda tick: law_beginning.show_beginning(room, tick, view))
        return
    controller_id = choose_controller(room, found)
    shown = found.present

    def part(every: str, body: Callable[[Room, Tick, ResponseView, int], None]) -> None:
        def again(tick: Tick) -> None:
            newest = clock_rows.read_response(room, tick, number)
            if newest is None or [one.id for one in newest.present] != [one.id for one in shown]:
                st.rerun()  # somebody added or removed a controller
            body(room, tick, newest, controller_id)

        room.live(every, again)

    left, right = st.columns([2.1, 1], gap="small")
    with left:
        part("2s", _clocks)
        sent, ruled = st.columns(2, gap="small")
        with sent:
            part("4s", lambda room, _, view, one: sending_panel.show_sendings(room, _sent(view, one)))
            part("4s", lambda room, _, view, one: moment_panel.show_moments(room, view, one))
        with ruled:
            part("4s", lambda room, _, view, one: duty_panel.show_rulings(room, view, one))
    with right:
        part("2s", _work)


def choose_controller(room: Room, found: ResponseView) -> int:
    """Give the controller whose part is looked at; where there are several, show the choice."""
    names = {
        one.id: visible(f"{masked(one.agency)} · {room.words(f'controller_role.{one.role}')}") for one in found.present
    }
    key = f"law_controller_{found.incident.id}"
    if st.session_state.get(key) not in names:
        st.session_state[key] = next(iter(names))
    if len(names) > 1:
        st.segmented_control(
            room.words("controller.pick"),
            list(names),
            key=key,
            format_func=lambda one: names.get(one, str(one)),
            label_visibility="collapsed",
        )
    return int(st.session_state[key] or next(iter(names)))


def _sent(view: ResponseView, controller_id: int) -> list[Sending]:
    return [one for one in view.sendings if one.controller_id == controller_id]


def _states(view: ResponseView, controller_id: int, now: int) -> list[ClockState]:
    found = [
        one
        for one in clocks_of(view, now)
        if one.controller.id == controller_id and one.standing in _ORDER and not one.hidden
    ]
    return sorted(found, key=lambda one: (_ORDER.index(one.standing), one.planned.due_at is None, one.planned.due_at))


def _chosen_key(incident_id: int) -> str:
    return f"law_clock_{incident_id}"


def _clocks(room: Room, tick: Tick, view: ResponseView, controller_id: int) -> None:
    words = room.words
    states = _states(view, controller_id, tick.now_us)
    agency = next(one.agency for one in view.present if one.id == controller_id)
    closed = view.closed(controller_id)
    hint = words("law.drill") if view.incident.drill else words("law.closed") if closed else masked(agency)
    with panels.panel("law_clocks", words("clocks.title"), hint):
        if not states:
            panels.empty(words("law.none"), words("law.none_do"))
            return
        show(_picture(room, tick, view, controller_id, states))
        rows = [clock_rows.row(room, view.incident, one) for one in states]
        key = _chosen_key(view.incident.id)
        data = clock_rows.component_data(
            room,
            tick,
            rows,
            columns=clock_rows.OWN_COLUMNS,
            chosen=next((row["key"] for row in rows if row["clock"] == st.session_state.get(key)), ""),
        )
        asked = components.legal(key="law_clocks", data=data, on_open_change=components.noted)
        picked = next((row["clock"] for row in rows if row["key"] == asked.open), None)
        if picked is not None:
            st.session_state[key] = picked


def _picture(room: Room, tick: Tick, view: ResponseView, controller_id: int, states: list[ClockState]) -> Markup:
    words = room.words
    recorded = view.recorded(controller_id)
    marks = [
        law_line.Mark(at, clock_rows.moment_name(name, words), name not in recorded and not name.endswith("_sent_at"))
        for name, at in moments_of(view, controller_id).items()
        if name not in _LINE_LEFT_OUT
    ]
    spans = [_span(one, view, words.language) for one in states]
    return law_line.picture(marks, [one for one in spans if one is not None], tick.now_us, words)


def _span(one: ClockState, view: ResponseView, language: str) -> law_line.Span | None:
    starts_at, due_at = one.planned.starts_at, one.planned.due_at
    if starts_at is None or due_at is None:
        return None
    sent = tuple(
        (each.sent_at, masked(each.recipient))
        for each in view.sent(one.controller.id)
        if each.clock in one.clock.stopped_by
    )
    state = "sent" if one.standing is Standing.STOPPED else str(one.light)
    name = clock_rows.clock_name(one.clock.id, language)
    return law_line.Span(name, starts_at, due_at, state, one.planned.kind == "internal", sent)


def _work(room: Room, tick: Tick, view: ResponseView, controller_id: int) -> None:
    """Show the form of what somebody wants to do; only what they may."""
    words, incident, me = room.words, view.incident, room.person.actor
    states = _states(view, controller_id, tick.now_us)
    # A limit of our own that passed breaks no law: nobody must explain it.
    late = sorted({one.clock.id for one in states if one.late and not one.sent})
    tasks = [one for one, needed in _TASKS.items() if me.can(needed, incident.platform_id) and (one != "delay" or late)]
    with panels.panel("law_act", words("law.act"), "" if tasks else words("act.looking_on")):
        doing.say(PLACE, live=True)
        if not tasks:
            panels.empty(words("law.looking_on"), words("law.looking_on_do"))
            return
        chosen = st.pills(
            words("law.act"),
            tasks,
            default=tasks[0],
            key=f"{_TASK}_{incident.id}",
            format_func=lambda one: words(f"law_task.{one}"),
            label_visibility="collapsed",
        )
        task = chosen if chosen in tasks else tasks[0]
        clock = str(st.session_state.get(_chosen_key(incident.id), ""))
        if task == "send":
            owed = dict.fromkeys(one.clock.id for one in states)
            sending_panel.show_form(room, tick, incident.id, controller_id, list(owed), clock)
            sending_panel.show_withdrawal(room, incident.id, _sent(view, controller_id))
        elif task == "delay":
            duty_panel.show_delay(room, incident.id, controller_id, late)
        elif task == "moments":
            moment_panel.show_recording(room, incident.id, controller_id)
        elif task == "aware":
            moment_panel.show_awareness(room, view, controller_id)
        elif task == "rule":
            duty_panel.show_ruling(room, incident.id, controller_id, clock)
        elif task == "exempt":
            duty_panel.show_exemption(room, tick, incident.id, controller_id)
        elif task == "controllers":
            controller_panel.show_controllers(room, incident.id, view.present)
        else:
            _closing(room, tick, view, controller_id)


def _closing(room: Room, tick: Tick, view: ResponseView, controller_id: int) -> None:
    """Show what is still owed, or the form that closes the response for a controller."""
    words, number = room.words, view.incident.id
    owed = beginning.still_owed(view, tick.now_us, controller_id)
    if owed:
        names = dict.fromkeys(clock_rows.clock_name(one.clock.id, words.language) for one in owed)
        panels.empty(words("closing.owed"), " · ".join(names))
        return
    form = Form(
        f"incident/{number}/closing/{controller_id}",
        f"closing_form_{controller_id}",
        (Input("reason", words("closing.reason"), "text", limit=beginning.REASON_LIMIT, needed=True),),
    )
    drafted.show_form(room, form)
    st.button(
        words("closing.do"),
        key="law_close_do",
        type="primary",
        on_click=doing.do,
        args=(room, PLACE, lambda me: _close(room, me, number, controller_id, form), "law.done"),
        width="stretch",
    )


def _close(room: Room, me: Actor, incident_id: int, controller_id: int, form: Form) -> None:
    beginning.close_controller(room.state, incident_id, me, controller_id, drafted.values(room, form)["reason"])
    drafted.sent(room, form)
