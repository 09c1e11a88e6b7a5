"""Evidence files of an incident: listed, added, looked into as text, verified, given out; who had them when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.access.refusals import refusals_recorded
from warroom.console import doing, masking, panels, snapshot
from warroom.console.evidence import line_text
from warroom.console.markup import Markup, show, tag, visible
from warroom.console.times import date_time
from warroom.errors import UsageError
from warroom.incidents import evidence
from warroom.incidents.file_kinds import MOST_BYTES

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room, Tick
    from warroom.store.evidence_files import EvidenceFile, Held
    from warroom.store.views import IncidentView
    from warroom.store.views.cases import CaseView

_PLACE: Final = "files"
_UPLOAD: Final = "files_upload"
_ROUND: Final = "files_round"
_NOTE: Final = "files_note"
_CHOSEN: Final = "files_chosen"
_LOOKED: Final = "files_looked"
_COLUMNS: Final = ("name", "kind", "size", "hash", "added", "state")
_KIB: Final = 1024
_HASH: Final = 16
_NOTE_LIMIT: Final = 500


def show_files(room: Room, tick: Tick, view: IncidentView) -> None:
    """Show the panel."""
    case = snapshot.case(room.state, room.seen, tick.version("incidents"), view.incident.id)
    if case is None:
        return
    words = room.words
    with panels.panel("files", words("files.title"), str(len(case.files)) if case.files else ""):
        doing.say(_PLACE, live=True)
        if case.files:
            _list(room, view, case)
        else:
            panels.empty(words("files.empty"), words("files.empty_do"))
        if room.person.actor.can(Permission.ACT_ON_INCIDENTS, view.incident.platform_id):
            _upload(room, view)
    if case.files:
        _one(room, view, case)


def _list(room: Room, view: IncidentView, case: CaseView) -> None:
    words, fit = room.words, masking.shown(room, view.incident)
    last = {held.evidence_id: held for held in case.custody}
    head = [tag("th", words(f"files.{name}"), cls=name) for name in _COLUMNS]
    rows = [_row(room, one, last.get(one.id), fit(one.name)) for one in case.files]
    table = tag("table", tag("thead", tag("tr", *head)), tag("tbody", *rows), cls="wr-table files")
    show(tag("div", table, cls="wr-scroll"))


def _row(room: Room, one: EvidenceFile, last: Held | None, name: str) -> Markup:
    words, language = room.words, room.words.language
    state, told = "—", ""
    if last is not None:
        state = words("files.whole" if last.whole else "files.broken")
        told = words("files.checked", at=date_time(last.at, language))
    return tag(
        "tr",
        tag("td", name, title=name),
        tag("td", one.kind),
        tag("td", size(one.bytes), cls="n"),
        tag("td", one.sha256[:_HASH], cls="mono", title=one.sha256),
        tag("td", f"{one.added_by} {date_time(one.added_at, language)}"),
        tag("td", state, cls="" if last is None or last.whole else "bad", title=told),
    )


def size(count: int) -> str:
    """Give a number of bytes as people read it."""
    if count < _KIB:
        return f"{count} B"
    return f"{count / _KIB:,.0f} KB" if count < _KIB * _KIB else f"{count / _KIB / _KIB:,.1f} MB"


def _upload(room: Room, view: IncidentView) -> None:
    words = room.words
    turn = int(st.session_state.get(_ROUND, 0))
    key = f"{_UPLOAD}_{view.incident.id}_{turn}"
    with st.container(key="upload", gap="small"):
        st.file_uploader(words("files.upload"), key=key, accept_multiple_files=False, max_upload_size=MOST_BYTES >> 20)
        show(tag("p", words("files.upload_told"), cls="wr-hint"))
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
            st.text_input(words("files.note"), key=_NOTE, max_chars=_NOTE_LIMIT)
            st.button(
                words("files.add"),
                key="files_add",
                type="primary",
                on_click=doing.do,
                args=(room, _PLACE, lambda me: _add(room, me, view.incident.id, key), "files.taken"),
            )


def _add(room: Room, me: Actor, incident_id: int, key: str) -> None:
    given = st.session_state.get(key)
    if given is None:
        raise UsageError(room.words("files.no_file"))
    note = str(st.session_state.get(_NOTE, ""))
    evidence.add(room.state, room.settings.data_dir, incident_id, me, str(given.name), given.getvalue(), note)
    st.session_state[_NOTE] = ""
    st.session_state[_ROUND] = int(st.session_state.get(_ROUND, 0)) + 1  # an empty uploader, and the bytes are let go


def _one(room: Room, view: IncidentView, case: CaseView) -> None:
    """Show one file: what can be done with it, its beginning, and who had it."""
    words, fit = room.words, masking.shown(room, view.incident)
    names = {one.id: visible(f"{one.id} · {fit(one.name)}") for one in case.files}
    with panels.panel("file", words("files.custody")):
        if st.session_state.get(_CHOSEN) not in names:
            st.session_state[_CHOSEN] = case.files[-1].id
        with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
            number = st.selectbox(
                words("files.choose"), list(names), key=_CHOSEN, format_func=lambda one: names.get(one, str(one))
            )
            st.button(
                words("files.verify"),
                key="files_verify",
                on_click=doing.do,
                args=(
                    room,
                    _PLACE,
                    lambda me: evidence.verify(room.state, room.settings.data_dir, number, me),
                    "files.verified",
                ),
            )
            _look_button(room, number)
            if room.person.actor.can(Permission.EXPORT, view.incident.platform_id) and room.person.token:
                label = words("files.download")
                show(tag("a", label, href=f"/evidence/{number}", cls="wr-button", target="_blank", rel="noopener"))
        if not room.person.actor.can(Permission.EXPORT, view.incident.platform_id):
            show(tag("p", words("files.may_not_export"), cls="wr-hint"))
        if st.session_state.get(_LOOKED, (0, b""))[0] == number:
            data = st.session_state[_LOOKED][1]
            show(tag("p", words("files.beginning", count=len(data)), cls="wr-hint"))
            st.code(line_text(data, fit, evidence.BEGINNING).replace("\\n", "\n"), language=None, wrap_lines=True)
        one = next(one for one in case.files if one.id == number)
        note = [tag("p", fit(one.note), cls="wr-lead")] if one.note else []
        show(tag("p", f"SHA-256 {one.sha256}", cls="wr-sha"), *note)
        rows = [_held(room, held) for held in reversed(case.custody) if held.evidence_id == number]
        show(tag("div", tag("ul", *rows, cls="wr-custody"), cls="wr-scroll"))


def _look_button(room: Room, number: int) -> None:
    words = room.words
    looked = st.session_state.get(_LOOKED, (0, b""))[0] == number
    st.button(
        words("files.hide" if looked else "files.look"),
        key="files_look",
        on_click=_hide if looked else _look,
        args=() if looked else (room, number),
    )


def _look(room: Room, number: int) -> None:
    def look(me: Actor) -> None:
        with refusals_recorded(room.state, me):
            st.session_state[_LOOKED] = (number, evidence.look_into(room.state, room.settings.data_dir, number, me))

    doing.attempt(room, _PLACE, look, "case.done")


def _hide() -> None:
    st.session_state.pop(_LOOKED, None)


def _held(room: Room, held: Held) -> Markup:
    words = room.words
    found = held.sha256[:_HASH] or "—"
    return tag(
        "li",
        tag("time", date_time(held.at, words.language)),
        tag("b", held.actor),
        tag("span", words.either(f"custody.{held.action}", held.action)),
        tag("code", found, title=held.sha256),
        tag("em", words("files.whole" if held.whole else "files.broken"), cls="" if held.whole else "bad"),
    )
