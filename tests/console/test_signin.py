"""Signing in by account over HTTP: the pages, the waits, a password that is due; nothing else opens meanwhile."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from access.people import ADMIN, CHEAP, KEY, PASSWORD
from console.test_gate import client, open_socket, own_origin
from making import somebody
from starlette.requests import Request
from websockets.exceptions import ConnectionClosed, InvalidStatus

from warroom import access
from warroom.access import accounts, second_factor, totp
from warroom.access.links import LinkPurpose
from warroom.access.roles import FIRST_ROLES, Role
from warroom.access.sessions import actor_of
from warroom.console import signin
from warroom.console.cookie import COOKIE
from warroom.console.gate import SESSION_ENDED
from warroom.store import accounts as rows
from warroom.store.database import State

__all__ = ["client"]  # the fixture: the gate in a real server
OTHER = "seven oak trams nimble"


def make(state: State, name: str, *, due: bool = False) -> None:
    newcomer = accounts.Newcomer(name, frozenset({Role.ANALYST}), password=PASSWORD)
    made = accounts.create(state, ADMIN, newcomer, datetime.now(UTC), hashing=CHEAP)
    with state.write() as connection:
        rows.change(connection, made.id, must_change_password=due)


def post(client: httpx.Client, path: str = "/signin", **fields: str) -> httpx.Response:
    return client.post(path, data=fields, headers=own_origin(client))


def test_the_page_asks_for_an_account_as_soon_as_there_is_one(client: httpx.Client, state: State) -> None:
    assert 'name="password"' not in client.get("/").text
    make(state, "anong")
    page = client.get("/?incident=17").text
    assert re.findall(r'<input name="(\w+)"', page) == ["name", "password", "code"]
    assert '<input type="hidden" name="incident" value="17">' in page
    assert "เข้าระบบด้วยบัญชีของคุณ" in page
    assert "/?incident=17" in page
    assert "<script" not in page


def test_name_and_password_open_the_console(client: httpx.Client, state: State) -> None:
    make(state, "anong")
    answer = post(client, name="anong", password=PASSWORD, language="th")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/").text == "inside warroom_session"


def test_signing_in_leads_on_to_where_a_clicked_link_led(client: httpx.Client, state: State) -> None:
    make(state, "anong")
    refused = post(client, name="anong", password="wrong", incident="17")  # noqa: S106
    assert '<input type="hidden" name="incident" value="17">' in refused.text
    answer = post(client, name="anong", password=PASSWORD, incident="17", wall="//evil.example")
    assert answer.headers["location"] == "/?incident=17"


@pytest.mark.parametrize("path", ["/signin", "/password"])
def test_a_form_of_any_length_is_not_read(client: httpx.Client, path: str) -> None:
    assert post(client, path, name="x" * 9_000).status_code == 413
    pieces = (b"name=x" for _ in range(3))  # sent in chunks: its length is not told
    headers = own_origin(client) | {"content-type": "application/x-www-form-urlencoded"}
    assert client.post(path, content=pieces, headers=headers).status_code == 413


def test_the_longest_password_in_thai_fits_into_the_form(client: httpx.Client, state: State) -> None:
    link = access.create_signin_link(state, datetime.now(UTC), purpose=LinkPurpose.SET_UP)
    password = "".join(random.Random(1).choices("กขคงจฉชซญฎฏฐ", k=256))
    assert post(client, token=link, name="anong", password=password).status_code == 303
    assert post(client, name="anong", password=password).status_code == 303


def test_a_session_that_was_planted_is_not_taken_over(client: httpx.Client, state: State) -> None:
    make(state, "anong")
    make(state, "mallory")
    planted = post(client, name="mallory", password=PASSWORD).cookies[COOKIE]
    opened = post(client, name="anong", password=PASSWORD).cookies[COOKIE]
    assert opened != planted
    assert access.find_session(state, planted, datetime.now(UTC)) is None


def test_wrong_and_unknown_are_one_answer_that_repeats_nothing(client: httpx.Client, state: State) -> None:
    make(state, "anong")
    pages = {
        post(client, name=name, password=password).text
        for name, password in (("anong", "a wrong password"), ("nobody-here", PASSWORD), ('"><b>', "x"))
    }
    assert len(pages) == 1
    assert "Not signed in: name, password or code is wrong." in pages.pop()


def test_guessing_waits_and_says_how_long(client: httpx.Client, state: State) -> None:
    make(state, "anong")
    answers = [post(client, name="anong", password="a wrong password") for _ in range(4)]  # noqa: S106
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429]
    assert answers[3].headers["retry-after"] == "1"
    assert "wait 1 second." in answers[3].text


def test_one_address_tries_ten_times_a_minute_whatever_the_names(client: httpx.Client, state: State) -> None:
    make(state, "anong")
    answers = [post(client, name=f"guess-{number}", password="x").status_code for number in range(11)]  # noqa: S106
    assert answers == [401] * 10 + [429]


def test_posts_from_elsewhere_are_refused(client: httpx.Client, state: State) -> None:
    make(state, "anong")
    for path in ("/signin", "/password"):
        fields = {"name": "anong", "password": PASSWORD, "old": PASSWORD}
        answer = client.post(path, data=fields, headers={"origin": "http://evil.example"})
        assert answer.status_code == 403


def test_a_password_that_is_due_opens_nothing_but_its_change(client: httpx.Client, state: State) -> None:
    make(state, "anong", due=True)
    post(client, name="anong", password=PASSWORD)
    page = client.get("/")
    assert page.status_code == 200
    assert re.findall(r'<input name="(\w+)"', page.text) == ["old", "password"]
    assert client.get("/_stcore/host-config").status_code == 401
    with pytest.raises(InvalidStatus):
        open_socket(client, own_origin(client)["origin"])
    for old, new, told in (
        ("wrong", OTHER, "old password is wrong"),
        (PASSWORD, "short", "at least 12 characters"),
        (PASSWORD, PASSWORD, "เหมือนรหัสผ่านเดิม"),
    ):
        refused = post(client, "/password", old=old, password=new)
        assert refused.status_code == 400
        assert told in refused.text
    assert post(client, "/password", old=PASSWORD, password=OTHER).status_code == 303
    assert "inside" not in client.get("/").text
    assert post(client, name="anong", password=OTHER).status_code == 303
    assert client.get("/").text == "inside warroom_session"


def test_changing_a_password_takes_a_session(client: httpx.Client, state: State) -> None:
    make(state, "anong")
    assert post(client, "/password", old=PASSWORD, password=OTHER).status_code == 401


def test_the_set_up_link_makes_the_first_administrator(client: httpx.Client, state: State) -> None:
    link = access.create_signin_link(state, datetime.now(UTC), purpose=LinkPurpose.SET_UP)
    page = client.get("/signin", params={"token": link}).text
    assert re.findall(r'<input name="(\w+)"', page) == ["name", "display_name", "password"]
    refused = post(client, token=link, name="anong", password="Password1234")  # noqa: S106
    assert refused.status_code == 400
    assert "among the first" in refused.text
    assert "ผู้โจมตีลองเป็นอันดับแรก" in refused.text
    assert "This name cannot be used" in post(client, token=link, name="worker", password=PASSWORD).text
    assert link in refused.text
    assert "Password1234" not in refused.text
    opened = post(client, token=link, name="anong", display_name="อนงค์", password=PASSWORD, language="en")
    session = access.find_session(state, opened.cookies[COOKIE], datetime.now(UTC))
    assert session is not None
    assert (session.actor.name, session.language) == ("anong", "en")
    assert session.actor.roles | session.missing == FIRST_ROLES
    assert client.get("/").text == "inside warroom_session"
    client.cookies.clear()
    assert post(client, token=link, name="mallory", password=OTHER).status_code == 401


def test_a_password_link_takes_the_code_of_an_authenticator(client: httpx.Client, state: State) -> None:
    make(state, "anong")
    link = access.create_password_link(state, somebody("boss", Role.ADMINISTRATOR), "anong", datetime.now(UTC))
    page = client.get("/signin", params={"token": link}).text
    assert re.findall(r'<input name="(\w+)"', page) == ["password", "code"]
    assert post(client, token=link, password=OTHER).status_code == 303
    assert client.get("/").text == "inside warroom_session"


def test_a_code_is_asked_for_with_name_and_password(client: httpx.Client, state: State) -> None:
    make(state, "anong")
    now = datetime.now(UTC)
    with state.read() as connection:
        actor = actor_of(rows.by_key(connection, "anong"))
    second_factor.begin_enrolment(state, actor, KEY)
    with state.read() as connection:
        sealed = rows.by_key(connection, "anong").totp_sealed
    assert sealed is not None
    seed = KEY.opened(sealed, purpose="totp seed", owner="1")
    earlier = now - timedelta(seconds=30)
    (recovery, *_) = second_factor.confirm_enrolment(
        state, actor, KEY, totp.code_at(seed, totp.step_at(earlier)), earlier
    )
    assert post(client, name="anong", password=PASSWORD).status_code == 401
    assert post(client, name="anong", password=PASSWORD, code=recovery).status_code == 303


def test_disabling_an_account_ends_what_it_has_open(client: httpx.Client, state: State) -> None:
    make(state, "anong")
    make(state, "somchai")
    post(client, name="anong", password=PASSWORD)
    assert client.get("/").text == "inside warroom_session"
    accounts.disable(state, ADMIN, "anong", datetime.now(UTC))
    assert "inside" not in client.get("/").text


def test_before_anything_was_started_the_page_says_how_to(tmp_path: Path) -> None:
    with State(f"sqlite:///{tmp_path}/none.db") as nothing:
        for query in (b"", b"token=x"):
            scope = {"type": "http", "method": "GET", "path": "/", "query_string": query, "headers": []}
            answer = signin.signin_page(Request(scope), nothing, drill=False)
            assert answer.status_code == 200
            assert b"./run console --link" in answer.body


@pytest.mark.slow
def test_a_disabled_account_loses_its_live_channel_within_five_seconds(client: httpx.Client, state: State) -> None:
    make(state, "anong")
    make(state, "somchai")
    post(client, name="anong", password=PASSWORD)
    with open_socket(client, own_origin(client)["origin"]) as opened:
        opened.send("hello")
        assert opened.recv(timeout=5) == "hello"
        accounts.disable(state, ADMIN, "anong", datetime.now(UTC))
        with pytest.raises(ConnectionClosed) as end:
            opened.recv(timeout=5)
    assert end.value.rcvd is not None
    assert end.value.rcvd.code == SESSION_ENDED
