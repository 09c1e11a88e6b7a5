"""Links open one session, sessions end in time and at once, roles are what they are now."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from access.people import ADMIN, NOW, PASSWORD, after, audited, enters, make
from sqlalchemy import select

from warroom import access
from warroom.access import accounts
from warroom.access.names import clean_name
from warroom.access.roles import FIRST_ROLES, Role
from warroom.access.sessions import open_sessions
from warroom.errors import ForbiddenError
from warroom.store.account_tables import sessions, signin_links
from warroom.store.database import State


def open_session(state: State, name: str = "วิภา", at: datetime = NOW) -> str:
    token = access.sign_in(state, access.create_signin_link(state, at), name=name, language="en", now=at)
    assert token is not None
    return token


def who(state: State, token: str, at: datetime = NOW) -> access.Actor:
    session = access.find_session(state, token, at)
    assert session is not None
    return session.actor


def test_a_link_opens_one_session_and_no_second(state: State) -> None:
    link = access.create_signin_link(state, NOW)
    token = access.sign_in(state, link, name="วิภา", language="en", now=NOW)
    assert token is not None
    found = access.find_session(state, token, NOW)
    assert found is not None
    assert (found.actor.name, found.actor.roles, found.language) == ("วิภา", FIRST_ROLES, "en")
    assert access.sign_in(state, link, name="mallory", language="th", now=NOW) is None


def test_a_link_expires(state: State) -> None:
    link = access.create_signin_link(state, NOW)
    late = NOW + timedelta(minutes=access.LINK_MINUTES, seconds=1)
    assert access.sign_in(state, link, name="วิภา", language="th", now=late) is None


def test_unknown_and_empty_tokens_open_nothing(state: State) -> None:
    assert access.sign_in(state, "guess", name="x", language="th", now=NOW) is None
    assert access.find_session(state, "", NOW) is None
    assert access.find_session(state, "guess", NOW) is None


def test_the_store_never_sees_a_token(state: State) -> None:
    link = access.create_signin_link(state, NOW)
    token = access.sign_in(state, link, name="วิภา", language="th", now=NOW)
    assert token is not None
    with state.read() as connection:
        rows = [*connection.execute(select(signin_links)), *connection.execute(select(sessions))]
    written = repr(rows)
    assert link not in written
    assert token not in written


def test_a_session_ends_when_nobody_is_there(state: State) -> None:
    token = open_session(state)
    assert access.find_session(state, token, NOW + timedelta(minutes=access.IDLE_MINUTES)) is not None
    assert access.find_session(state, token, NOW + timedelta(minutes=access.IDLE_MINUTES, seconds=1)) is None


def test_presence_starts_the_idle_limit_afresh_but_not_the_absolute_one(state: State) -> None:
    token = open_session(state)
    at = NOW
    while at - NOW <= timedelta(hours=access.ABSOLUTE_HOURS) - timedelta(minutes=30):
        at += timedelta(minutes=30)
        assert access.find_session(state, token, at, present=True) is not None
    assert access.find_session(state, token, at + timedelta(minutes=31), present=True) is None


def test_a_session_can_be_ended_at_once_alone_or_with_all_of_its_person(state: State) -> None:
    one, two, other = open_session(state), open_session(state), open_session(state, "สมชาย")
    access.sign_out(state, one, NOW)
    assert access.find_session(state, one, NOW) is None
    assert access.find_session(state, two, NOW) is not None
    assert access.end_sessions(state, ADMIN, "วิภา", NOW) == 1
    assert access.find_session(state, two, NOW) is None
    assert access.find_session(state, other, NOW) is not None


def test_a_person_sees_and_ends_their_own_sessions_and_nobody_elses(state: State) -> None:
    make(state, "anong", password=PASSWORD)
    make(state, "somchai", password=PASSWORD)
    here, elsewhere, other = (
        enters(state, "anong"),
        enters(state, "anong", at=after(minutes=1)),
        enters(state, "somchai"),
    )
    anong = who(state, here)
    newest, oldest = open_sessions(state, anong, "anong", after(minutes=2))
    assert (newest.created_at, oldest.created_at) == (after(minutes=1), NOW)
    assert access.end_sessions(state, anong, "anong", after(minutes=2), handle=newest.handle) == 1
    assert access.find_session(state, elsewhere, after(minutes=2)) is None
    assert access.find_session(state, here, after(minutes=2)) is not None
    for refused in (open_sessions, access.end_sessions):
        with pytest.raises(ForbiddenError, match="manage_accounts"):
            refused(state, anong, "somchai", NOW)
        # Nor does the refusal tell who has an account.
        with pytest.raises(ForbiddenError, match="manage_accounts"):
            refused(state, anong, "nobody", NOW)
    assert access.find_session(state, other, NOW) is not None


def test_a_change_of_roles_and_platforms_works_at_once(state: State) -> None:
    make(state, "anong", Role.VIEWER, password=PASSWORD)
    token = enters(state, "anong")
    assert not who(state, token).can(access.Permission.CLOSE_INCIDENTS)
    accounts.set_roles(state, ADMIN, "anong", [Role.ANALYST], NOW)
    assert who(state, token).can(access.Permission.CLOSE_INCIDENTS, "tang_rat")
    accounts.set_platforms(state, ADMIN, "anong", ["gdx"], NOW)
    assert not who(state, token).can(access.Permission.CLOSE_INCIDENTS, "tang_rat")
    assert who(state, token).can(access.Permission.CLOSE_INCIDENTS, "gdx")


def test_a_role_of_another_version_grants_nothing(state: State) -> None:
    make(state, "anong", Role.VIEWER, password=PASSWORD)
    with state.write() as connection:
        connection.exec_driver_sql("INSERT INTO account_roles VALUES (1, 'superuser')")
    assert who(state, enters(state, "anong")).roles == {Role.VIEWER}


def test_every_sign_in_has_a_token_of_its_own(state: State) -> None:
    make(state, "anong", password=PASSWORD)
    assert enters(state, "anong") != enters(state, "anong")


def test_the_chosen_language_is_remembered(state: State) -> None:
    token = open_session(state)
    access.choose_language(state, token, "th")
    session = access.find_session(state, token, NOW)
    assert session is not None
    assert session.language == "th"


def test_coming_and_going_is_in_the_audit(state: State) -> None:
    make(state, "anong", password=PASSWORD)
    access.sign_out(state, enters(state, "anong"), NOW)
    access.sign_out(state, "guess", NOW)
    assert audited(state)[1:] == [("anong", "sign_in", "anong"), ("anong", "sign_out", "anong")]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  วิภา   แสงทอง ", "วิภา แสงทอง"),
        ("a\u202eb\x1b[31m\nc", "ab[31mc"),
        ("Worker", "operator"),
        ("root@command-line", "operator"),
        ("", "operator"),
        ("x" * 99, "x" * 40),
    ],
)
def test_a_name_is_one_printable_line_and_no_programs_name(given: str, kept: str) -> None:
    assert clean_name(given) == kept


def test_attempts_are_limited_by_address_and_come_back_after_a_minute() -> None:
    limit = access.AttemptLimit()
    allowed = [limit.allow("192.0.2.1", 100.0 + number) for number in range(12)]
    assert allowed == [True] * 10 + [False] * 2
    assert limit.allow("192.0.2.2", 112.0)
    assert limit.allow("192.0.2.1", 175.0)


def test_attempts_are_limited_over_all_addresses() -> None:
    limit = access.AttemptLimit()
    assert sum(limit.allow(f"192.0.2.{number}", 1.0) for number in range(200)) == 100


@pytest.mark.parametrize("name", ["worker", "SYSTEM", "ระบบ", "ｗｏｒｋｅｒ", "wor\u200bker", " "])
def test_nobody_looks_like_a_program_in_the_log(name: str) -> None:
    assert clean_name(name) == "operator"


def test_asking_whether_a_link_opens_does_not_burn_it(state: State) -> None:
    link = access.create_signin_link(state, NOW)
    assert access.opens(state, link, NOW)
    assert not access.opens(state, "guess", NOW)
    assert access.sign_in(state, link, name="x", language="th", now=NOW) is not None
    assert not access.opens(state, link, NOW)
