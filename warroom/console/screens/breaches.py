"""The register of breaches of personal data, notified or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from warroom import breach_table
from warroom.access import Permission
from warroom.console.clock_board import advice
from warroom.console.giving import giving
from warroom.console.markup import show
from warroom.console.register_panel import show_register

if TYPE_CHECKING:
    from warroom.console.room import Room


def show_screen(room: Room) -> None:
    """Lay the screen out."""
    show(advice(room))
    if room.person.actor.can(Permission.EXPORT):
        st.download_button(
            room.words("breach.export"),
            data=giving(room, lambda me: breach_table.give_out(room.state, me)),
            file_name=breach_table.FILE_NAME,
            mime="text/csv",
            key="breaches_csv",
            on_click="ignore",
        )
    room.live("4s", lambda tick: show_register(room, tick))
