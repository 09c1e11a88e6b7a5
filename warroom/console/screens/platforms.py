"""The platforms screen: all of them with their traffic against what is usual, incidents, data at stake and feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import overview, panels, platform_panel, sights, snapshot
from warroom.console.markup import Markup, join, show, tag
from warroom.console.platform_panel import link, standing

if TYPE_CHECKING:
    from warroom.catalog import Platform
    from warroom.console.health import FeedHealth
    from warroom.console.room import Room, Tick
    from warroom.store import views
    from warroom.store.views.traffic import Traffic

_CRITICALITY: Final = ("critical", "high", "medium", "low")


def show_screen(room: Room) -> None:
    """Lay out the tiles, or the one platform that the address names."""
    chosen = st.query_params.get("platform")
    if chosen is not None and chosen in seen_platforms(room):
        platform_panel.show_platform(room, chosen)
    else:
        room.live("10s", lambda tick: _tiles(room, tick))


def seen_platforms(room: Room) -> dict[str, Platform]:
    """Give the platforms that the person may see, by id."""
    scope = room.seen.scope
    return {key: one for key, one in snapshot.platforms().items() if scope is None or key in scope}


def _tiles(room: Room, tick: Tick) -> None:
    words = room.words
    known = seen_platforms(room)
    traffic = {one.platform_id: one for one in sights.traffic(room.state, room.seen, tick.minute)}
    feeds: dict[str, list[FeedHealth]] = {}
    for found in overview.feed_healths(room, tick):
        feeds.setdefault(found.feed.platform_id, []).append(found)
    counts = snapshot.open_counts(room.state, room.seen, tick.version("incidents"))
    connected = sum(key in feeds for key in known)

    def order(key: str) -> tuple[int, int, int, str]:
        worst = max((one.severity.rank for one in counts if one.platform_id == key), default=-1)
        place = _CRITICALITY.index(known[key].criticality) if known[key].criticality in _CRITICALITY else 9
        return (-worst, key not in feeds, place, key)

    hint = words("board.count", count=len(known), connected=connected)
    with panels.panel("board", words("board.title"), hint):
        tiles = [
            _tile(
                room,
                known[key],
                traffic.get(key),
                feeds.get(key, []),
                [one for one in counts if one.platform_id == key],
            )
            for key in sorted(known, key=order)
        ]
        show(tag("div", *tiles, cls="wr-board"))


def _tile(
    room: Room,
    platform: Platform,
    traffic: Traffic | None,
    feeds: list[FeedHealth],
    counts: list[views.OpenCount],
) -> Markup:
    words = room.words
    name = room.platform(platform.id)
    worst = max((one.severity for one in counts), key=lambda severity: severity.rank, default=None)
    chips = [tag("span", words(f"criticality.{platform.criticality}"), cls="wr-chip plain")]
    if worst is not None:
        chips.insert(0, panels.severity_chip(worst, words))
        chips.insert(1, tag("span", words("platforms.incidents", count=sum(one.count for one in counts)), cls="open"))
    sight = platform_panel.sight_words(room, feeds)
    level, rate = standing(room, traffic)
    rows = [("board.feeds", *sight), ("board.personal", "", words("board.kinds", count=len(platform.personal_kinds)))]
    if feeds or traffic is not None:  # of what sends nothing there is nothing to compare
        rows = [("board.traffic", level, rate), ("board.success", "", platform_panel.success(room, traffic)), *rows]
    lines = [tag("div", tag("span", words(key)), tag("b", text, cls=look)) for key, look, text in rows]
    body = join([tag("b", name, title=name), tag("div", *chips, cls="chips"), tag("div", *lines, cls="rows")])
    look = "off" if not feeds else (f"lit {worst}" if worst is not None else "calm")
    return tag("a", body, href=link(platform.id), target="_self", cls=f"wr-plate {look}", data_platform=platform.id)
