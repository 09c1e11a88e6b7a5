"""The session's cookie: behind TLS by a name that no other host can set, and no other one counts there."""

from __future__ import annotations

from http.cookies import SimpleCookie

import pytest
from starlette.requests import Request
from starlette.responses import Response

from warroom.console.cookie import COOKIE, SECURE_COOKIE, forget_session, session_token, set_session


def request(scheme: str, cookies: str = "") -> Request:
    headers = [(b"host", b"warroom.example.go.th"), (b"cookie", cookies.encode())]
    return Request({"type": "http", "scheme": scheme, "path": "/", "query_string": b"", "headers": headers})


def test_behind_tls_only_the_name_that_no_other_host_can_set_counts() -> None:
    both = f"{COOKIE}=planted; {SECURE_COOKIE}=ours"
    assert session_token(request("https", both)) == "ours"
    assert session_token(request("https", f"{COOKIE}=planted")) == ""
    assert session_token(request("http", both)) == "planted"  # nobody else is there: it listens on this machine
    assert session_token(request("http", f"{SECURE_COOKIE}=ours")) == ""


@pytest.mark.parametrize(("scheme", "name"), [("https", SECURE_COOKIE), ("http", COOKIE)])
def test_what_a_browser_asks_of_the_prefix_is_there(scheme: str, name: str) -> None:
    for change in (lambda answer: set_session(answer, request(scheme), "token"), None):
        answer = Response()
        if change is None:
            forget_session(answer, request(scheme))
        else:
            change(answer)
        (morsel,) = SimpleCookie(answer.headers["set-cookie"]).values()
        assert morsel.key == name
        assert (bool(morsel["secure"]), morsel["path"], morsel["domain"]) == (scheme == "https", "/", "")
        assert (bool(morsel["httponly"]), morsel["samesite"]) == (True, "strict")
