"""The part of an incident's screen about its playbook."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.catalog.playbooks import kept_playbook
from warroom.console import panels, snapshot
from warroom.console.markup import show, tag, visible
from warroom.console.playbook_beginning import show_begin
from warroom.console.playbook_item import chosen_key, show_item
from warroom.console.playbook_past import show_past
from warroom.console.playbook_tasks import first_of, show_tasks, text_of
from warroom.console.times import date_time
from warroom.respond.progress import progress, with_start
from warroom.respond.standing import assumed, moments_of
from warroom.store.views import playbook as views
from warroom.store.views.response import response

if TYPE_CHECKING:
    from warroom.catalog.playbook_parts import Playbook
    from warroom.console.room import Room, Tick
    from warroom.respond.progress import Progress
    from warroom.store.views import IncidentView
    from warroom.store.views.playbook import RunView

_RUN: Final = "playbook_run"
_HASH: Final = 12


def show_part(room: Room, view: IncidentView) -> None:
    """Lay the part out over the whole width."""
    room.live("2s", lambda tick: _part(room, tick, view))


def _part(room: Room, tick: Tick, opened: IncidentView) -> None:
    view = snapshot.incident(room.state, room.seen, tick.version("incidents"), opened.incident.id)
    if view is None:
        st.rerun()
    runs = views.runs(room.state, view.incident.id, scope=room.seen.scope) or ()
    if not runs:
        show_begin(room, view, runs)
        return
    one = _chosen(room, runs)
    playbook = kept_playbook(one.body, one.run.sha256)
    now = progress(playbook, one.entries, with_start(_moments(room, view), one.run.started_at), tick.now_us)
    known = {each.id for each in playbook.tasks} | {each.id for each in playbook.questions}
    key = chosen_key(one.run)
    chosen = str(st.session_state.get(key, ""))
    chosen = chosen if chosen in known else first_of(now)
    left, right = st.columns([2.05, 1], gap="small")
    with left:
        opened_now = _run(room, one, playbook, now, tick, chosen)
    if opened_now and opened_now != chosen:
        st.session_state[key] = opened_now
        st.rerun(scope="fragment")
    with right:
        show_item(room, tick, view, one.run, playbook, now, chosen)
        show_past(room, view, one, now)
        show_begin(room, view, runs)


def _moments(room: Room, view: IncidentView) -> dict[str, int]:
    """Give the moments that targets count from: as recorded, and assumed on the safe side."""
    told = response(room.state, view.incident.id, scope=room.seen.scope)
    if told is None:
        return assumed(view.incident, {})
    present = told.present
    return moments_of(told, present[0].id) if present else assumed(view.incident, told.recorded())


def _chosen(room: Room, runs: tuple[RunView, ...]) -> RunView:
    """Show which playbooks the incident follows, where there are several, and give the one to look at."""
    going = [one for one in runs if one.run.ended_at is None] or list(runs)
    if len(runs) == 1:
        return runs[0]
    words = room.words
    names = {one.run.id: one for one in runs}
    number = st.segmented_control(
        words("playbook.which"),
        list(names),
        default=going[-1].run.id,
        key=f"{_RUN}_{runs[0].run.incident_id}",
        format_func=lambda each: _name(room, names[each]) if each in names else str(each),
        label_visibility="collapsed",
    )
    return names.get(number, going[-1]) if number is not None else going[-1]


def _name(room: Room, one: RunView) -> str:
    title = text_of(room.words, kept_playbook(one.body, one.run.sha256).title)
    return title if one.run.ended_at is None else room.words("playbook.ended_name", name=title)


def _run(room: Room, one: RunView, playbook: Playbook, now: Progress, tick: Tick, chosen: str) -> str:
    words, run = room.words, one.run
    hint = words("playbook.version", version=visible(run.version), hash=run.sha256[:_HASH])
    with panels.panel("playbook", text_of(words, playbook.title), tag("span", hint, title=f"SHA-256 {run.sha256}")):
        late = [tag("em", words("playbook.overdue", count=now.overdue), cls="late")] if now.overdue else []
        began = words("playbook.began", at=date_time(run.started_at, words.language), name=_actor(room, run.started_by))
        bar = tag("u", tag("i", style=f"width:{now.percent}%"), role="progressbar", aria_valuenow=str(now.percent))
        show(
            tag(
                "div",
                bar,
                tag("b", f"{now.percent}%"),
                *late,
                tag("span", began, title=visible(run.reason)),
                cls="wr-going",
            )
        )
        if run.ended_at is not None:
            ended = words(
                "playbook.ended", at=date_time(run.ended_at, words.language), name=_actor(room, run.ended_by or "")
            )
            show(tag("p", f"{ended} {run.ended_why or ''}", cls="wr-warning"))
        return show_tasks(room, f"playbook_tasks_{run.id}", playbook, now, tick.now_us, chosen)


def _actor(room: Room, name: str) -> str:
    return room.words("log.worker") if name == "worker" else visible(name)
