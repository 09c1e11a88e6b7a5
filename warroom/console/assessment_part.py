"""The part of an incident's screen about its assessment: what is answered, what that proposes, who decided what."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from warroom.access import Permission
from warroom.console import clock_rows, drafted, enisa_panel, law_beginning, panels, risk_form, risk_panel
from warroom.console.clock_board import advice
from warroom.console.law_part import choose_controller
from warroom.console.markup import show, tag
from warroom.store.assessments import BREACH_RISK, ENISA

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warroom.console.room import Room, Tick
    from warroom.store.canonical import Json
    from warroom.store.views import IncidentView
    from warroom.store.views.response import ResponseView


def show_part(room: Room, view: IncidentView) -> None:
    """Lay the part out over the whole width: facts and ENISA's tables, the eight factors, what they propose."""
    number = view.incident.id
    show(advice(room))
    found = clock_rows.read_response(room, room.look(), number)
    if found is None or not found.present:
        room.live("2s", lambda tick: law_beginning.show_beginning(room, tick, view))
        return
    controller_id = choose_controller(room, found)
    # What was decided last stands in the forms until somebody types: nobody begins anew.
    risk, severity = _body(found, controller_id, BREACH_RISK), _body(found, controller_id, ENISA)
    facts = risk_form.facts_form(room, number, controller_id, risk)
    factors = risk_form.factor_form(room, number, controller_id, risk)
    enisa = risk_form.enisa_form(room, number, controller_id, severity)
    me = room.person.actor
    may = me.can(Permission.PREPARE_REPORTS, view.incident.platform_id)

    def part(every: str, body: Callable[[ResponseView], None]) -> None:
        def again(tick: Tick) -> None:
            newest = clock_rows.read_response(room, tick, number)
            if newest is None or controller_id not in {one.id for one in newest.present}:
                st.rerun()
            body(newest)

        room.live(every, again)

    left, middle, right = st.columns([1, 1.08, 1], gap="small")
    if may:
        with left:
            part("2s", lambda _: _facts(room, facts))
            part("2s", lambda _: enisa_panel.show_threat(room, number))
        with middle:
            part("2s", lambda _: _factors(room, factors))
    with right:
        part("2s", lambda newest: risk_panel.show_risk(room, newest, controller_id, facts, factors))
    tables, picture = st.columns([2.08, 1], gap="small")
    if may:
        with tables:
            part("2s", lambda _: _tables(room, enisa))
    with picture:
        part("2s", lambda newest: enisa_panel.show_severity(room, newest, controller_id, enisa))


def _body(found: ResponseView, controller_id: int, kind: str) -> Mapping[str, Json]:
    newest = found.assessed(controller_id, kind)
    return {} if newest is None else newest.body


def _facts(room: Room, form: drafted.Form) -> None:
    with panels.panel("risk_facts", room.words("risk.facts"), room.words("risk.shared")):
        drafted.show_form(room, form)


def _factors(room: Room, form: drafted.Form) -> None:
    with panels.panel("risk_factors", room.words("risk.factors"), room.words("risk.factors_hint")):
        show(tag("p", room.words("risk.factors_told"), cls="wr-hint"))
        drafted.show_form(room, form)


def _tables(room: Room, form: drafted.Form) -> None:
    with panels.panel("risk_tables", room.words("enisa.tables"), "SE = DPC × EI + CB"):
        drafted.show_form(room, form)
