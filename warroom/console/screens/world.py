"""The world map: from which countries sources came; all of them, or those alone that intelligence lists."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import components, intel_address, panels, search_asking, sights
from warroom.console.country_words import country_name
from warroom.console.indicator_asking import link
from warroom.console.intel_list import mark_name
from warroom.console.markup import show, tag
from warroom.store.query import quoted
from warroom.store.search_history import Asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from warroom.console.room import Room, Tick

_DAYS: Final = {"day": 1, "week": 7, "month": 30}
_PICK: Final = "map_days"
_LAYER: Final = "map_which"
_WHICH: Final = ("all", "listed")
_ROWS: Final = 24
#: Shares of the greatest count from which a country is drawn brighter.
_STEPS: Final = (0.0, 0.02, 0.1, 0.3, 0.6)


def show_screen(room: Room) -> None:
    """Lay the screen out; the map renews itself once a minute, for it is large."""
    room.live("60s", lambda tick: _world(room, tick))


def _world(room: Room, tick: Tick) -> None:
    words = room.words
    with st.container(horizontal=True, gap="small"):
        span = _choice(words("search.span"), _DAYS, _PICK, lambda name: words(f"span.{name}"))
        which = _choice(words("mapped.which"), _WHICH, _LAYER, lambda name: words(f"mapped.{name}"))
    if which == "listed":
        _listed(room, tick, span)
        return
    counts = sights.countries(room.state, room.seen, tick.minute, _DAYS[span])
    total = sum(count for _, count in counts)
    left, right = st.columns([3.4, 1], gap="small")
    with left, panels.panel("map", words("map.title"), words("map.hint", count=f"{total:,}", countries=len(counts))):
        _drawing(room, dict(counts), span)
        _scale(room)
        if not counts:
            panels.empty(words("map.none"), words("map.none_do"))
    with (
        right,
        panels.panel(
            "map_rows",
            words("map.countries"),
            words("map.more", count=len(counts) - _ROWS) if len(counts) > _ROWS else "",
        ),
    ):
        most = max((count for _, count in counts), default=1)
        rows = [
            tag(
                "a",
                tag("span", country_name(room, code)),
                tag("b", f"{count:,}"),
                href=search_asking.link(_asked(code, span)),
                target="_self",
                style=f"--share:{100 * count / most:.1f}%",
            )
            for code, count in counts[:_ROWS]
        ]
        show(tag("div", *rows, cls="wr-ranks"))


def _choice(label: str, names: Iterable[str], key: str, told: Callable[[str], str]) -> str:
    """Ask for one of some names; the first where nothing is chosen yet."""
    names = list(names)
    chosen = st.segmented_control(
        label, names, default=names[0], key=key, format_func=told, label_visibility="collapsed", required=True
    )
    return chosen or names[0]


def _listed(room: Room, tick: Tick, span: str) -> None:
    """Show the listed addresses that were seen, by country, with what they are marked as."""
    words = room.words
    found = sights.listed_addresses(room.state, room.seen, tick.minute, _DAYS[span])
    counts: Counter[str] = Counter()
    for _, _, count, code in found:
        counts[code] += count
    nowhere = counts.pop("", 0)
    total = counts.total() + nowhere
    hint = words("mapped.hint", count=f"{total:,}", addresses=f"{len(found):,}", countries=len(counts))
    left, right = st.columns([2.4, 1], gap="small")
    with left, panels.panel("map", words("mapped.title"), hint):
        _drawing(room, dict(counts), span)
        _scale(room)
        if not found:
            panels.empty(words("mapped.none"), words("mapped.none_do"))
    with right, panels.panel("map_rows", words("mapped.sources"), f"{len(found):,}" if found else ""):
        most = max((count for _, _, count, _ in found), default=1)
        known = intel_address.about(room, tick, [value for _, value, _, _ in found[:_ROWS]])
        rows = []
        for kind, value, count, code in found[:_ROWS]:
            about = known.get(value)
            marks = [tag("em", mark_name(words, mark)) for mark in (about.marks if about else ())]
            place = country_name(room, code) if code else words("mapped.nowhere")
            rows.append(
                tag(
                    "a",
                    tag("span", tag("code", value), " ", place, *marks),
                    tag("b", f"{count:,}"),
                    href=link(kind, value),
                    target="_self",
                    style=f"--share:{100 * count / most:.1f}%",
                )
            )
        show(tag("div", *rows, cls="wr-ranks listed"))


def _asked(code: str, span: str) -> Asked:
    return Asked("events", f"country:{quoted(code)}", span)


def _scale(room: Room) -> None:
    """Say what the colours mean: shares of the country that most came from."""
    words = room.words
    bounds = [f"{100 * share:.0f}" for share in _STEPS]
    steps = [tag("span", tag("i", "", cls="c0"), words("map.scale_none"))]
    for level, least in enumerate(bounds, 1):
        upto = bounds[level] if level < len(bounds) else "100"
        steps.append(tag("span", tag("i", "", cls=f"c{level}"), f"{least}–{upto} %"))
    show(tag("div", tag("span", words("map.scale")), *steps, cls="wr-scale"))


def _drawing(room: Room, counts: dict[str, int], span: str) -> None:
    """Draw the map of our own shapes: a chart library would fetch its own from elsewhere."""
    most = max(counts.values(), default=1)
    drawn = []
    for code, country in sights.known_countries().items():
        count = counts.get(code, 0)
        level = sum(count / most > step for step in _STEPS)
        drawn.append((code, country.shape, f"{country_name(room, code)}: {count:,}", level))
    data = {"label": room.words("map.title"), "countries": drawn}
    chosen = components.world(key="world", data=data, on_open_change=components.noted).open
    if isinstance(chosen, str) and chosen in counts:
        st.query_params["screen"] = "search"
        search_asking.ask(_asked(chosen, span))
        st.rerun()
