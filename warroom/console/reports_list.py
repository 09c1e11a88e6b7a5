"""The reports that were made, and one of them as it prints, with its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom import reporting
from warroom.access import Permission
from warroom.console import components, panels
from warroom.console.giving import giving
from warroom.console.markup import show, tag, visible
from warroom.console.times import date_time
from warroom.errors import WarroomError
from warroom.report.periodic import period_title
from warroom.report.periods import Kind, of_shift, period_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.console.snapshot import Seen
    from warroom.store.database import State
    from warroom.store.periodic_reports import ReportRow

_ASKED: Final = "report"
_WORKER: Final = "worker"
_COLUMNS: Final = (
    ("kind", "110px", "chip", ""),
    ("period", "", "main", ""),
    ("language", "100px", "", ""),
    ("by", "22%", "quiet", "first"),
    ("at", "168px", "", ""),
)


def chosen_report(rows: Sequence[ReportRow]) -> ReportRow | None:
    """Give the report that the address names, among those that may be seen."""
    asked = st.query_params.get(_ASKED, "")
    return next((one for one in rows if str(one.id) == asked), None)


def show_list(room: Room, rows: Sequence[ReportRow], total: int, chosen: ReportRow | None) -> None:
    """Show what was made, the last first; a click chooses."""
    words = room.words
    with panels.panel("reports_made", words("reports.made"), words("reports.count", shown=len(rows), total=total)):
        if not rows:
            panels.empty(words("reports.empty"), words("reports.empty_do"))
            return
        data = {
            "label": words("reports.made"),
            "height": "max(260px, calc(100vh - 392px - var(--band, 0px)))",
            "chosen": str(chosen.id) if chosen else "",
            "columns": [
                {"title": words(f"reports.{name}"), "width": width, "look": look, "yields": yields}
                for name, width, look, yields in _COLUMNS
            ],
            "rows": [_row(room, one) for one in rows],
        }
        asked = components.listing(key="reports_listing", data=data, on_open_change=components.noted).open
    if isinstance(asked, str) and asked in {str(one.id) for one in rows} and asked != st.query_params.get(_ASKED):
        st.query_params[_ASKED] = asked
        st.rerun()


def show_paper(room: Room, chosen: ReportRow | None) -> None:
    """Show a report page by page, and give its files to who may export."""
    words = room.words
    title = words("reports.preview") if chosen is None else _period(room, chosen)
    with panels.panel("report_page", title, "" if chosen is None else words("reports.without_list")):
        if chosen is None:
            panels.empty(words("reports.choose"), words("reports.choose_do"))
            return
        if room.person.actor.can(Permission.EXPORT):
            with st.container(horizontal=True, gap="small"):
                for form in reporting.MEDIA:
                    _file(room, chosen, form)
        try:
            pages = _pages(room.state, room.seen, chosen.id, room.person.actor)
        except WarroomError as problem:
            panels.empty(words("reports.bad"), str(problem))
            return
        asked = None
        if len(pages) > 1:
            asked = st.segmented_control(
                words("reports.pages"),
                list(range(1, len(pages) + 1)),
                default=1,
                key=f"report_page_of_{chosen.id}",
                label_visibility="collapsed",
            )
        page = min(asked or 1, len(pages))
        show(tag("p", words("reports.page", page=page, pages=len(pages)), cls="wr-hint"))
        st.image(pages[page - 1], width="stretch")


@st.cache_data(show_spinner=False, max_entries=16, ttl=3600)
def _pages(_state: State, seen: Seen, number: int, _actor: Actor) -> tuple[bytes, ...]:
    """Draw a report once for all who see the same platforms; what was printed never changes."""
    del seen
    return reporting.pages_of(_state, number, _actor)


def _file(room: Room, one: ReportRow, form: str) -> None:
    """Show the button that gives a file out; it is entered into the audit only when it is pressed."""
    name = reporting.file_name(one.kind, one.period_from, one.period_to, one.language, form)
    st.download_button(
        room.words("reports.pdf" if form == "pdf" else "reports.docx"),
        data=giving(room, lambda me: reporting.give_out(room.state, room.settings.data_dir, one.id, form, me)[1]),
        file_name=name,
        mime=reporting.MEDIA[form],
        key=f"report_{form}",
        on_click="ignore",
    )


def _row(room: Room, one: ReportRow) -> dict[str, object]:
    words = room.words
    made_by = words("reports.worker") if one.made_by == _WORKER else visible(one.made_by)
    return {
        "id": str(one.id),
        "look": "",
        "chip": "",
        "cells": [
            words.either(f"report_kind.{one.kind}", one.kind),
            _period(room, one),
            words.either(f"language_name.{one.language}", one.language),
            made_by,
            date_time(one.made_at, words.language),
        ],
    }


def _period(room: Room, one: ReportRow) -> str:
    if one.kind == Kind.SHIFT:
        return period_title(of_shift(one.period_from, one.period_to), room.words.language)
    return period_title(period_at(Kind(one.kind), one.period_from), room.words.language)
