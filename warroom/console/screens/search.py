"""The search screen: events and incidents by a query, with facets, a histogram to brush, and a pivot from any value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.access.refusals import refusals_recorded
from warroom.console import found_events, found_incidents, panels, search_asking, search_form
from warroom.console.markup import show, tag
from warroom.console.search_job import Job
from warroom.errors import UsageError
from warroom.incidents import searching
from warroom.store.query import QueryError

if TYPE_CHECKING:
    from warroom.console.room import Room, Tick
    from warroom.store.search_history import Asked

_JOB: Final = "search_job"
_LOOKED: Final = "search_looked"
#: A search that ends within this many seconds is shown at once.
_MOMENT: Final = 0.7


def show_screen(room: Room) -> None:
    """Lay the screen out. It stands still while it is read: searching looks again."""
    asked = search_asking.asked_in_address()
    search_form.show_form(room, asked)
    try:
        if asked.kind == "incidents":
            again = st.session_state.get(_LOOKED) == asked
            span = search_asking.span_of(asked.span)
            found = searching.search_incidents(room.state, room.person.actor, asked, span, again=again)
            st.session_state[_LOOKED] = asked
            found_incidents.show_found(room, asked, span, found)
        elif not room.person.actor.can(Permission.SEARCH_EVENTS):
            panels.empty(room.words("search.not_events"), room.words("search.not_events_do"))
        else:
            _events(room, asked)
    except QueryError as problem:
        _refuse(room, problem)
    except UsageError as problem:
        panels.warning(str(problem))


def _events(room: Room, asked: Asked) -> None:
    job = st.session_state.get(_JOB)
    if not isinstance(job, Job) or job.asked != asked or search_form.is_asked_anew():
        if isinstance(job, Job):
            job.cancel()
        span = search_asking.span_of(asked.span)
        with refusals_recorded(room.state, room.person.actor):
            search = searching.begin_event_search(room.state, room.settings.data_dir, room.person.actor, asked, span)
        job = Job(asked, search)
        st.session_state[_JOB] = job
        job.start()
        job.wait(_MOMENT)
    if job.running:
        room.live("1s", lambda tick: _progress(room, tick, job))
    else:
        if job.problem:
            panels.warning(job.problem)
        found_events.show_found(room, asked, job.found)


def _progress(room: Room, _tick: Tick, job: Job) -> None:
    """Say how far the search is; the screen is laid out anew when it ends."""
    if not job.running:
        st.rerun()
    words, found = room.words, job.found
    with panels.panel("search_progress", words("search.running")):
        st.progress(found.searched / found.files if found.files else 0.0)
        told = words(
            "search.progress",
            matched=f"{found.matched:,}",
            rows=f"{found.rows:,}",
            searched=f"{found.searched:,}",
            files=f"{found.files:,}",
        )
        show(tag("p", words("search.waiting") if job.waiting else told, cls="wr-hint"))
        st.button(words("search.cancel"), key="search_cancel", on_click=job.cancel)


def _refuse(room: Room, problem: QueryError) -> None:
    """Say where a search cannot be understood, and what to write instead."""
    told = room.words(f"query.{problem.code}", found=problem.found)
    panels.warning(room.words("search.refused", position=problem.position + 1, told=told))
