"""The part of an incident's screen about its documents: which it needs, their fields, their pages, their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import document_preview, document_versions, panels, snapshot
from warroom.console.document_base import base_of
from warroom.console.document_list import Paper, papers_of, show_list
from warroom.console.form_filling import Filling, show_filling, typed
from warroom.store.views.documents import documents_of

if TYPE_CHECKING:
    from warroom.console.room import Room, Tick
    from warroom.store.views import IncidentView

_CHOSEN: Final = "paper_chosen"
_ADDRESS: Final = "form"


def show_part(room: Room, view: IncidentView) -> None:
    """Lay the part out over the whole width."""
    room.live("2s", lambda tick: _part(room, tick, view.incident.id))


def _part(room: Room, tick: Tick, incident_id: int) -> None:
    view = snapshot.incident(room.state, room.seen, tick.version("incidents"), incident_id)
    if view is None:
        st.rerun()
    made = documents_of(room.state, incident_id, scope=room.seen.scope)
    papers = papers_of(room, tick, view, made)
    key = f"{_CHOSEN}_{incident_id}"
    paper = _chosen(papers, str(st.session_state.get(key, "")))
    opened = show_list(room, tick, papers, paper.key)
    if opened != paper.key:
        st.session_state[key] = opened
        st.query_params[_ADDRESS] = opened
        st.rerun(scope="fragment")
    if made.cut:
        panels.warning(room.words("paper.cut"))
    if room.person.actor.can(Permission.PREPARE_REPORTS, view.incident.platform_id):
        filling = _filling(room, tick, view, paper)
        now = typed(room, filling)
        left, right = st.columns([1.28, 1], gap="small")
        with left:
            show_filling(room, filling, now)
        with right:
            document_preview.show_making(room, view, paper, filling, now)
            document_versions.show_versions(room, view, paper)
        return
    document_versions.show_versions(room, view, paper)
    with panels.panel("paper_form", room.words("paper.looking_on")):
        panels.empty(room.words("paper.looking_on"), room.words("paper.looking_on_do"))


def _chosen(papers: list[Paper], kept: str) -> Paper:
    """Give what is looked at: chosen, or named in the address by its form alone, or else the first."""
    asked = kept or st.query_params.get(_ADDRESS, "")
    exact = (one for one in papers if one.key == asked)
    named = (one for one in papers if one.form.id == asked)
    return next(exact, None) or next(named, None) or papers[0]


def _filling(room: Room, tick: Tick, view: IncidentView, paper: Paper) -> Filling:
    number = paper.controller.id if paper.controller is not None else None
    case = snapshot.case(room.state, room.seen, tick.version("incidents"), view.incident.id)
    return Filling(
        paper.form,
        f"incident/{view.incident.id}/paper/{paper.key}",
        base_of(room, tick, view.incident.id, paper.form.id, number, paper.shown),
        case.files if case is not None else (),
    )
