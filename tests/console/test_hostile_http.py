"""Requests that no browser sends, put to the running console: each is refused, and none leaves a traceback."""

from __future__ import annotations

import select
import socket
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx
import pytest

from warroom import access
from warroom.console.bounds import BODY_LIMIT, MOST_CONNECTIONS, REQUEST_SECONDS, UPLOAD_LIMIT
from warroom.console.cookie import COOKIE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from console.conftest import Console

pytestmark = pytest.mark.slow

FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
POSTS = (b"/signin", b"/password", b"/signout")
METHODS = (b"BREW", b"TRACE", b"CONNECT", b"OPTIONS", b"PUT", b"DELETE", b"PATCH", b"get")
PATHS = (
    b"//",
    b"/../../etc/passwd",
    b"/%2e%2e/%2e%2e/etc/passwd",
    b"/app/static/..%2f..%2fdashboard.py",
    b"/app/static/../../pyproject.toml",
    b"/app/static/....//....//pyproject.toml",
    b"/app/static//etc/passwd",
    b"/app/static/%00",
    b"/app/static/C:\\windows\\win.ini",
    b"/app/static/\\\\203.0.113.250\\share\\x",
    b"/static/%2e%2e/%2e%2e/x",
    b"/%00",
    b"/%ff%fe",
    b"/\\..\\..\\x",
    b"//203.0.113.250/%2f..",
    b"//signin",
    b"/SIGNIN",
    b"/signin/..",
    b"/signin/%2e%2e/x",
    b"/;/signin",
    b"/healthz/../x",
    b"/media/../../x",
    b"/component/x/../../../etc/passwd",
    b"/_stcore/bidi-components/x/../../y",
    b"/_stcore/upload_file/../x",
    b"http://203.0.113.250/",
    b"*",
)


class Caller:
    """Speaks raw bytes to the console, with a session of its own."""

    def __init__(self, console: Console) -> None:
        self.console = console
        host, _, port = console.url.removeprefix("http://").partition(":")
        self.address = (host, int(port))
        self.own = f"Host: {host}:{port}\r\nOrigin: {console.url}\r\n".encode()
        link = access.create_signin_link(console.state, datetime.now(UTC))
        answer = httpx.post(f"{console.url}/signin", data={"token": link}, headers={"origin": console.url})
        self.session = f"Cookie: {COOKIE}={answer.cookies[COOKIE]}\r\n".encode()

    def ask(self, request: bytes) -> bytes:
        """Send bytes, and give what comes back until the console closes."""
        with socket.create_connection(self.address, timeout=20) as opened:
            answer = b""
            try:
                opened.sendall(request)
                while piece := opened.recv(1 << 16):
                    answer += piece
            except ConnectionError:  # it did not want to hear the rest
                pass
            return answer

    def status(self, request: bytes) -> int:
        """Give the status of what is answered; 0 where nothing is."""
        answer = self.ask(request)
        return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0

    def get(self, path: bytes, method: bytes = b"GET") -> bytes:
        """Give a request of somebody who is signed in."""
        return method + b" " + path + b" HTTP/1.1\r\n" + self.own + self.session + b"Connection: close\r\n\r\n"

    def post(self, path: bytes, body: bytes, *, headers: bytes = FORM, length: int | None = None) -> bytes:
        """Give a form that is sent without a session."""
        told = b"Content-Length: %d\r\nConnection: close\r\n\r\n" % (len(body) if length is None else length)
        return b"POST " + path + b" HTTP/1.1\r\n" + self.own + headers + told + body


@pytest.fixture
def caller(console: Console) -> Iterator[Caller]:
    yield Caller(console)
    assert httpx.get(f"{console.url}/healthz").text == "ok\n"
    log = console.log.read_text()
    assert "Traceback" not in log
    assert "Error" not in log


def test_what_is_no_proper_request_is_refused(caller: Caller) -> None:
    host = caller.own
    assert caller.status(b"GET / HTTP/1.0\r\n\r\n") == 421  # HTTP/1.0 has no Host
    assert caller.status(b"GET / HTTP/1.0\r\n" + host + b"\r\n") == 200  # the sign-in page, for whoever still speaks it
    assert caller.status(b"GET / HTTP/1.1\r\n\r\n") == 400
    assert caller.status(b"GET / HTTP/1.1\r\n" + host + b"Host: evil.example\r\n\r\n") == 400
    assert caller.status(b"GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n") == 421
    assert caller.status(b"GET / HTTP/1.1\r\n" + host + b"X: " + b"a" * 200_000 + b"\r\n\r\n") == 400
    many = b"".join(b"X%d: a\r\n" % number for number in range(20_000))
    assert caller.status(b"GET / HTTP/1.1\r\n" + host + many + b"\r\n") == 400
    assert caller.status(b"GET /?" + b"a" * 200_000 + b" HTTP/1.1\r\n" + host + b"\r\n") == 400
    assert caller.status(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)) == 400  # TLS to a plain port
    assert caller.status(b"GET /signin?token=\xed\xa0\x80 HTTP/1.1\r\n" + host + b"\r\n") == 400
    for origin in (b"null", b"\xff", b"http://[", b"http://127.0.0.1:99999999999", b"javascript:alert(1)"):
        request = caller.get(b"/_stcore/host-config").replace(caller.console.url.encode(), origin)
        assert caller.status(request) == 403
    # a header's odd bytes are nobody's session, and a link's odd bytes open nothing
    odd = b"Cookie: warroom_session=\xff\xfe\xed\xa0\x80\r\nConnection: close\r\n\r\n"
    assert caller.status(b"GET /x HTTP/1.1\r\n" + host + odd) == 401
    assert caller.status(b"GET /signin?token=%ed%a0%80%00 HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n") == 200


