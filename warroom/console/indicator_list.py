"""What a search for indicators found, as a table from which one is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from warroom.console import components, indicator_known, indicator_scores
from warroom.console.indicator_asking import Opened
from warroom.console.indicator_scores import threshold
from warroom.console.intel_list import kind_name, shown_value, title_of
from warroom.console.markup import visible
from warroom.console.masking import masked
from warroom.console.times import age
from warroom.indicators import MATCHED, Kind
from warroom.store.intel import rulings
from warroom.store.views import intel_matches

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.console.room import Room, Tick
    from warroom.store.intel.search import FoundIndicators, Listing

_COLUMNS: Final = (
    ("kind", "86px", "", ""),
    ("value", "", "main", ""),
    ("score", "76px", "", ""),
    ("state", "112px", "chip", ""),
    ("feeds", "19%", "quiet", ""),
    ("tags", "17%", "quiet", "first"),
    ("listed", "86px", "", "second"),
    ("sighted", "86px", "", ""),
)
_LONGEST: Final = 300


def show_found(room: Room, tick: Tick, found: FoundIndicators, chosen: Opened | None) -> Opened | None:
    """Show the values, each with its score and state; the one that was chosen just now, if one was."""
    words = room.words
    keys = [(one[0].kind, one[0].value) for one in found.shown]
    feeds = indicator_known.feeds_by_id(room, tick)
    # how far one is believed depends on all events, when it was seen on those of one's own platforms
    ever = intel_matches.seen_last(room.state, keys)
    seen = ever if room.seen.scope is None else intel_matches.seen_last(room.state, keys, scope=room.seen.scope)
    best = indicator_scores.best_scores(room, found.shown, feeds, ever, tick.now_us)
    with room.state.read() as connection:
        ruled = {(one.kind, one.value) for one in rulings.in_force(connection, tick.now_us)}

    def row(listings: Sequence[Listing]) -> dict[str, Any]:
        first = listings[0]
        key = first.kind, first.value
        score = best.get(key)
        kind = Kind(first.kind)
        if key in ruled:
            state = "ruled"
        elif indicator_scores.held_by(room, kind, first.value) is not None:
            state = "held"
        elif kind not in MATCHED:
            state = "unmatched"
        elif score is None:
            state = "off"
        elif score < threshold():
            state = "faded"
        else:
            on = [feeds[one.feed_id] for one in listings if one.feed_id in feeds and feeds[one.feed_id].enabled]
            state = "counts" if any(feed.severity is not None for feed in on) else "known"
        names = {
            one.feed_id: title_of(feeds[one.feed_id], words) if one.feed_id in feeds else one.feed_id
            for one in listings
        }
        tags = dict.fromkeys(each for one in listings for each in (one.tags or "").split())
        listed = min((one.added_at for one in listings if one.added_at is not None), default=None)
        return {
            "id": f"{first.kind} {first.value}",
            "look": "" if state == "counts" else "off",
            "chip": "" if state == "counts" else "off",
            "cells": [
                kind_name(words, first.kind),
                visible(shown_value(first.kind, first.value)[:_LONGEST]),
                "—" if score is None else str(score),
                words(f"standing_short.{state}"),
                visible(", ".join(names.values())),
                visible(masked(" ".join(tags))[:_LONGEST]),
                "—" if listed is None else age((tick.now_us - listed) / 1_000_000, words.language),
                "—" if key not in seen else age((tick.now_us - seen[key]) / 1_000_000, words.language),
            ],
        }

    data = {
        "label": words("indicator.found_title"),
        "height": "max(300px, calc(100vh - 236px - var(--band, 0px)))",
        "chosen": f"{chosen.kind} {chosen.value}" if chosen else "",
        "columns": [
            {"title": words(f"indicator.{name}"), "width": width, "look": look, "yields": yields}
            for name, width, look, yields in _COLUMNS
        ],
        "rows": [row(one) for one in found.shown],
    }
    asked = components.listing(key="indicators_listing", data=data, on_open_change=components.noted).open
    picked = next((key for key in keys if isinstance(asked, str) and asked == f"{key[0]} {key[1]}"), None)
    return None if picked is None else Opened(Kind(picked[0]), picked[1])
