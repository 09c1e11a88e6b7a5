"""Who is told what: channels, the outbox, the rota and the targets; for who manages notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import channel_panel, outbox_panel, rota_editor, rota_panel, target_editor
from warroom.incidents import channels as deeds

if TYPE_CHECKING:
    from warroom.console.room import Room

_ASKED: Final = "channel"
_PARTS: Final = ("channels", "rota", "targets")


def show_screen(room: Room) -> None:
    """Lay the screen out; what is chosen stands in the address, by its number."""
    words = room.words
    channels = deeds.list_channels(room.state, room.person.actor)
    chosen = next((one for one in channels if str(one.id) == st.query_params.get(_ASKED)), None)
    left, right = st.columns([1.9, 1], gap="small")
    with left:
        if asked := channel_panel.show_channels(room, channels, chosen):
            st.query_params[_ASKED] = asked
            st.session_state["duty_part"] = _PARTS[0]
            st.rerun()
        room.live("3s", lambda tick: outbox_panel.show_outbox(room, tick, channels))
    with right:
        part = st.segmented_control(
            words("tell.part"),
            _PARTS,
            default=_PARTS[0],
            key="duty_part",
            format_func=lambda one: words(f"tell.part_{one}"),
            label_visibility="collapsed",
            width="stretch",
        )
        if part == "rota":
            rota_editor.show_rota(room, channels)
            room.live("10s", lambda tick: rota_panel.show_on_call(room, tick))
        elif part == "targets":
            target_editor.show_targets(room)
        elif chosen is not None:
            channel_panel.show_channel(room, chosen, close=_close)
        else:
            channel_panel.show_making(room)


def _close() -> None:
    st.query_params.pop(_ASKED, None)
