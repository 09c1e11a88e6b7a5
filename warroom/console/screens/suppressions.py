"""The screen of suppressions: what is hidden, by whom, why and until when; and hiding with a look before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import components, panels
from warroom.console.markup import visible
from warroom.console.masking import masked
from warroom.console.suppression_form import show_form
from warroom.console.suppression_panel import rule_of, show_suppression
from warroom.console.times import date_time
from warroom.incidents.suppressing import list_suppressions

if TYPE_CHECKING:
    from warroom.console.room import Room
    from warroom.store.suppressions import Suppression

_ASKED: Final = "suppression"
_COLUMNS: Final = (
    ("what", "", "main", ""),
    ("platform", "15%", "", "second"),
    ("reason", "22%", "quiet", "first"),
    ("owner", "11%", "", "second"),
    ("until", "164px", "", ""),
    ("alerts", "84px", "", ""),
    ("state", "110px", "chip", ""),
)


def show_screen(room: Room) -> None:
    """Lay the screen out; what is chosen stands in the address, by its number."""
    now = room.look().now_us
    found = list_suppressions(room.state, room.person.actor)
    chosen = next((row for row in found if str(row[0].id) == st.query_params.get(_ASKED)), None)
    left, right = st.columns([2.1, 1], gap="small")
    with left:
        _listing(room, found, chosen[0] if chosen else None, now)
    with right:
        if chosen is not None:
            show_suppression(room, *chosen, close=_close)
        elif room.person.actor.can(Permission.SUPPRESS):
            show_form(room)
        else:
            with panels.panel("suppression_new", room.words("suppress.new")):
                panels.empty(room.words("suppress.looking_on"), room.words("suppress.looking_on_do"))


def what_of(room: Room, one: Suppression) -> str:
    """Say in one line which alerts a suppression hides."""
    words = room.words
    parts = [rule_of(room, one)]
    if one.entity_kind is not None and one.entity_value is not None:
        parts.append(f"{words.either(f'entity.{one.entity_kind}', one.entity_kind)} {masked(one.entity_value)}")
    return visible(" · ".join(parts))


def _listing(room: Room, found: list[tuple[Suppression, int, int]], chosen: Suppression | None, now: int) -> None:
    words = room.words
    active = sum(one.ended_at is None and one.expires_at > now for one, _, _ in found)
    hint = words("suppress.count", active=active, total=len(found))
    with panels.panel("suppressions", words("suppress.title"), hint):
        if not found:
            panels.empty(words("suppress.empty"), words("suppress.empty_do"))
            return
        data = {
            "label": words("suppress.title"),
            "height": "max(300px, calc(100vh - 161px - var(--band, 0px)))",
            "chosen": str(chosen.id) if chosen else "",
            "columns": [
                {"title": words(f"suppress.{name}"), "width": width, "look": look, "yields": yields}
                for name, width, look, yields in _COLUMNS
            ],
            "rows": [_row(room, *row, now) for row in found],
        }
        asked = components.listing(key="suppressions_listing", data=data, on_open_change=components.noted).open
    if (
        isinstance(asked, str)
        and asked in {str(one.id) for one, _, _ in found}
        and asked != st.query_params.get(_ASKED)
    ):
        st.query_params[_ASKED] = asked
        st.rerun()


def _row(room: Room, one: Suppression, held: int, _events: int, now: int) -> dict[str, object]:
    words = room.words
    state = "active" if one.ended_at is None else "expired" if one.ended_by == "worker" else "lifted"
    if state == "active" and one.expires_at <= now:
        state = "expired"
    return {
        "id": str(one.id),
        "look": "" if state == "active" else "off",
        "chip": "" if state == "active" else "off",
        "cells": [
            what_of(room, one),
            room.platform(one.platform_id) if one.platform_id else words("suppress.everywhere"),
            visible(masked(one.reason)),
            visible(one.owner),
            date_time(one.ended_at or one.expires_at, words.language),
            f"{held:,}",
            words(f"suppress.{state}"),
        ],
    }


def _close() -> None:
    st.query_params.pop(_ASKED, None)
