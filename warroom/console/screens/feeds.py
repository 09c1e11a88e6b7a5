"""The feeds screen: whether everything that should come does come, and who is blind where it does not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import feed_folder, feed_list, feed_panel, overview, panels
from warroom.console.markup import Markup, show, tag
from warroom.console.shared import Shared
from warroom.store.views.condition import BLIND

if TYPE_CHECKING:
    from warroom.console.health import FeedHealth
    from warroom.console.room import Room, Tick

_TABLES: Final = Shared[Markup](32)
#: What the table says of the passing of time may be so old.
_SECONDS: Final = 4
_ACCENTS: Final = {"ok": "#2dd4a0", "blind": "#ff5566", "warned": "#ffb454", "waiting": "#a9bad0", "lost": "#b48cff"}


def show_screen(room: Room) -> None:
    """Lay the screen out; the feed that is chosen stands in the address."""
    chosen = st.query_params.get("feed")
    if chosen is None:
        room.live("4s", lambda tick: _list(room, tick, None))
        return
    left, right = st.columns([1.75, 1], gap="small")
    with left:
        room.live("4s", lambda tick: _list(room, tick, chosen))
    with right:
        room.live("10s", lambda tick: _one(room, tick, chosen))


def _list(room: Room, tick: Tick, chosen: str | None) -> None:
    words = room.words
    healths = overview.feed_healths(room, tick)
    show(_cards(room, healths))
    hint = words("feedlist.count", count=len(healths))
    with panels.panel("feed_list", words("feedlist.title"), hint if chosen else f"{hint} · {words('feedlist.choose')}"):
        only = st.toggle(words("feedlist.only_ailing"), key="feeds_ailing")
        shown = [found for found in healths if not only or found.condition not in {"ok", "waiting"}]
        if not shown:
            if healths:
                panels.empty(words("feedlist.all_well"), words("feedlist.all_well_do"))
            else:
                panels.empty(words("feeds.empty"), words("feeds.empty_do"))
            return
        key = (*room.sight(tick, "feeds", "content", seconds=_SECONDS), only, chosen)
        defined, _ = feed_folder.feeds_of(room.settings.feeds, room.settings.data_dir)
        by_id = {feed.id: feed for feed in defined}
        show(_TABLES.get(key, lambda: feed_list.feed_table(room, tick, shown, by_id, chosen)))
        if len(shown) > feed_list.MOST:
            show(tag("p", words("banner.more", count=len(shown) - feed_list.MOST), cls="wr-hint"))


def _cards(room: Room, healths: list[FeedHealth]) -> Markup:
    words = room.words
    counts = Counter(
        "blind" if found.condition in BLIND else found.condition if found.condition in {"ok", "waiting"} else "warned"
        for found in healths
    )
    told = [(name, f"{counts[name]:,}") for name in ("blind", "warned", "ok", "waiting")]
    told.append(("lost", f"{sum(found.feed.lost for found in healths):,}"))
    cards = [
        tag(
            "div",
            tag("span", words(f"feedcard.{name}"), cls="name"),
            tag("strong", value),
            tag("span", words(f"feedcard.{name}_told"), cls="detail"),
            cls="wr-card lit" if name in {"blind", "warned", "lost"} and value != "0" else "wr-card",
            style=f"--accent:{_ACCENTS[name]}",
        )
        for name, value in told
    ]
    return tag("div", *cards, cls="wr-cards five")


def _one(room: Room, tick: Tick, chosen: str) -> None:
    found = next((one for one in overview.feed_healths(room, tick) if one.feed.feed_id == chosen), None)
    if found is None:
        panels.empty(room.words("feedlist.unknown"), room.words("feedlist.unknown_do"))
        return
    defined, _ = feed_folder.feeds_of(room.settings.feeds, room.settings.data_dir)
    feed_panel.show_feed(room, tick, found, next((feed for feed in defined if feed.id == chosen), None))
