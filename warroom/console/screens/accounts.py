"""The accounts screen: who may enter, as what, and with which tokens; everything that happens to an account."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import streamlit as st

from warroom.access import accounts as deeds
from warroom.access import api_tokens, oidc
from warroom.console import account_making, account_panel, components, panels, token_panel
from warroom.console.markup import visible
from warroom.console.times import date_time

if TYPE_CHECKING:
    from warroom.console.room import Room
    from warroom.store.accounts import Account

_ASKED: Final = "account"
_TOKEN: Final = "token"  # noqa: S105  a name in the address
_COLUMNS: Final = (
    ("name", "14%", "main", ""),
    ("shown", "15%", "", "second"),
    ("roles", "", "", ""),
    ("platforms", "15%", "quiet", ""),
    ("state", "100px", "chip", ""),
    ("factor", "84px", "", ""),
    ("proof", "110px", "quiet", "first"),
    ("seen", "158px", "quiet", "first"),
)


def show_screen(room: Room) -> None:
    """Lay the screen out; what is chosen stands in the address, by its number."""
    me, now = room.person.actor, datetime.now(UTC)
    accounts = deeds.list_accounts(room.state, me)
    tokens = api_tokens.list_tokens(room.state, me)
    chosen = next((one for one in accounts if str(one.id) == st.query_params.get(_ASKED)), None)
    token = next((one for one in tokens if str(one.number) == st.query_params.get(_TOKEN)), None)
    left, right = st.columns([2.2, 1], gap="small")
    with left:
        _accounts(room, accounts, chosen)
        if asked := token_panel.show_tokens(room, tokens, token, now):
            _choose(_TOKEN, asked)
    with right:
        if chosen is not None:
            account_panel.show_account(room, chosen, now, close=_close)
        elif token is not None:
            token_panel.show_token(room, token, now, close=_close)
        else:
            account_making.show_making(room)
            token_panel.show_making(room, [one for one in accounts if one.is_active])


def _accounts(room: Room, accounts: list[Account], chosen: Account | None) -> None:
    words = room.words
    active = sum(one.is_active for one in accounts)
    with panels.panel("accounts", words("accounts.title"), words("accounts.count", active=active, total=len(accounts))):
        if not accounts:
            panels.empty(words("accounts.empty"), words("accounts.empty_do"))
            return
        with room.state.read() as connection:
            kept = oidc.kept_administrator(connection, accounts)
        if kept is not None:
            told = words("account.kept_administrator")
            panels.warning(f"{kept.name}: {told}")
        data = {
            "label": words("accounts.title"),
            "height": "max(220px, calc(56vh - 96px))",
            "chosen": str(chosen.id) if chosen else "",
            "columns": [
                {"title": words(f"accounts.{name}"), "width": width, "look": look, "yields": yields}
                for name, width, look, yields in _COLUMNS
            ],
            "rows": [_row(room, one) for one in accounts],
        }
        asked = components.listing(key="accounts_listing", data=data, on_open_change=components.noted).open
    if isinstance(asked, str) and asked in {str(one.id) for one in accounts}:
        _choose(_ASKED, asked)


def _row(room: Room, account: Account) -> dict[str, object]:
    words = room.words
    opened_by = [
        name
        for name, has in (
            ("password", account.password_hash),
            ("oidc", account.oidc_subject),
            ("os_user", account.os_user),
        )
        if has
    ]
    where = words("accounts.everywhere")
    if account.platforms is not None:
        where = ", ".join(sorted(room.platform(platform) for platform in account.platforms))
    return {
        "id": str(account.id),
        "look": "" if account.is_active else "off",
        "chip": "" if account.is_active else "off",
        "cells": [
            visible(account.name),
            visible(account.display_name),
            visible(", ".join(words.either(f"role.{role}", role) for role in sorted(account.roles)))
            or words("accounts.no_role"),
            visible(where),
            words(f"accounts.{account.state}"),
            words("accounts.yes" if account.has_totp else "accounts.no"),
            ", ".join(words(f"opens.{name}") for name in opened_by) or words("opens.nothing"),
            "—" if account.signed_in_at is None else date_time(account.signed_in_at, words.language),
        ],
    }


def _choose(kind: str, number: str) -> None:
    _close()
    st.query_params[kind] = number
    st.rerun()


def _close() -> None:
    for kind in (_ASKED, _TOKEN):
        st.query_params.pop(kind, None)
