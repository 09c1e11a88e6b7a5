"""People for the tests of access: who runs the place, cheap password hashing, a moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from warroom.access import accounts
from warroom.access.actor import Actor
from warroom.access.keys import SecretKey
from warroom.access.names import name_key
from warroom.access.passwords import Hashing
from warroom.access.roles import Role
from warroom.access.signing_in import Credentials, Refusal, sign_in_with_password
from warroom.store import accounts as rows
from warroom.store.accounts import Account
from warroom.store.audit import Filter, Via, read
from warroom.store.database import State

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
ADMIN = Actor("operator@command-line", frozenset({Role.ADMINISTRATOR}), via=Via.COMMAND_LINE)
#: Real argon2id with the smallest parameters it takes: the tests are not about its cost.
CHEAP = Hashing(memory_kib=8, rounds=1)
KEY = SecretKey(b"k" * 32)
PASSWORD = "trams nimble oak seven"  # noqa: S105  of nobody
HOME = "192.0.2.7"


def after(**distance: float) -> datetime:
    return NOW + timedelta(**distance)


def make(state: State, name: str, *roles: Role, password: str | None = None, due: bool = False) -> Account:
    """Make an account; with a password it is one that was changed already, unless ``due``."""
    newcomer = accounts.Newcomer(name, frozenset(roles) or frozenset({Role.ANALYST}), password=password)
    made = accounts.create(state, ADMIN, newcomer, NOW, hashing=CHEAP)
    if password is not None and not due:
        with state.write() as connection:
            rows.change(connection, made.id, must_change_password=False)
    return stored(state, name)


def stored(state: State, name: str) -> Account:
    with state.read() as connection:
        return rows.by_key(connection, name_key(name))


def enter(
    state: State, name: str, password: str = PASSWORD, *, at: datetime = NOW, code: str = "", address: str = HOME
) -> str | Refusal:
    return sign_in_with_password(state, KEY, Credentials(name, password, address, code, "en"), at, hashing=CHEAP)


def enters(state: State, name: str, password: str = PASSWORD, *, at: datetime = NOW, code: str = "") -> str:
    """Sign in; gives the session's token."""
    token = enter(state, name, password, at=at, code=code)
    assert isinstance(token, str), token
    return token


def audited(state: State) -> list[tuple[str, str, str]]:
    """Who did what to whom, oldest first."""
    with state.read() as connection:
        page = read(connection, Filter(subject_kind="account"), limit=500)
    return [(entry.actor, entry.action, entry.subject_id) for entry in reversed(page.entries)]
