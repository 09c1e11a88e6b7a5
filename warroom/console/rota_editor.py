"""The rota: its turns, a form for a new one, and a way to take one out."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import doing, panels
from warroom.console.markup import show, tag
from warroom.console.times import BANGKOK, date_time, moment
from warroom.incidents.on_call import MOST_TIERS, WEEK_US, add_turn, remove_turn
from warroom.store import duty
from warroom.store.accounts import active_names
from warroom.store.database import now_us, to_us
from warroom.store.duty import Turn

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.store.outbox import Channel

_PLACE: Final = "rota"
_SHOWN: Final = 60
_WEEKS: Final = (4, 8, 12, 26, 52)
_LENGTHS: Final = (8, 12, 24, 72, 168)


def show_rota(room: Room, channels: list[Channel]) -> None:
    """Show the turns that stand, and the form for a new one."""
    words, now = room.words, now_us()
    with room.state.read() as connection:
        turns = duty.turns(connection, since=now)
        people = active_names(connection)
    named = {one.id: one.name for one in channels}
    with panels.panel("rota", words("rota.turns"), words("rota.count", count=len(turns))):
        doing.say(_PLACE)
        _form(room, people, channels)
        if not turns:
            panels.empty(words("rota.empty"), words("rota.empty_form"))
            return
        with st.container(key="rota_turns", height=260, gap="small", border=False):
            for turn in turns[:_SHOWN]:
                _turn(room, turn, named)
        if len(turns) > _SHOWN:
            show(tag("p", words("rota.cut", count=_SHOWN, total=len(turns)), cls="wr-hint"))


def _turn(room: Room, turn: Turn, named: dict[int, str]) -> None:
    words, language = room.words, room.words.language
    often = words("rota.once")
    if turn.weekly_until is not None:
        often = words("rota.weekly_until", at=date_time(turn.weekly_until, language))
    told, button = st.columns([6, 1], gap="small", vertical_alignment="center")
    with told:
        show(
            tag(
                "div",
                tag("span", words("rota.tier", tier=turn.tier), cls="tier"),
                tag("b", turn.person),
                tag("span", named.get(turn.channel_id or 0, words("rota.no_channel")), cls="by"),
                tag("em", f"{date_time(turn.starts_at, language)} – {date_time(turn.ends_at, language)} · {often}"),
                cls="wr-turn",
            )
        )
    button.button(
        "✕",
        key=f"turn_remove_{turn.id}",
        help=words("rota.remove"),
        on_click=doing.do,
        args=(room, _PLACE, lambda me: remove_turn(room.state, me, turn.id), "rota.was_removed"),
        width="stretch",
    )


def _form(room: Room, people: list[str], channels: list[Channel]) -> None:
    words = room.words
    today = moment(now_us()).date()
    left, right = st.columns([1, 2], gap="small")
    left.number_input(words("rota.which_tier"), 1, MOST_TIERS, 1, key="turn_tier")
    right.selectbox(words("rota.person"), people, index=None, key="turn_person", placeholder=words("rota.person_hint"))
    st.selectbox(
        words("rota.channel"),
        [one.id for one in channels],
        index=None,
        key="turn_channel",
        placeholder=words("rota.no_channel"),
        format_func={one.id: one.name for one in channels}.__getitem__,
    )
    day, clock, length = st.columns([1.3, 1, 1], gap="small")
    day.date_input(words("rota.day"), today, key="turn_day", format="DD/MM/YYYY")
    clock.time_input(words("rota.clock"), time(8), key="turn_clock", step=900)
    length.selectbox(
        words("rota.hours"), _LENGTHS, index=1, key="turn_hours", format_func=lambda one: f"{one} {words('unit.hour')}"
    )
    weekly, weeks = st.columns([1.3, 2], gap="small", vertical_alignment="bottom")
    repeats = weekly.toggle(words("rota.repeats"), key="turn_repeats")
    weeks.selectbox(
        words("rota.weeks"),
        _WEEKS,
        index=2,
        key="turn_weeks",
        disabled=not repeats,
        format_func=lambda one: words("rota.for_weeks", count=one),
    )
    st.button(words("rota.add"), key="turn_add", type="primary", width="stretch", on_click=_add, args=(room,))


def _add(room: Room) -> None:
    def add(me: Actor) -> None:
        told = {name: st.session_state.get(f"turn_{name}") for name in ("tier", "person", "channel", "hours", "weeks")}
        day, clock = st.session_state.get("turn_day"), st.session_state.get("turn_clock")
        first = day if isinstance(day, date) else moment(now_us()).date()
        at = datetime.combine(first, clock if isinstance(clock, time) else time(8), BANGKOK)
        starts = to_us(at)
        repeats = bool(st.session_state.get("turn_repeats"))
        turn = Turn(
            0,
            int(str(told["tier"] or 1)),
            str(told["person"] or ""),
            None if told["channel"] is None else int(str(told["channel"])),
            starts,
            to_us(at + timedelta(hours=int(str(told["hours"] or 0)))),
            starts + int(str(told["weeks"] or 1)) * WEEK_US if repeats else None,
        )
        add_turn(room.state, me, turn)

    doing.do(room, _PLACE, add, "rota.was_added")
