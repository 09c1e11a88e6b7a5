"""The register of breaches of personal data, notified or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warroom.console.clock_board import advice
from warroom.console.markup import show
from warroom.console.register_panel import show_register

if TYPE_CHECKING:
    from warroom.console.room import Room


def show_screen(room: Room) -> None:
    """Lay the screen out."""
    show(advice(room))
    room.live("4s", lambda tick: show_register(room, tick))
