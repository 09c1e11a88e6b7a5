"""The coverage screen: which techniques of ATT&CK the detectors cover, which of that is tested, and what was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import panels, rule_asking, rule_coverage, sights
from warroom.console.giving import giving
from warroom.console.markup import Markup, show, tag
from warroom.console.shared import Shared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from warroom.access import Actor
    from warroom.bench.coverage import Covered
    from warroom.catalog.world import Tactic, Technique
    from warroom.console.room import Room, Tick

_MAPS: Final = Shared[Markup](16)
#: Days back, by the name of the range.
_DAYS: Final = {"day": 1, "week": 7, "month": 30}
_PICK: Final = "coverage_days"
_ALL: Final = "coverage_all"
_MANY: Final = (1, 2, 5)
_ACCENTS: Final = {"covered": "#22d3ee", "tested": "#2dd4a0", "seen": "#b48cff", "blind": "#ff9f43"}


def show_screen(room: Room) -> None:
    """Lay the screen out; the map renews itself."""
    room.live("30s", lambda tick: _show(room, tick))


def _show(room: Room, tick: Tick) -> None:
    words = room.words
    _, techniques = sights.attack()
    days = _DAYS.get(str(st.session_state.get(_PICK) or "month"), 30)
    found = rule_coverage.covered(room, tick, days)
    show(_cards(room, found, sum("." not in key for key in techniques)))
    left, centre, right = st.columns([1.2, 2, 1], gap="small", vertical_alignment="center")
    with left:
        st.segmented_control(
            words("search.span"),
            list(_DAYS),
            default="month",
            key=_PICK,
            format_func=lambda name: words(f"span.{name}"),
            label_visibility="collapsed",
            required=True,
        )
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
    with panels.panel("coverage", words("coverage.title"), words("coverage.hint")):
        show(_legend(room))
        if not found and not everything:
            panels.empty(words("coverage.none"), words("coverage.none_do"))
            return
        key = (*room.sight(tick, "content", "rules"), tick.minute, days, everything)
        show(_MAPS.get(key, lambda: _map(room, found, everything=everything)))


def _layer(room: Room, tick: Tick, days: int, me: Actor) -> bytes:
    """Give the layer with sub-techniques, which the Navigator shows apart."""
    found = rule_coverage.covered(room, tick, days, whole=False)
    return rule_coverage.navigator_layer(me, found, room.words("app.title"))


def _map(room: Room, found: Mapping[str, Covered], *, everything: bool) -> Markup:
    tactics, techniques = sights.attack()
    parents = [one for key, one in techniques.items() if "." not in key]
    columns = [
        _column(room, tactic, [one for one in parents if tactic.key in one.tactics], found, everything=everything)
        for tactic in tactics
    ]
    return tag("div", *columns, cls="wr-matrix coverage")


def _column(
    room: Room, tactic: Tactic, techniques: Sequence[Technique], found: Mapping[str, Covered], *, everything: bool
) -> Markup:
    words = room.words
    name = tactic.name_th if words.language == "th" else tactic.name_en
    covered = sum(bool(found[one.id].rules) for one in techniques if one.id in found)
    shown = [one for one in techniques if everything or one.id in found]
    shown.sort(key=lambda one: (-(found[one.id].rules + found[one.id].alerts if one.id in found else -1), one.id))
    share = 100 * covered / len(techniques) if techniques else 0
    head = tag(
        "header",
        tag("b", name, title=f"{tactic.name_en} · {tactic.id}"),
        tag("span", words("matrix.covered", count=covered, total=len(techniques))),
        tag("i", "", style=f"width:{share:.0f}%"),
    )
    return tag("section", head, *(_cell(room, one, found.get(one.id)) for one in shown))


def _cell(room: Room, technique: Technique, one: Covered | None) -> Markup:
    words = room.words
    if one is None:
        told = words("coverage.cell_none")
        title = f"{technique.id} {technique.name} · {told}"
        return tag("div", tag("i", technique.id), tag("span", technique.name), cls="cell blind", title=title)
    told = words("coverage.cell", rules=one.rules, shadow=one.shadow, tested=one.tested, alerts=f"{one.alerts:,}")
    inner = [tag("i", technique.id), tag("em", _signs(one)), tag("span", technique.name)]
    address = rule_asking.link(text=technique.id.lower())
    title = f"{technique.id} {technique.name} · {told}"
    return tag("a", *inner, cls=f"cell {_look(one)}", title=title, href=address, target="_self")


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


def _legend(room: Room) -> Markup:
    words = room.words
    marks = [
        ("blind", "", "coverage.mark_none"),
        ("shadowed", "", "coverage.mark_shadow"),
        ("rules-1", "", "coverage.mark_one"),
        ("rules-2", "", "coverage.mark_some"),
        ("rules-3", "", "coverage.mark_many"),
        ("uncovered", "", "coverage.mark_uncovered"),
    ]
    swatches = [tag("span", tag("i", sign, cls=f"cell {look}"), words(key)) for look, sign, key in marks]
    told = (("✓", "coverage.mark_tested"), ("●", "coverage.mark_seen"))
    signs = [tag("span", tag("b", sign), words(key)) for sign, key in told]
    return tag("div", *swatches, *signs, cls="wr-marks")
