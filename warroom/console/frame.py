"""The frame of the console: style, person, masthead, and the screen that the address asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom import access
from warroom.console import components, drills, health, snapshot
from warroom.console.markup import show
from warroom.console.panels import notice
from warroom.console.person import is_gated, person_at_console
from warroom.console.room import Room
from warroom.console.screens import incident, wallboard, war_room
from warroom.console.texts import LANGUAGES, words
from warroom.errors import StoreError
from warroom.settings import ROOT, Settings
from warroom.store import views

if TYPE_CHECKING:
    from warroom.console.room import Tick

_STYLE: Final = ROOT / "warroom" / "console" / "assets" / "style.css"
_ICON: Final = ROOT / "static" / "mark.svg"
_MASTHEAD_WORDS: Final = {
    "title": "app.title",
    "back": "app.back",
    "drill": "app.drill",
    "drill_long": "app.drill_long",
    "zone": "app.zone",
    "language": "app.language",
    "signout": "app.signout",
    "live": "live.live",
    "stale": "live.stale",
    "lost": "live.lost",
    "never": "live.never",
}


def run() -> None:
    """Show the console to whoever may see it."""
    settings = Settings()
    guess = words(settings.language)
    state = snapshot.open_state(settings.db_url)
    drill = drills.is_drill(state, declared=settings.drill)
    title = f"{guess('app.drill')} · {guess('app.title')}" if drill else guess("app.title")
    st.set_page_config(page_title=title, page_icon=str(_ICON), layout="wide")
    st.html(_STYLE)
    if drill:
        show(drills.band())
    try:
        state.versions()
        person = person_at_console(state, settings, present=True)
    except StoreError:
        notice(guess("door.no_store"), guess("door.no_store_do"))
        return
    if person is None:
        key = "door.ended" if is_gated() else "door.ungated"
        notice(guess(key), guess(f"{key}_do"))
        return
    if not person.may_look:
        key = "door.confined" if person.actor.can(access.Permission.READ_INCIDENTS) else "door.no_role"
        told = words(person.language)
        notice(told(key), told(f"{key}_do"))
        return
    language = st.session_state.setdefault("language", person.language)
    room = Room(settings, state, person, words(language), drill)
    wall = st.query_params.get("wall") == "1"
    chosen = st.query_params.get("incident")
    with st.container(key="wall" if wall else "desk", gap="small"):
        room.live("2s", lambda tick: _masthead(room, tick, wall=wall, home=chosen is not None), display=wall)
        if wall:
            wallboard.show_screen(room)
        elif chosen is not None:
            incident.show_screen(room, chosen)
        else:
            war_room.show_screen(room)


def _masthead(room: Room, tick: Tick, *, wall: bool, home: bool) -> None:
    seen_us = views.worker_seen_at(room.state)
    asked = components.masthead(
        key="masthead",
        data={
            "now": tick.now_us // 1000,
            "worker": None if seen_us is None else seen_us // 1000,
            "stale": health.STALE_SECONDS * 1000,
            "words": {name: room.words(key) for name, key in _MASTHEAD_WORDS.items()},
            "units": room.age_units(),
            "language": room.words.language,
            "actor": room.person.actor.name,
            "gated": bool(room.person.token),
            "drill": room.drill,
            "wall": wall,
            "home": home,
        },
        on_language_change=_noted,
        on_home_change=_noted,
    )
    language = asked.language
    if language in LANGUAGES and language != room.words.language:
        st.session_state["language"] = language
        if room.person.token:
            access.choose_language(room.state, room.person.token, language)
        st.rerun()
    if asked.home:
        st.query_params.clear()
        st.rerun()


def _noted() -> None:
    """A component's event is read from its result; Streamlit wants a callback to report it at all."""
