"""The ATT&CK screen: techniques that were seen against those that the loaded rules cover."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import attack_matrix, panels, search_asking, sights
from warroom.console.attack_matrix import Cell
from warroom.console.markup import show, tag
from warroom.console.ways import Way
from warroom.store.search_history import Asked

if TYPE_CHECKING:
    from warroom.catalog.world import Technique
    from warroom.console.room import Room, Tick
    from warroom.store.views.seen import SeenTag

_PICK: Final = "attack_days"
_ALL: Final = "attack_all"
_TAG: Final = re.compile(r"attack\.(t\d{4})(?:\.\d{3})?")
_LEVELS: Final = (1, 5, 25, 100)
_LOOKS: Final = (
    ("blind", "matrix.mark_blind"),
    ("covered", "matrix.mark_covered"),
    ("seen-1", "matrix.mark_seen"),
    ("seen-4", "matrix.mark_much"),
    ("seen-2 uncovered", "matrix.mark_uncovered"),
)


def show_screen(room: Room) -> None:
    """Lay the screen out; the matrix renews itself."""
    room.live("10s", lambda tick: _matrix(room, tick))


def _matrix(room: Room, tick: Tick) -> None:
    words = room.words
    left, right = st.columns([1, 1], vertical_alignment="bottom")
    with left:
        days = attack_matrix.pick_days(words, _PICK, "week")
    with right:
        everything = st.toggle(words("matrix.all"), key=_ALL)
    _, techniques = sights.attack()
    seen = by_technique(sights.tags(room.state, room.seen, tick.minute, days))
    rules = covered_techniques(sights.covered(room.state, room.seen.url, tick.minute))
    blind = [key for key in seen if key in techniques and not rules.get(key)]
    hint = words(
        "matrix.hint",
        seen=len(attack_matrix.known(seen)),
        covered=len(attack_matrix.known(rules)),
        total=sum("." not in key for key in techniques),
    )
    way = attack_matrix.with_way(hint, words("matrix.to_covered"), Way.COVERAGE)
    with panels.panel("attack", words("matrix.title"), way):
        show(attack_matrix.legend(words, _LOOKS))
        shown = None if everything else seen.keys() | rules.keys()

        def cell(one: Technique) -> Cell:
            return _cell(room, one, seen.get(one.id), rules.get(one.id, 0))

        show(attack_matrix.matrix(words, "seen", cell, shown, rules))
        if not seen:
            panels.empty(words("matrix.none"), words("matrix.none_do"))
        if strange := attack_matrix.unknown(words, seen.keys() | rules.keys()):
            show(*strange)
        if blind:
            show(tag("p", words("matrix.uncovered", names=" ".join(blind[:30])), cls="wr-hint"))


def by_technique(found: list[SeenTag]) -> dict[str, SeenTag]:
    """Sum what was seen of techniques and their sub-techniques, by technique."""
    summed: dict[str, SeenTag] = {}
    for one in found:
        if match := _TAG.fullmatch(one.tag):
            key = match[1].upper()
            before = summed.get(key)
            # an incident of two sub-techniques may count twice: the number is of the more frequent one then
            incidents = max(one.incidents, before.incidents if before else 0)
            summed[key] = type(one)(key, one.alerts + (before.alerts if before else 0), incidents)
    return summed


def covered_techniques(found: dict[str, int]) -> dict[str, int]:
    """Sum the rules of techniques and their sub-techniques, by technique."""
    summed: dict[str, int] = {}
    for name, rules in found.items():
        if match := _TAG.fullmatch(name):
            summed[match[1].upper()] = summed.get(match[1].upper(), 0) + rules
    return summed


def _cell(room: Room, technique: Technique, seen: SeenTag | None, rules: int) -> Cell:
    count = 0 if seen is None else seen.alerts
    told = room.words("matrix.cell", alerts=f"{count:,}", rules=rules)
    if not count:
        return Cell("covered", "", told) if rules else Cell("blind", "", told, -1)
    level = sum(count >= least for least in _LEVELS)
    address = search_asking.link(Asked("incidents", f"tag:{technique.id.lower()}*", "month"))
    return Cell(f"seen-{level}{'' if rules else ' uncovered'}", f"{count:,}", told, count, address)
