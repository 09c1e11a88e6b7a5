"""Signing in with name, password and, where the account has an authenticator, its code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from warroom.access import lockout
from warroom.access.actor import Actor
from warroom.access.names import name_key
from warroom.access.origins import Origin
from warroom.access.passwords import Hashing, strong
from warroom.access.recording import record
from warroom.access.second_factor import check_code
from warroom.access.session_policy import Proof
from warroom.access.sessions import actor_of, open_session
from warroom.store import accounts as rows
from warroom.store.audit import AuditAction
from warroom.store.database import to_us

if TYPE_CHECKING:
    from warroom.access.keys import SecretKey
    from warroom.store.accounts import Account
    from warroom.store.database import State, Transaction


#: A failure after which the next attempt waits so long is told as a lock-out.
_LOCKED_SECONDS: Final = 60
_STRANGER: Final = Actor("unknown", frozenset())


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody typed into the sign-in page, and from where."""

    name: str
    password: str
    address: str
    code: str = ""
    language: str = "th"
    browser: str = ""
    """In words of ours, see ``origins``."""

    def __repr__(self) -> str:
        return f"Credentials(name={self.name!r}, …)"

    @property
    def origin(self) -> Origin:
        """From where they came."""
        return Origin(self.address, self.browser)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no session: the seconds to wait, or 0 where something typed was wrong. It never says what."""

    wait_seconds: int = 0


def sign_in_with_password(
    state: State, key: SecretKey, given: Credentials, now: datetime, *, hashing: Hashing | None = None
) -> str | Refusal:
    """Open a session and give its token, or refuse.

    Name, password and code are judged together: a refusal says neither whether there is such an account nor which of
    them was wrong, and takes as long. How long a refused one waits is in ``lockout``.
    """
    hashing = hashing or strong()
    name = name_key(given.name)
    tried = lockout.name_hash(name)
    with state.write() as connection:
        account = rows.find_by_key(connection, name)
        if wait := lockout.claim(connection, tried, given.address, now):
            return Refusal(wait)
    # Slow on purpose, therefore outside of the store's write lock.
    checked = None if account is None else account.password_hash
    fits = hashing.fits(checked, given.password)
    anew = hashing.hash(given.password) if fits and checked is not None and hashing.is_outdated(checked) else checked
    with state.write() as connection:
        account = rows.find_by_key(connection, name)
        # Looked up again: meanwhile it may have been disabled or got another password.
        if account is None or not fits or account.password_hash != checked or not account.is_active:
            return _refused(connection, account, lockout.wait_seconds(connection, tried, given.address, now), now)
        if account.has_totp and not check_code(connection, account, key, given.code, now):
            return _refused(connection, account, lockout.wait_seconds(connection, tried, given.address, now), now)
        lockout.succeeded(connection, tried, given.address, now)
        if anew != checked:
            rows.change(connection, account.id, password_hash=anew)
        proof = Proof.TWO_FACTORS if account.has_totp else Proof.PASSWORD
        return open_session(connection, account, proof, language=given.language, now=now, origin=given.origin)


def _refused(connection: Transaction, account: Account | None, wait: int, now: datetime) -> Refusal:
    """Note the failure. The name of no account is not written down: it may be a password in the wrong field."""
    actor = _STRANGER if account is None else actor_of(account)
    action = AuditAction.LOCKED_OUT if wait >= _LOCKED_SECONDS else AuditAction.SIGN_IN_FAILED
    record(connection, actor, action, account, to_us(now), wait_seconds=wait)
    return Refusal()