def test_no_method_and_no_path_reaches_a_file_or_another_host(caller: Caller) -> None:
    for method in METHODS:
        for path in (b"/", b"/healthz", *POSTS):
            assert caller.status(caller.get(path, method)) == 405
    for path in PATHS:
        assert caller.status(caller.get(path).replace(caller.session, b"")) == 401
        head, _, body = caller.ask(caller.get(path)).partition(b"\r\n\r\n")
        assert b"[project]" not in body
        assert b"root:" not in body
        assert b"frame.run()" not in body
        assert head.startswith((b"HTTP/1.1 400", b"HTTP/1.1 404")) or b'<div id="root">' in body
    for path in (b"/evil.example/", b"/\\evil.example/", b"/%5cevil.example/", b"/%2f%2fevil.example/", b"/%0d%0aX:1/"):
        head = caller.ask(caller.get(path)).partition(b"\r\n\r\n")[0].lower()
        assert b"location: //" not in head
        assert b"location: http" not in head
        assert b"location: \\" not in head
        assert b"\r\nx:1" not in head


def test_forms_are_small_and_of_the_one_kind(caller: Caller) -> None:
    multipart = b"Content-Type: multipart/form-data; boundary=x\r\n"
    upload = b'--x\r\nContent-Disposition: form-data; name="token"; filename="a"\r\n\r\nhello\r\n'
    for path in POSTS[:2]:
        assert caller.status(caller.post(path, b"token=" + b"a" * 9_000)) == 413
        assert caller.status(caller.post(path, b"token=" + b"a" * BODY_LIMIT)) == 413
        chunked = FORM + b"Transfer-Encoding: chunked\r\n"
        assert caller.status(caller.post(path, b"7\r\ntoken=a\r\n0\r\n\r\n", headers=chunked, length=9_000)) == 413
        assert caller.status(caller.post(path, b"x", length=-1)) == 400
        assert caller.status(caller.post(path, b"&".join(b"f%d=x" % number for number in range(1000)))) == 400
        assert caller.status(caller.post(path, upload + b"--x--\r\n", headers=multipart)) == 400
        assert caller.status(caller.post(path, upload * 50, headers=multipart)) == 400
        assert caller.status(caller.post(path, upload, headers=multipart.replace(b"; boundary=x", b""))) == 400
        assert caller.status(caller.post(path, b'{"token":1}', headers=b"Content-Type: application/json\r\n")) == 401
    # bytes that are no UTF-8, the byte zero: wrong like any other guess
    for body in (b"name=%ED%A0%80&password=%FF%00&code=%00", b"token=%ED%A0%80%00", b"token=\xff\xfe"):
        assert caller.status(caller.post(b"/signin", body)) == 401
    assert caller.status(caller.post(b"/signout", b"a" * (BODY_LIMIT + 1))) == 413


def test_files_are_taken_at_one_place_and_to_their_limit(caller: Caller) -> None:
    for path, limit in ((b"/_stcore/upload_file/a/b", UPLOAD_LIMIT), (b"/", BODY_LIMIT), (b"/x", BODY_LIMIT)):
        length = b"Content-Length: %d\r\n\r\n" % (limit + 1)
        request = caller.get(path, b"PUT").removesuffix(b"\r\n") + length
        assert caller.status(request + bytes(1000)) == 413
    # not for a session of Streamlit's that is not there, and without its token against forged requests
    small = caller.get(b"/_stcore/upload_file/a/b", b"PUT").removesuffix(b"\r\n") + b"Content-Length: 9\r\n\r\n"
    assert caller.status(small + bytes(9)) in {400, 403}
    chunked = (
        caller.get(b"/_stcore/upload_file/a/b", b"PUT").removesuffix(b"\r\n") + b"Transfer-Encoding: chunked\r\n\r\n"
    )
    answer = caller.status(chunked + b"20000\r\n" + bytes(0x20000) + b"\r\n0\r\n\r\n")
    assert answer in {400, 403, 413}


def test_who_sends_half_a_form_and_leaves_is_not_logged_as_a_failure(caller: Caller) -> None:
    for path in POSTS:
        with socket.create_connection(caller.address, timeout=20) as opened:
            opened.sendall(caller.post(path, b"token=a", length=5_000))


def test_connections_and_the_time_of_a_request_have_an_end(caller: Caller) -> None:
    slow = [
        b"",
        b"GET / HTTP/1.1\r\n" + caller.own,
        caller.post(b"/signin", b"tok", length=100),
    ]
    opened = [socket.create_connection(caller.address, timeout=20) for _ in range(MOST_CONNECTIONS + 40)]
    try:
        for one, request in zip(opened, slow, strict=False):
            one.sendall(request)
        wait_for(lambda: sum(map(is_closed, opened)) >= 40)
        assert sum(map(is_closed, opened)) <= 60  # the others are still waited for
        # and a byte now and then does not make the console wait longer
        wait_for(lambda: all(map(is_closed, opened)), drip=opened[2])
    finally:
        for one in opened:
            one.close()


def wait_for(condition: object, drip: socket.socket | None = None) -> None:
    assert callable(condition)
    for _ in range(4 * REQUEST_SECONDS):
        if condition():
            return
        if drip is not None and not is_closed(drip):
            drip.sendall(b"e")
        time.sleep(0.5)
    pytest.fail("the console still waits")


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side has closed; nothing was asked, so nothing else can have come."""
    asked = select.poll()  # select() takes no number beyond 1,023, and a long run of tests may be there
    asked.register(connection, select.POLLIN)
    if not asked.poll(0):
        return False
    try:
        return connection.recv(1, socket.MSG_PEEK) == b""
    except ConnectionError:
        return True
