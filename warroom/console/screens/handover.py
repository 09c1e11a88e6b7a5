"""The handover of a shift: what changed in it, what was written about it, and who signed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from warroom.console import drafted, handover_panel, handover_paper, panels
from warroom.console.markup import show, tag
from warroom.console.times import date
from warroom.errors import UsageError
from warroom.incidents import handing_over
from warroom.incidents.briefing import brief
from warroom.incidents.shifts import Shift, read_shifts, shift_at, shift_before
from warroom.store.database import now_us

if TYPE_CHECKING:
    from warroom.console.drafted import Form
    from warroom.console.room import Room, Tick
    from warroom.store.database import State
    from warroom.store.handovers import Handover

_LONGEST_NUMBER: Final = 16
_OFFERED: Final = 3
#: A brief may be so many seconds old.
_FRESH: Final = 10
_EARLY_US: Final = 7_200_000_000


def show_screen(room: Room) -> None:
    """Show the shift that the address names; else the one that is to be handed over."""
    try:
        shift = _chosen(room)
    except UsageError as problem:  # the setting is faulty
        panels.empty(room.words("handover.bad_shifts"), str(problem))
        return
    st.query_params["shift"] = str(shift.since)  # once both have signed, another one would be to be handed over
    found = handing_over.of_shift(room.state, room.person.actor, shift)
    form = handover_panel.form_of(room, shift)
    if st.query_params.get("print") == "1":
        _paper(room, shift, found, form)
        return
    left, right = st.columns([1.9, 1], gap="small")
    with left:
        _links(room, shift)
        if found is None:
            room.live("10s", lambda tick: _draft(room, tick, shift))
        else:
            _paper(room, shift, found, form)
    with right:
        if found is None:
            handover_panel.show_writing(room, shift, form)
        else:
            handover_panel.show_signing(room, found, form)
        room.live("10s", lambda tick: _right(room, tick, shift, found))


def _right(room: Room, tick: Tick, shift: Shift, found: Handover | None) -> None:
    """Show what is kept; where somebody signed meanwhile, the whole screen anew."""
    now = handing_over.of_shift(room.state, room.person.actor, shift)
    if (now is None) is not (found is None) or (now and found and now.incoming != found.incoming):
        st.rerun()
    handover_panel.show_kept(room, tick)


def _chosen(room: Room) -> Shift:
    shifts, now = read_shifts(room.settings.shifts), now_us()
    asked = st.query_params.get("shift", "")
    if asked.isdecimal() and len(asked) <= _LONGEST_NUMBER and int(asked) <= now:
        return shift_at(shifts, int(asked))
    current = shift_at(shifts, now)
    before = shift_before(shifts, current)
    last = handing_over.of_shift(room.state, room.person.actor, before)
    # in the first hours of a shift it is the one before that is handed over
    return before if now - current.since < _EARLY_US and (last is None or last.incoming is None) else current


def _links(room: Room, shift: Shift) -> None:
    """Offer the last shifts, and the paper by itself."""
    shifts, language = read_shifts(room.settings.shifts), room.words.language
    one, offered = shift_at(shifts, now_us()), []
    for _ in range(_OFFERED):
        text = f"{date(one.since, language)} {one.label}"
        look = "on" if one.since == shift.since else ""
        offered.append(tag("a", text, href=f"/?screen=handover&shift={one.since}", target="_self", cls=look))
        one = shift_before(shifts, one)
    printed = f"/?screen=handover&shift={shift.since}&print=1"
    offered.append(tag("a", room.words("handover.print"), href=printed, target="_blank", cls="print"))
    show(tag("nav", *offered, cls="wr-shifts", aria_label=room.words("app.handover")))


def _draft(room: Room, tick: Tick, shift: Shift) -> None:
    moment = tick.now_us // (_FRESH * 1_000_000)
    told, at = _brief(room.state, room.settings.db_url, moment, shift)
    panels.warning(room.words("handover.draft"))
    show(handover_paper.paper(room, shift, told, at, ()))


def _paper(room: Room, shift: Shift, found: Handover | None, form: Form) -> None:
    words = room.words
    if found is None:
        written = drafted.values(room, form)
        told, at = brief(room.state, shift, now_us()), now_us()
        texts = [(words("handover.notes"), written["notes"]), (words("handover.tasks"), written["tasks"])]
        panels.warning(words("handover.draft"))
        show(handover_paper.paper(room, shift, told, at, [one for one in texts if one[1]]))
        return
    added = handing_over.addenda_of(room.state, room.person.actor, found.id)
    texts = [(words("handover.notes"), found.notes), (words("handover.tasks"), found.tasks)]
    show(
        handover_paper.paper(room, shift, found.told, found.brief_at, [one for one in texts if one[1]]),
        handover_paper.signatures(room, found, added),
    )


@st.cache_data(show_spinner=False, max_entries=8, ttl=60)
def _brief(_state: State, url: str, moment: int, shift: Shift) -> tuple[dict[str, Any], int]:
    """Write the brief once for all who look at it; who sees this screen sees every platform."""
    del url
    at = moment * _FRESH * 1_000_000
    return brief(_state, shift, at), at
