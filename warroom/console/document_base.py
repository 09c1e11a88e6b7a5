"""What stands in a form before anybody types: the newest version's answers, and what the incident knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from warroom.catalog.forms import load_forms
from warroom.report.filling import fill
from warroom.store.views.case_masking import masked
from warroom.store.views.casefile import CaseFile, casefile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.console.room import Room, Tick
    from warroom.console.snapshot import Seen
    from warroom.store.database import State
    from warroom.store.views.documents import DocumentShown

#: Topics whose change may change what a form is filled with.
_TOPICS: Final = ("incidents", "clocks", "documents")
_NOW: Final = "now"
#: Where an answer is from that stood in the version before.
EARLIER: Final = "version"


@dataclass(frozen=True, slots=True)
class Base:
    """Answers by key, and where each is from: a key of the texts ``source``."""

    answers: Mapping[str, Any]
    sources: Mapping[str, str]


@st.cache_data(show_spinner=False, max_entries=32, ttl=300)
def _case(_state: State, seen: Seen, versions: tuple[int, ...], incident_id: int) -> CaseFile | None:  # noqa: ARG001 - the key
    """Give a case file, its log texts masked; who a notice is from and to whom it went stands as people entered it."""
    case = casefile(_state, incident_id, scope=seen.scope)
    if case is None:
        return None
    return replace(masked(case), controllers=case.controllers, sendings=case.sendings)


def base_of(
    room: Room, tick: Tick, incident_id: int, form_id: str, controller_id: int | None, shown: DocumentShown | None
) -> Base:
    """Fill a form of an incident; a later version begins with what the one before said."""
    case = _case(room.state, room.seen, tuple(tick.version(one) for one in _TOPICS), incident_id)
    if case is None:
        return Base({}, {})
    filled = fill(load_forms()[form_id], case, controller_id=controller_id, now=tick.minute * 60_000_000)
    if shown is None or not shown.versions:
        return Base(filled.answers, filled.sources)
    before = shown.versions[0].version.answers
    fresh = {key: told for key, told in filled.answers.items() if filled.sources[key] == _NOW}
    known = {key for key in before if key not in fresh}
    sources = filled.sources | dict.fromkeys(known, EARLIER)
    return Base({**filled.answers, **before, **fresh}, sources)
