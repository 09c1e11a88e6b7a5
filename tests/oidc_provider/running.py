"""A real OpenID Connect provider on this machine: node-oidc-provider, installed once from its lock; and a browser."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx
import pytest
from joserfc.jwk import RSAKey

from warroom.access.oidc import OidcConfig, Provider
from warroom.access.oidc.config import parse_role_map
from warroom.net import Connector, networks

HERE = Path(__file__).parent
CLIENT, OTHER_CLIENT = "warroom", "payroll"
SECRET = "a secret & a half: +/="  # noqa: S105  of nobody
ROLE_MAP = parse_role_map("soc=analyst;lead=analyst,shift_lead;root=administrator")


def loopback() -> Connector:
    return Connector(networks("127.0.0.0/8, ::1"))


def signing_key(kid: str = "key-1") -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"})


def installed() -> Path:
    """Give the folder with the provider; installs it where it is not there yet: from the lock, without scripts."""
    npm, folder = shutil.which("npm"), Path(sys.prefix) / "oidc-provider"
    if npm is None or shutil.which("node") is None:
        pytest.fail("node and npm are missing: install Debian's packages nodejs and npm")
    lock = (HERE / "package-lock.json").read_bytes()
    stamp = folder / "installed-from"
    if not stamp.exists() or stamp.read_bytes() != lock:
        fresh = folder.with_name(f"{folder.name}.{os.getpid()}")
        fresh.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, fresh)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(command, cwd=fresh, check=True, timeout=240)
        (fresh / "installed-from").write_bytes(lock)
        shutil.rmtree(folder, ignore_errors=True)
        try:
            fresh.rename(folder)
        except OSError:  # another test process was first
            shutil.rmtree(fresh)
    return folder


@dataclass
class Running:
    """The provider as a process: who it knows, and how it is stopped."""

    issuer: str
    people: Path
    told: dict[str, Any]
    process: subprocess.Popen[bytes] | None = None

    def knows(self, **people: dict[str, Any]) -> None:
        draft = self.people.with_suffix(".new")
        draft.write_text(json.dumps(people), encoding="utf-8")
        draft.replace(self.people)

    def start(self) -> None:
        script = installed() / "provider.mjs"
        shutil.copy(HERE / "provider.mjs", script)
        command = ["node", str(script), json.dumps(self.told)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"ready\n"

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=20)
            self.process = None

    def config(self, **other: Any) -> OidcConfig:
        values: dict[str, Any] = {"issuer": self.issuer, "client_id": CLIENT, "secret": SECRET, "role_map": ROLE_MAP}
        return OidcConfig(**values | other)

    def provider(self, **other: Any) -> Provider:
        return Provider(self.config(**other), loopback())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def running(folder: Path, redirect_uri: str, *, key: RSAKey | None = None, **other: Any) -> Iterator[Running]:
    """Run a provider that knows two clients; ``other``: what ``provider.mjs`` is told besides."""
    port, people = free_port(), folder / "people.json"
    origin = redirect_uri.removesuffix("/oidc/callback")
    clients = [
        {
            "client_id": name,
            "client_secret": SECRET,
            "redirect_uris": [redirect_uri],
            "post_logout_redirect_uris": [f"{origin}/"],
            "grant_types": ["authorization_code", *grants],
            "backchannel_logout_uri": f"{origin}/oidc/signed-out",
            "backchannel_logout_session_required": True,
        }
        for name, grants in ((CLIENT, ["refresh_token"]), (OTHER_CLIENT, []))
    ]
    issuer = f"http://localhost:{port}"
    private = (key or signing_key()).as_dict(private=True)
    told: dict[str, Any] = {"issuer": issuer, "port": port, "clients": clients, "jwks": {"keys": [private]}}
    told |= {"people": str(people), "idTokenClaims": True, "accessSeconds": 3600} | other
    started = Running(issuer, people, told)
    started.start()
    try:
        yield started
    finally:
        started.stop()


@dataclass
class Browser:
    """Somebody with a browser: follows redirects, fills in the provider's forms, stops at our callback."""

    stop_at: str
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=20))

    def go(self, address: str, login: str) -> dict[str, str]:
        """Sign in as ``login``; gives the query that the provider's last redirect brings."""
        for _ in range(20):
            if address.startswith(self.stop_at):
                return dict(parse_qsl(urlsplit(address).query))
            answer = self.client.get(address)
            if not answer.is_redirect:
                answer = self._filled_in(answer, login)
            address = urljoin(str(answer.url), answer.headers["location"])
        raise AssertionError(f"no way back from {address}")

    def sign_out(self, issuer: str) -> None:
        """End the provider's session on its own page."""
        page = self.client.get(f"{issuer}/session/end")
        action = re.search(r'action="([^"]+)"', page.text)
        assert action is not None, page.text
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text)) | {"logout": "yes"}
        assert self.client.post(html.unescape(action[1]), data=fields).is_redirect

    def _filled_in(self, page: httpx.Response, login: str) -> httpx.Response:
        action = re.search(r'<form[^>]* action="([^"]+)"', page.text)
        assert action is not None, page.text
        prompt = "login" if 'value="login"' in page.text else "consent"
        fields = {"prompt": prompt} | ({"login": login, "password": "x"} if prompt == "login" else {})
        return self.client.post(urljoin(str(page.url), html.unescape(action[1])), data=fields)
