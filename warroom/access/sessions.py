"""A session: which account is in the console, until when, and how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from warroom.access.actor import Actor
from warroom.access.guard import check
from warroom.access.names import name_key
from warroom.access.origins import Origin, network_of
from warroom.access.recording import record
from warroom.access.roles import Permission, Role, known_roles
from warroom.access.session_policy import ABSOLUTE_HOURS, STANDARD, Proof, SessionPolicy
from warroom.access.tokens import fingerprint, new_token
from warroom.store import accounts as account_rows
from warroom.store import oidc_sessions as oidc_rows
from warroom.store import sessions as rows
from warroom.store.audit import AuditAction, Via
from warroom.store.database import from_us, to_us

if TYPE_CHECKING:
    from warroom.store.accounts import Account
    from warroom.store.database import State, Transaction

#: Presence is written at most this often.
_TOUCH_SECONDS: Final = 60
_SECOND: Final = 1_000_000
_ABSOLUTE_US: Final = ABSOLUTE_HOURS * 3600 * _SECOND
#: Letters of a token's hash by which a session is named to people.
_HANDLE: Final = 16
_NOWHERE: Final = Origin()


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody signed in, with what the account may do now."""

    actor: Actor
    language: str
    must_change_password: bool = False
    """The next screen is the one for a new password: until then the actor has no role."""
    missing: frozenset[Role] = frozenset()
    """Roles of the account that do not work here: they ask for a second factor."""
    is_guarded: bool = False
    """The account has a role that ends idle sessions early: a display does not keep this one open."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session as its person and administrators see it in a list."""

    handle: str
    proof: str
    created_at: datetime
    seen_at: datetime
    address: str
    """From where it was opened: whole for its person, others see the network only; empty where it is not known."""
    browser: str


def open_session(
    connection: Transaction,
    account: Account,
    proof: Proof,
    *,
    language: str,
    now: datetime,
    origin: Origin = _NOWHERE,
) -> str:
    """Open a session of an account that has proved itself; gives its token, always a new one.

    A token that a browser brought along is never taken over: nobody can plant one and wait (session fixation).
    """
    token, now_us = new_token(), to_us(now)
    row = rows.SessionRow(
        token_sha256=fingerprint(token),
        account_id=account.id,
        proof=proof,
        language=language if language in {"th", "en"} else "th",
        created_at=now_us,
        seen_at=now_us,
        address=origin.address,
        browser=origin.browser,
    )
    rows.add_session(connection, row)
    account_rows.change(connection, account.id, signed_in_at=now_us)
    record(connection, actor_of(account), AuditAction.SIGN_IN, account, now_us, proof=proof)
    return token


def find_session(
    state: State, token: str, now: datetime, *, present: bool = False, policy: SessionPolicy = STANDARD
) -> Session | None:
    """Give the live session of a token; None when unknown, ended, idle too long, too old or of a disabled account.

    Roles and platforms are what the store says now, so that a change works at the next look.

    Args:
        state: where the sessions are.
        token: as the cookie holds it.
        now: our clock.
        present: a person did something, which starts the idle limit afresh.
        policy: what the settings ask of sessions.
    """
    if not token:
        return None
    key, now_us = fingerprint(token), to_us(now)
    with state.read() as connection:
        row = rows.find_session(connection, key)
        if row is None or row.revoked_at is not None:
            return None
        if row.proof == Proof.OIDC and not oidc_rows.is_vouched(connection, key, now_us):
            return None
        account = account_rows.get(connection, row.account_id)
    if not account.is_active or not _is_live(row, account, policy, now_us):
        return None
    if present and now_us - row.seen_at > _TOUCH_SECONDS * _SECOND:
        rows.touch_session(state, key, now_us)
    missing = policy.missing(account.roles, row.proof)
    guarded = policy.is_guarded(account.roles, row.proof)
    return Session(actor_of(account, but=missing), row.language, account.must_change_password, missing, guarded)


