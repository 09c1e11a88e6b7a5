"""The part of the reports' screen about forms of no incident: of a year, the record of processing, requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from warroom.access import Permission
from warroom.catalog.forms import load_forms
from warroom.catalog.thai import BUDDHIST_ERA
from warroom.console import components, panels
from warroom.console.document_base import counts_of, year_of
from warroom.console.document_paper import AGENCY, Paper, standing
from warroom.console.document_work import show_work
from warroom.console.markup import show, tag, visible
from warroom.console.times import moment
from warroom.errors import UsageError
from warroom.report.documents import PERIOD_LIMIT, checked_period
from warroom.store import shared_drafts
from warroom.store.views.documents import documents_of_periods

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from warroom.catalog.forms import Form
    from warroom.console.room import Room, Tick
    from warroom.console.texts import Words
    from warroom.store.views.documents import DocumentsView

#: The name of the document that is looked at, in the address.
ADDRESS: Final = "paper"
_YEARS: Final = 6
_COLUMNS: Final = (
    ("form", "", "main", ""),
    ("of", "22%", "", ""),
    ("begun", "26%", "quiet", "first"),
    ("version", "150px", "", ""),
    ("state", "128px", "chip", ""),
)


def show_part(room: Room) -> None:
    """Lay the part out; to who is confined to some platforms, why it is empty."""
    words = room.words
    if room.seen.scope is not None:
        with panels.panel("papers", words("agency_paper.title")):
            panels.empty(words("agency_paper.confined"), words("agency_paper.confined_do"))
        return
    if room.person.actor.can(Permission.PREPARE_REPORTS):
        _begin(room)
    room.live("2s", lambda tick: _part(room, tick))


def _part(room: Room, tick: Tick) -> None:
    made = documents_of_periods(room.state, scope=room.seen.scope)
    begun = {one.place: one.authors for one in shared_drafts.begun(room.state, AGENCY)}
    asked = st.query_params.get(ADDRESS, "")
    papers = papers_of(made, begun, tick.now_us, asked)
    paper = next((one for one in papers if one.key == asked), papers[0])
    opened = _list(room, papers, begun, paper.key)
    if opened != paper.key:
        st.query_params[ADDRESS] = opened
        st.rerun(scope="fragment")
    if made.cut:
        panels.warning(room.words("paper.cut"))
    year = year_of(paper)
    if year is not None:
        counts = counts_of(room, tick, year)
        told = {"total": counts.total, "category": counts.without_category, "level": counts.without_level}
        show(tag("p", room.words("agency_paper.counted", **told, asset=counts.without_asset), cls="wr-hint"))
    show_work(room, tick, paper, ())


def _list(room: Room, papers: list[Paper], begun: Mapping[str, tuple[str, ...]], chosen: str) -> str:
    """Show the list; gives what was opened just now, or what is chosen."""
    words = room.words
    with panels.panel("papers", words("agency_paper.title"), words("agency_paper.count", count=len(papers))):
        data = {
            "label": words("agency_paper.title"),
            "height": "clamp(112px, 18vh, 236px)",
            "chosen": chosen,
            "columns": [
                {"title": words(f"agency_paper.{name}"), "width": width, "look": look, "yields": yields}
                for name, width, look, yields in _COLUMNS
            ],
            "rows": [_row(words, one, begun) for one in papers],
        }
        opened = components.listing(key="paper_listing", data=data, on_open_change=components.noted).open
    return opened if isinstance(opened, str) and opened in {one.key for one in papers} else chosen


def _row(words: Words, one: Paper, begun: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    version, state, good = standing(words, one)
    own = [names for place, names in begun.items() if place.startswith(f"{one.place}/")]
    authors = dict.fromkeys(visible(name) for names in own for name in names)
    return {
        "id": one.key,
        "look": "" if own or one.wanted else "off",
        "chip": "" if good else "off",
        "cells": [
            one.form.short_th if words.language == "th" else one.form.short_en,
            visible(one.period),
            ", ".join(authors) or "—",
            version,
            state,
        ],
    }


def _begin(room: Room) -> None:
    """Show how another one is begun: of which form, of which year or by which name."""
    words, thai = room.words, room.words.language == "th"
    forms = agency_forms()
    with st.popover(words("agency_paper.begin")):
        form = st.selectbox(
            words("agency_paper.form"),
            list(forms),
            key="agency_paper_form",
            format_func=lambda one: forms[one].th if thai else forms[one].en,
        )
        if forms[form].scope == "period":
            label = words("agency_paper.year")
            period = st.selectbox(label, years(room.look().now_us), index=1, key="agency_paper_year")
        else:
            hint = words("agency_paper.name_hint")
            period = st.text_input(
                words("agency_paper.name"), max_chars=PERIOD_LIMIT, key="agency_paper_name", placeholder=hint
            )
        if st.button(words("agency_paper.begin_do"), key="agency_paper_begin", type="primary", width="stretch"):
            try:
                st.query_params[ADDRESS] = f"{form}.{checked_period(forms[form], period.strip())}"
            except UsageError:
                panels.warning(words("agency_paper.no_name", most=PERIOD_LIMIT))


def papers_of(made: DocumentsView, begun: Iterable[str], now: int, asked: str) -> list[Paper]:
    """Give the documents of no incident, and what stands next: Kor-3 of this year and the one before, the record.

    Args:
        made: those that have a version.
        begun: places of drafts; a form that somebody began is one.
        now: what the time is, microseconds.
        asked: what the address names; it may be new.
    """
    forms = agency_forms()
    shown = {f"{one.document.form}.{one.document.period}": one for one in made.documents}
    names = [name for name in (_begun(place, forms) for place in begun) if name]
    yearly = [f"{form.id}.{year}" for form in forms.values() for year in years(now)[:2] if form.scope == "period"]
    record = f"ropa.{years(now)[0]}"
    found: dict[str, Paper] = {}
    for name in (*([asked] if _named(asked, forms) else ()), *yearly, record, *names, *shown):
        form, _, period = name.partition(".")
        if form in forms:
            found.setdefault(name, Paper(forms[form], shown.get(name), period=period))
    order = list(forms)
    newest = sorted(found.values(), key=lambda one: one.period, reverse=True)
    return sorted(newest, key=lambda one: order.index(one.form.id))


def agency_forms() -> dict[str, Form]:
    """Give the forms that belong to no incident."""
    return {key: form for key, form in load_forms().items() if form.scope != "incident"}


def years(now: int) -> list[str]:
    """Give this year and those before it that a form can be made of, of the Buddhist era."""
    this = moment(now).year + BUDDHIST_ERA
    return [str(this - back) for back in range(_YEARS)]


def _begun(place: str, forms: dict[str, Form]) -> str:
    """Give the name of a document that a draft belongs to; empty where it belongs to none."""
    name, _, section = place.removeprefix(AGENCY).partition("/")
    return name if section and not section.startswith("sign/") and _named(name, forms) else ""


def _named(name: str, forms: dict[str, Form]) -> bool:
    form, _, period = name.partition(".")
    try:
        return form in forms and bool(checked_period(forms[form], period))
    except UsageError:
        return False
