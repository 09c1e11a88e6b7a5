"""The coverage screen: which techniques of ATT&CK the detectors cover, which of that is tested, and what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import attack_matrix, panels, rule_asking, rule_coverage, sights
from warroom.console.attack_matrix import Cell
from warroom.console.giving import giving
from warroom.console.markup import Markup, show, tag
from warroom.console.shared import Shared
from warroom.console.ways import Way

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.access import Actor
    from warroom.bench.coverage import Covered
    from warroom.catalog.world import Technique
    from warroom.console.room import Room, Tick

_MAPS: Final = Shared[Markup](16)
_PICK: Final = "coverage_days"
_ALL: Final = "coverage_all"
_MANY: Final = (1, 2, 5)
_LOOKS: Final = (
    ("blind", "coverage.mark_none"),
    ("shadowed", "coverage.mark_shadow"),
    ("rules-1", "coverage.mark_one"),
    ("rules-2", "coverage.mark_some"),
    ("rules-3", "coverage.mark_many"),
    ("uncovered", "coverage.mark_uncovered"),
)
_SIGNS: Final = (("✓", "coverage.mark_tested"), ("●", "coverage.mark_seen"))
_ACCENTS: Final = {"covered": "#22d3ee", "tested": "#2dd4a0", "seen": "#b48cff", "blind": "#ff9f43"}


def show_screen(room: Room) -> None:
    """Lay the screen out; the map renews itself."""
    room.live("30s", lambda tick: _show(room, tick))


def _show(room: Room, tick: Tick) -> None:
    words = room.words
    _, techniques = sights.attack()
    cards = st.container()
    left, centre, right = st.columns([1.2, 2, 1], gap="small", vertical_alignment="center")
    with left:
        days = attack_matrix.pick_days(words, _PICK, "month")
    with centre:
        everything = st.toggle(words("matrix.all"), key=_ALL)
    with right:
        st.download_button(
            words("coverage.navigator"),
            giving(room, lambda me: _layer(room, tick, days, me)),
            rule_coverage.FILE_NAME,
            "application/json",
            key="coverage_navigator",
            on_click="ignore",
            width="stretch",
            help=words("coverage.navigator_told"),
        )
    found = rule_coverage.covered(room, tick, days)
    with cards:
        show(_cards(room, attack_matrix.known(found), sum("." not in key for key in techniques)))
    hint = attack_matrix.with_way(words("coverage.hint"), words("matrix.to_seen"), Way.ATTACK)
    with panels.panel("coverage", words("coverage.title"), hint):
        show(attack_matrix.legend(words, _LOOKS, _SIGNS))
        if not found and not everything:
            panels.empty(words("coverage.none"), words("coverage.none_do"))
            return
        key = (*room.sight(tick, "content", "rules"), tick.minute, days, everything)
        show(_MAPS.get(key, lambda: _map(room, found, everything=everything)), *attack_matrix.unknown(words, found))


def _layer(room: Room, tick: Tick, days: int, me: Actor) -> bytes:
    """Give the layer with sub-techniques, which the Navigator shows apart."""
    found = rule_coverage.covered(room, tick, days, whole=False)
    return rule_coverage.navigator_layer(me, found, room.words("app.title"))


def _map(room: Room, found: Mapping[str, Covered], *, everything: bool) -> Markup:
    covered = {key for key, one in found.items() if one.rules}
    shown = None if everything else found.keys()
    return attack_matrix.matrix(room.words, "coverage", lambda one: _cell(room, one, found.get(one.id)), shown, covered)


def _cell(room: Room, technique: Technique, one: Covered | None) -> Cell:
    words = room.words
    if one is None:
        return Cell("blind", "", words("coverage.cell_none"), -1)
    told = words("coverage.cell", rules=one.rules, shadow=one.shadow, tested=one.tested, alerts=f"{one.alerts:,}")
    address = rule_asking.link(text=technique.id.lower())
    return Cell(_look(one), _signs(one), told, one.rules + one.alerts, address)


def _look(one: Covered) -> str:
    if not one.rules:
        return "uncovered" if one.alerts else "shadowed"
    level = sum(one.rules >= least for least in _MANY)
    return f"rules-{level}{' tested' if one.tested else ''}{' seen' if one.alerts else ''}"


def _signs(one: Covered) -> str:
    return f"{one.rules}{' ✓' if one.tested else ''}{' ●' if one.alerts else ''}"


def _cards(room: Room, found: Mapping[str, Covered], total: int) -> Markup:
    words = room.words
    counts = {
        "covered": sum(bool(one.rules) for one in found.values()),
        "tested": sum(bool(one.tested) for one in found.values()),
        "seen": sum(bool(one.alerts) for one in found.values()),
        "blind": sum(bool(one.alerts) and not one.rules for one in found.values()),
    }
    cards = [
        tag(
            "div",
            tag("span", words(f"coveragecard.{name}"), cls="name"),
            tag("strong", f"{count:,}"),
            tag("span", words(f"coveragecard.{name}_told", total=total), cls="detail"),
            cls="wr-card lit" if name == "blind" and count else "wr-card",
            style=f"--accent:{_ACCENTS[name]}",
        )
        for name, count in counts.items()
    ]
    return tag("div", *cards, cls="wr-cards four")
