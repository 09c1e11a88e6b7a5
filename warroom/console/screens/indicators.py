"""The screen of indicators: what is known of a value, who lists it, where it was seen, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import indicator_asking, indicator_known, indicator_list, indicator_panel, panels
from warroom.console.indicator_asking import ALL, SHORTEST, Asked, Opened, recognised
from warroom.console.intel_list import kind_name, title_of
from warroom.console.markup import show, tag, visible
from warroom.console.shared import Shared
from warroom.errors import StoreError
from warroom.indicators import Kind
from warroom.store.intel import search
from warroom.store.intel.search import FoundIndicators

if TYPE_CHECKING:
    from warroom.console.room import Room, Tick

_FOUND: Final = Shared[FoundIndicators](32)
_SHOWN: Final = "indicators_shown"
_TEXT, _KIND, _FEED, _TAG = "indicators_text", "indicators_kind", "indicators_feed", "indicators_tag"

#: What can be typed; examples are no words of a language.
_EXAMPLE: Final = "198.51.100.7   evil[.]example   198.51.*"
_TAG_EXAMPLE: Final = "attack.t1071"


def show_screen(room: Room) -> None:
    """Lay the screen out. It stands still while it is read; what is asked and what is open stand in the address."""
    tick = room.look()
    asked = indicator_asking.asked_in_address()
    _form(room, tick, asked)
    found = _found(room, asked)
    opened = indicator_asking.opened_in_address() or _only(asked, found)
    if opened is None and found is not None and found.shown:
        _listing(room, tick, asked, found, None)
        return
    left, right = st.columns([1.35, 1], gap="small")
    with left:
        _listing(room, tick, asked, found, opened)
    with right:
        if opened is None:
            with panels.panel("indicator_help", room.words("indicator.help")):
                rows = [
                    tag("li", room.words(f"indicator.help_{name}")) for name in ("value", "part", "begin", "covers")
                ]
                show(tag("ul", *rows, cls="wr-kinds"))
            return
        try:
            indicator_panel.show_indicator(room, tick, opened)
        except StoreError as problem:
            panels.warning(str(problem))


def _form(room: Room, tick: Tick, asked: Asked) -> None:
    words = room.words
    if st.session_state.get(_SHOWN) != asked:  # a link or another search: the fields say what it is
        st.session_state[_SHOWN] = asked
        for key, value in zip((_TEXT, _KIND, _FEED, _TAG), asked, strict=True):
            st.session_state[key] = value
    feeds = {one: title_of(row, words) for one, row in indicator_known.feeds_by_id(room, tick).items()}
    with (
        panels.panel("indicators_form", words("indicator.search"), words("indicator.search_hint")),
        st.form("indicators_form", border=False, enter_to_submit=True),
    ):
        row = st.columns([4.2, 1.3, 2, 1.5, 0.9], gap="small", vertical_alignment="bottom")
        row[0].text_input(words("indicator.query"), key=_TEXT, placeholder=_EXAMPLE)
        row[1].selectbox(
            words("indicator.kind"),
            ["", *Kind],
            key=_KIND,
            format_func=lambda one: kind_name(words, one) if one else words("indicator.any"),
        )
        row[2].selectbox(
            words("indicator.feed"),
            list(dict.fromkeys(["", *feeds, asked.feed])),
            key=_FEED,
            format_func=lambda one: visible(feeds.get(one) or one) if one else words("indicator.any"),
        )
        row[3].text_input(words("indicator.tag"), key=_TAG, placeholder=_TAG_EXAMPLE)
        row[4].form_submit_button(words("search.do"), type="primary", on_click=_search, width="stretch")


def _search() -> None:
    """Put the form into the address."""
    text, kind, feed, tagged = (str(st.session_state.get(key) or "") for key in (_TEXT, _KIND, _FEED, _TAG))
    indicator_asking.ask(Asked(text.strip(), kind, feed, tagged.strip()))


def _found(room: Room, asked: Asked) -> FoundIndicators | None:
    """Give what is found; None where there is nothing to look for, or it could not be looked for, which is said."""
    wanted = indicator_asking.wanted(asked)
    if wanted is None:
        panels.warning(room.words("indicator.too_short", count=SHORTEST))
        return None
    key = (room.settings.db_url, search.mark(room.state, "indicators"), wanted)
    try:
        return _FOUND.get(key, lambda: search.find(room.state, room.settings.data_dir, wanted))
    except StoreError as problem:
        panels.warning(str(problem))
        return None


def _only(asked: Asked, found: FoundIndicators | None) -> Opened | None:
    """Open at once what was typed whole: listed or not, there is something to say of it."""
    if found is None:
        return None
    whole = recognised(asked.text)
    return None if whole is None else Opened(*whole)


def _listing(room: Room, tick: Tick, asked: Asked, found: FoundIndicators | None, opened: Opened | None) -> None:
    words = room.words
    if found is None:
        return
    key = "newest" if asked.text in {"", ALL} else "found_more" if found.cut else "found"
    hint = words(f"indicator.{key}", count=f"{found.values:,}", shown=f"{len(found.shown):,}")
    with panels.panel("indicators_found", words("indicator.found_title"), hint):
        if not found.shown:
            why = "nothing" if any(asked) else "empty"
            panels.empty(words(f"indicator.{why}"), words(f"indicator.{why}_do"))
            return
        picked = indicator_list.show_found(room, tick, found, opened)
    if picked is not None and picked != indicator_asking.opened_in_address():
        indicator_asking.open_one(picked)
        st.rerun()
