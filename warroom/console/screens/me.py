"""One's own account: password, authenticator, recovery codes, sessions, language."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom import access
from warroom.access.accounts import change_password
from warroom.access.session_policy import policy_from
from warroom.access.sessions import open_sessions
from warroom.console import doing, factor_panel, panels, session_list
from warroom.console.markup import show, tag
from warroom.console.texts import LANGUAGES
from warroom.console.times import date_time
from warroom.store import accounts as rows

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.store.accounts import Account

_PLACE: Final = "me"
_PASSWORD: Final = "me_password"  # noqa: S105  a place on the screen


def show_screen(room: Room) -> None:
    """Lay the screen out."""
    with room.state.read() as connection:
        account = rows.get(connection, room.person.actor.account_id or 0)
    left, centre, right = st.columns([1, 1.15, 1], gap="small")
    with left:
        _facts(room, account)
        _password(room, account)
    with centre:
        factor_panel.show_factor(room, account)
    with right:
        _sessions(room, account)
        _language(room)


def _facts(room: Room, account: Account) -> None:
    words = room.words
    where = words("accounts.everywhere")
    if account.platforms is not None:
        where = ", ".join(sorted(room.platform(platform) for platform in account.platforms))
    told = [
        (words("accounts.name"), account.name),
        (
            words("accounts.roles"),
            ", ".join(words.either(f"role.{role}", role) for role in sorted(account.roles))
            or words("accounts.no_role"),
        ),
        (words("accounts.platforms"), where),
        (words("account.created"), date_time(account.created_at, words.language)),
    ]
    with panels.panel("me_facts", account.display_name):
        show(tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in told), cls="wr-facts long"))


def _password(room: Room, account: Account) -> None:
    words = room.words
    with panels.panel("me_password", words("me.password")):
        doing.say(_PASSWORD)
        if account.password_hash is None:
            show(tag("p", words("me.no_password"), cls="wr-hint"))
            return
        show(tag("p", words("me.password_told"), cls="wr-hint"))
        with st.form("me_password_form", border=False, clear_on_submit=True):
            for name, purpose in (("old", "current-password"), ("new", "new-password"), ("again", "new-password")):
                st.text_input(words(f"me.{name}"), type="password", key=_key(name), max_chars=256, autocomplete=purpose)
            st.form_submit_button(
                words("me.change"), type="primary", key="me_change", on_click=_change, args=(room,), width="stretch"
            )


def _change(room: Room) -> None:
    old, new, again = (str(st.session_state.get(_key(name), "")) for name in ("old", "new", "again"))
    name, now = room.person.actor.name, time.monotonic()
    if new != again:
        doing.tell(room, _PASSWORD, "me.not_alike")
        return
    # Who finds an open screen must not find out the password at it.
    if not _tries().allow(name, now):
        doing.tell(room, _PASSWORD, "me.too_often")
        return

    def change(me: Actor) -> None:
        change_password(room.state, me, old, new, datetime.now(UTC))

    doing.attempt(room, _PASSWORD, change, "me.changed", wrong="signin.old_wrong")


@st.cache_resource(show_spinner=False)
def _tries() -> access.AttemptLimit:
    return access.AttemptLimit()


def _sessions(room: Room, account: Account) -> None:
    words, me, now = room.words, room.person.actor, datetime.now(UTC)
    own = access.fingerprint(room.person.token).hex()
    found = open_sessions(room.state, me, account.name, now, policy=policy_from(room.settings))
    mine = next((one.handle for one in found if own.startswith(one.handle)), "")
    with panels.panel("me_sessions", words("sessions.title"), str(len(found))):
        doing.say(_PLACE)
        session_list.show_sessions(room, _PLACE, account.name, found, own=mine)
        others = [one.handle for one in found if one.handle != mine]
        if others:
            doing.show_confirmed(
                room,
                _PLACE,
                "me_end_others",
                lambda who: _end(room, who, account.name, others),
                "account.sessions_ended",
            )


def _end(room: Room, me: Actor, name: str, handles: list[str]) -> None:
    for handle in handles:
        access.end_sessions(room.state, me, name, datetime.now(UTC), handle=handle)


def _language(room: Room) -> None:
    words = room.words
    with panels.panel("me_language", words("app.language")):
        st.radio(
            words("me.language"),
            LANGUAGES,
            index=LANGUAGES.index(words.language),
            key=f"me_language_{words.language}",
            format_func=lambda language: words("me.in_th" if language == "th" else "me.in_en"),
            on_change=_speak,
            args=(room, f"me_language_{words.language}"),
            horizontal=True,
        )


def _speak(room: Room, key: str) -> None:
    chosen = st.session_state.get(key)
    if chosen in LANGUAGES:
        st.session_state["language"] = chosen
        access.choose_language(room.state, room.person.token, str(chosen))


def _key(name: str) -> str:
    return f"me_{name}"
