"""What receives messages in the tests: a mail server and a web server on this machine, both real."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Post:
    """A mail server that keeps what it gets."""

    port: int = 0
    mails: list[Message] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        assert isinstance(envelope.content, bytes)
        self.mails.append(message_from_bytes(envelope.content))
        return "250 kept"


def subject(mail: Message) -> str:
    return str(make_header(decode_header(mail["Subject"])))


def text(mail: Message) -> str:
    parts = [part for part in mail.walk() if part.get_content_maintype() == "text"]
    return "\n".join(bytes(part.get_payload(decode=True)).decode() for part in parts)  # type: ignore[arg-type]


@contextmanager
def post() -> Iterator[Post]:
    kept = Post()
    server = Controller(kept, hostname="127.0.0.1", port=_free_port())
    server.start()
    kept.port = server.port
    try:
        yield kept
    finally:
        server.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@dataclass
class Web:
    """A web server that keeps what is posted to it, and answers as it is told."""

    port: int
    status: int = 200
    location: str = ""
    got: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@contextmanager
def web() -> Iterator[Web]:
    kept = Web(0)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            kept.paths.append(self.path)
            if kept.status < 300:
                kept.got.append(json.loads(body))
            self.send_response(kept.status)
            if kept.location:
                self.send_header("location", kept.location)
            self.send_header("content-length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - likewise

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
