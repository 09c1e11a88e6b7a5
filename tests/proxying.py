"""A proxy of the tests on loopback: hands on what is asked by http, opens tunnels, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import http.client
import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Seen:
    """What a proxy was asked, and how it behaves."""

    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)  # method and target
    login: str = ""  # the header that it wants, "" for none
    logins: set[str] = field(default_factory=set)  # the headers that it got
    names: dict[str, str] = field(default_factory=dict)  # that it alone knows
    refuses: int = 0  # by which status


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: Seen

    def do_CONNECT(self) -> None:
        if not self._let():
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((self.seen.names.get(host, host), int(port)), 5) as there:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: there, there: self.connection}
            with contextlib.suppress(OSError):
                while ready := select.select(list(ends), [], [], 10)[0]:
                    for end in ready:
                        if not (data := end.recv(65536)):
                            return
                        ends[end].sendall(data)

    def do_GET(self) -> None:
        if not self._let():
            return
        parts = urlsplit(self.path)
        link = http.client.HTTPConnection(
            self.seen.names.get(parts.hostname, parts.hostname), parts.port or 80, timeout=5
        )
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        headers = {"host": parts.netloc, "content-type": self.headers.get("content-type", "text/plain")}
        link.request(self.command, parts.path or "/", body or None, headers)
        answer = link.getresponse()
        body = answer.read()
        self.send_response(answer.status)
        if location := answer.headers.get("location"):
            self.send_header("location", location)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        link.close()

    do_POST = do_GET  # noqa: N815 - its name there

    def _let(self) -> bool:
        self.close_connection = True
        self.seen.asked.append((self.command, self.path))
        told = self.headers.get("proxy-authorization", "")
        self.seen.logins.add(told)
        status = self.seen.refuses or (407 if self.seen.login and told != self.seen.login else 0)
        if status:
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()
        return not status

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name there
        pass


@contextmanager
def proxying() -> Iterator[Seen]:
    """Run a proxy."""
    seen = Seen()
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (_Handler,), {"seen": seen})) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        seen.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield seen
        finally:
            server.shutdown()
            thread.join()
