"""API tokens: within their scopes, until they expire, never more than their account."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from access.people import ADMIN, NOW, after, audited, make
from sqlalchemy import select

from warroom.access import accounts, api_tokens
from warroom.access.api_tokens import actor_of_token, create_token, list_tokens, revoke_token
from warroom.access.roles import Permission, Role
from warroom.errors import ConflictError, NotFoundError, UsageError
from warroom.store.account_tables import api_tokens as table
from warroom.store.audit import Via
from warroom.store.database import State

READ = Permission.READ_INCIDENTS
DAY = timedelta(days=1)


@pytest.fixture
def robot(state: State) -> State:
    make(state, "robot", Role.ANALYST)
    return state


def token_of(state: State, scopes: Iterable[Permission] = (READ,), lifetime: timedelta = DAY) -> str:
    return create_token(state, ADMIN, "robot", "a script", scopes=scopes, lifetime=lifetime, now=NOW)


def test_a_token_acts_as_its_account_within_its_scopes(robot: State) -> None:
    actor = actor_of_token(robot, token_of(robot), NOW)
    assert actor is not None
    assert (actor.name, actor.via, actor.permissions) == ("robot", Via.API, {READ})


def test_it_is_shown_once_and_stored_as_a_hash(robot: State) -> None:
    token = token_of(robot)
    assert token.startswith("wrt_")
    with robot.read() as connection:
        written = repr(connection.execute(select(table)).all())
    assert token not in written
    assert token.removeprefix("wrt_") not in written
    assert token not in repr(list_tokens(robot, ADMIN))
    assert ("operator@command-line", "token_made", "robot") in audited(robot)


def test_unknown_expired_and_revoked_tokens_are_nobody(robot: State) -> None:
    token = token_of(robot)
    for guess in ("", "wrt_", "wrt_guess", token[:-1], token.removeprefix("wrt_"), "\ud800", "wrt_\ud800"):
        assert actor_of_token(robot, guess, NOW) is None
    assert actor_of_token(robot, token, NOW + DAY - timedelta(seconds=1)) is not None
    assert actor_of_token(robot, token, NOW + DAY) is None
    revoke_token(robot, ADMIN, 1, NOW)
    assert actor_of_token(robot, token, NOW) is None
    with pytest.raises(ConflictError, match="already"):
        revoke_token(robot, ADMIN, 1, NOW)
    with pytest.raises(NotFoundError, match="no API token 2"):
        revoke_token(robot, ADMIN, 2, NOW)


def test_what_the_account_loses_the_token_loses_at_once(robot: State) -> None:
    token = token_of(robot, [READ, Permission.CLOSE_INCIDENTS])
    accounts.set_roles(robot, ADMIN, "robot", [Role.VIEWER], NOW)
    actor = actor_of_token(robot, token, NOW)
    assert actor is not None
    assert actor.permissions == {READ}
    accounts.set_platforms(robot, ADMIN, "robot", ["gdx"], NOW)
    actor = actor_of_token(robot, token, NOW)
    assert actor is not None
    assert not actor.can(READ, "tang_rat")
    accounts.disable(robot, ADMIN, "robot", NOW)
    assert actor_of_token(robot, token, NOW) is None


def test_what_the_account_gains_the_token_does_not(robot: State) -> None:
    token = token_of(robot)
    accounts.set_roles(robot, ADMIN, "robot", list(Role), NOW)
    actor = actor_of_token(robot, token, NOW)
    assert actor is not None
    assert actor.permissions == {READ}


@pytest.mark.parametrize(
    ("scopes", "lifetime", "label", "told"),
    [
        ([], DAY, "x", "any"),
        ([Permission.MANAGE_ACCOUNTS], DAY, "x", "manage_accounts"),
        ([READ], timedelta(0), "x", "lives for"),
        ([READ], timedelta(days=367), "x", "lives for"),
        ([READ], DAY, " ", "label"),
        ([READ], DAY, "x" * 81, "label"),
        ([READ], DAY, "a\x1bb", "label"),
    ],
)
def test_a_token_has_a_label_a_scope_and_an_end(
    robot: State, scopes: list[Permission], lifetime: timedelta, label: str, told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        create_token(robot, ADMIN, "robot", label, scopes=scopes, lifetime=lifetime, now=NOW)
    assert list_tokens(robot, ADMIN) == []


def test_a_disabled_account_gets_none(robot: State) -> None:
    accounts.disable(robot, ADMIN, "robot", NOW)
    with pytest.raises(ConflictError, match="disabled"):
        token_of(robot)


def test_its_last_use_is_noted_once_a_minute(robot: State) -> None:
    token = token_of(robot)
    for at in (NOW, after(seconds=59), after(seconds=61), after(seconds=70)):
        assert actor_of_token(robot, token, at) is not None
    (listed,) = list_tokens(robot, ADMIN)
    assert listed.last_used_at == after(seconds=61)
    assert (listed.label, listed.account, listed.scopes) == ("a script", "robot", {"read_incidents"})
    assert listed.expires_at == NOW + timedelta(days=1)
    assert api_tokens.LONGEST_DAYS == 366
