"""What an administrator does to one account: roles, platforms, password, second factor, sessions, closing it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import LINK_MINUTES, Role, create_password_link, end_sessions
from warroom.access import accounts as deeds
from warroom.access.roles import known_roles
from warroom.access.second_factor import remove
from warroom.access.session_policy import policy_from
from warroom.access.sessions import open_sessions
from warroom.console import doing, panels, session_list, snapshot
from warroom.console.account_making import link_address
from warroom.console.markup import show, tag, visible
from warroom.console.times import date_time
from warroom.console.ways import Way
from warroom.store import accounts as rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.access import Actor
    from warroom.console.room import Room
    from warroom.store.accounts import Account

_PLACE: Final = "account"


def show_account(room: Room, account: Account, now: datetime, *, close: Callable[[], None]) -> None:
    """Show an account with everything that can be done to it; ``close`` goes back to the list."""
    words = room.words
    with panels.panel("account_chosen", account.display_name, account.name):
        st.button(words("account.close"), key="account_close", on_click=close, width="stretch")
        doing.say(_PLACE)
        doing.show_once(room, f"{_PLACE}_link", words("making.link_is", minutes=LINK_MINUTES))
        facts = [
            (words("account.created"), date_time(account.created_at, words.language)),
            (words("account.changed"), date_time(account.changed_at, words.language)),
            (words("account.password"), _password(room, account)),
        ]
        show(tag("dl", *(tag("div", tag("dt", name), tag("dd", value)) for name, value in facts), cls="wr-facts"))
        _rights(room, account)
    with panels.panel("account_sessions", words("sessions.title")):
        policy = policy_from(room.settings)
        found = open_sessions(room.state, room.person.actor, account.name, now, policy=policy)
        session_list.show_sessions(room, _PLACE, account.name, found)
        if found:
            _confirmed(room, "sessions_end_all", lambda me: _end_all(room, me, account.name), "account.sessions_ended")
    with panels.panel("account_deeds", words("account.deeds")):
        _deeds(room, account)


def _password(room: Room, account: Account) -> str:
    words = room.words
    if account.password_hash is None:
        return words("account.none")
    if account.must_change_password:
        return words("account.due")
    return date_time(account.password_changed_at or account.created_at, words.language)


def _rights(room: Room, account: Account) -> None:
    words = room.words
    # With the account's last change in the key, the fields show what is stored, not what was typed before.
    mark = f"{account.id}_{account.changed_at}"
    roles_key, places_key = f"account_roles_{mark}", f"account_platforms_{mark}"
    with st.form(f"account_rights_{mark}", border=False, enter_to_submit=False):
        st.multiselect(
            words("making.roles"),
            list(Role),
            select_all=False,
            default=sorted(known_roles(account.roles)),
            key=roles_key,
            format_func=lambda role: words(f"role.{role}"),
            placeholder=words("accounts.no_role"),
        )
        offered = sorted({*snapshot.platforms(), *(account.platforms or ())})
        st.multiselect(
            words("making.platforms"),
            offered,
            select_all=False,
            default=sorted(account.platforms or ()),
            key=places_key,
            format_func=lambda place: visible(room.platform(place)),
            placeholder=words("accounts.everywhere"),
        )
        st.form_submit_button(
            words("account.save"),
            type="primary",
            key="account_save",
            width="stretch",
            on_click=lambda: _save(room, account, roles_key, places_key),
        )


def _save(room: Room, account: Account, roles_key: str, places_key: str) -> None:
    roles = frozenset(Role(role) for role in st.session_state.get(roles_key) or ())
    places = frozenset(st.session_state.get(places_key) or ()) or None
    with room.state.read() as connection:  # asked again in the transaction that saves
        if rows.get(connection, account.id).changed_at != account.changed_at:
            doing.tell(room, _PLACE, "account.conflict")
            return

    def save(me: Actor) -> None:
        now = datetime.now(UTC)
        deeds.set_rights(room.state, me, account.name, roles, places, now, seen=account.changed_at)

    doing.do(room, _PLACE, save, "account.saved")


def _deeds(room: Room, account: Account) -> None:
    words, name = room.words, account.name
    if account.is_active:
        st.button(
            words("account.link"),
            key="account_link",
            width="stretch",
            help=words("account.link_told"),
            on_click=doing.do,
            args=(room, _PLACE, lambda me: _link(room, me, name), "account.link_made"),
        )
        st.button(
            words("account.waits"),
            key="account_waits",
            width="stretch",
            help=words("account.waits_told"),
            on_click=doing.do,
            args=(room, _PLACE, lambda me: _enable(room, me, name), "account.waits_ended"),
        )
    else:
        st.button(
            words("account.enable"),
            key="account_enable",
            type="primary",
            width="stretch",
            on_click=doing.do,
            args=(room, _PLACE, lambda me: _enable(room, me, name), "account.enabled"),
        )
    if account.totp_sealed is not None:
        _confirmed(
            room, "account_factor", lambda me: remove(room.state, me, name, datetime.now(UTC)), "account.factor_removed"
        )
    if account.is_active:
        _confirmed(
            room,
            "account_disable",
            lambda me: deeds.disable(room.state, me, name, datetime.now(UTC)),
            "account.disabled",
        )


def _link(room: Room, me: Actor, name: str) -> None:
    token = create_password_link(room.state, me, name, datetime.now(UTC))
    doing.keep(Way.ACCOUNTS, f"{_PLACE}_link", link_address(token))


def _enable(room: Room, me: Actor, name: str) -> None:
    deeds.enable(room.state, me, name, datetime.now(UTC))


def _end_all(room: Room, me: Actor, name: str) -> None:
    end_sessions(room.state, me, name, datetime.now(UTC))


def _confirmed(room: Room, key: str, action: Callable[[Actor], object], told: str) -> None:
    doing.show_confirmed(room, _PLACE, key, action, told)
