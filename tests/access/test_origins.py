"""From where a session was opened is told in words of ours, whole to its person and by the network to others."""

from __future__ import annotations

import pytest
from access.people import ADMIN, CHEAP, KEY, NOW, PASSWORD, make
from hypothesis import given
from hypothesis import strategies as st

from warroom import access
from warroom.access.origins import Origin, network_of, origin_of
from warroom.access.sessions import open_sessions
from warroom.access.signing_in import Credentials, sign_in_with_password
from warroom.store.database import State

WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
)
KNOWN = [
    (WINDOWS, "Chrome, Windows"),
    (f"{WINDOWS} Edg/131.0.0.0", "Edge, Windows"),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox, Linux"),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1",
        "Safari, iPhone",
    ),
    ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/131.0 Mobile Safari/537.36", "Chrome, Android"),
    ("curl/8.5.0", ""),
    ("", ""),
]


@pytest.mark.parametrize(("told", "browser"), KNOWN)
def test_usual_browsers_are_known(told: str, browser: str) -> None:
    assert origin_of("192.0.2.7", told) == Origin("192.0.2.7", browser)


@given(st.text(max_size=80), st.text(max_size=700))
def test_nothing_that_a_stranger_writes_is_kept(address: str, told: str) -> None:
    origin = origin_of(address, told)
    assert set(origin.address) <= set("0123456789abcdef.:")
    assert origin.browser == "" or origin.browser.isascii()
    assert len(origin.browser) < 40


@pytest.mark.parametrize(
    ("address", "shown"),
    [("192.0.2.7", "192.0.2.…"), ("2001:db8:1:2::3", "2001:db8:1:…"), ("", ""), ("<b>", ""), ("::1", ":…")],
)
def test_others_see_the_network(address: str, shown: str) -> None:
    assert network_of(address) == shown


def test_a_session_tells_its_person_from_where_it_was_opened_and_others_less(state: State) -> None:
    make(state, "anong", password=PASSWORD)
    credentials = Credentials("anong", PASSWORD, "192.0.2.7", browser="Firefox, Linux")
    token = sign_in_with_password(state, KEY, credentials, NOW, hashing=CHEAP)
    assert isinstance(token, str)
    session = access.find_session(state, token, NOW)
    assert session is not None
    (mine,) = open_sessions(state, session.actor, "anong", NOW)
    (theirs,) = open_sessions(state, ADMIN, "anong", NOW)
    assert (mine.address, mine.browser) == ("192.0.2.7", "Firefox, Linux")
    assert (theirs.address, theirs.browser) == ("192.0.2.…", "Firefox, Linux")
