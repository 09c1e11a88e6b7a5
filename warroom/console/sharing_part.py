"""The part of an incident's screen about its sharing: the export centre, what is new, what left before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from warroom.access import Permission
from warroom.console import panels, sharing_panel, snapshot
from warroom.console.sharing_past import show_earlier, show_news
from warroom.store import exports

if TYPE_CHECKING:
    from warroom.console.room import Room, Tick
    from warroom.store.views import IncidentView


def show_part(room: Room, view: IncidentView) -> None:
    """Lay the part out over the whole width."""
    room.live("2s", lambda tick: _part(room, tick, view.incident.id))


def _part(room: Room, tick: Tick, incident_id: int) -> None:
    view = snapshot.incident(room.state, room.seen, tick.version("incidents"), incident_id)
    if view is None:
        st.rerun()
    words = room.words
    with room.state.read() as connection:
        earlier, total = exports.of_incident(connection, incident_id)
    may = room.person.actor.can(Permission.EXPORT, view.incident.platform_id)
    left, right = st.columns([1.25, 1], gap="small")
    with left:
        if may:
            sharing_panel.show_form(room, tick, view)
        else:
            with panels.panel("share", words("share.title")):
                panels.empty(words("share.may_not"), words("share.may_not_do"))
    with right:
        if may:
            show_news(room, tick, view, earlier, sharing_panel.recipient_of(room, view))
        show_earlier(room, earlier, total)
