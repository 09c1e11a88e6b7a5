"""The ATT&CK screen: techniques that were seen against those that the loaded rules cover."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import panels, search_asking, sights
from warroom.console.markup import Markup, show, tag
from warroom.store.search_history import Asked

if TYPE_CHECKING:
    from warroom.catalog.world import Tactic, Technique
    from warroom.console.room import Room, Tick
    from warroom.store.views.seen import SeenTag

#: Days back, by the name of the range.
_DAYS: Final = {"day": 1, "week": 7, "month": 30}
_PICK: Final = "attack_days"
_ALL: Final = "attack_all"
_TAG: Final = re.compile(r"attack\.(t\d{4})(?:\.\d{3})?")
_LEVELS: Final = (1, 5, 25, 100)


def show_screen(room: Room) -> None:
    """Lay the screen out; the matrix renews itself."""
    room.live("10s", lambda tick: _matrix(room, tick))


def _matrix(room: Room, tick: Tick) -> None:
    words = room.words
    left, right = st.columns([1, 1], vertical_alignment="bottom")
    with left:
        span = st.segmented_control(
            words("search.span"),
            list(_DAYS),
            default="week",
            key=_PICK,
            format_func=lambda name: words(f"span.{name}"),
            label_visibility="collapsed",
            required=True,
        )
    with right:
        everything = st.toggle(words("matrix.all"), key=_ALL)
    days = _DAYS.get(span or "week", 7)
    tactics, techniques = sights.attack()
    seen = by_technique(sights.tags(room.state, room.seen, tick.minute, days))
    rules = covered_techniques(sights.covered(room.state, room.seen.url, tick.minute))
    known = {key for key in {*seen, *rules} if key in techniques}
    blind = [key for key in seen if key in techniques and not rules.get(key)]
    parents = [key for key in techniques if "." not in key]
    hint = words(
        "matrix.hint",
        seen=len(seen.keys() & techniques.keys()),
        covered=len(rules.keys() & techniques.keys()),
        total=len(parents),
    )
    with panels.panel("attack", words("matrix.title"), hint):
        show(_legend(room))
        columns = [
            _column(
                room,
                tactic,
                [techniques[key] for key in parents if tactic.key in techniques[key].tactics],
                seen,
                rules,
                everything=everything,
            )
            for tactic in tactics
        ]
        show(tag("div", *columns, cls="wr-matrix"))
        if not seen:
            panels.empty(words("matrix.none"), words("matrix.none_do"))
        unknown = sorted((seen.keys() | rules.keys()) - known - techniques.keys())
        if unknown:
            show(tag("p", words("matrix.unknown", names=" ".join(one.upper() for one in unknown[:30])), cls="wr-hint"))
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


def _column(
    room: Room,
    tactic: Tactic,
    techniques: list[Technique],
    seen: dict[str, SeenTag],
    rules: dict[str, int],
    *,
    everything: bool,
) -> Markup:
    words = room.words
    name = tactic.name_th if words.language == "th" else tactic.name_en
    shown = [one for one in techniques if everything or one.id in seen or one.id in rules]
    shown.sort(key=lambda one: (-(seen[one.id].alerts if one.id in seen else 0), one.id not in rules, one.id))
    covered = sum(one.id in rules for one in techniques)
    head = tag(
        "header",
        tag("b", name, title=f"{tactic.name_en} · {tactic.id}"),
        tag("span", words("matrix.covered", count=covered, total=len(techniques))),
    )
    return tag("section", head, *(_cell(room, one, seen.get(one.id), rules.get(one.id, 0)) for one in shown))


def _cell(room: Room, technique: Technique, seen: SeenTag | None, rules: int) -> Markup:
    words = room.words
    count = 0 if seen is None else seen.alerts
    level = sum(count >= least for least in _LEVELS)
    told = words("matrix.cell", alerts=f"{count:,}", rules=rules)
    title = f"{technique.id} {technique.name} · {told}"
    look = f"seen-{level}" if count else ("covered" if rules else "blind")
    inner = [tag("i", technique.id), tag("span", technique.name), tag("em", f"{count:,}" if count else "")]
    if not count:
        return tag("div", *inner, cls=f"cell {look}", title=title)
    address = search_asking.link(Asked("incidents", f"tag:{technique.id.lower()}*", "month"))
    if not rules:
        look += " uncovered"
    return tag("a", *inner, cls=f"cell {look}", title=title, href=address, target="_self")


def _legend(room: Room) -> Markup:
    words = room.words
    marks = [("blind", "matrix.mark_blind"), ("covered", "matrix.mark_covered")]
    marks += [
        ("seen-1", "matrix.mark_seen"),
        ("seen-4", "matrix.mark_much"),
        ("seen-2 uncovered", "matrix.mark_uncovered"),
    ]
    return tag(
        "div", *(tag("span", tag("i", "", cls=f"cell {look}"), words(key)) for look, key in marks), cls="wr-marks"
    )
