"""The parts of an incident's screen: the work itself, and what the law asks for; the address names the part."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

import streamlit as st

if TYPE_CHECKING:
    from warroom.console.room import Room

_CHOSEN: Final = "incident_part"
_OF: Final = "incident_part_of"
_ADDRESS: Final = "part"


class Part(StrEnum):
    """A part, as the address names it."""

    WORK = "work"
    INTEL = "intel"
    PLAYBOOK = "playbook"
    LAW = "law"
    ASSESSMENT = "assessment"
    DOCUMENTS = "documents"
    SHARING = "sharing"


def chosen_part(room: Room, incident_id: int) -> Part:
    """Show the row of parts and give the one that is chosen; an incident that is opened begins with its work."""
    if st.session_state.get(_OF) != incident_id or _CHOSEN not in st.session_state:
        asked = st.query_params.get(_ADDRESS, "")
        st.session_state[_OF] = incident_id
        st.session_state[_CHOSEN] = Part(asked) if asked in set(Part) else Part.WORK
    chosen = st.segmented_control(
        room.words("part.label"),
        list(Part),
        key=_CHOSEN,
        format_func=lambda one: room.words(f"part.{one}"),
        label_visibility="collapsed",
        on_change=_note,
    )
    return Part.WORK if chosen is None else Part(chosen)


def _note() -> None:
    """Write the part into the address, so that a link and a reload lead to it."""
    chosen = st.session_state.get(_CHOSEN)
    if chosen is None or chosen == Part.WORK:
        st.query_params.pop(_ADDRESS, None)
    else:
        st.query_params[_ADDRESS] = str(chosen)
