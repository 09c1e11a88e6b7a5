"""Before the gate there is only the sign-in page; behind it every request has a session."""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
import tomllib
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
import uvicorn
from access.people import CHEAP, KEY
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from warroom import access
from warroom.console import signin
from warroom.console.cookie import COOKIE, SECURE_COOKIE
from warroom.console.gate import GATED_HEADER, SESSION_ENDED, Gate
from warroom.console.headers import SecurityHeaders, content_security_policy
from warroom.console.origin import is_host_allowed, own_names
from warroom.console.server import listen_address
from warroom.errors import UsageError
from warroom.settings import ROOT
from warroom.store.database import State
from warroom.store.tables import feed_states


def inside(request: Request) -> PlainTextResponse:
    return PlainTextResponse(f"inside {request.headers.get(GATED_HEADER)}")


def healthy(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ok")


async def stream(websocket: WebSocket) -> None:
    await websocket.accept()
    async for text in websocket.iter_text():
        await websocket.send_text(text)


@pytest.fixture
def client(state: State) -> Iterator[httpx.Client]:
    """A client of a real server: the gate and the headers around an application that answers everything."""
    app = Starlette(
        routes=[
            *signin.routes(state, KEY, hashing=CHEAP),
            Route("/healthz", healthy),
            Route("/{path:path}", inside, methods=["GET", "POST"]),
            WebSocketRoute("/_stcore/stream", stream),
        ],
        middleware=[Middleware(SecurityHeaders), Middleware(Gate, state=state, hosts=frozenset({"localhost"}))],
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="websockets-sansio"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=20) as opened:
                yield opened
        finally:
            server.should_exit = True
            thread.join()


def own_origin(client: httpx.Client) -> dict[str, str]:
    return {"origin": str(client.base_url).rstrip("/")}


def open_socket(client: httpx.Client, origin: str | None) -> ClientConnection:
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    address = str(client.base_url.copy_with(scheme="ws", path="/_stcore/stream"))
    return connect(address, origin=origin, additional_headers={"cookie": cookies} if cookies else {})


def sign_in(client: httpx.Client, state: State) -> str:
    link = access.create_signin_link(state, datetime.now(UTC))
    answer = client.post("/signin", data={"token": link, "name": "วิภา", "language": "th"}, headers=own_origin(client))
    assert answer.status_code == 303
    return answer.cookies[COOKIE]


def test_the_front_page_without_a_session_is_the_sign_in_page_in_both_languages(client: httpx.Client) -> None:
    answer = client.get("/?incident=17")
    assert answer.status_code == 200
    assert "ต้องเข้าระบบก่อน" in answer.text
    assert "Sign in first" in answer.text
    assert "inside" not in answer.text


def test_behind_a_proxy_with_tls_the_other_cookie_opens_nothing(client: httpx.Client, state: State) -> None:
    by_tls = {"x-forwarded-proto": "https", "origin": own_origin(client)["origin"].replace("http://", "https://")}
    form = {"token": access.create_signin_link(state, datetime.now(UTC)), "name": "วิภา", "language": "th"}
    told = client.post("/signin", data=form, headers=by_tls).headers["set-cookie"]
    assert told.startswith(f"{SECURE_COOKIE}=")
    assert "; Secure" in told
    assert "Domain" not in told
    token = told.partition("=")[2].partition(";")[0]
    for name, opened in ((SECURE_COOKIE, f"inside {SECURE_COOKIE}"), (COOKIE, "")):
        page = client.get("/", headers={"x-forwarded-proto": "https", "cookie": f"{name}={token}"}).text
        assert (page if page.startswith("inside") else "") == opened


@pytest.mark.parametrize(
    "path", ["/metrics", "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics", "/app/static/mark.svg", "/x"]
)
def test_everything_else_is_refused_without_a_session(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 401
    assert client.post(path).status_code == 401


def test_a_post_to_the_front_page_is_refused_without_a_session(client: httpx.Client) -> None:
    assert client.post("/").status_code == 401


def test_health_is_open(client: httpx.Client) -> None:
    assert client.get("/healthz").text == "ok"


def test_opening_a_link_does_not_burn_it_but_its_button_does(client: httpx.Client, state: State) -> None:
    link = access.create_signin_link(state, datetime.now(UTC))
    for _ in range(3):
        assert link in client.get("/signin", params={"token": link}).text
    assert client.post("/signin", data={"token": link}, headers=own_origin(client)).status_code == 303
    client.cookies.clear()
    assert client.post("/signin", data={"token": link}, headers=own_origin(client)).status_code == 401


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(client: httpx.Client, state: State) -> None:
    link = access.create_signin_link(state, datetime.now(UTC))
    cookie = client.post("/signin", data={"token": link}, headers=own_origin(client)).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    client.cookies.clear()
    # behind a proxy on this machine that speaks TLS
    link = access.create_signin_link(state, datetime.now(UTC))
    answer = client.post(
        "/signin",
        data={"token": link},
        headers={"origin": own_origin(client)["origin"].replace("http", "https"), "x-forwarded-proto": "https"},
    )
    assert "secure" in answer.headers["set-cookie"].lower()
    assert "max-age" in answer.headers["strict-transport-security"]


def test_a_session_opens_everything_and_the_script_hears_of_the_gate(client: httpx.Client, state: State) -> None:
    sign_in(client, state)
    assert client.get("/").text == "inside warroom_session"
    assert client.get("/_stcore/host-config").status_code == 200


def test_signing_out_ends_the_session(client: httpx.Client, state: State) -> None:
    token = sign_in(client, state)
    assert client.get("/").text == "inside warroom_session"
    assert client.post("/signout", headers=own_origin(client)).status_code == 303
    client.cookies.set(COOKIE, token)
    assert "Sign in first" in client.get("/").text
    assert access.find_session(state, token, datetime.now(UTC)) is None


@pytest.mark.parametrize("headers", [{}, {"origin": "http://evil.example"}, {"origin": "null"}])
@pytest.mark.parametrize("path", ["/signin", "/signout"])
def test_posts_from_elsewhere_are_refused(client: httpx.Client, path: str, headers: dict[str, str]) -> None:
    assert client.post(path, data={"token": "x"}, headers=headers).status_code == 403


def test_who_guesses_keeps_nobody_with_a_link_out(client: httpx.Client, state: State) -> None:
    for _ in range(12):
        client.post("/signin", data={"token": "guess"}, headers=own_origin(client))
    assert client.post("/signin", data={"token": "guess"}, headers=own_origin(client)).status_code == 429
    sign_in(client, state)


def test_signing_in_anew_ends_the_session_before(client: httpx.Client, state: State) -> None:
    before = sign_in(client, state)
    after = sign_in(client, state)
    assert access.find_session(state, before, datetime.now(UTC)) is None
    assert access.find_session(state, after, datetime.now(UTC)) is not None


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("/?incident=17", "/?incident=17"),
        ("/?wall=1&next=http://evil.example", "/?wall=1"),
        ("/?incident=17%22%3E%3Cb%3E&wall=2", "/"),
        ("/?incident=" + "9" * 40, "/"),
    ],
)
def test_a_link_from_a_chat_leads_on_to_where_it_pointed(client: httpx.Client, asked: str, kept: str) -> None:
    page = client.get(asked).text
    assert re.findall('href="(/[^"]*)"', page) == [kept, kept]
    assert "evil" not in page


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/signout", "/healthz/", "/signin/../x", "/_stcore/upload_file/a/b"])
def test_no_method_and_no_spelling_gets_past_the_gate(client: httpx.Client, method: str, path: str) -> None:
    assert client.request(method, path).status_code in {401, 405}
    assert "inside" not in client.request(method, path).text


