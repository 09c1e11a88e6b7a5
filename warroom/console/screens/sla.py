"""The board of service levels: what runs out next, who is on call, and how long it took."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import deadline_board, level_panel, rota_panel, snapshot
from warroom.console.markup import show, tag
from warroom.incidents.targets import targets_now
from warroom.model import Severity, Status
from warroom.store.views.duty import Board, board

if TYPE_CHECKING:
    from warroom.console.room import Room, Tick
    from warroom.console.snapshot import Seen
    from warroom.model import Target
    from warroom.store.database import State

#: Seconds for which a count of what is past its target may be old; the countdowns themselves are never.
_FRESH: Final = 5


def show_screen(room: Room) -> None:
    """Lay the screen out; the board renews itself."""
    left, right = st.columns([2.35, 1], gap="small")
    with left:
        room.live("2s", lambda tick: _board(room, tick))
        room.live("30s", lambda tick: level_panel.show_levels(room, tick, targets_now(room.state)))
    with right:
        room.live("10s", lambda tick: rota_panel.show_on_call(room, tick))
        room.live("30s", lambda _: level_panel.show_targets(room, targets_now(room.state)))


def _board(room: Room, tick: Tick) -> None:
    targets = targets_now(room.state)
    moment = tick.now_us // (_FRESH * 1_000_000)
    found = _read(room.state, room.seen, tick.version("incidents"), moment, tuple(targets.items()))
    _cards(room, tick, found)
    deadline_board.show_board(room, tick, found, targets)


def _cards(room: Room, tick: Tick, found: Board) -> None:
    words = room.words
    counts = snapshot.open_counts(room.state, room.seen, tick.version("incidents"))
    waiting = sum(one.count for one in counts if one.status is Status.NEW)
    told = (
        ("passed", f"{found.passed_count:,}", "#ff5566", bool(found.passed_count)),
        ("waiting", f"{waiting:,}", "#67e8f9", False),
        ("open", f"{found.open_count:,}", "#2dd4a0", False),
    )
    cards = [
        tag(
            "div",
            tag("span", words(f"sla_card.{name}"), cls="name"),
            tag("strong", value),
            tag("span", words(f"sla_card.{name}_told"), cls="detail"),
            cls="wr-card lit" if lit else "wr-card",
            style=f"--accent:{accent}",
        )
        for name, value, accent, lit in told
    ]
    show(tag("div", *cards, cls="wr-cards three"))


@st.cache_data(show_spinner=False, max_entries=32, ttl=3600)
def _read(_state: State, seen: Seen, version: int, moment: int, targets: tuple[tuple[Severity, Target], ...]) -> Board:
    """Give the board as of a version of topic ``incidents`` and a moment: what is past grows with time alone."""
    del version
    return board(_state, dict(targets), moment * _FRESH * 1_000_000, scope=seen.scope)
