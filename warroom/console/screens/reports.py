"""The screen of reports: periodic ones, made on demand, seen as they print, downloaded; and the agency's forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom import reporting
from warroom.access import Permission
from warroom.console import document_agency, doing, panels
from warroom.console.markup import show, tag
from warroom.console.reports_list import chosen_report, show_list, show_paper
from warroom.console.texts import LANGUAGES
from warroom.errors import UsageError
from warroom.report.periodic import period_title
from warroom.report.periods import Kind, Period

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room

_PLACE: Final = "reports"
_PARTS: Final = ("periodic", "agency")
_PART: Final = "reports_part"
_ADDRESS: Final = "part"
#: Periods that are offered, by kind; others are made by the command line.
_OFFERED: Final = {Kind.SHIFT: 8, Kind.DAILY: 14, Kind.WEEKLY: 12, Kind.MONTHLY: 18, Kind.ANNUAL: 5}


def show_screen(room: Room) -> None:
    """Lay the part out that the address asks for, or that is chosen."""
    words = room.words
    asked = "agency" if document_agency.ADDRESS in st.query_params else st.query_params.get(_ADDRESS)
    st.session_state.setdefault(_PART, asked if asked in _PARTS else _PARTS[0])
    part = st.segmented_control(
        words("reports.parts"),
        _PARTS,
        key=_PART,
        format_func=lambda one: words(f"reports.part_{one}"),
        label_visibility="collapsed",
    )
    if part == "agency":
        st.query_params[_ADDRESS] = part
        document_agency.show_part(room)
        return
    for name in (_ADDRESS, document_agency.ADDRESS):
        st.query_params.pop(name, None)
    _periodic(room)


def _periodic(room: Room) -> None:
    """Show the periodic reports; the one that is looked at stands in the address, by its number."""
    left, right = st.columns([1.25, 1], gap="small")
    with left:
        _make(room)
        rows, total = reporting.list_made(room.state, room.person.actor)
        chosen = chosen_report(rows)
        show_list(room, rows, total, chosen)
    with right:
        show_paper(room, chosen)


def _make(room: Room) -> None:
    words, now = room.words, room.look().now_us
    with panels.panel("reports_make", words("reports.make"), words("reports.make_hint")):
        if not room.person.actor.can(Permission.EXPORT):
            show(tag("p", words("reports.may_not"), cls="wr-hint"))
            return
        first, second = st.columns([2, 1], gap="small")
        kind = first.segmented_control(
            words("reports.kind"),
            list(Kind),
            default=Kind.DAILY,
            key="reports_kind",
            format_func=lambda one: words(f"report_kind.{one}"),
        )
        language = second.segmented_control(
            words("reports.language"),
            LANGUAGES,
            default=words.language,
            key="reports_language",
            format_func=lambda one: words(f"language_name.{one}"),
        )
        kind, language = kind or Kind.DAILY, language or words.language
        try:
            periods = reporting.offered(kind, room.settings, now, _OFFERED[kind])
        except UsageError as problem:  # the setting of the shifts is faulty
            panels.empty(words("handover.bad_shifts"), str(problem))
            return
        titles = {one.name: _title(room, one, now) for one in periods}
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
            name = st.selectbox(
                words("reports.period"),
                list(titles),
                index=1,
                key=f"reports_period_{kind}",
                format_func=lambda one: titles.get(one, one),
            )
            pressed = st.button(words("reports.do"), key="reports_do", type="primary")
        if room.person.actor.platforms is not None:
            show(tag("p", words("reports.confined"), cls="wr-hint"))
        if pressed:
            _do(room, next(one for one in periods if one.name == name), language)
        doing.say(_PLACE)


def _title(room: Room, period: Period, now: int) -> str:
    title = period_title(period, room.words.language)
    return room.words("reports.not_ended", period=title) if period.until > now else title


def _do(room: Room, period: Period, language: str) -> None:
    """Make a report while its person looks on."""
    bar = st.progress(0.0, text=room.words("reports.working"))

    def make(me: Actor) -> None:
        number = reporting.make(
            room.state,
            room.settings,
            me,
            period,
            language,
            tell=lambda step, steps: bar.progress(step / steps, text=room.words("reports.working")),
        )
        st.query_params["report"] = str(number)

    made = doing.attempt(room, _PLACE, make, "reports.done")
    bar.empty()
    if made:
        st.rerun()
