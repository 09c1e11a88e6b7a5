"""The part of an incident's screen about its documents: which it needs, their fields, their pages, their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import panels, snapshot
from warroom.console.document_list import papers_of, show_list
from warroom.console.document_work import show_work
from warroom.store.views.documents import documents_of

if TYPE_CHECKING:
    from warroom.console.document_paper import Paper
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
    case = snapshot.case(room.state, room.seen, tick.version("incidents"), incident_id)
    show_work(room, tick, paper, case.files if case is not None else ())


def _chosen(papers: list[Paper], kept: str) -> Paper:
    """Give what is looked at: chosen, or named in the address by its form alone, or else the first."""
    asked = kept or st.query_params.get(_ADDRESS, "")
    exact = (one for one in papers if one.key == asked)
    named = (one for one in papers if one.form.id == asked)
    return next(exact, None) or next(named, None) or papers[0]
