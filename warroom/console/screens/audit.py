"""The audit screen: who did what, when, through which door; and how far that is protected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import reading_audit
from warroom.console import audit_search, audit_words, components, panels
from warroom.console.keeping_panel import show_chain, show_holds, show_room
from warroom.console.markup import show, tag, visible
from warroom.console.times import clock, date, date_time

if TYPE_CHECKING:
    from warroom.console.room import Room
    from warroom.console.texts import Words
    from warroom.store.audit import Page, Stored

_PAGE: Final = 100
_CHOSEN: Final = "audit_entry"
_LOOKED: Final = "audit_looked"
_COLUMNS: Final = (
    ("time", "164px", ""),
    ("actor", "15%", "main"),
    ("via", "108px", "quiet"),
    ("deed", "34%", ""),
    ("details", "", "quiet"),
)
_YIELDS: Final = {"via": "first", "details": "second"}


def show_screen(room: Room) -> None:
    """Lay the screen out. It stands still while it is read: `search` looks again."""
    if audit_search.is_opening():
        reading_audit.open_audit(room.state, room.person.actor)
    words = room.words
    left, right = st.columns([2.9, 1], gap="small")
    with left:
        with panels.panel(
            "audit_search", words("trail.search_title"), f"{audit_search.era(words)} · {words('app.zone')}"
        ):
            audit_search.show_form(room)
        which = audit_search.current()
        again = st.session_state.get(_LOOKED) == which.filter
        page = reading_audit.search_audit(
            room.state, room.person.actor, which.filter, before=which.before, limit=_PAGE, again=again
        )
        st.session_state[_LOOKED] = which.filter
        _entries(room, page)
    with right:
        _entry(room, page)
        standing = reading_audit.audit_standing(room.state, room.person.actor)
        show_chain(room, standing)
        show_room(room)
        show_holds(room)


def _entries(room: Room, page: Page) -> None:
    words, entries = room.words, page.entries
    hint = ""
    if entries:
        hint = words(
            "trail.shown", last=f"{entries[0].seq:,}", first=f"{entries[-1].seq:,}", time=clock(room.look().now_us)
        )
    with panels.panel("audit_entries", words("trail.title"), hint):
        if not entries:
            panels.empty(words("trail.empty"), words("trail.empty_do"))
        else:
            asked = components.listing(key="audit_listing", data=_listing(room, page), on_open_change=components.noted)
            if isinstance(asked.open, str) and asked.open in {str(entry.seq) for entry in entries}:
                st.session_state[_CHOSEN] = int(asked.open)
                st.rerun()
        audit_search.show_turning(room, page)


def _listing(room: Room, page: Page) -> dict[str, object]:
    words = room.words
    return {
        "label": words("trail.title"),
        "height": "max(300px, calc(100vh - 346px - var(--band, 0px)))",
        "chosen": str(st.session_state.get(_CHOSEN, "")),
        "columns": [
            {"title": words(f"trail.{name}"), "width": width, "look": look, "yields": _YIELDS.get(name, "")}
            for name, width, look in _COLUMNS
        ],
        "rows": [
            {
                "id": str(entry.seq),
                "look": "bad" if entry.action in audit_search.REFUSALS else "",
                "cells": [visible(text) for text in _cells(entry, words)],
            }
            for entry in page.entries
        ],
    }


def _cells(entry: Stored, words: Words) -> tuple[str, ...]:
    return (
        f"{date(entry.at, words.language)} {clock(entry.at)}",
        audit_words.actor_name(entry.actor, words),
        words.either(f"via.{entry.via}", entry.via),
        audit_words.sentence(entry, words),
        audit_words.in_short(entry, words) or "—",
    )


def _entry(room: Room, page: Page) -> None:
    words = room.words
    chosen = next((entry for entry in page.entries if entry.seq == st.session_state.get(_CHOSEN)), None)
    with panels.panel("audit_entry", words("trail.entry"), f"#{chosen.seq:,}" if chosen else ""):
        if chosen is None:
            show(tag("p", words("trail.choose"), cls="wr-hint"))
            return
        show(tag("p", audit_words.sentence(chosen, words), cls="wr-lead"))
        rows = [
            (words("trail.time"), f"{date_time(chosen.at, words.language)} ({clock(chosen.at, millis=True)})"),
            (words("trail.actor"), audit_words.actor_name(chosen.actor, words)),
            (words("trail.via"), words.either(f"via.{chosen.via}", chosen.via)),
            (words("trail.kind"), audit_words.subject(chosen, words) or "—"),
            *audit_words.pairs(chosen, words),
            (words("trail.code"), chosen.action),
            (words("trail.hash"), _hashes(chosen)),
        ]
        pairs = [tag("div", tag("dt", name), tag("dd", value)) for name, value in rows]
        show(tag("div", tag("dl", *pairs, cls="wr-facts long"), cls="wr-scroll"))


def _hashes(entry: Stored) -> str:
    return f"{entry.hash[:16]}… ← {entry.prev_hash[:16]}…"
