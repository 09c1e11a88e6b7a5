"""Making an account on the screen: who, as what, and how they enter the first time."""

from __future__ import annotations

import base64
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import streamlit as st

from warroom.access import LINK_MINUTES, Role, create_password_link
from warroom.access.accounts import Newcomer, create
from warroom.access.names import checked_name
from warroom.console import doing, panels, snapshot
from warroom.console.entrance import SIGNIN_PATH
from warroom.console.ways import Way
from warroom.errors import UsageError

if TYPE_CHECKING:
    from warroom.access import Actor
    from warroom.console.room import Room

_PLACE: Final = "making"
_ROUND: Final = "making_round"
_FIELDS: Final = ("name", "shown", "roles", "platforms")
_LINK: Final = "link"
_PASSWORD: Final = "password"  # noqa: S105  the word
#: 100 random bits, in groups that can be read out.
_BYTES: Final = 15
_GROUP: Final = 4


def show_making(room: Room) -> None:
    """Show the form for a new account, and once what opens it."""
    words = room.words
    with panels.panel("account_new", words("making.title")):
        doing.say(_PLACE)
        doing.show_once(room, f"{_PLACE}_{_LINK}", words("making.link_is", minutes=LINK_MINUTES))
        doing.show_once(room, f"{_PLACE}_{_PASSWORD}", words("making.password_is"))
        with st.form("making_form", border=False, enter_to_submit=False):
            left, right = st.columns(2, gap="small")
            left.text_input(words("making.name"), key=_key("name"), max_chars=40)
            right.text_input(words("making.shown"), key=_key("shown"), max_chars=40)
            st.multiselect(
                words("making.roles"),
                list(Role),
                select_all=False,
                key=_key("roles"),
                placeholder=words("making.roles_hint"),
                format_func=lambda role: words(f"role.{role}"),
            )
            st.multiselect(
                words("making.platforms"),
                list(snapshot.platforms()),
                select_all=False,
                key=_key("platforms"),
                placeholder=words("accounts.everywhere"),
                format_func=room.platform,
            )
            st.radio(
                words("making.first"),
                [_LINK, _PASSWORD],
                key=_key("first"),
                horizontal=True,
                format_func=lambda first: words("making.by_link" if first == _LINK else "making.by_password"),
            )
            st.form_submit_button(
                words("making.do"), type="primary", on_click=_make, args=(room,), width="stretch", key="making_do"
            )


def _make(room: Room) -> None:
    given = {name: st.session_state.get(_key(name)) for name in _FIELDS}
    first = str(st.session_state.get(_key("first")))
    name = (given["name"] or "").strip()
    if not name or not given["roles"]:
        doing.tell(room, _PLACE, "making.missing")
        return
    try:
        checked_name(name)
    except UsageError:
        doing.tell(room, _PLACE, "signin.name_refused")
        return
    password = first_password() if first == _PASSWORD else None
    wanted = Newcomer(
        name,
        frozenset(Role(role) for role in given["roles"] or ()),
        display_name=(given["shown"] or "").strip(),
        platforms=frozenset(given["platforms"] or ()) or None,
        password=password,
    )

    def make(me: Actor) -> None:
        create(room.state, me, wanted, datetime.now(UTC))
        secret = password or link_address(create_password_link(room.state, me, name, datetime.now(UTC)))
        doing.keep(Way.ACCOUNTS, f"{_PLACE}_{first}", secret)

    if doing.attempt(room, _PLACE, make, "making.done"):
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def first_password() -> str:
    """Give a password for a first sign-in, such as ``k3qd-7yfa-…``; its owner has to choose another one there."""
    letters = base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower()
    return "-".join(letters[place : place + _GROUP] for place in range(0, len(letters), _GROUP))


def link_address(token: str) -> str:
    """Give the address that a link's token opens, as this browser reaches the console."""
    here = urlsplit(str(st.context.url or ""))
    origin = f"{here.scheme}://{here.netloc}" if here.scheme in {"http", "https"} else ""
    return f"{origin}{SIGNIN_PATH}?token={token}"


def _key(name: str) -> str:
    """Name a field; after an account is made the fields are new ones, and empty."""
    return f"making_{name}_{st.session_state.get(_ROUND, 0)}"
