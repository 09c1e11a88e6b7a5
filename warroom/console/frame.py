"""The frame of the console: style, person, masthead, and the screen that the address asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom import access
from warroom.console import audit_search, components, doing, drills, health, rule_waiting, snapshot
from warroom.console.clock_rows import late_count
from warroom.console.containment_panel import late
from warroom.console.markup import show, visible
from warroom.console.panels import empty, notice, warning
from warroom.console.person import is_deed, is_gated, person_at_console
from warroom.console.room import Room
from warroom.console.screens import (
    accounts,
    add_feed,
    attack,
    audit,
    breaches,
    clocks,
    contacts,
    containment,
    coverage,
    draft,
    feeds,
    handover,
    incident,
    indicators,
    intake,
    intel,
    me,
    mine,
    noise,
    notifications,
    onboarding,
    planned,
    platforms,
    reports,
    rules,
    search,
    sla,
    suppressions,
    wallboard,
    war_room,
    world,
)
from warroom.console.texts import LANGUAGES, words
from warroom.console.ways import Way, asked_way, open_to
from warroom.errors import StoreError
from warroom.settings import ROOT, Settings
from warroom.store import views
from warroom.store.preferences import prefer, preferred

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.console.person import Doorkeeper
    from warroom.console.room import Tick

_ASSETS: Final = ROOT / "warroom" / "console" / "assets"
_STYLES: Final = (
    _ASSETS / "style.css",
    _ASSETS / "admin.css",
    _ASSETS / "quiet.css",
    _ASSETS / "duty.css",
    _ASSETS / "cases.css",
    _ASSETS / "grouping.css",
    _ASSETS / "finding.css",
    _ASSETS / "papers.css",
    _ASSETS / "law.css",
    _ASSETS / "reports.css",
    _ASSETS / "onboarding.css",
    _ASSETS / "feeds.css",
    _ASSETS / "intel.css",
    _ASSETS / "rules.css",
)
_ICON: Final = ROOT / "static" / "mark.svg"
_MASTHEAD_WORDS: Final = {
    "title": "app.title",
    "back": "app.back",
    "skip": "app.skip",
    "drill": "app.drill",
    "drill_long": "app.drill_long",
    "zone": "app.zone",
    "language": "app.language",
    "signout": "app.signout",
    "screens": "app.screens",
    "me": "app.me",
    "more": "app.more",
    "dark": "theme.dark",
    "light": "theme.light",
    "live": "live.live",
    "stale": "live.stale",
    "lost": "live.lost",
    "never": "live.never",
}
_THEME: Final = "theme"
_THEMES: Final = ("dark", "light")
#: The row of screens under the masthead; one's own account is behind one's name, a new feed behind the onboarding,
#: the draft of a rule behind the detectors.
_LINKS: Final = tuple(way for way in Way if way not in (Way.ME, Way.ADD_FEED, Way.DRAFT))
_SCREENS: Final[dict[Way, Callable[[Room], None]]] = {
    Way.SEARCH: search.show_screen,
    Way.PLATFORMS: platforms.show_screen,
    Way.FEEDS: feeds.show_screen,
    Way.ONBOARDING: onboarding.show_screen,
    Way.ADD_FEED: add_feed.show_screen,
    Way.INTEL: intel.show_screen,
    Way.INDICATORS: indicators.show_screen,
    Way.ATTACK: attack.show_screen,
    Way.MAP: world.show_screen,
    Way.RULES: rules.show_screen,
    Way.COVERAGE: coverage.show_screen,
    Way.NOISE: noise.show_screen,
    Way.DRAFT: draft.show_screen,
    Way.MINE: mine.show_screen,
    Way.INTAKE: intake.show_screen,
    Way.CONTAINMENT: containment.show_screen,
    Way.HANDOVER: handover.show_screen,
    Way.REPORTS: reports.show_screen,
    Way.CLOCKS: clocks.show_screen,
    Way.BREACHES: breaches.show_screen,
    Way.SLA: sla.show_screen,
    Way.CONTACTS: contacts.show_screen,
    Way.NOTIFICATIONS: notifications.show_screen,
    Way.SUPPRESSIONS: suppressions.show_screen,
    Way.PLANNED: planned.show_screen,
    Way.AUDIT: audit.show_screen,
    Way.ACCOUNTS: accounts.show_screen,
    Way.ME: me.show_screen,
}


def run(who: Doorkeeper = person_at_console) -> None:
    """Show the console to whoever may see it; ``who`` says who is there."""
    settings = Settings()
    guess = words(settings.language)
    state = snapshot.open_state(settings.db_url)
    drill = drills.is_drill(state, declared=settings.drill)
    title = f"{guess('app.drill')} · {guess('app.title')}" if drill else guess("app.title")
    st.set_page_config(page_title=title, page_icon=str(_ICON), layout="wide")
    for style in _STYLES:
        st.html(style)
    if drill:
        show(drills.band())
    try:
        state.versions()
        person = who(state, settings, present=is_deed())
    except StoreError:
        notice(guess("door.no_store"), guess("door.no_store_do"))
        return
    if person is None:
        key = "door.ended" if is_gated() else "door.ungated"
        notice(guess(key), guess(f"{key}_do"))
        return
    language = st.session_state.setdefault("language", person.language)
    if _THEME not in st.session_state:
        st.session_state[_THEME] = preferred(state, person.actor.name, _THEME, _THEMES[0])
    if st.session_state[_THEME] == "light":
        st.html(_ASSETS / "light.css")
    _screens(Room(settings, state, person, words(language), drill, who))


def _screens(room: Room) -> None:
    """Show the masthead and the screen that the address asks for."""
    wall = st.query_params.get("wall") == "1"
    chosen = st.query_params.get("incident")
    ways = open_to(room.person)
    way = Way.INCIDENTS if wall else asked_way(st.query_params.get("screen"), ways, home=chosen is None)
    if room.person.missing and way not in ways:
        way = Way.ME  # where the second factor is enrolled that the role asks for
    doing.forget(but=way)
    if way is not Way.AUDIT:
        audit_search.leave()
    home = Way.INCIDENTS in ways and (chosen is not None or way is not Way.INCIDENTS)
    with st.container(key="wall" if wall else "desk", gap="small"):
        # Twice before its dot turns amber in the browser (`NO_TICK_MS` in masthead.js).
        room.live("4s", lambda tick: _masthead(room, tick, way, wall=wall, home=home), display=wall)
        if room.person.missing and not wall:
            roles = ", ".join(room.words(f"role.{role}") for role in sorted(room.person.missing))
            warning(room.words("factor.demanded", roles=roles))
        if way not in ways:
            _refuse(room, way)
        elif way in _SCREENS:
            try:
                _SCREENS[way](room)
            except StoreError as problem:
                empty(room.words("door.store_failed"), str(problem))
        elif wall:
            wallboard.show_screen(room)
        elif chosen is not None:
            incident.show_screen(room, chosen)
        else:
            war_room.show_screen(room)


def _refuse(room: Room, way: Way | None) -> None:
    """Say why a screen does not open, and what to do about it."""
    if way is None:
        key = "door.no_screen"
    elif way is Way.INCIDENTS:
        key = "door.no_role"
    else:
        key = "door.not_yours" if room.person.token else "door.no_account"
    notice(room.words(key), room.words(f"{key}_do"))


def _masthead(room: Room, tick: Tick, way: Way | None, *, wall: bool, home: bool) -> None:
    ways = frozenset[Way]() if wall else open_to(room.person)
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
            "theme": st.session_state.get(_THEME),
            "actor": visible(room.person.actor.name),
            "gated": bool(room.person.token),
            "drill": room.drill,
            "wall": wall,
            "home": home and not wall,
            "screen": way or "",
            "links": [{"name": link, "label": _label(room, tick, link)} for link in _LINKS if link in ways],
            "me": Way.ME in ways,
        },
        on_language_change=components.noted,
        on_theme_change=components.noted,
        on_home_change=components.noted,
        on_go_change=components.noted,
    )
    language = asked.language
    if language in LANGUAGES and language != room.words.language:
        st.session_state["language"] = language
        if room.person.token:
            access.choose_language(room.state, room.person.token, language)
        st.rerun()
    if asked.theme in _THEMES and asked.theme != st.session_state.get(_THEME):
        st.session_state[_THEME] = asked.theme
        prefer(room.state, room.person.actor.name, _THEME, asked.theme)
        st.rerun()
    if asked.home or (isinstance(asked.go, str) and asked.go in ways):
        st.query_params.clear()
        if not asked.home:
            st.query_params["screen"] = str(asked.go)
        st.rerun()


def _label(room: Room, tick: Tick, link: Way) -> str:
    """Give a link's words, with how much waits behind it for the person."""
    label = room.words(f"app.{link}")
    count = 0
    if link is Way.MINE:
        count = snapshot.unread(room.state, room.seen, tick.version("mentions"), room.person.actor.name)
    elif link is Way.CONTAINMENT:
        rows, _ = snapshot.register(room.state, room.seen, tick.version("containments"))
        count = late([row.request for row in rows], tick.now_us)
    elif link is Way.CLOCKS:
        count = late_count(room, tick)
    elif link is Way.RULES:
        count = len(rule_waiting.to_approve(room, tick))
    return f"{label} ({count})" if count else label
