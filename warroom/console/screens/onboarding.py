"""The onboarding screen: every kind of log of every platform, how far it has come, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import components, feed_folder, feed_sights, onboarding_panel, panels, snapshot
from warroom.console.markup import join, tag
from warroom.console.onboarding_panel import kind_title
from warroom.console.screens.platforms import seen_platforms
from warroom.onboarding import PROBE, Connection, onboarding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.console.markup import Markup
    from warroom.console.room import Room, Tick
    from warroom.onboarding import Cell, Onboarded

_STATES: Final = "onboard_states"
_PLATFORMS: Final = "onboard_platforms"
_KINDS: Final = "onboard_kinds"
#: What the screen leaves for the table, and with the panel below it.
_HEIGHT: Final = "max(240px, calc(100vh - 158px - var(--band, 0px)))"
_HEIGHT_BESIDE: Final = "max(240px, calc(100vh - 386px - var(--band, 0px)))"
_SIGNS: Final = {
    Connection.CONNECTED: "✓",
    Connection.SILENT: "!",
    Connection.NEVER: "○",
    Connection.READY: "·",
    Connection.MISSING: "×",
}


def show_screen(room: Room) -> None:
    """Lay the screen out; the cell that is chosen stands in the address."""
    room.live("10s", lambda tick: _screen(room, tick))


def _screen(room: Room, tick: Tick) -> None:
    words = room.words
    feeds, faults = feed_folder.feeds_of(room.settings.feeds, room.settings.data_dir)
    rows = {row.feed_id: row for row in snapshot.feeds(room.state, room.seen, tick.version("feeds"), tick.minute)}
    known = seen_platforms(room)
    judged = onboarding(known, feeds, rows, feed_sights.usual(room.state, room.seen.url, tick.minute), tick.now_us)
    cells = [cell for one in judged for cell in one.cells]
    connected = sum(cell.connection is Connection.CONNECTED for cell in cells)
    hint = words("onboard.count", connected=connected, total=len(cells), platforms=len(known))
    chosen = _chosen(judged)
    hint = hint if chosen else f"{hint} · {words('onboard.choose_do')}"
    told: list[Markup | str] = [tag("b", words("onboard.faults", count=len(faults)), cls="bad"), " "] if faults else []
    with panels.panel("onboard", words("onboard.title"), join([*told, hint])):
        _filters(room, cells, judged)
        shown, kinds = _filtered(judged)
        if not shown or not kinds:
            panels.empty(words("onboard.none"), words("onboard.none_do"))
        else:
            _matrix(room, shown, kinds, chosen)
    if chosen is not None:
        onboarding_panel.show_cell(room, tick, *chosen, {feed.id: feed for feed in feeds}, rows)


def _filters(room: Room, cells: Sequence[Cell], judged: Sequence[Onboarded]) -> None:
    words = room.words
    counts = {state: sum(cell.connection is state for cell in cells) for state in Connection}
    with st.container(key="onboard_filters", horizontal=True, gap="small"):
        st.segmented_control(
            words("onboard.state"),
            list(Connection),
            key=_STATES,
            selection_mode="multi",
            format_func=lambda state: f"{_SIGNS[state]} {words(f'onboard.{state}')} {counts[state]}",
            label_visibility="collapsed",
        )
        st.multiselect(
            words("onboard.platform"),
            [one.platform_id for one in judged],
            key=_PLATFORMS,
            format_func=room.platform,
            placeholder=words("onboard.all_platforms"),
            label_visibility="collapsed",
        )
        st.multiselect(
            words("onboard.kind"),
            _kinds(judged),
            key=_KINDS,
            format_func=lambda kind: kind_title(kind, words),
            placeholder=words("onboard.all_kinds"),
            label_visibility="collapsed",
        )


def _kinds(judged: Sequence[Onboarded]) -> list[str]:
    """Give the kinds of log that these platforms have, in the order of the vocabulary; probes last."""
    had = {cell.log_source for one in judged for cell in one.cells}
    return [*(kind for kind in onboarding_panel.log_sources() if kind in had), PROBE]


def _filtered(judged: Sequence[Onboarded]) -> tuple[list[Onboarded], list[str]]:
    """Give the platforms and kinds that have something to show under the filters."""
    platforms, chosen = st.session_state.get(_PLATFORMS) or [], st.session_state.get(_KINDS) or []
    rows = [one for one in judged if not platforms or one.platform_id in platforms]
    kinds = [kind for kind in _kinds(judged) if not chosen or kind in chosen]
    found = {(one.platform_id, cell.log_source) for one in rows for cell in _cells(one) if _fits(cell)}
    return (
        [one for one in rows if any((one.platform_id, kind) in found for kind in kinds)],
        [kind for kind in kinds if any((one.platform_id, kind) in found for one in rows)],
    )


def _cells(one: Onboarded) -> tuple[Cell, ...]:
    return (*one.cells, one.probing)


def _fits(cell: Cell) -> bool:
    wanted = st.session_state.get(_STATES) or []
    return not wanted or cell.connection in wanted


def _matrix(room: Room, shown: Sequence[Onboarded], kinds: Sequence[str], chosen: tuple[str, Cell] | None) -> None:
    words = room.words
    rows = []
    for one in shown:
        states = {cell.log_source: cell.connection for cell in _cells(one) if _fits(cell)}
        done = sum(cell.connection is Connection.CONNECTED for cell in one.cells)
        rows.append(
            {
                "id": one.platform_id,
                "name": room.platform(one.platform_id),
                "done": f"{done}/{len(one.cells)}",
                "cells": [states.get(kind, "") for kind in kinds],
            }
        )
    data = {
        "label": words("onboard.label"),
        "corner": words("onboard.platform"),
        "height": _HEIGHT if chosen is None else _HEIGHT_BESIDE,
        "platform": chosen[0] if chosen else "",
        "kind": chosen[1].log_source if chosen else "",
        "signs": _SIGNS,
        "kinds": [
            {"id": kind, "short": words.either(f"kind.{kind}", kind), "title": kind_title(kind, words)}
            for kind in kinds
        ],
        "states": {state: words(f"onboard.{state}") for state in Connection},
        "rows": rows,
    }
    asked = components.matrix(key="onboard_matrix", data=data, on_open_change=components.noted).open
    platform, _, kind = asked.partition("/") if isinstance(asked, str) else ("", "", "")
    if any(one.platform_id == platform for one in shown) and kind in kinds:
        before = st.query_params.get("platform"), st.query_params.get("kind")
        if before != (platform, kind):
            st.query_params["platform"], st.query_params["kind"] = platform, kind
            st.rerun()


def _chosen(judged: Sequence[Onboarded]) -> tuple[str, Cell] | None:
    """Give the cell that the address names, as far as it is one of these platforms'."""
    platform, kind = st.query_params.get("platform"), st.query_params.get("kind")
    for one in judged:
        if one.platform_id == platform:
            return next(((one.platform_id, cell) for cell in _cells(one) if cell.log_source == kind), None)
    return None
