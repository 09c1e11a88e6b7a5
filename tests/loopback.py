"""Servers of the tests on loopback: of HTTP that answer by path, and of sockets that do as they please."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers by path, and remembers what was asked."""

    protocol_version = "HTTP/1.1"
    asked: list[tuple[str, dict[str, str]]]
    answers: Mapping[str, Callable[[Handler], None]]
    body = b""

    def do_GET(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("content-length", "0")))
        self.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
        self.answers.get(self.path, plain(b"nothing here", 404))(self)

    do_POST = do_GET  # noqa: N815 - its name there

    def answer(self, body: bytes, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - its name there
        pass


def plain(body: bytes, status: int = 200, **headers: str) -> Callable[[Handler], None]:
    """An answer that is always the same."""
    return lambda handler: handler.answer(body, status, **headers)


@contextmanager
def serving(
    answers: Mapping[str, Callable[[Handler], None]], tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[tuple[str, list[tuple[str, dict[str, str]]]]]:
    """A web server; gives its address and the list of what it is asked."""
    handler = type("Own", (Handler,), {"asked": [], "answers": answers})
    with ThreadingHTTPServer((host, 0), handler) as server:
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # those who hang up are meant to
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http{'s' if tls else ''}://{host}:{server.server_address[1]}", handler.asked
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def talking(say: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads what is asked and then says what it pleases, until nobody listens; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as door:

        def talk(link: socket.socket) -> None:
            with link, contextlib.suppress(OSError):
                link.settimeout(10)
                link.recv(65536)
                say(link)

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=talk, args=(door.accept()[0],), daemon=True).start()

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        door.shutdown(socket.SHUT_RDWR)
        thread.join(5)
