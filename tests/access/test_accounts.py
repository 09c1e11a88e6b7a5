"""Accounts: made, changed, disabled; always an administrator left, and nobody raised by themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from access.people import ADMIN, CHEAP, NOW, PASSWORD, after, audited, enter, enters, make, stored

from warroom import access
from warroom.access import accounts, api_tokens
from warroom.access.accounts import Newcomer
from warroom.access.roles import Permission, Role
from warroom.access.sessions import actor_of
from warroom.access.signing_in import Refusal
from warroom.errors import ConflictError, ForbiddenError, NotFoundError, UsageError
from warroom.store import accounts as rows
from warroom.store.database import State

OTHER = "seven oak trams nimble"


def test_roles_and_platforms_are_saved_together_or_not_at_all(state: State) -> None:
    made = make(state, "anong")
    accounts.set_rights(state, ADMIN, "anong", [Role.VIEWER], ["gdx"], after(minutes=1), seen=made.changed_at)
    changed = stored(state, "anong")
    assert (changed.roles, changed.platforms) == ({"viewer"}, {"gdx"})
    with pytest.raises(ConflictError, match="somebody else changed anong first"):
        accounts.set_rights(state, ADMIN, "anong", [Role.ANALYST], None, after(minutes=2), seen=made.changed_at)
    with pytest.raises(UsageError, match="at least one platform"):
        accounts.set_rights(state, ADMIN, "anong", [Role.ANALYST], [], after(minutes=2), seen=changed.changed_at)
    boss = make(state, "boss", Role.ADMINISTRATOR)
    before = len(audited(state))
    # The roles alone would do; confining the last administrator would not: neither is done, and none is told of.
    with pytest.raises(ConflictError, match="last administrator"):
        accounts.set_rights(
            state, ADMIN, "boss", [Role.ADMINISTRATOR, Role.DPO], ["gdx"], after(minutes=2), seen=boss.changed_at
        )
    assert stored(state, "boss") == boss
    assert stored(state, "anong") == changed
    assert len(audited(state)) == before


def test_an_account_is_made_with_everything_it_was_given(state: State) -> None:
    newcomer = Newcomer(
        "Anong", frozenset({Role.LIAISON}), "อนงค์ แสงทอง", frozenset({"gdx"}), os_user="anong", password=PASSWORD
    )
    made = accounts.create(state, ADMIN, newcomer, NOW, hashing=CHEAP)
    assert (made.name, made.display_name, made.os_user) == ("Anong", "อนงค์ แสงทอง", "anong")
    assert (made.roles, made.platforms) == ({"liaison"}, {"gdx"})
    assert made.must_change_password
    assert made.is_active
    assert accounts.list_accounts(state, ADMIN) == [made]
    assert audited(state) == [("operator@command-line", "account_changed", "Anong")]
    assert PASSWORD not in repr(newcomer)


def test_names_and_operating_system_users_are_one_accounts(state: State) -> None:
    make(state, "Anong")
    accounts.map_os_user(state, ADMIN, "anong", "somchai", NOW)
    for newcomer, told in (
        (Newcomer("ANONG", frozenset({Role.VIEWER})), "already"),
        (Newcomer("somchai", frozenset({Role.VIEWER}), os_user="somchai"), "acts as `Anong`"),
    ):
        with pytest.raises(ConflictError, match=told):
            accounts.create(state, ADMIN, newcomer, NOW)
    make(state, "somchai")
    with pytest.raises(ConflictError, match="acts as `Anong`"):
        accounts.map_os_user(state, ADMIN, "somchai", "somchai", NOW)
    accounts.map_os_user(state, ADMIN, "anong", "somchai", NOW)
    accounts.map_os_user(state, ADMIN, "anong", None, NOW)
    accounts.map_os_user(state, ADMIN, "somchai", "somchai", NOW)


def test_nobody_is_made_without_a_role_or_confined_to_nothing(state: State) -> None:
    with pytest.raises(UsageError, match="at least one role"):
        accounts.create(state, ADMIN, Newcomer("anong", frozenset()), NOW)
    with pytest.raises(UsageError, match="at least one platform"):
        accounts.create(state, ADMIN, Newcomer("anong", frozenset({Role.VIEWER}), platforms=frozenset()), NOW)
    assert accounts.list_accounts(state, ADMIN) == []


def test_a_disabled_account_loses_sessions_links_and_tokens_at_once_and_for_good(state: State) -> None:
    make(state, "anong", password=PASSWORD)
    session = enters(state, "anong")
    link = access.create_password_link(state, ADMIN, "anong", NOW)
    token = api_tokens.create_token(
        state, ADMIN, "anong", "script", scopes=[Permission.READ_INCIDENTS], lifetime=timedelta(days=1), now=NOW
    )
    accounts.disable(state, ADMIN, "anong", NOW)
    for _ in range(2):
        assert access.find_session(state, session, NOW) is None
        assert not access.opens(state, link, NOW)
        assert api_tokens.actor_of_token(state, token, NOW) is None
        if not stored(state, "anong").is_active:
            assert enter(state, "anong") == Refusal()
            with pytest.raises(ConflictError, match="disabled"):
                accounts.disable(state, ADMIN, "anong", NOW)
            with pytest.raises(ConflictError, match="disabled"):
                access.create_password_link(state, ADMIN, "anong", NOW)
            accounts.enable(state, ADMIN, "anong", NOW)
    enters(state, "anong")


def test_the_last_administrator_stays(state: State) -> None:
    make(state, "anong", Role.ADMINISTRATOR, password=PASSWORD)
    for step in (
        lambda: accounts.disable(state, ADMIN, "anong", NOW),
        lambda: accounts.set_roles(state, ADMIN, "anong", [Role.VIEWER], NOW),
        lambda: accounts.set_platforms(state, ADMIN, "anong", ["gdx"], NOW),
    ):
        with pytest.raises(ConflictError, match="last administrator"):
            step()
    assert stored(state, "anong").roles == {"administrator"}
    assert stored(state, "anong").platforms is None
    make(state, "somchai", Role.ADMINISTRATOR)
    accounts.disable(state, ADMIN, "anong", NOW)
    with pytest.raises(ConflictError, match="last administrator"):
        accounts.set_roles(state, ADMIN, "somchai", [Role.VIEWER], NOW)


def test_administrators_do_not_give_themselves_roles_where_another_can_be_asked(state: State) -> None:
    alone = actor_of(make(state, "anong", Role.ADMINISTRATOR))
    accounts.set_roles(state, alone, "anong", [Role.ADMINISTRATOR, Role.ANALYST], NOW)
    make(state, "somchai", Role.ADMINISTRATOR)
    with pytest.raises(ForbiddenError, match="gives themselves"):
        accounts.set_roles(state, alone, "anong", [Role.ADMINISTRATOR, Role.ANALYST, Role.DPO], NOW)
    accounts.set_roles(state, alone, "anong", [Role.ADMINISTRATOR], NOW)
    accounts.set_roles(state, actor_of(stored(state, "somchai")), "anong", [Role.ADMINISTRATOR, Role.DPO], NOW)
    assert stored(state, "anong").roles == {"administrator", "dpo"}


def test_a_new_password_ends_every_session_and_the_waits(state: State) -> None:
    make(state, "anong", password=PASSWORD)
    session = enters(state, "anong")
    for _ in range(5):
        enter(state, "anong", "wrong", address="203.0.113.1")
    accounts.set_password(state, ADMIN, "anong", OTHER, NOW, hashing=CHEAP)
    assert access.find_session(state, session, NOW) is None
    assert enter(state, "anong") == Refusal()
    assert isinstance(enter(state, "anong", OTHER, address="203.0.113.1"), str)
    assert stored(state, "anong").must_change_password


def test_changing_ones_own_takes_the_old_one(state: State) -> None:
    anong = actor_of(make(state, "anong", Role.ADMINISTRATOR, password=PASSWORD))
    session = enters(state, "anong")
    for old, new, error, told in (
        ("wrong", OTHER, ForbiddenError, "old password is wrong"),
        (PASSWORD, PASSWORD, UsageError, "is the old one"),
        (PASSWORD, "short", UsageError, "at least 12"),
        (PASSWORD, "anong-anong-1", UsageError, "among the first"),
    ):
        with pytest.raises(error, match=told):
            accounts.change_password(state, anong, old, new, NOW, hashing=CHEAP)
    # Not by the administrator's way round either: a stolen session is not a password.
    with pytest.raises(ForbiddenError, match="with the old one"):
        accounts.set_password(state, anong, "anong", OTHER, NOW, hashing=CHEAP)
    with pytest.raises(ForbiddenError, match="no account"):
        accounts.change_password(state, ADMIN, PASSWORD, OTHER, NOW, hashing=CHEAP)
    accounts.change_password(state, anong, PASSWORD, OTHER, NOW, hashing=CHEAP)
    assert access.find_session(state, session, NOW) is None
    enters(state, "anong", OTHER)
    assert ("anong", "password_changed", "anong") in audited(state)


def test_a_providers_subject_is_one_accounts(state: State) -> None:
    make(state, "anong")
    make(state, "somchai")
    accounts.bind_oidc(state, ADMIN, "anong", "https://id.example.go.th/", "sub-1", NOW)
    with pytest.raises(ConflictError, match="bound to `anong`"):
        accounts.bind_oidc(state, ADMIN, "somchai", "https://id.example.go.th/", "sub-1", NOW)
    accounts.bind_oidc(state, ADMIN, "somchai", "https://other.example/", "sub-1", NOW)
    with state.read() as connection:
        found = rows.find_by_oidc(connection, "https://other.example/", "sub-1")
    assert found is not None
    assert found.name == "somchai"
    for issuer, subject in (("http://id.example/", "x"), ("ftp://127.0.0.1/", "x"), ("https://id.example/", "")):
        with pytest.raises(UsageError, match="OIDC"):
            accounts.bind_oidc(state, ADMIN, "anong", issuer, subject, NOW)


def test_what_is_done_to_nobody_says_so(state: State) -> None:
    for step in (
        lambda: accounts.disable(state, ADMIN, "nobody", NOW),
        lambda: accounts.enable(state, ADMIN, "nobody", NOW),
        lambda: accounts.set_roles(state, ADMIN, "nobody", [Role.VIEWER], NOW),
        lambda: accounts.set_platforms(state, ADMIN, "nobody", None, NOW),
        lambda: accounts.set_password(state, ADMIN, "nobody", PASSWORD, NOW),
        lambda: access.create_password_link(state, ADMIN, "nobody", NOW),
        lambda: access.end_sessions(state, ADMIN, "nobody", NOW),
    ):
        with pytest.raises(NotFoundError, match="no account"):
            step()


def test_every_change_raises_the_topic_that_screens_cache_by(state: State) -> None:
    before = state.versions().get(rows.TOPIC, 0)
    make(state, "anong")
    accounts.set_roles(state, ADMIN, "anong", [Role.VIEWER], NOW)
    assert state.versions()[rows.TOPIC] == before + 2
