"""Entries of the timeline by hand: what happened outside, and corrections; kept as they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.console import doing, drafted, masking
from warroom.console.drafted import Form, Input
from warroom.console.markup import visible
from warroom.console.times import clock
from warroom.errors import UsageError
from warroom.incidents import correcting
from warroom.incidents.correcting import CORRECTABLE, ENTRY_LIMIT, EntryKind
from warroom.store.database import now_us

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.store.views import IncidentView

_PLACE: Final = "entry"
_SHOWN: Final = 60
_REASON_LIMIT: Final = 500
_TO_CHOOSE: Final = 50


def show_forms(room: Room, view: IncidentView) -> None:
    """Show the ways to add an entry and to correct one, to who may act on the incident."""
    words, incident = room.words, view.incident
    if not room.person.actor.can(Permission.ACT_ON_INCIDENTS, incident.platform_id):
        return
    doing.say(_PLACE)
    left, right = st.columns(2, gap="small")
    with left, st.popover(words("entry.add"), width="stretch"):
        form = _new(room, incident.id)
        drafted.show_form(room, form)
        st.button(
            words("entry.do"),
            key="entry_do",
            type="primary",
            on_click=doing.do,
            args=(room, _PLACE, lambda me: _enter(room, me, incident.id, form), "entry.added"),
            width="stretch",
        )
    with right, st.popover(words("entry.correct"), width="stretch"):
        correction = _correction(room, view)
        if correction is None:
            st.caption(words("entry.none"))
            return
        drafted.show_form(room, correction)
        st.button(
            words("entry.correct_do"),
            key="entry_correct_do",
            on_click=doing.do,
            args=(room, _PLACE, lambda me: _correct(room, me, incident.id, correction), "entry.corrected"),
            width="stretch",
        )


def _new(room: Room, incident_id: int) -> Form:
    words = room.words
    kinds = tuple((kind.value, words(f"entry.{kind}")) for kind in EntryKind)
    return Form(
        # An entry is one person's: two who write at once mean two entries.
        f"incident/{incident_id}/entry/{room.person.actor.name}",
        f"entry_form_{incident_id}",
        (
            Input("kind", words("entry.kind"), "choice", options=kinds, needed=True, start=EntryKind.EVENT),
            Input("when", words("entry.when"), "moment"),
            Input("text", words("entry.text"), "text", words("entry.text_hint"), limit=ENTRY_LIMIT, needed=True),
        ),
    )


def _enter(room: Room, me: Actor, incident_id: int, form: Form) -> None:
    told = drafted.values(room, form)
    if told["kind"] not in set(EntryKind):
        raise UsageError(room.words("entry.pick_kind"))
    at = drafted.moment(told["when"])
    correcting.enter(room.state, incident_id, me, EntryKind(told["kind"]), told["text"], now_us() if at is None else at)
    drafted.sent(room, form)


def _correction(room: Room, view: IncidentView) -> Form | None:
    words, fit = room.words, masking.shown(room, view.incident)
    gone = {row.body.get("entry") for row in view.log if row.action == "corrected"}
    wrong = [row for row in view.log if row.action in CORRECTABLE and str(row.id) not in gone]
    if not wrong:
        return None
    choices = tuple(
        (str(row.id), f"{clock(row.at)} {visible(row.actor)}: {visible(fit(str(row.body.get('text', '')))[:_SHOWN])}")
        for row in reversed(wrong[-_TO_CHOOSE:])
    )
    return Form(
        f"incident/{view.incident.id}/correction/{room.person.actor.name}",
        f"correction_form_{view.incident.id}",
        (
            Input("entry", words("entry.which"), "choice", options=choices, needed=True, wide=True),
            Input("text", words("entry.right"), "text", limit=ENTRY_LIMIT, needed=True),
            Input("reason", words("entry.reason"), limit=_REASON_LIMIT, needed=True, wide=True),
            Input("when", words("entry.when_right"), "moment", wide=True),
        ),
    )


def _correct(room: Room, me: Actor, incident_id: int, form: Form) -> None:
    told = drafted.values(room, form)
    if not told["entry"].isdecimal():
        raise UsageError(room.words("entry.pick_entry"))
    at = drafted.moment(told["when"])
    correcting.correct(room.state, incident_id, me, int(told["entry"]), told["text"], told["reason"], occurred_at=at)
    drafted.sent(room, form)
