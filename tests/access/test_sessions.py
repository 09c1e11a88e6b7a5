"""Links open one session, sessions end in time and at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from warroom import access
from warroom.access.sessions import clean_name
from warroom.store.database import State
from warroom.store.tables import sessions, signin_links

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def open_session(state: State, name: str = "วิภา", at: datetime = NOW) -> str:
    token = access.sign_in(state, access.create_signin_link(state, at), name=name, language="en", now=at)
    assert token is not None
    return token


def test_a_link_opens_one_session_and_no_second(state: State) -> None:
    link = access.create_signin_link(state, NOW)
    token = access.sign_in(state, link, name="วิภา", language="en", now=NOW)
    assert token is not None
    assert access.find_session(state, token, NOW) == access.Session("วิภา", "en")
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
    assert access.sign_out_everywhere(state, "วิภา", NOW) == 1
    assert access.find_session(state, two, NOW) is None
    assert access.find_session(state, other, NOW) is not None


def test_the_chosen_language_is_remembered(state: State) -> None:
    token = open_session(state)
    access.choose_language(state, token, "th")
    assert access.find_session(state, token, NOW) == access.Session("วิภา", "th")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  วิภา   แสงทอง ", "วิภา แสงทอง"),
        ("a\u202eb\x1b[31m\nc", "ab[31mc"),
        ("Worker", "operator"),
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
