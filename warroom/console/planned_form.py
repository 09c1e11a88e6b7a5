"""Entering a planned change or an approved scan: where, from whom, from when to when, who approved it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from warroom.console import doing, panels, snapshot
from warroom.console.times import BANGKOK
from warroom.incidents.planning import KINDS, announce, parse_sources
from warroom.store.planned import Plan

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room

_PLACE: Final = "planning"
_ROUND: Final = "planning_round"
_LINE: Final = 200
_TEXT: Final = 5_000


def show_form(room: Room) -> None:
    """Show the form for a new window; the times are Bangkok's."""
    words = room.words
    begin = datetime.now(BANGKOK).replace(minute=0, second=0, microsecond=0)
    with panels.panel("planned_new", words("planned.new"), words("app.zone")):
        doing.say(_PLACE)
        with st.form("planned_form", border=False, enter_to_submit=False):
            st.radio(
                words("planned.kind"),
                KINDS,
                index=1,
                key=_key("kind"),
                horizontal=True,
                format_func=lambda one: words(f"planned.{one}"),
            )
            st.text_input(words("planned.title_field"), key=_key("title"), max_chars=_LINE)
            st.selectbox(
                words("planned.platform"),
                list(snapshot.platforms()),
                index=None,
                key=_key("platform"),
                placeholder=words("planned.choose_platform"),
                format_func=room.platform,
            )
            st.text_area(words("planned.sources"), key=_key("sources"), help=words("planned.sources_help"), height=96)
            for name, moment in (("begins", begin), ("ends", begin + timedelta(hours=2))):
                left, right = st.columns(2, gap="small")
                left.date_input(
                    words(f"planned.{name}_day"), moment.date(), key=_key(f"{name}_day"), format="DD/MM/YYYY"
                )
                right.time_input(words(f"planned.{name}_time"), moment.time(), key=_key(f"{name}_time"), step=900)
            left, right = st.columns(2, gap="small")
            left.text_input(words("planned.approved"), key=_key("approved"), max_chars=_LINE)
            right.text_input(words("planned.reference"), key=_key("reference"), max_chars=_LINE)
            st.text_area(words("planned.announced"), key=_key("announced"), max_chars=_TEXT, height=84)
            st.form_submit_button(
                words("planned.do"), type="primary", on_click=_announce, args=(room,), width="stretch", key="planned_do"
            )


def _announce(room: Room) -> None:
    given: dict[str, Any] = {
        name: st.session_state.get(_key(name))
        for name in ("kind", "title", "platform", "sources", "approved", "reference", "announced")
    }
    if not all(given[name] for name in ("title", "platform", "sources", "approved")):
        doing.tell(room, _PLACE, "planned.missing")
        return

    def enter(me: Actor) -> None:
        plan = Plan(
            kind=str(given["kind"]),
            title=" ".join(str(given["title"]).split()),
            platform_id=str(given["platform"]),
            sources=parse_sources(str(given["sources"])),
            starts_at=_moment("begins"),
            ends_at=_moment("ends"),
            approved_by=" ".join(str(given["approved"]).split()),
            reference=" ".join(str(given["reference"] or "").split()),
            announced=str(given["announced"] or "").strip(),
        )
        announce(room.state, me, plan)

    if doing.attempt(room, _PLACE, enter, "planned.done"):
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _moment(name: str) -> int:
    """Give a day and a time of the form in microseconds since 1970; 0 where one is empty."""
    day, time = st.session_state.get(_key(f"{name}_day")), st.session_state.get(_key(f"{name}_time"))
    if day is None or time is None:
        return 0
    return int(datetime.combine(day, time, BANGKOK).timestamp()) * 1_000_000


def _key(name: str) -> str:
    """Name a field; after a window is entered the fields are new ones, and empty."""
    return f"planned_{name}_{st.session_state.get(_ROUND, 0)}"
