"""One-time sign-in links: who holds one was let in by who runs the war room."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from warroom.access.actor import Actor
from warroom.access.guard import needs
from warroom.access.names import clean_name, name_key
from warroom.access.origins import Origin
from warroom.access.recording import record
from warroom.access.roles import FIRST_ROLES, Permission, Role
from warroom.access.session_policy import Proof
from warroom.access.sessions import actor_of, open_session
from warroom.access.tokens import fingerprint, new_token
from warroom.errors import ConflictError
from warroom.store import accounts as account_rows
from warroom.store import sessions as rows
from warroom.store import views
from warroom.store.audit import AuditAction
from warroom.store.database import to_us

if TYPE_CHECKING:
    from warroom.store.accounts import Account
    from warroom.store.database import State, Transaction

#: How long a link can be opened.
LINK_MINUTES: Final = 60


class LinkPurpose(StrEnum):
    """What a link opens."""

    OPEN = "open"
    """A session for whoever says who they are: drills, and before there are accounts."""
    SET_UP = "set_up"
    """The choice of name and password for the first administrator."""
    PASSWORD = "password"  # noqa: S105  the word, not one
    """The choice of a password for one account."""


def create_signin_link(
    state: State, now: datetime, *, purpose: LinkPurpose = LinkPurpose.OPEN, roles: frozenset[Role] = FIRST_ROLES
) -> str:
    """Store a link of no account and give its token, for ``http://address/signin?token=…``.

    For who runs the command: the state folder is theirs. The account that the link makes gets these roles.
    """
    return _add_link(state, rows.LinkRow(purpose, None, frozenset(roles)), now)


@needs(Permission.MANAGE_ACCOUNTS)
def create_password_link(state: State, actor: Actor, name: str, now: datetime) -> str:
    """Give the token of a link by which somebody chooses a new password; the old one works until then.

    Raises:
        NotFoundError: no such account.
        ConflictError: it is disabled.
    """
    with state.write() as connection:
        account = account_rows.by_key(connection, name_key(name))
        if not account.is_active:
            raise ConflictError(f"{account.name} is disabled: enable the account first")
        # One at a time: who asks again has lost the first one.
        rows.drop_links(connection, account.id)
        record(connection, actor, AuditAction.ACCOUNT_CHANGED, account, to_us(now), change="link for a new password")
    return _add_link(state, rows.LinkRow(LinkPurpose.PASSWORD, account.id, frozenset()), now)


def purpose_of(state: State, link_token: str, now: datetime) -> LinkPurpose | None:
    """Give what a link would open; None where it is unknown, used or expired. Changes nothing."""
    with state.read() as connection:
        found = rows.find_link(connection, fingerprint(link_token), to_us(now))
    return None if found is None else LinkPurpose(found.purpose)


def opens(state: State, link_token: str, now: datetime) -> bool:
    """Whether a link would still open something; changes nothing."""
    return purpose_of(state, link_token, now) is not None


def sign_in(
    state: State, link_token: str, *, name: str, language: str, now: datetime, origin: Origin | None = None
) -> str | None:
    """Burn an open link and open a session for the name given; gives the session's token.

    The account of that name is made where there is none. An account with a password (or another proof of its own) is
    never opened so, and outside of drills no account is once there is one such: the links stop working then.

    Gives None where the link opens nothing: whether it is unknown, used, expired or for something else is nobody's
    business.
    """
    key, now_us = fingerprint(link_token), to_us(now)
    drill = views.is_drill(state)
    with state.write(account_rows.TOPIC) as connection:
        link = rows.find_link(connection, key, now_us)
        if link is None or link.purpose != LinkPurpose.OPEN:
            return None
        if account_rows.has_credentials(connection) and not drill:
            return None
        account = _account_named(connection, clean_name(name), link.roles, now_us)
        if account.has_credential or not account.is_active or not rows.burn_link(connection, key, now_us):
            return None
        return open_session(connection, account, Proof.LINK, language=language, now=now, origin=origin or Origin())


def _account_named(connection: Transaction, name: str, roles: frozenset[str], now_us: int) -> Account:
    key = name_key(name)
    known = account_rows.find_by_key(connection, key)
    if known is not None:
        return known
    new = account_rows.NewAccount(name=name, name_key=key, display_name=name, created_at=now_us)
    made = account_rows.add(connection, new, roles, None)
    record(connection, actor_of(made), AuditAction.ACCOUNT_CHANGED, made, now_us, change="created by a link")
    return made


def _add_link(state: State, link: rows.LinkRow, now: datetime) -> str:
    token = new_token()
    expires = now + timedelta(minutes=LINK_MINUTES)
    with state.write() as connection:
        rows.add_link(connection, fingerprint(token), link, created_at=to_us(now), expires_at=to_us(expires))
    return token
