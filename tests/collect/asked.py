"""A server of the tests that hands out a growing list of records, page by page, in every way that APIs do."""

from __future__ import annotations

import base64
import hashlib
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit


class Api:
    """What the server holds, how it misbehaves, and what it was asked."""

    def __init__(self) -> None:
        self.records: list[dict[str, object]] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.size = 3
        self.answers: list[tuple[int, dict[str, str], bytes]] = []  # instead of the true ones, each once
        self.cut = 0  # answers that break off in the middle
        self.token = ""  # that is asked for, where any is
        self.tokens = 0  # given out
        self.tags = False
        self.port = 0
        self.scheme = "http"

    def add(self, count: int, **more: object) -> None:
        first = len(self.records)
        self.records += [{"id": first + number, **more} for number in range(count)]

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api: Api

    def do_POST(self) -> None:
        """Give out a token for client credentials."""
        form = self.rfile.read(int(self.headers["content-length"])).decode()
        known = base64.b64encode(b"warroom:client-secret").decode()
        in_body = "client_id=warroom&client_secret=client-secret" in form
        if "grant_type=client_credentials" not in form or not (
            in_body or self.headers["authorization"] == f"Basic {known}"
        ):
            self._answer(401, {}, b'{"error": "invalid_client"}')
            return
        self.api.tokens += 1
        self.api.token = f"token-{self.api.tokens}"
        self._answer(200, {}, json.dumps({"access_token": self.api.token, "expires_in": 3600}).encode())

    def do_GET(self) -> None:
        api = self.api
        api.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        if api.answers:
            self._answer(*api.answers.pop(0))
            return
        if api.token and self.headers["authorization"] != f"Bearer {api.token}":
            self._answer(401, {}, b"")
            return
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers, body = getattr(self, f"_{parts.path.strip('/')}")(query)
        if api.tags:
            tag = f'"{hashlib.sha256(body).hexdigest()}"'
            if self.headers["if-none-match"] == tag:
                self._answer(304, {}, b"")
                return
            headers |= {"ETag": tag}
        self._answer(200, headers, body)

    def _cursor(self, query: dict[str, str]) -> tuple[dict[str, str], bytes]:
        first = int(query.get("cursor", "0"))
        page = self.api.records[first : first + self.api.size]
        following = str(first + self.api.size) if len(page) == self.api.size else None
        return {}, json.dumps({"meta": {"next": following}, "data": {"items": page}}, indent=1).encode()

    def _link(self, query: dict[str, str]) -> tuple[dict[str, str], bytes]:
        first = int(query.get("from", "0"))
        page = self.api.records[first : first + self.api.size]
        full = len(page) == self.api.size
        return {"Link": f'</link?from={first + self.api.size}>; rel="next"'} if full else {}, lines(page)

    def _field(self, query: dict[str, str]) -> tuple[dict[str, str], bytes]:
        first = int(query.get("from", "0"))
        page = self.api.records[first : first + self.api.size]
        following = f"/field?from={first + self.api.size}" if len(page) == self.api.size else ""
        return {}, json.dumps({"next": following, "items": page}).encode()

    def _number(self, query: dict[str, str]) -> tuple[dict[str, str], bytes]:
        first = (int(query["page"]) - 1) * self.api.size
        return {}, json.dumps(self.api.records[first : first + self.api.size]).encode()

    def _offset(self, query: dict[str, str]) -> tuple[dict[str, str], bytes]:
        first = int(query["offset"])
        return {}, json.dumps(self.api.records[first : first + self.api.size]).encode()

    def _all(self, _query: dict[str, str]) -> tuple[dict[str, str], bytes]:
        return {}, json.dumps(self.api.records).encode()

    def _since(self, query: dict[str, str]) -> tuple[dict[str, str], bytes]:
        found = [one for one in self.api.records if str(one["time"]) >= query.get("since", "")]
        first = int(query.get("cursor", "0"))
        page = found[first : first + self.api.size]
        following = str(first + self.api.size) if first + self.api.size < len(found) else None
        return {}, json.dumps({"meta": {"next": following}, "data": {"items": page}}).encode()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.api.cut and status == 200:
            self.api.cut -= 1
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif status != 304:
            self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name there
        pass


def lines(page: list[dict[str, object]]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in page)


@contextmanager
def serving(api: Api, tls: ssl.SSLContext | None = None) -> Iterator[Api]:
    """Serve on the port of before, where there was one."""
    handler = type("Own", (Handler,), {"api": api})
    ThreadingHTTPServer.daemon_threads = True
    with ThreadingHTTPServer(("127.0.0.1", api.port), handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
            api.scheme = "https"
        api.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
