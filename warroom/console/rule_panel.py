"""One detector: what it finds and what to do then, what tunes it, and the file as it was written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.bench.catalogue import DRAFT, MOST_TEXT, OTHERS, source_name
from warroom.catalog.ncsa import load_ncsa
from warroom.catalog.playbooks import load_playbooks
from warroom.catalog.stages import Stage
from warroom.console import panels, rule_shelf
from warroom.console.markup import Markup, join, show, tag, visible
from warroom.console.rule_sights import relative
from warroom.detect.content import MANIFEST, UPSTREAM
from warroom.detect.sample_files import samples_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.bench.catalogue import Entry, Told
    from warroom.catalog.playbook_parts import Playbook
    from warroom.console.room import Room, Tick

_FILE: Final = "rule_file"
_HEIGHT: Final = 460
_HOUR: Final = 3600
#: What belongs to no language (BCP 47): names of fields and values of Sigma.
_NO_LANGUAGE: Final = "zxx"


def show_head(room: Room, entry: Entry, stage: str) -> None:
    """Show a rule's name with its severity, stage and origin."""
    words = room.words
    chips = [panels.severity_chip(entry.severity, words), tag("span", words(f"stage.{stage}"), cls=f"wr-stage {stage}")]
    if entry.origin != DRAFT or stage != Stage.DRAFT:  # where its file lies is said by its stage otherwise
        chips.append(tag("span", words(f"ruleorigin.{entry.origin}"), cls="wr-chip plain"))
    other = entry.title if words.language == "th" and entry.title_th else ""
    show(
        tag("p", tag("a", words("rule.back"), href="/?screen=rules", target="_self"), cls="wr-crumb"),
        tag(
            "div",
            tag("div", tag("h1", entry.named(words.language)), tag("span", other, cls="wr-hint")),
            tag("div", *chips, cls="chips"),
            cls=f"wr-head {entry.severity}",
        ),
    )


def show_what(room: Room, tick: Tick, entry: Entry, told: Told) -> None:
    """Show what a rule finds, what to do then, and what is known of it."""
    words = room.words
    with panels.panel("rule_what", words("rule.what"), entry.id):
        show(_texts(room, told), _facts(room, tick, entry, told), _filters(room, entry))


def show_file(room: Room, entry: Entry, text: str) -> None:
    """Show a rule's file, or its samples, as they were written."""
    words = room.words
    with panels.panel("rule_file", words("rule.written"), relative(room, entry.file)):
        what = st.segmented_control(
            words("rule.written"),
            ["yaml", "samples"],
            default="yaml",
            key=_FILE,
            format_func=lambda one: words(f"rule.as_{one}"),
            label_visibility="collapsed",
            required=True,
        )
        shown = text if what != "samples" else _samples(entry)
        if not shown:
            why = "no_samples" if what == "samples" else "no_file"
            panels.empty(words(f"rule.{why}"), words(f"rule.{why}_do"))
            return
        # a widget that shows text as it is: titles and YAML may come from a stranger's pull request
        st.code(visible(shown), language="yaml", line_numbers=True, height=_HEIGHT)


def _samples(entry: Entry) -> str:
    try:
        with samples_of(Path(entry.file)).open("rb") as file:
            return file.read(MOST_TEXT).decode("utf-8", "replace")
    except OSError:
        return ""


def _texts(room: Room, told: Told) -> Markup:
    words, language = room.words, room.words.language
    pieces = []
    for name, texts in (("description", told.description), ("advice", told.advice)):
        text = texts.get(language) or texts.get("en") or ""
        if text:
            pieces.append(tag("div", tag("b", words(f"rule.{name}")), tag("p", text), cls=f"wr-rule-text {name}"))
    if notes := told.notes(language):
        lines = [tag("li", one) for one in notes]
        pieces.append(
            tag("div", tag("b", words("rule.falsepositives")), tag("ul", *lines, cls="wr-kinds"), cls="wr-rule-text")
        )
    return join(pieces)


def _facts(room: Room, tick: Tick, entry: Entry, told: Told) -> Markup:
    words = room.words
    sight = rule_shelf.sight_of(entry, rule_shelf.sights(room, tick))
    sources = ", ".join(map(source_name, entry.sources))
    licence = told.licence or licence_of(room, entry)
    seen = tag("span" if sight == rule_shelf.SEEING else "em", words(f"rulesight.{sight}"))
    pairs: list[tuple[str, Markup | str]] = [
        ("source", tag("span", sources, " · ", seen)),
        ("attack", _tags(entry.tags)),
        ("kind", words.either(f"rulekind.{entry.kind}", entry.kind)),
        ("fields", tag("span", *(tag("code", one, lang=_NO_LANGUAGE) for one in entry.fields), cls="wr-codes")),
    ]
    if entry.members:
        pairs.append(("counts", "; ".join(entry.members)))
    if told.ncsa_category is not None:
        pairs.append(("ncsa", _category(room, told.ncsa_category)))
    if told.playbook:
        pairs.append(("playbook", _playbook(room, told.playbook)))
    pairs += [
        ("author", entry.author or "—"),
        ("licence", licence),
        ("status", tag("span", told.status or "—", lang=_NO_LANGUAGE)),
    ]
    if told.date:
        pairs.append(("dated", f"{told.date} → {told.modified}" if told.modified else told.date))
    if told.references:
        pairs.append(("references", tag("span", *(_reference(one) for one in told.references), cls="wr-links")))
    rows = [tag("div", tag("dt", words(f"rulefact.{name}")), tag("dd", value)) for name, value in pairs]
    return tag("dl", *rows, cls="wr-facts rule")


def licence_of(room: Room, entry: Entry) -> str:
    """Give under which licence a rule is that does not say so itself: our own, or the one that came with it.

    A draft is its writer's, who has not said.
    """
    if entry.origin == DRAFT:
        return "—"
    if entry.origin != OTHERS:
        return room.words("rule.own_licence")
    manifest = room.settings.detectors / UPSTREAM / MANIFEST
    try:
        licence = str(json.loads(manifest.read_bytes())["licence"])
    except (OSError, ValueError, KeyError, TypeError):
        return "—"
    return room.words("rule.drl", licence=licence) if licence.startswith("DRL") else licence


def _tags(tags: Sequence[str]) -> Markup:
    return tag("span", *(tag("span", one.removeprefix("attack."), cls="wr-tagged") for one in tags), cls="wr-codes")


def _category(room: Room, number: int) -> str:
    found = load_ncsa().categories.get(number)
    if found is None:
        return str(number)
    return f"{number} · {found.th if room.words.language == 'th' else found.en}"


@st.cache_resource(show_spinner=False, max_entries=4, ttl=_HOUR)
def _playbooks(folder: Path) -> dict[str, Playbook]:
    return load_playbooks(folder)[0]


def _playbook(room: Room, name: str) -> str:
    found = _playbooks(room.settings.playbooks).get(name)
    if found is None:
        return name
    return found.title.th if room.words.language == "th" else found.title.en


def _reference(text: str) -> Markup | str:
    if not text.startswith(("https://", "http://")):
        return tag("span", text)
    return tag("a", text, href=text, target="_blank", rel="noopener noreferrer", title=text)


def _filters(room: Room, entry: Entry) -> Markup:
    words = room.words
    if not entry.filters:
        return join([])
    lines = [
        tag("li", tag("b", one.title), " ", tag("code", f"{relative(room, one.file)}:{one.line}"))
        for one in entry.filters
    ]
    return join([tag("h4", words("rule.filters", count=len(lines)), cls="wr-sub"), tag("ul", *lines, cls="wr-kinds")])
