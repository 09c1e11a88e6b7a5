"""The search's form: the query, over what, the time, and what was searched for before or is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.access.refusals import refusals_recorded
from warroom.console import panels, search_asking
from warroom.console.fault_words import fault_told
from warroom.console.markup import show, tag, visible
from warroom.console.person import person_of
from warroom.console.search_asking import KINDS, RANGES
from warroom.errors import WarroomError
from warroom.incidents import searching
from warroom.store.search_history import Asked

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.access import Actor
    from warroom.console.room import Room

_TEXT: Final = "search_text"
_KIND: Final = "search_kind"
_SPAN: Final = "search_span"
_SHOWN: Final = "search_shown"
_ANEW: Final = "search_anew"
_SAID: Final = "search_said"
_NAME: Final = "search_name"
_SHARED: Final = "search_shared"
_RECENT: Final = 12
_LONGEST_LABEL: Final = 60


def is_asked_anew() -> bool:
    """Whether the button was pressed just now; asked once."""
    return bool(st.session_state.pop(_ANEW, False))


def show_form(room: Room, asked: Asked) -> None:
    """Show the form, filled with what is searched for now."""
    words = room.words
    if st.session_state.get(_SHOWN) != asked:  # a link, a pivot or another search: the fields say what it is
        st.session_state[_SHOWN] = asked
        st.session_state[_TEXT], st.session_state[_KIND], st.session_state[_SPAN] = asked.text, asked.kind, asked.span
    spans = list(RANGES) if asked.span in RANGES else [asked.span, *RANGES]
    with panels.panel("search_form", words("search.title"), words("search.hint")):
        with st.form("search_form", border=False, enter_to_submit=True):
            row = st.columns([1.1, 4.2, 1.7, 0.8], gap="small", vertical_alignment="bottom")
            row[0].selectbox(words("search.in"), KINDS, key=_KIND, format_func=lambda kind: words(f"search.{kind}"))
            row[1].text_input(words("search.query"), key=_TEXT, placeholder=words(f"search.example_{asked.kind}"))
            row[2].selectbox(
                words("search.span"), spans, key=_SPAN, format_func=lambda span: search_asking.span_words(span, words)
            )
            row[3].form_submit_button(words("search.do"), type="primary", on_click=_search, width="stretch")
        with st.container(horizontal=True, gap="small", key="search_tools"):
            with st.popover(words("search.recent")):
                _recent(room)
            with st.popover(words("search.keep")):
                _keep(room, asked)
            with st.popover(words("search.help")):
                rows = [tag("div", tag("dt", example), tag("dd", words(f"qhelp.{name}"))) for name, example in _HELP]
                show(tag("dl", *rows, cls="wr-facts long"))
            if asked.kind == "events" and room.person.actor.can(Permission.EXPORT):
                _export(room, asked)
        if said := st.session_state.pop(_SAID, ""):
            panels.warning(said)


#: What stands in the help, each with an example; examples are no words of a language.
_HELP: Final = (
    ("field", "source.ip:203.0.113.9"),
    ("words", '"union select" /etc/passwd'),
    ("wild", "url.path:/admin* user.name:svc-?"),
    ("range", "status:>=500   status:400..499"),
    ("network", "source.ip:203.0.113.0/24"),
    ("time", "ts:>=2026-11-22T08:00"),
    ("any", "user.name:*   -user.name:*"),
    ("logic", "(a OR b) AND NOT c"),
    ("incident", "severity:critical note:ransom tag:t1190"),
)


def _search() -> None:
    """Put the form into the address; a changed kind brings its own usual time."""
    kind, span = str(st.session_state[_KIND]), str(st.session_state[_SPAN])
    search_asking.ask(Asked(kind, str(st.session_state[_TEXT]), span))
    st.session_state[_ANEW] = True


def _recent(room: Room) -> None:
    words = room.words
    recent, kept = searching.searches_of(room.state, room.person.actor, _RECENT)
    show(tag("b", words("search.kept")))
    if not kept:
        show(tag("p", words("search.kept_none"), cls="wr-hint"))
    for one in kept:
        with st.container(horizontal=True, gap="small"):
            label = one.name if one.owner == room.person.actor.name else f"{one.name} · {one.owner}"
            st.button(
                visible(label), key=f"kept_{one.id}", on_click=search_asking.ask, args=(one.asked,), width="stretch"
            )
            if one.owner == room.person.actor.name:
                st.button(words("search.drop"), key=f"drop_{one.id}", on_click=_drop, args=(room, one.id))
    show(tag("b", words("search.recent_title")))
    for number, asked in enumerate(recent):
        text = visible(asked.text[:_LONGEST_LABEL]) + f" · {words(f'search.{asked.kind}')}"
        st.button(text, key=f"recent_{number}", on_click=search_asking.ask, args=(asked,), width="stretch")


def _keep(room: Room, asked: Asked) -> None:
    words = room.words
    st.text_input(words("search.name"), key=_NAME)
    st.checkbox(words("search.share"), key=_SHARED)
    st.button(words("search.keep_do"), key="search_keep_do", type="primary", on_click=_kept, args=(room, asked))


def _kept(room: Room, asked: Asked) -> None:
    name, shared = str(st.session_state[_NAME]), bool(st.session_state[_SHARED])
    _try(
        room,
        lambda me: searching.keep_search(room.state, me, name, asked, shared=shared),
        room.words("search.kept_done"),
    )


def _drop(room: Room, number: int) -> None:
    _try(room, lambda me: searching.drop_search(room.state, me, number), room.words("search.dropped"))


def _try(room: Room, action: Callable[[Actor], None], told: str) -> None:
    person = room.person_now()
    if person is None:
        return
    try:
        with refusals_recorded(room.state, person.actor):
            action(person.actor)
        st.session_state[_SAID] = told
    except WarroomError as refusal:
        st.session_state[_SAID] = room.words("act.refused", reason=fault_told(str(refusal), room.words))


def _export(room: Room, asked: Asked) -> None:
    """Show the button that makes a file; it is made, and entered into the audit, only when it is pressed."""

    def made() -> bytes:
        # The file is made outside the run of a script, where no cookie is: the session itself is asked again.
        person = person_of(room.state, room.person.token) if room.person.token else room.person
        if person is None or person.actor.name != room.person.actor.name:
            return b""
        span = search_asking.span_of(asked.span)
        with refusals_recorded(room.state, person.actor):
            return searching.export_events(room.state, room.settings.data_dir, person.actor, asked, span)

    st.download_button(
        room.words("search.export"),
        data=made,
        file_name="log-events.csv",
        mime="text/csv",
        key="search_export",
        on_click="ignore",
        help=room.words("search.export_hint", most=f"{searching.MOST_EXPORTED:,}"),
    )
