"""Ruling that an indicator is harmless, with a reason and until when; and undoing it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import doing
from warroom.console.markup import Markup, show, tag
from warroom.console.masking import masked
from warroom.console.times import date_time
from warroom.indicators import MATCHED
from warroom.intel import ruling_out
from warroom.intel.ruling_out import MOST_REASON
from warroom.store.database import now_us

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.access import Actor
    from warroom.console.indicator_asking import Opened
    from warroom.console.room import Room
    from warroom.store.intel.rulings import Ruling

_PLACE: Final = "indicator_ruling"
#: What was refused is said in the form, which lies over the rest.
_FORM: Final = "indicator_ruling_form"
_DAYS: Final = (1, 7, 30, 90, 365, 0)
_FIRST: Final = 30
_DAY_US: Final = 86_400_000_000
_REASON: Final = "indicator_reason"
_UNTIL: Final = "indicator_until"


def show_deed(room: Room, opened: Opened, ruling: Ruling | None) -> None:
    """Show the way to rule a value harmless, or to undo it, to who may."""
    words = room.words
    if not room.person.actor.can(Permission.SUPPRESS):
        return
    if ruling is not None:
        told = words("indicator.undo")
        st.button(told, key="indicator_lift", on_click=_lift, args=(room, ruling.id), width="stretch")
    elif opened.kind in MATCHED:
        with st.popover(words("indicator.rule_out"), width="stretch"):
            st.caption(words("indicator.rule_out_told"))
            st.text_input(words("indicator.reason"), key=_REASON, max_chars=MOST_REASON)
            st.selectbox(
                words("indicator.until"),
                _DAYS,
                index=_DAYS.index(_FIRST),
                key=_UNTIL,
                format_func=lambda days: words.counted("suppress.days", days) if days else words("indicator.for_good"),
            )
            st.button(
                words("indicator.rule_out_do"),
                key="indicator_rule_out",
                type="primary",
                width="stretch",
                on_click=_rule_out,
                args=(room, opened),
            )
            doing.say(_FORM)


def show_rulings(room: Room, ruling: Ruling | None, past: Sequence[Ruling]) -> None:
    """Say what became of the last deed, which ruling holds and why, and what was ruled before."""
    words, language = room.words, room.words.language
    doing.say(_PLACE)
    doing.say(_FORM)  # the form is gone once it was done
    if ruling is not None:
        until = words("indicator.for_good") if ruling.until is None else date_time(ruling.until, language)
        told = words("indicator.ruled", by=ruling.by, at=date_time(ruling.at, language), until=until)
        show(tag("div", tag("b", told), tag("span", masked(ruling.reason)), cls="wr-switch"))
    if rows := [_past(room, one) for one in past if ruling is None or one.id != ruling.id]:
        show(tag("ul", *rows, cls="wr-kinds"))


def _past(room: Room, one: Ruling) -> Markup:
    words, language = room.words, room.words.language
    ended = one.until if one.lifted_at is None else one.lifted_at
    key = "was_lifted" if one.lifted_at is not None else "was_over"
    end = "—" if ended is None else date_time(ended, language)
    return tag("li", words(f"indicator.{key}", by=one.by, at=end, who=one.lifted_by or ""), " · ", masked(one.reason))


def _rule_out(room: Room, opened: Opened) -> None:
    reason = st.session_state.get(_REASON) or ""  # as typed by now
    days = int(st.session_state.get(_UNTIL) or 0)

    def rule(me: Actor) -> None:
        until = now_us() + days * _DAY_US if days else None
        ruling_out.rule_out(room.state, me, opened.kind, opened.value, reason=reason, until=until)

    if doing.attempt(room, _FORM, rule, "indicator.ruled_told"):
        st.session_state[_REASON] = ""


def _lift(room: Room, number: int) -> None:
    doing.do(room, _PLACE, lambda me: ruling_out.lift(room.state, me, number), "indicator.lifted_told")
