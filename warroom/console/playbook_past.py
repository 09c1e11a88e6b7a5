"""What became of a running playbook so far: its branches, its entries, and the way to end it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import doing, drafted, masking, panels
from warroom.console.drafted import Form, Input
from warroom.console.log_words import actor_name
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.playbook_tasks import answer_text, text_of
from warroom.console.times import date_time
from warroom.respond import playing

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.respond.progress import Progress
    from warroom.store.playbook_runs import RunEntry
    from warroom.store.views import IncidentView
    from warroom.store.views.playbook import RunView

_PLACE: Final = "playbook_past"
#: So many entries are shown; the incident's timeline has them all.
_SHOWN: Final = 100


def show_past(room: Room, view: IncidentView, one: RunView, now: Progress) -> None:
    """Show the panel of what was answered and done, newest first."""
    words = room.words
    with panels.panel("playbook_past", words("playbook.past"), str(len(one.entries)) if one.entries else ""):
        doing.say(_PLACE, live=True)
        show(tag("p", words("playbook.why_begun", reason=visible(one.run.reason)), cls="wr-hint"))
        rows = [_entry(room, view, each, now) for each in list(reversed(one.entries))[:_SHOWN]]
        if len(one.entries) > _SHOWN or one.cut:
            rows.append(tag("li", tag("em", words("playbook.more_past", count=_SHOWN))))
        if rows:
            show(tag("div", tag("ul", *rows, cls="wr-past"), cls="wr-scroll"))
        else:
            show(tag("p", words("playbook.no_past"), cls="wr-hint"))
        may = room.person.actor.can(Permission.ACT_ON_INCIDENTS, view.incident.platform_id)
        if may and one.run.ended_at is None:
            _end(room, view, one)


def _entry(room: Room, view: IncidentView, entry: RunEntry, now: Progress) -> Markup:
    words, fit = room.words, masking.shown(room, view.incident)
    task, question = now.task(entry.item), now.question(entry.item)
    if task is not None:
        name = text_of(words, task.task.does)
    elif question is not None:
        name = text_of(words, question.question.asks)
    else:
        name = visible(entry.item)
    said = words.either(f"playbook.past_{entry.kind}", entry.kind)
    if question is not None and entry.kind == "answer":
        said = answer_text(words, question.question, entry.value)
    note = [tag("p", fit(entry.note))] if entry.note else []
    file = [tag("span", words("playbook.with_file", number=entry.evidence_id))] if entry.evidence_id else []
    return tag(
        "li",
        tag("time", date_time(entry.at, words.language)),
        tag("b", actor_name(visible(entry.actor), words)),
        tag("i", said, cls=entry.kind),
        *file,
        tag("span", name, cls="what", title=name),
        *note,
    )


def _end(room: Room, view: IncidentView, one: RunView) -> None:
    words, run = room.words, one.run
    form = Form(
        f"incident/{view.incident.id}/playbook/{run.id}/end",
        f"playbook_end_form_{run.id}",
        (Input("reason", words("playbook.why"), "text", limit=playing.TEXT_LIMIT, needed=True, wide=True),),
    )

    def end(me: Actor) -> None:
        playing.end(room.state, run.id, me, drafted.values(room, form)["reason"])
        drafted.sent(room, form)

    with st.popover(words("playbook.end"), width="stretch"):
        st.caption(words("playbook.end_told"))
        drafted.show_form(room, form)
        st.button(
            words("playbook.end_do"),
            key="playbook_end_do",
            on_click=doing.do,
            args=(room, _PLACE, end, "playbook.end_done"),
            width="stretch",
        )
