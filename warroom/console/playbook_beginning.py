"""Which playbooks an incident calls for and why, and the ways to let it follow one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.catalog.ncsa import load_ncsa
from warroom.catalog.playbooks import load_playbooks
from warroom.console import doing, drafted, panels
from warroom.console.drafted import Form, Input
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.playbook_tasks import text_of
from warroom.errors import UsageError
from warroom.incidents.classifying import Known, propose
from warroom.respond import playing
from warroom.respond.playbook_starts import facts_of
from warroom.respond.starting import called_for

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from warroom.access import Actor
    from warroom.catalog.playbook_parts import Playbook
    from warroom.console.room import Room
    from warroom.respond.starting import Called, Facts
    from warroom.store.views import IncidentView
    from warroom.store.views.playbook import RunView

_PLACE: Final = "playbook_begin"
_HOUR: Final = 3600


@st.cache_resource(show_spinner=False, max_entries=4, ttl=_HOUR)
def _library(folder: Path, changed: tuple[tuple[str, int], ...]) -> tuple[dict[str, Playbook], int]:  # noqa: ARG001 - the cache reads it
    """Give the sound playbooks of a folder and how many faults the others have."""
    found, faults = load_playbooks(folder)
    return found, len(faults)


def show_begin(room: Room, view: IncidentView, runs: tuple[RunView, ...]) -> None:
    """Show what is proposed and the list to choose from; without a run this is all there is."""
    words, incident = room.words, view.incident
    library, faults = _read(room.settings.playbooks)
    going = {one.run.playbook for one in runs if one.run.ended_at is None}
    had = {one.run.playbook for one in runs}
    called = [one for one in _called(room, view, library) if one.playbook.id not in had]
    others = [one for one in library.values() if one.id not in going]
    may = room.person.actor.can(Permission.ACT_ON_INCIDENTS, incident.platform_id) and incident.status != "closed"
    with panels.panel("playbook_begin", words("playbook.begin"), words("playbook.begin_hint") if not runs else ""):
        doing.say(_PLACE, live=True)
        if faults:
            show(tag("p", words("playbook.faults", count=faults), cls="wr-warning"))
        if not library:
            panels.empty(words("playbook.none"), words("playbook.none_do", folder=str(room.settings.playbooks.name)))
            return
        if not runs and not called:
            panels.empty(words("playbook.not_called"), words("playbook.not_called_do" if may else "playbook.wait"))
        for one in called:
            _proposal(room, view, one, may=may)
        if may and others:
            _by_hand(room, view, others)


def _read(folder: Path) -> tuple[dict[str, Playbook], int]:
    files = sorted(folder.glob("*.y*ml")) if folder.is_dir() else []
    return _library(folder, tuple((one.name, one.stat().st_mtime_ns) for one in files))


def _called(room: Room, view: IncidentView, library: dict[str, Playbook]) -> list[Called]:
    with room.state.read() as connection:
        facts = facts_of(connection, view.incident, lambda known: _categories(known, view))
    return called_for(library.values(), facts)


def _categories(facts: Facts, view: IncidentView) -> Iterable[int]:
    """Give the categories that the rules propose, where nobody decided them."""
    known = Known(
        said=facts.said,
        rule_ids=facts.rule_ids,
        platform_id=facts.platform_id,
        criticality=facts.criticality,
        severity=facts.severity,
        drill=facts.drill,
        disposition=view.incident.disposition,
    )
    return propose(known, load_ncsa()).categories


def _proposal(room: Room, view: IncidentView, called: Called, *, may: bool) -> None:
    words, playbook = room.words, called.playbook
    chips: list[Markup] = [tag("span", f"v{visible(playbook.version)}", cls="wr-mark")]
    if called.rule.automatic:
        chips.insert(0, tag("span", words("playbook.by_itself"), cls="wr-mark open"))
    size = words(
        "playbook.size",
        phases=len(playbook.phases),
        tasks=len(list(playbook.tasks)),
        questions=len(list(playbook.questions)),
    )
    with st.container(key=f"playbook_call_{playbook.id}", gap="small"):
        show(
            tag(
                "div",
                tag("h4", text_of(words, playbook.title), *chips),
                tag("p", text_of(words, playbook.purpose)),
                tag("p", tag("b", words("playbook.reason")), text_of(words, called.rule.because), cls="because"),
                tag("p", size, cls="size"),
                cls="wr-call",
            )
        )
        if may:
            because = called.rule.because.th if words.language == "th" else called.rule.because.en
            st.button(
                words("playbook.start"),
                key=f"playbook_start_{playbook.id}",
                type="primary",
                on_click=doing.do,
                args=(
                    room,
                    _PLACE,
                    lambda me: playing.start(room.state, view.incident.id, me, playbook, because),
                    "playbook.started",
                ),
            )


def _by_hand(room: Room, view: IncidentView, others: list[Playbook]) -> None:
    words = room.words
    form = Form(
        f"incident/{view.incident.id}/playbook/begin",
        f"playbook_begin_form_{view.incident.id}",
        (
            Input(
                "playbook",
                words("playbook.pick"),
                "choice",
                options=tuple((one.id, text_of(words, one.title)) for one in others),
                needed=True,
                wide=True,
            ),
            Input(
                "reason",
                words("playbook.why"),
                "text",
                words("playbook.why_hint"),
                limit=playing.TEXT_LIMIT,
                needed=True,
                wide=True,
            ),
        ),
    )

    def start(me: Actor) -> None:
        told = drafted.values(room, form)
        chosen = next((one for one in others if one.id == told["playbook"]), None)
        if chosen is None:
            raise UsageError(words("playbook.pick_one"))
        playing.start(room.state, view.incident.id, me, chosen, told["reason"])
        drafted.sent(room, form)

    with st.popover(words("playbook.start_other"), width="stretch"):
        drafted.show_form(room, form)
        st.button(
            words("playbook.start"),
            key="playbook_start_do",
            type="primary",
            on_click=doing.do,
            args=(room, _PLACE, start, "playbook.started"),
            width="stretch",
        )
