"""The wallboard: the war room on one screen, readable from five metres, nothing to click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import chart, clock_board, components, overview, panels
from warroom.console.queue_panel import queue_data, queued
from warroom.console.shared import Shared

if TYPE_CHECKING:
    from warroom.console.markup import Markup
    from warroom.console.room import Room, Tick

_ROWS: Final = 6
_ROWS_BESIDE_CLOCKS: Final = 3
_TILES: Final = 6
_CHART_HEIGHT: Final = 218
_LETTERS: Final = 19
_PLATFORM_SECONDS: Final = 4
_TILED: Final = Shared["tuple[str, Markup]"](16)


def show_screen(room: Room) -> None:
    """Lay the wall out; it renews itself as one and keeps the session alive."""
    room.live("2s", lambda tick: _wall(room, tick), display=True)


def _wall(room: Room, tick: Tick) -> None:
    words = room.words
    overview.headline(room, tick, limit=1)
    # Legal clocks take the place of the rows that are least urgent.
    _queue(room, tick, _ROWS_BESIDE_CLOCKS if clock_board.show_wall(room, tick) else _ROWS)
    left, right = st.columns([1.25, 1], gap="small")
    with left, panels.panel("chart", words("chart.title"), words("chart.window", minutes=chart.WINDOW_MINUTES)):
        overview.alert_chart(room, tick, height=_CHART_HEIGHT, size=_LETTERS)
    with right:
        _platforms(room, tick)


def _queue(room: Room, tick: Tick, most: int) -> None:
    words = room.words
    rows, total = queued(room, tick, closed=False)
    shown = most - room.drill  # the band of an exercise takes a row's place
    more = words("wall.more", count=total - shown) if total > shown else ""
    with panels.panel("queue", words("queue.title"), more):
        if rows:
            components.queue(key="queue", data=queue_data(room, tick, rows[:shown], wall=True))
        else:
            panels.empty(words("queue.empty"), words("queue.empty_do"))


def _platforms(room: Room, tick: Tick) -> None:
    key = room.sight(tick, "incidents", "feeds", seconds=_PLATFORM_SECONDS)
    hint, tiles = _TILED.get(key, lambda: _tiled(room, tick))
    panels.panel("platforms", room.words("platforms.title"), hint, tiles)


def _tiled(room: Room, tick: Tick) -> tuple[str, Markup]:
    count = len({found.feed.platform_id for found in overview.feed_healths(room, tick)})
    hint = room.words.counted("platforms.count", count)
    if count > _TILES:
        hint = f"{hint} · {room.words('platforms.worst', count=_TILES)}"
    return hint, overview.platform_tiles(room, tick, limit=_TILES)
