"""Which forms an incident has or should have: by running clocks, by its playbooks, and those already begun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from warroom.catalog.forms import load_forms
from warroom.catalog.playbooks import kept_playbook
from warroom.console import components, panels
from warroom.console.document_paper import Paper, standing
from warroom.console.markup import visible
from warroom.console.playbook_tasks import text_of
from warroom.console.times import age
from warroom.respond.clocks import Light
from warroom.respond.progress import Standing, progress, with_start
from warroom.respond.standing import clocks_of
from warroom.store.views import playbook as playbook_views
from warroom.store.views.response import response

if TYPE_CHECKING:
    from warroom.console.room import Room, Tick
    from warroom.console.texts import Words
    from warroom.store.views import IncidentView
    from warroom.store.views.documents import DocumentsView

_SECOND: Final = 1_000_000
_COLUMNS: Final = (
    ("form", "", "main", ""),
    ("agency", "19%", "quiet", "second"),
    ("because", "30%", "quiet", "first"),
    ("due", "120px", "", ""),
    ("version", "150px", "", ""),
    ("state", "128px", "chip", ""),
)


def papers_of(room: Room, tick: Tick, view: IncidentView, made: DocumentsView) -> list[Paper]:
    """Give the forms of an incident: what is asked for first, the soonest due first."""
    told = response(room.state, view.incident.id, scope=room.seen.scope)
    present = told.present if told is not None else ()
    states = clocks_of(told, tick.now_us) if told is not None else ()
    asked = _asked(room, view, tick)
    found = []
    for form in load_forms().values():
        if form.scope != "incident":
            continue
        for controller in present or (None,):
            number = controller.id if controller is not None else None
            own = [
                one
                for one in states
                if one.owed and not one.hidden and one.controller.id == number and one.clock.id in form.kinds.values()
            ]
            soonest = min(own, key=lambda one: one.planned.due_at or tick.now_us * 2, default=None)
            mine = (one for one in made.documents if one.document.form == form.id)
            shown = next((one for one in mine if one.document.controller_id in {number, None}), None)
            found.append(
                Paper(
                    form,
                    shown,
                    incident_id=view.incident.id,
                    platform_id=view.incident.platform_id,
                    controller=controller,
                    clock=soonest,
                    tasks=asked.get(form.id, ()),
                )
            )
    ordered = {id(one): place for place, one in enumerate(found)}
    return sorted(found, key=lambda one: (not one.wanted, _due(one) or tick.now_us * 2, ordered[id(one)]))


def show_list(room: Room, tick: Tick, papers: list[Paper], chosen: str) -> str:
    """Show the list; gives what was opened just now, or what is chosen."""
    words = room.words
    wanted = sum(one.wanted for one in papers)
    with panels.panel("papers", words("paper.title"), words("paper.count", wanted=wanted, total=len(papers))):
        data = {
            "label": words("paper.title"),
            "height": "clamp(112px, 18vh, 236px)",
            "chosen": chosen,
            "columns": [
                {"title": words(f"paper.{name}"), "width": width, "look": look, "yields": yields}
                for name, width, look, yields in _COLUMNS
            ],
            "rows": [_row(words, one, tick.now_us) for one in papers],
        }
        opened = components.listing(key="paper_listing", data=data, on_open_change=components.noted).open
    return opened if isinstance(opened, str) and opened in {one.key for one in papers} else chosen


def _row(words: Words, one: Paper, at: int) -> dict[str, Any]:
    thai, due = words.language == "th", _due(one)
    said = [one.clock.clock.th if thai else one.clock.clock.en] if one.clock else []
    said += [words("paper.by_playbook", title=title) for title in one.tasks]
    version, state, good = standing(words, one)
    left = ""
    if due is not None:
        key = "playbook.left" if due >= at else "playbook.late"
        left = words(key, time=age(abs(due - at) / _SECOND, words.language))
    bad = one.clock is not None and one.clock.light in {Light.RED, Light.PASSED}
    return {
        "id": one.key,
        "look": "bad" if bad else "" if one.wanted else "off",
        "chip": "" if good else "off",
        "cells": [
            one.form.short_th if thai else one.form.short_en,
            visible(one.controller.agency) if one.controller else "—",
            " · ".join(said) or "—",
            left or "—",
            version,
            state,
        ],
    }


def _due(one: Paper) -> int | None:
    return one.clock.planned.due_at if one.clock is not None else None


def _asked(room: Room, view: IncidentView, tick: Tick) -> dict[str, tuple[str, ...]]:
    """Give, by form, the playbooks that go on and have a task left that asks for it."""
    found: dict[str, tuple[str, ...]] = {}
    for one in playbook_views.runs(room.state, view.incident.id, scope=room.seen.scope) or ():
        if one.run.ended_at is not None:
            continue
        playbook = kept_playbook(one.body, one.run.sha256)
        now = progress(playbook, one.entries, with_start({}, one.run.started_at), tick.now_us)
        title = text_of(room.words, playbook.title)
        for phase in now.phases:
            for task in phase.tasks:
                for form in task.task.forms if task.standing in {Standing.OPEN, Standing.BLOCKED} else ():
                    if title not in found.get(form, ()):
                        found[form] = (*found.get(form, ()), title)
    return found
