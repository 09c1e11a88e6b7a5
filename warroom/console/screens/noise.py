"""The noise board: which rules raise alerts that are no good, which say nothing, and what people propose to tune."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import noise_list, panels, rule_asking, rule_shelf, rule_sights, rule_tuning
from warroom.console.markup import Markup, show, tag

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.console.room import Room, Tick

_ACCENTS: Final = {"noisy": "#ff9f43", "silent": "#9fb0c6", "blind": "#ff5566", "proposals": "#ffd166"}


def show_screen(room: Room) -> None:
    """Lay the screen out; what is proposed stands still while somebody writes a reason."""
    room.live("30s", lambda tick: _head(room, tick))
    left, right = st.columns([1.5, 1], gap="small")
    with left:
        room.live("30s", lambda tick: _noisy(room, tick))
        room.live("30s", lambda tick: _of_state(room, tick, "silent", rule_sights.SILENT))
    with right:
        rule_tuning.show_proposals(room)
        room.live("30s", lambda tick: _of_state(room, tick, "blind", rule_shelf.BLINDED))


def _head(room: Room, tick: Tick) -> None:
    conditions = list(rule_sights.conditions(room, tick).values())
    counts = {
        "noisy": conditions.count(rule_sights.NOISY),
        "silent": conditions.count(rule_sights.SILENT),
        "blind": conditions.count(rule_shelf.BLINDED),
        "proposals": len(rule_tuning.open_proposals(room)),
    }
    show(_cards(room, counts))


def _cards(room: Room, counts: Mapping[str, int]) -> Markup:
    words = room.words
    cards = [
        tag(
            "div",
            tag("span", words(f"noisecard.{name}"), cls="name"),
            tag("strong", f"{count:,}"),
            tag("span", words(f"noisecard.{name}_told"), cls="detail"),
            cls="wr-card lit" if count else "wr-card",
            style=f"--accent:{_ACCENTS[name]}",
        )
        for name, count in counts.items()
    ]
    return tag("div", *cards, cls="wr-cards four")


def _noisy(room: Room, tick: Tick) -> None:
    words = room.words
    rows = noise_list.loudest(room, tick)
    with panels.panel("noise_list", words("noise.title"), words("noise.hint")):
        if not rows:
            panels.empty(words("noise.none"), words("noise.none_do"))
            return
        picked = noise_list.show_noise(room, tick, rows)
    if picked is not None:
        st.query_params.from_dict({"screen": "rules", "rule": picked})
        st.rerun()


def _of_state(room: Room, tick: Tick, name: str, state: str) -> None:
    """Show the rules of a state; ``name`` is of its texts."""
    words = room.words
    with panels.panel(f"noise_{name}", words(f"noise.{name}"), _more(room, state)):
        found = noise_list.of_condition(room, tick, state)
        if found:
            show(noise_list.short_list(room, tick, found))
        else:
            panels.empty(words(f"noise.no_{name}"), words(f"noise.no_{name}_do"))


def _more(room: Room, state: str) -> Markup:
    """Give the way to all rules of a state."""
    return tag("a", room.words("noise.all"), href=rule_asking.link(state=state), target="_self", cls="wr-more")
