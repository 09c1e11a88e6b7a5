"""The screen of planned changes and approved scans: what was announced, what came, and how they compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import components, panels
from warroom.console.markup import visible
from warroom.console.planned_form import show_form
from warroom.console.planned_panel import show_window, state_of
from warroom.console.times import date_time
from warroom.incidents.planning import list_windows

if TYPE_CHECKING:
    from warroom.console.room import Room
    from warroom.store.planned import Window

_ASKED: Final = "window"
_COLUMNS: Final = (
    ("kind", "86px", "", "second"),
    ("what", "", "main", ""),
    ("platform", "17%", "", ""),
    ("begins", "164px", "", "first"),
    ("ends", "164px", "", ""),
    ("approved", "13%", "quiet", "first"),
    ("folded", "84px", "", ""),
    ("state", "132px", "chip", ""),
)


def show_screen(room: Room) -> None:
    """Lay the screen out; what is chosen stands in the address, by its number."""
    now = room.look().now_us
    found = list_windows(room.state, room.person.actor)
    chosen = next((row for row in found if str(row[0].id) == st.query_params.get(_ASKED)), None)
    left, right = st.columns([1.7, 1.2] if chosen else [2.1, 1], gap="small")
    with left:
        _listing(room, found, chosen[0] if chosen else None, now)
    with right:
        if chosen is not None:
            show_window(room, chosen[0], now, close=_close)
        elif room.person.actor.can(Permission.MANAGE_CHANGES):
            show_form(room)
        else:
            with panels.panel("planned_new", room.words("planned.new")):
                panels.empty(room.words("planned.looking_on"), room.words("planned.looking_on_do"))


def _listing(room: Room, found: list[tuple[Window, int, int]], chosen: Window | None, now: int) -> None:
    words = room.words
    running = sum(state_of(one, now) == "running" for one, _, _ in found)
    with panels.panel("planned", words("planned.title"), words("planned.count", running=running, total=len(found))):
        if not found:
            panels.empty(words("planned.empty"), words("planned.empty_do"))
            return
        data = {
            "label": words("planned.title"),
            "height": "max(300px, calc(100vh - 161px - var(--band, 0px)))",
            "chosen": str(chosen.id) if chosen else "",
            "columns": [
                {"title": words(f"planned.{name}"), "width": width, "look": look, "yields": yields}
                for name, width, look, yields in _COLUMNS
            ],
            "rows": [_row(room, one, held, now) for one, held, _ in found],
        }
        asked = components.listing(key="planned_listing", data=data, on_open_change=components.noted).open
    if (
        isinstance(asked, str)
        and asked in {str(one.id) for one, _, _ in found}
        and asked != st.query_params.get(_ASKED)
    ):
        st.query_params[_ASKED] = asked
        st.rerun()


def _row(room: Room, one: Window, held: int, now: int) -> dict[str, object]:
    words, language = room.words, room.words.language
    state = state_of(one, now)
    return {
        "id": str(one.id),
        "look": "off" if state in {"over", "cancelled"} else "",
        "chip": "" if state == "running" else "off",
        "cells": [
            words(f"planned.{one.kind}"),
            visible(one.title),
            room.platform(one.platform_id),
            date_time(one.starts_at, language),
            date_time(one.ends_at, language),
            visible(one.approved_by),
            f"{held:,}",
            words(f"planned.{state}"),
        ],
    }


def _close() -> None:
    st.query_params.pop(_ASKED, None)
