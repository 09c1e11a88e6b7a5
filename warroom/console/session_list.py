"""The open sessions of an account, each with a button that ends it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from warroom.access import end_sessions
from warroom.console import doing
from warroom.console.markup import show, tag
from warroom.console.times import age, date_time
from warroom.store.database import to_us

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.access.sessions import OpenSession
    from warroom.console.room import Room


def show_sessions(room: Room, place: str, name: str, sessions: list[OpenSession], *, own: str = "") -> None:
    """Show the sessions of an account, newest first; ``own`` is the handle of the one that looks."""
    words = room.words
    if not sessions:
        show(tag("p", words("sessions.empty"), cls="wr-hint"))
        return
    now = datetime.now(UTC)
    for one in sessions:
        with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"session_{one.handle}"):
            began = words(
                "sessions.since",
                at=date_time(to_us(one.created_at), words.language),
                by=words.either(f"proof.{one.proof}", one.proof),
            )
            seen = words("sessions.seen", age=age((now - one.seen_at).total_seconds(), words.language))
            known = " · ".join(filter(None, (one.address, one.browser)))
            where = [tag("span", words("sessions.from", origin=known))] if known else []
            mine = [tag("span", words("sessions.this"), cls="wr-chip plain")] if one.handle == own else []
            told = (tag("b", began), *mine, *where, tag("span", seen))
            show(tag("div", *told, cls="wr-session", title=one.handle))
            if one.handle != own:  # that one ends with "sign out"
                st.button(
                    words("sessions.end"),
                    key=f"session_end_{one.handle}",
                    on_click=doing.do,
                    args=(room, place, lambda me, handle=one.handle: _end(room, me, name, handle), "sessions.ended"),
                )


def _end(room: Room, me: Actor, name: str, handle: str) -> None:
    end_sessions(room.state, me, name, datetime.now(UTC), handle=handle)