def test_a_page_from_elsewhere_gets_nothing_even_with_the_cookie(client: httpx.Client, state: State) -> None:
    sign_in(client, state)
    for origin in ("http://evil.example", "null"):
        assert client.get("/_stcore/host-config", headers={"origin": origin}).status_code == 403
        assert client.post("/x", headers={"origin": origin}).status_code == 403
    assert client.get("/x", headers=own_origin(client)).status_code == 200


def test_behind_tls_a_page_without_it_is_from_elsewhere(client: httpx.Client) -> None:
    answer = client.post("/signin", data={"token": "x"}, headers=own_origin(client) | {"x-forwarded-proto": "https"})
    assert answer.status_code == 403


def test_an_exercise_says_so_before_anybody_signs_in(client: httpx.Client, state: State) -> None:
    assert "wr-band" not in client.get("/").text.split("</style>")[1]
    with state.write() as connection:
        connection.execute(update(feed_states).values(drill=True))
    for page in (client.get("/"), client.post("/signin", data={"token": "x"}, headers=own_origin(client))):
        assert "Exercise, not a real incident" in page.text
        assert "การฝึกซ้อม ไม่ใช่เหตุจริง" in page.text


def test_what_a_stranger_puts_into_cookies_is_not_kept(state: State) -> None:
    async def inner(_scope: Scope, _receive: Receive, _send: Send) -> None:
        pytest.fail("let through")

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_message: Message) -> None:
        pass

    async def knock(numbers: range) -> None:
        for number in numbers:
            cookie = f"{COOKIE}={number:06d}{'A' * 50_000}".encode()
            headers = [(b"host", b"localhost"), (b"cookie", cookie)]
            scope = {"type": "http", "method": "GET", "path": "/x", "query_string": b"", "headers": headers}
            await gate(scope | {"scheme": "http", "server": ("localhost", 80)}, receive, send)

    gate = Gate(inner, state, frozenset({"localhost"}))
    asyncio.run(knock(range(1)))  # what the first use loads is not the cookies'
    tracemalloc.start()
    asyncio.run(knock(range(1, 81)))
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 1_000_000


