"""The clock board: what the law wants sent next, by whom, and how long there is for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from warroom.console import clock_board

if TYPE_CHECKING:
    from warroom.console.room import Room


def show_screen(room: Room) -> None:
    """Lay the screen out; the board renews itself, its countdowns tick in the browser."""
    room.live("2s", lambda tick: clock_board.show_board(room, tick))
    left, right = st.columns([1.9, 1], gap="small")
    with left:
        room.live("30s", lambda tick: clock_board.show_standing(room, tick))
    with right:
        room.live("4s", lambda tick: clock_board.show_waiting(room, tick))
