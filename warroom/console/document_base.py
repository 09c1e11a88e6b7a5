"""What stands in a form before anybody types: the newest version's answers, and what the war room knows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from warroom.catalog.thai import BUDDHIST_ERA
from warroom.report.filling import Filled, fill, fill_year
from warroom.store.views.annual import Kor3Counts, kor3_counts
from warroom.store.views.case_masking import masked
from warroom.store.views.casefile import CaseFile, casefile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from warroom.console.document_paper import Paper
    from warroom.console.room import Room, Tick
    from warroom.console.snapshot import Seen
    from warroom.store.database import State

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


def base_of(room: Room, tick: Tick, paper: Paper) -> Base:
    """Fill a form; a later version begins with what the one before said."""
    filled = _filled(room, tick, paper)
    if paper.shown is None or not paper.shown.versions:
        return Base(filled.answers, filled.sources)
    before = paper.shown.versions[0].version.answers
    fresh = {key: told for key, told in filled.answers.items() if filled.sources[key] == _NOW}
    known = {key for key in before if key not in fresh}
    sources = filled.sources | dict.fromkeys(known, EARLIER)
    return Base({**filled.answers, **before, **fresh}, sources)


def _filled(room: Room, tick: Tick, paper: Paper) -> Filled:
    """Give what is known of an incident, or of a year; of the agency's own records nothing is."""
    versions = tuple(tick.version(one) for one in _TOPICS)
    if paper.incident_id is None:
        year = year_of(paper)
        return Filled() if year is None else fill_year(paper.form, year, counts_of(room, tick, year))
    case = _case(room.state, room.seen, versions, paper.incident_id)
    if case is None:
        return Filled()
    return fill(paper.form, case, controller_id=paper.controller_id, now=tick.minute * 60_000_000)


def year_of(paper: Paper) -> int | None:
    """Give the year of the common era that a form is about; None where it is about none."""
    return int(paper.period) - BUDDHIST_ERA if paper.form.scope == "period" else None


def counts_of(room: Room, tick: Tick, year: int) -> Kor3Counts:
    """Count the incidents of a year; to who is confined to some platforms, theirs."""
    return _counts(room.state, room.seen, tick.version("incidents"), year)


@st.cache_data(show_spinner=False, max_entries=8, ttl=300)
def _counts(_state: State, seen: Seen, version: int, year: int) -> Kor3Counts:  # noqa: ARG001 - the key
    return kor3_counts(_state, year, seen.scope)
