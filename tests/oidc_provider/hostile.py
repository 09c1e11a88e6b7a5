"""A provider that says whatever a test wants, and the tokens that it forges: what no honest one would send."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import orjson
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from oidc_provider.running import CLIENT

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
NONCE = "of this sign-in"
EVENT = "http://schemas.openid.net/event/backchannel-logout"

Told = tuple[int, bytes, dict[str, str]]


@dataclass
class Hostile:
    """What it answers by path, and what it was asked."""

    issuer: str
    answers: dict[str, Told] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    def says(self, path: str, body: object, status: int = 200, **headers: str) -> None:
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        self.answers[path] = (status, raw, headers)

    def metadata(self, **other: object) -> dict[str, object]:
        paths = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "jwks"}
        return {"issuer": self.issuer} | {name: f"{self.issuer}/{path}" for name, path in paths.items()} | other

    def count(self, path: str) -> int:
        return sum(asked == path for asked, _, _ in self.asked)


@contextmanager
def hostile() -> Iterator[Hostile]:
    """Run it on this machine, with usual metadata to begin with."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers.get("content-length", 0))).decode()))
            there.asked.append((self.path, form, self.headers.get("authorization", "")))
            status, body, headers = there.answers.get(self.path, (404, b"", {}))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  likewise

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        there = Hostile(f"http://127.0.0.1:{server.server_port}")
        there.says("/.well-known/openid-configuration", there.metadata())
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield there
        finally:
            server.shutdown()
            thread.join()


def claims(there: Hostile, **other: object) -> dict[str, object]:
    usual = {"iss": there.issuer, "aud": CLIENT, "sub": "anong", "iat": AT, "exp": AT + 300, "nonce": NONCE}
    return {name: value for name, value in (usual | other).items() if value is not None}


def logout_claims(there: Hostile, **other: object) -> dict[str, object]:
    return claims(there, nonce=None, jti="1", events={EVENT: {}}, **other)


def signed(payload: dict[str, object], key: RSAKey | ECKey, algorithm: str = "RS256", **header: object) -> str:
    head = {"alg": algorithm, "kid": key.kid} | header
    named = {name: value for name, value in head.items() if value is not None}
    return jwt.encode(named, payload, key, algorithms=[algorithm])


def packed(value: object) -> str:
    raw = value if isinstance(value, bytes) else orjson.dumps(value)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def rs256(key: RSAKey, text: str) -> bytes:
    return key.private_key.sign(text.encode(), PKCS1v15(), SHA256())
