"""The register of containment requests: what we asked of whom, what became of it, what is overdue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import containment_panel, doing, panels, snapshot
from warroom.console.markup import visible
from warroom.console.masking import masked
from warroom.console.queue_panel import title_of
from warroom.incidents.containing import Standing, standing

if TYPE_CHECKING:
    from warroom.console.room import Room, Tick

_WHICH: Final = "register_which"
_INCIDENT: Final = "register_incident"
_ALL: Final = "all"
_SHOWN: Final = 90


def show_screen(room: Room) -> None:
    """Lay the screen out."""
    room.live("2s", lambda tick: _register(room, tick))
    if room.person.actor.can(Permission.REQUEST_CONTAINMENT):
        left, right = st.columns([1.6, 1], gap="small")
        with left:
            room.live("2s", lambda tick: _new(room, tick))
        with right:
            room.live("2s", lambda tick: _outcome(room, tick))


def _register(room: Room, tick: Tick) -> None:
    words = room.words
    rows, total = snapshot.register(room.state, room.seen, tick.version("containments"))
    requests = [row.request for row in rows]
    hint = words("contain.count", shown=len(rows), total=total) if total else words("contain.told")
    with panels.panel("register", words("contain.title"), hint):
        doing.say(containment_panel.PLACE)
        if not rows:
            panels.empty(words("contain.empty"), words("contain.empty_do"))
            return
        counts = {one: sum(standing(row, tick.now_us) is one for row in requests) for one in Standing}
        names = {one.value: f"{words(f'standing.{one}')} {count}" for one, count in counts.items()}
        chosen = st.segmented_control(
            words("contain.which"),
            [_ALL, *names],
            default=_ALL,
            key=_WHICH,
            format_func=lambda one: names.get(one, words("contain.all")),
            label_visibility="collapsed",
        )
        shown = [row for row in requests if chosen in {None, _ALL, standing(row, tick.now_us)}]
        shown.sort(key=lambda row: list(Standing).index(standing(row, tick.now_us)))  # what is late on top
        if not shown:
            panels.empty(words("contain.none_such"), words("contain.none_such_do"))
            return
        containment_panel.show_table(room, shown, tick.now_us, with_incident=True)


def _new(room: Room, tick: Tick) -> None:
    """Choose an incident, then show the same form that stands on its own screen."""
    words = room.words
    rows = snapshot.queue(room.state, room.seen, tick.version("incidents"), closed=False)
    may = room.person.actor
    names = {
        row.id: f"#{row.id} · {visible(masked(title_of(room, row)))[:_SHOWN]}"
        for row in rows
        if may.can(Permission.REQUEST_CONTAINMENT, row.platform_id)
    }
    with panels.panel("request_pick", words("contain.new")):
        chosen = st.selectbox(
            words("contain.for_incident"),
            list(names),
            index=None,
            key=_INCIDENT,
            placeholder="—",
            format_func=lambda one: names.get(one, str(one)),
        )
        if chosen not in names:
            panels.empty(words("contain.pick_incident"), words("contain.told"))
    if chosen in names:
        containment_panel.show_new(room, chosen)


def _outcome(room: Room, tick: Tick) -> None:
    rows, _ = snapshot.register(room.state, room.seen, tick.version("containments"))
    may = room.person.actor
    containment_panel.show_outcome(
        room, [row.request for row in rows if may.can(Permission.REQUEST_CONTAINMENT, row.platform_id)]
    )
