"""Writing a handover together, signing it as who goes and as who comes, adding to it, and finding old ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import doing, drafted, panels
from warroom.console.drafted import Form, Input
from warroom.console.markup import show, tag
from warroom.console.times import date_time
from warroom.incidents import handing_over
from warroom.incidents.handing_over import LONGEST
from warroom.store.handovers import FOUND_LIMIT

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room, Tick
    from warroom.incidents.shifts import Shift
    from warroom.store.handovers import Handover

PLACE: Final = "handover"
_WHY: Final = "handover_why"
_ADDENDUM: Final = "handover_addendum"
_SEARCH: Final = "handover_search"


def form_of(room: Room, shift: Shift) -> Form:
    """Give the form of a shift's handover: everybody of the shift writes into the same one."""
    words = room.words
    fields = tuple(
        Input(name, words(f"handover.{name}"), "text", words(f"handover.{name}_hint"), limit=LONGEST, wide=True)
        for name in ("notes", "tasks")
    )
    return Form(f"handover/{shift.since}", "handover_form", fields)


def show_writing(room: Room, shift: Shift, form: Form) -> None:
    """Show the form, and the button by which who goes signs."""
    words = room.words
    with panels.panel("handover_write", words("handover.write"), words("handover.write_hint")):
        doing.say(PLACE)
        room.live("2s", lambda _: drafted.show_form(room, form))
        show(tag("p", words("handover.sign_told"), cls="wr-hint"))
        st.button(
            words("handover.sign_out"),
            key="handover_sign_out",
            type="primary",
            width="stretch",
            on_click=doing.do,
            args=(room, PLACE, lambda me: _sign_out(room, me, shift, form), "handover.was_signed_out"),
        )


def _sign_out(room: Room, me: Actor, shift: Shift, form: Form) -> None:
    told = drafted.values(room, form)
    handing_over.hand_over(room.state, me, shift, told["notes"], told["tasks"])


def show_signing(room: Room, found: Handover, form: Form) -> None:
    """Show what can still be done with a handover that was signed: take it over, give it back, add to it."""
    words, me = room.words, room.person.actor
    with panels.panel("handover_sign", words("handover.signing"), f"#{found.id}"):
        doing.say(PLACE)
        if found.incoming is not None:
            st.text_area(words("handover.addendum"), key=_ADDENDUM, max_chars=LONGEST, height=120)
            st.button(
                words("handover.add"),
                key="handover_add",
                width="stretch",
                on_click=doing.do,
                args=(room, PLACE, lambda who: _add(room, who, found), "handover.was_added"),
            )
            return
        if me.name == found.outgoing:
            show(tag("p", words("handover.wait"), cls="wr-lead"))
        else:
            show(tag("p", words("handover.read_first", name=found.outgoing), cls="wr-lead"))
            st.button(
                words("handover.sign_in"),
                key="handover_sign_in",
                type="primary",
                width="stretch",
                on_click=doing.do,
                args=(room, PLACE, lambda who: _sign_in(room, who, found, form), "handover.was_signed_in"),
            )
        st.text_input(words("handover.why"), key=_WHY, max_chars=500, placeholder=words("handover.why_hint"))
        st.button(
            words("handover.give_back"),
            key="handover_give_back",
            width="stretch",
            on_click=doing.do,
            args=(room, PLACE, lambda who: _give_back(room, who, found), "handover.was_given_back"),
        )


def _sign_in(room: Room, me: Actor, found: Handover, form: Form) -> None:
    handing_over.take_over(room.state, me, found.id, found.sha256)
    drafted.sent(room, form)


def _give_back(room: Room, me: Actor, found: Handover) -> None:
    handing_over.give_back(room.state, me, found.id, str(st.session_state.get(_WHY) or ""))
    st.session_state[_WHY] = ""


def _add(room: Room, me: Actor, found: Handover) -> None:
    handing_over.add_to(room.state, me, found.id, str(st.session_state.get(_ADDENDUM) or ""))
    st.session_state[_ADDENDUM] = ""


def show_kept(room: Room, _tick: Tick) -> None:
    """Show the handovers that are kept, searched by what was written, a name or an incident."""
    words, language = room.words, room.words.language
    text = str(st.session_state.get(_SEARCH) or "")
    found = handing_over.find(room.state, room.person.actor, text)
    with panels.panel("handovers", words("handover.kept")):
        st.text_input(
            words("handover.search"),
            key=_SEARCH,
            max_chars=100,
            placeholder=words("handover.search_hint"),
            label_visibility="collapsed",
        )
        if not found:
            panels.empty(words("handover.none_found" if text else "handover.none"), words("handover.none_do"))
            return
        lines = [
            tag(
                "li",
                tag(
                    "a",
                    date_time(one.shift_from, language),
                    href=f"/?screen=handover&shift={one.shift_from}",
                    target="_self",
                ),
                tag("span", f"{one.outgoing} → {one.incoming or '…'}"),
                tag("em", date_time(one.incoming_at or one.outgoing_at, language)),
            )
            for one in found[:FOUND_LIMIT]
        ]
        show(tag("div", tag("ul", *lines, cls="wr-handovers"), cls="wr-scroll"))
        if len(found) > FOUND_LIMIT:
            show(tag("p", words("handover.cut", count=FOUND_LIMIT), cls="wr-hint"))
