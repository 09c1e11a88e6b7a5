"""The register of contacts: whom to reach, whether that still holds, their keys, and drills of reaching them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.catalog.exports import load_export_words
from warroom.console import components, contact_panel, panels
from warroom.console.markup import show, tag, visible
from warroom.console.times import date
from warroom.report.contacts import ContactKind
from warroom.store.views.contacts import in_time, register

if TYPE_CHECKING:
    from warroom.console.room import Room
    from warroom.store.views.contacts import Listed, Register

_ASKED: Final = "contact"
_KIND: Final = "contacts_kind"
_COLUMNS: Final = (
    ("kind", "150px", "", ""),
    ("agency", "", "main", ""),
    ("name", "15%", "", "first"),
    ("reach", "20%", "quiet", "second"),
    ("key", "60px", "", "first"),
    ("drill", "104px", "", "first"),
    ("checked", "112px", "", ""),
    ("state", "122px", "chip", ""),
)


def show_screen(room: Room) -> None:
    """Show the screen; who is chosen stands in the address, by number."""
    room.live("2s", lambda tick: _screen(room, tick.now_us))


def _screen(room: Room, now: int) -> None:
    """Lay the screen out, all of it alive: what a form of it changes shows at once."""
    words = room.words
    kinds = {kind: words(f"contact_kind.{kind}") for kind in ContactKind}
    left, right = st.columns([1.75, 1], gap="small")
    with left:
        wanted = st.session_state.get(_KIND)
        kind = wanted if wanted in kinds else None
        found = register(room.state, now=now, stale_days=load_export_words().stale_days, kind=kind)
        _listing(room, found, kinds)
    chosen = next((row for row in found.rows if str(row.contact.id) == st.query_params.get(_ASKED)), None)
    may = room.person.actor.can(Permission.MANAGE_CONTACTS)
    with right:
        if chosen is not None:
            contact_panel.show_contact(room, chosen, now, may=may, close=_close)
        elif may:
            contact_panel.show_new(room)
        else:
            with panels.panel("contact_new", words("contact.new")):
                panels.empty(words("contact.looking_on"), words("contact.looking_on_do"))


def _listing(room: Room, found: Register, kinds: dict[ContactKind, str]) -> None:
    words = room.words
    hint = words("contact.count", total=found.total, stale=found.stale)
    with panels.panel("contacts", words("contact.title"), hint):
        st.pills(
            words("contact.kind"),
            list(kinds),
            key=_KIND,
            format_func=lambda one: kinds.get(one, one),
            label_visibility="collapsed",
        )
        if found.stale:
            show(
                tag(
                    "p",
                    words("contact.stale_told", count=found.stale, days=load_export_words().stale_days),
                    cls="wr-warning",
                )
            )
        if not found.rows:
            panels.empty(words("contact.empty"), words("contact.empty_do"))
            return
        asked = st.query_params.get(_ASKED, "")
        data = {
            "label": words("contact.title"),
            "height": "max(300px, calc(100vh - 250px - var(--band, 0px)))",
            "chosen": asked,
            "columns": [
                {"title": words(f"contact.col_{name}"), "width": width, "look": look, "yields": yields}
                for name, width, look, yields in _COLUMNS
            ],
            "rows": [_row(room, one) for one in found.rows],
        }
        opened = components.listing(key="contact_listing", data=data, on_open_change=components.noted).open
        if found.total > len(found.rows):
            show(tag("p", words("contact.cut", shown=len(found.rows), total=found.total), cls="wr-hint"))
    if isinstance(opened, str) and opened in {str(one.contact.id) for one in found.rows} and opened != asked:
        st.query_params[_ASKED] = opened
        st.rerun(scope="fragment")


def _row(room: Room, one: Listed) -> dict[str, object]:
    words, language, told = room.words, room.words.language, one.contact.told
    return {
        "id": str(one.contact.id),
        "look": "",
        "chip": "off" if one.stale else "",
        "cells": [
            words.either(f"contact_kind.{told.kind}", told.kind),
            visible(told.agency),
            visible(told.name) or "—",
            visible(told.email or told.phone or told.channel),
            words("contact.has_key") if told.pgp_key else "—",
            _drill(room, one),
            date(one.contact.checked_at, language),
            words("contact.is_stale" if one.stale else "contact.is_fresh"),
        ],
    }


def _drill(room: Room, one: Listed) -> str:
    """Say how the last drill of reaching them went."""
    words = room.words
    if not one.drills:
        return words("contact.must_drill") if one.contact.told.cii else "—"
    last = one.drills[0]
    if last.reached_at is None:
        return words("contact.not_reached")
    minutes = (last.reached_at - last.called_at) // 60_000_000
    return words(
        "contact.reached_in" if in_time(last, contact_panel.within_us()) else "contact.reached_late", minutes=minutes
    )


def _close() -> None:
    st.query_params.pop(_ASKED, None)
