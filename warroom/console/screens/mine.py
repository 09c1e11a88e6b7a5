"""What is for the person at the screen: where they were named, what is theirs, what they watch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.console import doing, masking, panels, rule_waiting, snapshot
from warroom.console.log_words import actor_name
from warroom.console.markup import Markup, show, tag
from warroom.console.queue_panel import title_of
from warroom.console.times import age, date_time
from warroom.incidents.mentioning import read_mentions

if TYPE_CHECKING:
    from warroom.console.room import Room, Tick
    from warroom.store.views import IncidentRow
    from warroom.store.views.cases import ForMe, Mention

_PLACE: Final = "mine"
_SECOND: Final = 1_000_000


def show_screen(room: Room) -> None:
    """Lay the screen out."""
    left, right = st.columns([1.25, 1], gap="small")
    with left:
        room.live("2s", lambda tick: _mentions(room, tick))
    with right:
        room.live("2s", lambda tick: _incidents(room, tick))


def _look(room: Room, tick: Tick) -> ForMe:
    versions = (tick.version("incidents"), tick.version("mentions"))
    return snapshot.for_me(room.state, room.seen, versions, room.person.actor.name)


def _mentions(room: Room, tick: Tick) -> None:
    words, found = room.words, _look(room, tick)
    hint = words("mine.unread", count=found.unread) if found.unread else ""
    with panels.panel("mine_mentions", words("mine.mentions"), hint):
        doing.say(_PLACE)
        if not found.mentions:
            name = room.person.actor.name.replace(" ", "_")
            panels.empty(words("mine.no_mentions"), words("mine.no_mentions_do", name=name))
            return
        if found.unread:
            st.button(
                words("mine.read_all"),
                key="mine_read",
                on_click=doing.do,
                args=(room, _PLACE, lambda me: read_mentions(room.state, me), "case.done"),
            )
        show(
            tag("div", tag("ul", *(_mention(room, one) for one in found.mentions), cls="wr-mentions"), cls="wr-scroll")
        )


def _mention(room: Room, one: Mention) -> Markup:
    words, incident = room.words, one.incident
    fit = masking.shown(room, incident)
    return tag(
        "li",
        tag(
            "div",
            tag("a", f"#{incident.id}", href=f"/?incident={incident.id}", target="_self"),
            tag("b", actor_name(one.entry.actor, words)),
            tag("time", date_time(one.entry.at, words.language)),
            tag("span", title_of(room, incident)),
        ),
        tag("p", fit(str(one.entry.body.get("text", "")))),
        cls="read" if one.read else "unread",
    )


def _incidents(room: Room, tick: Tick) -> None:
    words, found = room.words, _look(room, tick)
    rule_waiting.show_waiting(room, tick)
    hint = ""
    if found.assigned:
        hint = words("mine.of", shown=len(found.assigned), total=found.assigned_count)
    with panels.panel("mine_assigned", words("mine.assigned"), hint):
        if found.assigned:
            _list(room, tick, [(row, False) for row in found.assigned])
        else:
            panels.empty(words("mine.no_assigned"), words("mine.no_assigned_do"))
    with panels.panel("mine_watched", words("mine.watched"), str(len(found.watched)) if found.watched else ""):
        if found.watched:
            _list(room, tick, found.watched)
        else:
            panels.empty(words("mine.no_watched"), words("mine.no_watched_do"))


def _list(room: Room, tick: Tick, rows: list[tuple[IncidentRow, bool]] | tuple[tuple[IncidentRow, bool], ...]) -> None:
    words = room.words
    items = [
        tag(
            "li",
            panels.severity_chip(row.severity, words),
            tag("a", f"#{row.id}", href=f"/?incident={row.id}", target="_self"),
            tag("span", title_of(room, row), title=title_of(room, row)),
            *([tag("i", words("mine.news"), cls="news")] if news else []),
            tag(
                "em",
                f"{words(f'status.{row.status}')} · {age((tick.now_us - row.updated_at) / _SECOND, words.language)}",
            ),
        )
        for row, news in rows
    ]
    show(tag("div", tag("ul", *items, cls="wr-related"), cls="wr-scroll"))
