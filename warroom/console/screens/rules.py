"""The catalogue of detectors, and one of them: what it finds, how it does, and what may be done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.bench.catalogue import OTHERS, OWN, source_name
from warroom.catalog.stages import Stage
from warroom.console import (
    panels,
    rule_acts,
    rule_asking,
    rule_life,
    rule_list,
    rule_panel,
    rule_shelf,
    rule_sights,
    rule_tuning,
    rule_waiting,
)
from warroom.console.fault_words import fault_told
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.rule_asking import Asked
from warroom.console.rule_sights import CONDITIONS
from warroom.console.rule_waiting import WAITING
from warroom.model import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.bench.catalogue import Entry
    from warroom.console.room import Room, Tick
    from warroom.console.rule_sights import Figures
    from warroom.store.views import FaultRow

_SHOWN: Final = "rules_shown"
_KEYS: Final = ("rules_text", "rules_stage", "rules_level", "rules_source", "rules_origin", "rules_state")
_FAULTS: Final = 6
#: What can be typed; examples are no words of a language.
_EXAMPLE: Final = "T1110   otp   cs-uri-query   govplatform"


def show_screen(room: Room) -> None:
    """Lay the screen out; what is asked and which rule is open stand in the address."""
    opened = st.query_params.get("rule")
    if opened is not None:
        _one(room, opened)
        return
    asked = rule_asking.asked_in_address()
    _form(room, room.look(), asked)
    room.live("30s", lambda tick: _list(room, tick, asked))


def _form(room: Room, tick: Tick, asked: Asked) -> None:
    words = room.words
    # a link or another question: the fields say what it is; the browser tells choices by their names in a language
    if st.session_state.get(_SHOWN) != (asked, words.language):
        st.session_state[_SHOWN] = (asked, words.language)
        for key, value in zip(_KEYS, asked, strict=True):
            st.session_state[key] = value
    entries = rule_shelf.shelf(room, tick).entries.values()
    sources = sorted({source_name(source) for entry in entries for source in entry.sources})

    def pick(column: int, name: str, options: Sequence[str], prefix: str = "") -> None:
        key = _KEYS[column]
        row[column].selectbox(
            words(f"rules.by_{name}"),
            list(dict.fromkeys(["", *options, str(st.session_state.get(key) or "")])),
            key=key,
            format_func=lambda one: words.either(f"{prefix}.{one}", visible(one)) if one else words("indicator.any"),
            on_change=_ask,
        )

    with panels.panel("rules_form", words("rules.search"), words("rules.search_hint")):
        row = st.columns([3, 1.1, 1.1, 1.7, 1.2, 1.3], gap="small", vertical_alignment="bottom")
        row[0].text_input(
            words("rules.query"), key=_KEYS[0], placeholder=_EXAMPLE, max_chars=rule_asking.LONGEST, on_change=_ask
        )
        pick(1, "stage", list(Stage), "stage")
        pick(2, "level", [one.value for one in sorted(Severity, key=lambda one: -one.rank)], "severity")
        pick(3, "source", sources)
        pick(4, "origin", (OWN, OTHERS), "ruleorigin")
        pick(5, "state", (WAITING, *CONDITIONS), "rulestate")


def _ask() -> None:
    """Put the form into the address."""
    rule_asking.ask(Asked(*(str(st.session_state.get(key) or "").strip() for key in _KEYS)))


def _list(room: Room, tick: Tick, asked: Asked) -> None:
    words = room.words
    entries = rule_shelf.shelf(room, tick).entries
    known = rule_sights.figures(room, tick)
    faults = rule_sights.faults(room, tick)
    if faults:
        show(_faults(room, faults))
    stages = {one: str(figures.stage) for one, figures in known.items()}
    found = rule_asking.narrowed(list(entries.values()), asked, stages)
    conditions = rule_sights.conditions(room, tick)
    waiting = rule_waiting.ids(room, tick)
    rows = [
        (entry, known[entry.id], WAITING if entry.id in waiting else conditions[entry.id])
        for entry in found
        if asked.state in ("", conditions[entry.id], WAITING if entry.id in waiting else "")
    ]
    rows.sort(key=_order)
    hint = words("rules.count", shown=f"{len(rows):,}", total=f"{len(entries):,}")
    with panels.panel("rules_list", words("rules.title"), _hint(room, tick, hint)):
        if not rows:
            why = "nothing" if entries else "empty"
            panels.empty(words(f"rules.{why}"), words(f"rules.{why}_do"))
            return
        picked = rule_list.show_rules(room, tick, rows, asked, _height(faults))
    if picked is not None:
        rule_asking.open_one(picked)
        st.rerun()


def _hint(room: Room, tick: Tick, text: str) -> Markup:
    """Give the hint of the table, for who may write rules with the way to those to approve and to a new draft."""
    if not room.person.actor.can(Permission.MANAGE_RULES):
        return tag("span", text)
    new = tag("a", room.words("rules.new"), href=rule_asking.draft_link(), target="_self", cls="wr-more")
    return tag("span", *rule_waiting.told(room, tick), text, " · ", new)


def _order(row: tuple[Entry, Figures, str]) -> tuple[bool, int, int, int, str]:
    """Put what waits for somebody first, then what raises alerts, then what is grave."""
    entry, figures, condition = row
    return (condition != WAITING, -figures.week, -figures.day, -entry.severity.rank, entry.title.casefold())


def _place(room: Room, fault: FaultRow) -> str:
    """Give the file, and the line where it is one line that is at fault."""
    file = rule_sights.relative(room, fault.file)
    return f"{file}:{fault.line}" if fault.line else file


def _faults(room: Room, faults: Sequence[FaultRow]) -> Markup:
    words = room.words
    lines = [tag("li", tag("code", _place(room, one)), fault_told(one.reason, words)) for one in faults[:_FAULTS]]
    if len(faults) > _FAULTS:
        lines.append(tag("li", words("banner.more", count=len(faults) - _FAULTS)))
    head = tag("h4", words("rules.faults", count=len(faults)))
    advice = tag("p", words("rules.faults_do"), cls="wr-hint")
    return tag("div", head, tag("ul", *lines), advice, cls="wr-faults wr-rule-faults", role="alert")


def _height(faults: Sequence[FaultRow]) -> int:
    """Give the pixels that the faults take above the table."""
    lines = min(len(faults), _FAULTS + 1)
    return 78 + 21 * lines if lines else 0


def _one(room: Room, rule_id: str) -> None:
    tick = room.look()
    entry = rule_shelf.shelf(room, tick).entries.get(rule_id)
    if entry is None:
        show(tag("p", tag("a", room.words("rule.back"), href="/?screen=rules", target="_self"), cls="wr-crumb"))
        panels.empty(room.words("rule.unknown"), room.words("rule.unknown_do"))
        return
    figures = rule_sights.figures(room, tick)[entry.id]
    told, text = rule_shelf.told(room, tick, entry)
    rule_panel.show_head(room, entry, figures.stage)
    left, right = st.columns([1.15, 1], gap="small")
    with left:
        rule_panel.show_what(room, tick, entry, told)
        rule_panel.show_file(room, entry, text)
    with right:
        rule_acts.show_acts(room, tick, entry)
        rule_tuning.show_proposals(room, entry.id)
        room.live("30s", lambda now: rule_life.show_life(room, now, entry))
