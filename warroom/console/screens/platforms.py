"""The platforms screen: all of them with their traffic against what is usual, incidents, data at stake and feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import overview, panels, platform_panel, probe_panel, sights, snapshot
from warroom.console.markup import Markup, join, show, tag
from warroom.console.platform_panel import link, standing

if TYPE_CHECKING:
    from warroom.catalog import Platform
    from warroom.console.health import FeedHealth
    from warroom.console.room import Room, Tick
    from warroom.store import views
    from warroom.store.views.probes import ProbeRow
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

    probe_panel.show_probes(room, tick)
    tried: dict[str, list[ProbeRow]] = {}
    for probe in probe_panel.found(room, tick):
        tried.setdefault(probe.platform_id, []).append(probe)
    hint = words("board.count", count=len(known), connected=connected)
    with panels.panel("board", words("board.title"), hint):
        tiles = [
            _tile(
                room,
                known[key],
                traffic.get(key),
                feeds.get(key, []),
                [one for one in counts if one.platform_id == key],
                probe_panel.answer_words(room, tick, tried[key]) if key in tried else None,
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
    answer: tuple[str, str] | None,
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
    if answer is not None:
        rows.append(("probes.row", *answer))
    lines = [tag("div", tag("span", words(key)), tag("b", text, cls=look)) for key, look, text in rows]
    body = join([tag("b", name, title=name), tag("div", *chips, cls="chips"), tag("div", *lines, cls="rows")])
    look = "off" if not feeds else (f"lit {worst}" if worst is not None else "calm")
    return tag("a", body, href=link(platform.id), target="_self", cls=f"wr-plate {look}", data_platform=platform.id)