def test_names_behind_a_proxy_are_allowed_when_they_are_told() -> None:
    names = own_names("127.0.0.1", " Warroom.Example.go.th, ops.example.,")
    assert is_host_allowed("warroom.example.go.th", names)
    assert is_host_allowed("ops.example:443", names)
    assert not is_host_allowed("evil.example", names)
    assert "" not in names


def test_streamlit_alone_listens_on_this_machine_only() -> None:
    options = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["server"]
    assert options["address"] == "127.0.0.1"
    assert options["enableAgentApi"] is False


def test_guessing_is_limited(client: httpx.Client) -> None:
    answers = [
        client.post("/signin", data={"token": "guess"}, headers=own_origin(client)).status_code for _ in range(11)
    ]
    assert answers == [401] * 10 + [429]


def test_a_token_in_the_page_is_escaped(client: httpx.Client) -> None:
    page = client.get("/signin", params={"token": '"><script>alert(1)</script>'}).text
    assert "<script" not in page


def test_the_websocket_is_refused_without_a_session(client: httpx.Client) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        open_socket(client, own_origin(client)["origin"])
    assert refusal.value.response.status_code == 401


@pytest.mark.parametrize("origin", [None, "http://evil.example"])
def test_the_websocket_is_refused_to_other_origins(client: httpx.Client, state: State, origin: str | None) -> None:
    sign_in(client, state)
    with pytest.raises(InvalidStatus) as refusal:
        open_socket(client, origin)
    assert refusal.value.response.status_code == 403


@pytest.mark.slow
def test_revoking_a_session_closes_its_websocket_within_five_seconds(client: httpx.Client, state: State) -> None:
    token = sign_in(client, state)
    with open_socket(client, own_origin(client)["origin"]) as opened:
        opened.send("hello")
        assert opened.recv(timeout=5) == "hello"
        access.sign_out(state, token, datetime.now(UTC))
        began = time.monotonic()
        with pytest.raises(ConnectionClosed) as end:
            opened.recv(timeout=5)
        assert end.value.rcvd is not None
        assert end.value.rcvd.code == SESSION_ENDED
        assert time.monotonic() - began < 5  # the promise itself, not a measure of speed


def test_unknown_host_names_are_refused_before_anything_else(client: httpx.Client) -> None:
    assert client.get("/", headers={"host": "rebound.example:8501"}).status_code == 421
    assert client.get("/healthz", headers={"host": "rebound.example"}).status_code == 421


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1:8501", True),
        ("[::1]:8501", True),
        ("192.168.1.20", True),
        ("LOCALHOST:1", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost@evil.example", False),
        ("[::1", False),
        ("user@localhost", False),
        ("127.0.0.1:8501, evil.example", False),
        ("localhost:x", False),
        ("localhost/evil.example", False),
        ("", False),
        (None, False),
    ],
)
def test_a_host_is_an_address_or_one_of_our_names(host: str | None, allowed: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert is_host_allowed(host, frozenset({"localhost"})) is allowed


@pytest.mark.parametrize("path", ["/", "/x", "/signin", "/healthz"])
def test_every_answer_carries_the_security_headers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]


def test_the_policy_allows_streamlits_own_inline_script_and_no_other() -> None:
    script_sources = next(part for part in content_security_policy().split("; ") if part.startswith("script-src"))
    assert "'sha256-" in script_sources
    assert "unsafe-inline" not in script_sources


def test_the_sign_in_page_runs_no_script_at_all(client: httpx.Client) -> None:
    assert "script-src" not in client.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in client.get("/").headers["content-security-policy"]


def test_the_listen_address_is_host_and_port() -> None:
    assert listen_address("127.0.0.1:8501") == ("127.0.0.1", 8501)
    assert listen_address("[::1]:80") == ("::1", 80)
    for wrong in ("8501", "localhost:", ":8501", "localhost:99999", "localhost:x"):
        with pytest.raises(UsageError, match="host:port"):
            listen_address(wrong)
