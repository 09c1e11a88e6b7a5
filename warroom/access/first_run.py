"""The first administrator, and new passwords by link: who holds the link chooses name and password."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from warroom.access import lockout
from warroom.access.links import LinkPurpose
from warroom.access.names import checked_name, clean_name, name_key
from warroom.access.origins import Origin
from warroom.access.passwords import Hashing, checked_password, strong
from warroom.access.recording import record
from warroom.access.second_factor import check_code
from warroom.access.session_policy import Proof
from warroom.access.sessions import actor_of, open_session
from warroom.access.tokens import fingerprint
from warroom.store import accounts as rows
from warroom.store import sessions as session_rows
from warroom.store.audit import AuditAction
from warroom.store.database import to_us

if TYPE_CHECKING:
    from warroom.access.keys import SecretKey
    from warroom.store.accounts import Account
    from warroom.store.database import State, Transaction


@dataclass(frozen=True, slots=True)
class Chosen:
    """What somebody chose on the page of a link."""

    password: str
    name: str = ""
    display_name: str = ""
    language: str = "th"
    origin: Origin = field(default_factory=Origin)

    def __repr__(self) -> str:
        return f"Chosen(name={self.name!r}, …)"


def has_accounts(state: State) -> bool:
    """Whether somebody can sign in by more than an operator's link: until then a set-up link opens the war room."""
    with state.read() as connection:
        return rows.has_credentials(connection)


def set_up(
    state: State, link_token: str, chosen: Chosen, now: datetime, *, hashing: Hashing | None = None
) -> str | None:
    """Make the first administrator by a set-up link and open a session; gives its token.

    Gives None where the link opens nothing, and where there is an account already: of two people with two links the
    first one is administrator.

    Raises:
        UsageError: the name or the password cannot be one; says why. The link stays good.
        ConflictError: an account without password has this name.
    """
    key, at = fingerprint(link_token), to_us(now)
    with state.read() as connection:
        if _live(connection, key, at, LinkPurpose.SET_UP) is None:
            return None
    name = checked_name(chosen.name)
    shown = clean_name(chosen.display_name) if chosen.display_name else name
    hashed = (hashing or strong()).hash(checked_password(chosen.password, about=(name, shown)))
    with state.write(rows.TOPIC) as connection:
        link = _live(connection, key, at, LinkPurpose.SET_UP)
        if link is None or rows.has_credentials(connection):
            return None
        session_rows.burn_link(connection, key, at)
        new = rows.NewAccount(name, name_key(name), shown, at, password_hash=hashed)
        made = rows.add(connection, new, link.roles, None)
        told = {"change": "first administrator", "roles": sorted(made.roles)}
        record(connection, actor_of(made), AuditAction.ACCOUNT_CHANGED, made, at, **told)
        return open_session(
            connection, made, Proof.PASSWORD_LINK, language=chosen.language, now=now, origin=chosen.origin
        )


def choose_password(
    state: State,
    key: SecretKey,
    link_token: str,
    chosen: Chosen,
    now: datetime,
    *,
    code: str = "",
    hashing: Hashing | None = None,
) -> str | None:
    """Choose a password by a link for one account and open a session; gives its token.

    An account with an authenticator needs its ``code`` too: a link proves one thing, not two. A wrong code burns the
    link, so that it is not a way to guess codes.

    Gives None where the link opens nothing or the code is wrong.

    Raises:
        UsageError: the password is refused; says why. The link stays good.
    """
    link_key, at = fingerprint(link_token), to_us(now)
    with state.read() as connection:
        account = _account_of(connection, link_key, at)
    if account is None:
        return None
    about = (account.name, account.display_name)
    hashed = (hashing or strong()).hash(checked_password(chosen.password, about=about))
    with state.write(rows.TOPIC) as connection:
        account = _account_of(connection, link_key, at)
        if account is None or not session_rows.burn_link(connection, link_key, at):
            return None
        if account.has_totp and not check_code(connection, account, key, code, now):
            record(connection, actor_of(account), AuditAction.SIGN_IN_FAILED, account, at, by="link")
            return None
        rows.change(
            connection, account.id, at, password_hash=hashed, password_changed_at=at, must_change_password=False
        )
        rows.cut_off(connection, account.id, at, tokens=False)
        lockout.release(connection, lockout.name_hash(account.name_key))
        changed = rows.get(connection, account.id)
        record(connection, actor_of(changed), AuditAction.PASSWORD_CHANGED, changed, at, by="link")
        proof = Proof.TWO_FACTORS if account.has_totp else Proof.PASSWORD_LINK
        return open_session(connection, changed, proof, language=chosen.language, now=now, origin=chosen.origin)


def _live(connection: Transaction, key: bytes, at: int, purpose: LinkPurpose) -> session_rows.LinkRow | None:
    link = session_rows.find_link(connection, key, at)
    return link if link is not None and link.purpose == purpose else None


def _account_of(connection: Transaction, key: bytes, at: int) -> Account | None:
    link = _live(connection, key, at, LinkPurpose.PASSWORD)
    if link is None or link.account_id is None:
        return None
    account = rows.get(connection, link.account_id)
    return account if account.is_active else None
