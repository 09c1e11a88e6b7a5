"""API tokens on the accounts screen: listed, made (and shown once), revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import Permission
from warroom.access.api_tokens import LONGEST_DAYS, create_token, revoke_token
from warroom.access.roles import known_roles, permissions_of
from warroom.console import components, doing, panels
from warroom.console.markup import show, tag, visible
from warroom.console.times import date, date_time
from warroom.console.ways import Way
from warroom.store.database import to_us

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.access import Actor
    from warroom.access.api_tokens import Token
    from warroom.console.room import Room
    from warroom.store.accounts import Account

_PLACE: Final = "token"
_ROUND: Final = "token_round"
_DAYS: Final = (1, 7, 30, 90, 180, LONGEST_DAYS)
_COLUMNS: Final = (
    ("number", "64px", "n", ""),
    ("label", "22%", "main", ""),
    ("account", "16%", "", ""),
    ("scopes", "", "quiet", ""),
    ("expires", "112px", "", ""),
    ("used", "158px", "quiet", "first"),
    ("state", "118px", "chip", ""),
)


def show_tokens(room: Room, tokens: list[Token], chosen: Token | None, now: datetime) -> str:
    """Show all tokens, newest first; gives the number of the one that was asked for just now, empty where none."""
    words = room.words
    live = sum(_state(one, now) == "live" for one in tokens)
    with panels.panel("tokens", words("tokens.title"), words("tokens.count", live=live) if tokens else ""):
        if not tokens:
            panels.empty(words("tokens.empty"), words("tokens.empty_do"))
            return ""
        data = {
            "label": words("tokens.title"),
            "height": "max(140px, calc(44vh - 96px))",
            "chosen": str(chosen.number) if chosen else "",
            "columns": [
                {"title": words(f"tokens.{name}"), "width": width, "look": look, "yields": yields}
                for name, width, look, yields in _COLUMNS
            ],
            "rows": [_row(room, one, now) for one in tokens],
        }
        asked = components.listing(key="tokens_listing", data=data, on_open_change=components.noted).open
    return asked if isinstance(asked, str) and asked in {str(one.number) for one in tokens} else ""


def _row(room: Room, token: Token, now: datetime) -> dict[str, object]:
    words, state = room.words, _state(token, now)
    return {
        "id": str(token.number),
        "look": "" if state == "live" else "off",
        "chip": "" if state == "live" else "off",
        "cells": [
            str(token.number),
            visible(token.label),
            visible(token.account),
            visible(", ".join(words.either(f"permission.{scope}", scope) for scope in sorted(token.scopes))),
            date(to_us(token.expires_at), words.language),
            "—" if token.last_used_at is None else date_time(to_us(token.last_used_at), words.language),
            words(f"tokens.{state}"),
        ],
    }


def _state(token: Token, now: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "live" if now < token.expires_at else "expired"


def show_token(room: Room, token: Token, now: datetime, *, close: Callable[[], None]) -> None:
    """Show one token and the way to revoke it; ``close`` goes back to the list."""
    words = room.words
    with panels.panel("token_chosen", token.label, f"#{token.number}"):
        st.button(words("account.close"), key="token_close", on_click=close, width="stretch")
        doing.say(_PLACE)
        told = [
            (words("tokens.account"), token.account),
            (words("tokens.state"), words(f"tokens.{_state(token, now)}")),
            (words("tokens.made"), date_time(to_us(token.created_at), words.language)),
            (words("tokens.expires"), date_time(to_us(token.expires_at), words.language)),
            *((words("tokens.may"), words.either(f"permission.{scope}", scope)) for scope in sorted(token.scopes)),
        ]
        rows = [tag("div", tag("dt", name), tag("dd", value)) for name, value in told]
        show(tag("dl", *rows, cls="wr-facts long"))
        if _state(token, now) == "live":
            doing.show_confirmed(
                room,
                _PLACE,
                "token_revoke",
                lambda me: revoke_token(room.state, me, token.number, datetime.now(UTC)),
                "tokens.was_revoked",
            )


def show_making(room: Room, accounts: list[Account]) -> None:
    """Show the form for a new token, and once the token."""
    words = room.words
    with panels.panel("token_new", words("tokens.make_title")):
        doing.say(_PLACE)
        doing.show_once(room, f"{_PLACE}_new", words("tokens.is"))
        if not accounts:
            show(tag("p", words("accounts.empty_do"), cls="wr-hint"))
            return
        st.selectbox(
            words("tokens.account"),
            [one.name for one in accounts],
            index=None,
            key=_key("account"),
            placeholder=words("tokens.account_hint"),
            format_func=visible,
        )
        account = next((one for one in accounts if one.name == st.session_state.get(_key("account"))), None)
        may = permissions_of(known_roles(account.roles)) if account else frozenset[Permission]()
        st.multiselect(
            words("tokens.scopes"),
            [one for one in Permission if one in may],
            select_all=False,
            disabled=account is None,
            key=_key(f"scopes_{account.id if account else 0}"),
            placeholder=words("tokens.scopes_hint"),
            format_func=lambda one: words(f"permission.{one}"),
        )
        left, right = st.columns([1.6, 1], gap="small")
        left.text_input(words("tokens.label"), key=_key("label"), max_chars=80, placeholder=words("tokens.label_hint"))
        right.selectbox(
            words("tokens.lifetime"),
            _DAYS,
            index=3,
            key=_key("days"),
            format_func=lambda days: words("keeping.days", days=days),
        )
        st.button(
            words("tokens.make"),
            key="token_make",
            type="primary",
            width="stretch",
            disabled=account is None,
            on_click=_make,
            args=(room, account),
        )


def _make(room: Room, account: Account | None) -> None:
    if account is None:
        return
    key = _key(f"scopes_{account.id}")
    scopes = [Permission(one) for one in st.session_state.get(key) or ()]
    label, days = str(st.session_state.get(_key("label"), "")), int(st.session_state.get(_key("days"), 1))

    def make(me: Actor) -> None:
        token = create_token(
            room.state, me, account.name, label, scopes=scopes, lifetime=timedelta(days=days), now=datetime.now(UTC)
        )
        doing.keep(Way.ACCOUNTS, f"{_PLACE}_new", token)

    if doing.attempt(room, _PLACE, make, "tokens.was_made"):
        st.session_state[_ROUND] = st.session_state.get(_ROUND, 0) + 1


def _key(name: str) -> str:
    """Name a field; after a token is made the fields are new ones, and empty."""
    return f"token_{name}_{st.session_state.get(_ROUND, 0)}"
