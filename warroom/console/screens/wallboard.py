"""The wallboard: the war room on one screen, readable from five metres, nothing to click."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import chart, components, overview, panels, snapshot
from warroom.console.queue_panel import queue_data

if TYPE_CHECKING:
    from warroom.console.room import Room, Tick

_ROWS: Final = 6
_TILES: Final = 6
_CHART_HEIGHT: Final = 218
_LETTERS: Final = 19


def show_screen(room: Room) -> None:
    """Lay the wall out; each part renews itself and keeps the session alive."""
    words = room.words
    room.live("2s", lambda tick: _headline(room, tick), display=True)
    room.live("2s", lambda tick: _queue(room, tick), display=True)
    left, right = st.columns([1.25, 1], gap="small")
    with left, panels.panel("chart", words("chart.title"), words("chart.window", minutes=chart.WINDOW_MINUTES)):
        room.live(
            "10s", lambda tick: overview.alert_chart(room, tick, height=_CHART_HEIGHT, size=_LETTERS), display=True
        )
    with right:
        room.live("4s", lambda tick: _platforms(room, tick), display=True)


def _headline(room: Room, tick: Tick) -> None:
    overview.banners(room, tick, limit=1)
    overview.cards(room, tick)


def _queue(room: Room, tick: Tick) -> None:
    words = room.words
    rows = snapshot.queue(room.state, room.seen, tick.version("incidents"), closed=False)
    total = sum(one.count for one in snapshot.open_counts(room.state, room.seen, tick.version("incidents")))
    shown = _ROWS - room.drill  # the band of an exercise takes a row's place
    more = words("wall.more", count=total - shown) if total > shown else ""
    with panels.panel("queue", words("queue.title"), more):
        if rows:
            components.queue(key="queue", data=queue_data(room, tick, rows[:shown], wall=True))
        else:
            panels.empty(words("queue.empty"), words("queue.empty_do"))


def _platforms(room: Room, tick: Tick) -> None:
    count = len({found.feed.platform_id for found in overview.feed_healths(room, tick)})
    hint = room.words("platforms.count", count=count)
    if count > _TILES:
        hint = f"{hint} · {room.words('platforms.worst', count=_TILES)}"
    with panels.panel("platforms", room.words("platforms.title"), hint):
        overview.platform_tiles(room, tick, limit=_TILES)
