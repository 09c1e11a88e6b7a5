"""The world map: from which countries sources came, as far as events say it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import components, panels, search_asking, sights
from warroom.console.markup import show, tag
from warroom.store.query import quoted
from warroom.store.search_history import Asked

if TYPE_CHECKING:
    from warroom.console.room import Room, Tick

_DAYS: Final = {"day": 1, "week": 7, "month": 30}
_PICK: Final = "map_days"
_ROWS: Final = 24
#: Shares of the greatest count from which a country is drawn brighter.
_STEPS: Final = (0.0, 0.02, 0.1, 0.3, 0.6)


def show_screen(room: Room) -> None:
    """Lay the screen out; the map renews itself once a minute, for it is large."""
    room.live("60s", lambda tick: _world(room, tick))


def _world(room: Room, tick: Tick) -> None:
    words = room.words
    span = st.segmented_control(
        words("search.span"),
        list(_DAYS),
        default="day",
        key=_PICK,
        format_func=lambda name: words(f"span.{name}"),
        label_visibility="collapsed",
        required=True,
    )
    span = span or "day"
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


def country_name(room: Room, code: str) -> str:
    """Give a country's name in the person's language; its code where nobody has it."""
    found = sights.known_countries().get(code)
    if found is None:
        return code
    return found.name_th if room.words.language == "th" else found.name_en


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