def actor_of(account: Account, via: Via = Via.CONSOLE, *, but: frozenset[Role] = frozenset()) -> Actor:
    """Give who acts when this account does: with its roles without ``but``, with none while a new password is due."""
    roles = frozenset[str]() if account.must_change_password and via is Via.CONSOLE else account.roles
    return Actor(account.name, known_roles(roles) - but, account.platforms, via, account.id)


def choose_language(state: State, token: str, language: str) -> None:
    """Remember the language that the session's person chose."""
    rows.set_language(state, fingerprint(token), language)


def sign_out(state: State, token: str, now: datetime) -> None:
    """End one session; its open pages are cut off within seconds."""
    key, now_us = fingerprint(token), to_us(now)
    with state.read() as connection:
        row = rows.find_session(connection, key)
    if row is None:  # a stranger's cookie takes no write lock
        return
    with state.write() as connection:
        if rows.revoke_session(connection, key, now_us):
            account = account_rows.get(connection, row.account_id)
            record(connection, actor_of(account), AuditAction.SIGN_OUT, account, now_us)


def prove_second(connection: Transaction, account: Account, token: str, now: datetime) -> None:
    """Note that the person of a session has shown a second factor just now, and end the account's other sessions.

    Whoever opened those had shown less than the account asks for from now on.
    """
    key, now_us = fingerprint(token), to_us(now)
    for row in rows.sessions_of(connection, account.id, since=0):
        if row.token_sha256 != key:
            rows.revoke_session(connection, row.token_sha256, now_us)
        elif row.proof != Proof.OIDC:  # what a provider vouches for stays its own
            rows.set_proof(connection, key, Proof.TWO_FACTORS)


def open_sessions(
    state: State, actor: Actor, name: str, now: datetime, *, policy: SessionPolicy = STANDARD
) -> list[OpenSession]:
    """List the live sessions of an account: one's own, or anybody's for who manages accounts."""
    now_us = to_us(now)
    with state.read() as connection:
        account = _mine_or_managed(connection, actor, name)
        found = rows.sessions_of(connection, account.id, since=now_us - _ABSOLUTE_US)
    mine = account.id == actor.account_id
    return [
        OpenSession(
            handle=row.token_sha256.hex()[:_HANDLE],
            proof=row.proof,
            created_at=from_us(row.created_at),
            seen_at=from_us(row.seen_at),
            address=row.address if mine else network_of(row.address),
            browser=row.browser,
        )
        for row in found
        if _is_live(row, account, policy, now_us)
    ]


def end_sessions(state: State, actor: Actor, name: str, now: datetime, *, handle: str | None = None) -> int:
    """End the sessions of an account, or the one with this handle; gives how many there were.

    Raises:
        ForbiddenError: the account is somebody else's and the actor does not manage accounts.
        NotFoundError: no such account.
    """
    now_us, ended = to_us(now), 0
    with state.write() as connection:
        account = _mine_or_managed(connection, actor, name)
        for row in rows.sessions_of(connection, account.id, since=0):
            if handle is None or row.token_sha256.hex()[:_HANDLE] == handle:
                ended += rows.revoke_session(connection, row.token_sha256, now_us)
        if ended:
            record(connection, actor, AuditAction.SESSION_REVOKED, account, now_us, sessions=ended)
    return ended


def _mine_or_managed(connection: Transaction, actor: Actor, name: str) -> Account:
    account = account_rows.find_by_key(connection, name_key(name))
    if account is None or account.id != actor.account_id:
        check(actor, Permission.MANAGE_ACCOUNTS)
    return account or account_rows.by_key(connection, name_key(name))


def _is_live(row: rows.SessionRow, account: Account, policy: SessionPolicy, now_us: int) -> bool:
    idle_us = policy.idle_minutes_of(account.roles, row.proof) * 60 * _SECOND
    return row.revoked_at is None and now_us - row.seen_at <= idle_us and now_us - row.created_at <= _ABSOLUTE_US
