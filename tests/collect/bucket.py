"""An S3-compatible store for tests: moto's server, which checks signatures, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
from collect.fetched import LOCKS, fetched, free_port, run

from warroom.collect.s3_signing import Signer, escaped

#: What the store's door-keeper knows; of the tests: no secret.
OPEN_KEY, OPEN_SECRET = "test", "test"


def packages() -> Path:
    """The folder with moto and what it needs: apart from ours, for it wants other versions."""

    def fetch(folder: Path) -> None:
        lock = LOCKS / "moto.txt"
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps"]
        run(*pip, "--require-hashes", "--target", folder / "packages", "-r", lock)

    return fetched(LOCKS / "moto.txt", fetch) / "packages"


class BucketServer:
    """A running store with buckets that are made by ``put``; ``deeds`` count what was asked."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, "-c", "from moto.server import main; main()", "-H", "127.0.0.1", "-p"]
        environment = os.environ | {"PYTHONPATH": str(packages()), "AWS_ACCESS_KEY_ID": "x"}
        with (folder / "store.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, str(self.port)], env=environment, stdout=log, stderr=log, cwd=folder
            )
        self._client = httpx.Client(base_url=self.url, trust_env=False, timeout=30)
        until = time.monotonic() + 60
        while True:
            assert self._process.poll() is None, (folder / "store.log").read_text()[-3000:]
            assert time.monotonic() < until, "the store does not answer"
            try:
                self._client.get("/moto-api/")
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return

    def make(self, bucket: str) -> None:
        """Make a bucket."""
        self._ask("PUT", f"/{bucket}")

    def put(self, bucket: str, key: str, data: bytes, **headers: str) -> None:
        """Write an object, or write it over."""
        self._ask("PUT", f"/{bucket}/{escaped(key)}", data, {name.replace("_", "-"): headers[name] for name in headers})

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object."""
        self._ask("DELETE", f"/{bucket}/{escaped(key)}")

    def person(self, name: str, deny: str = "nothing") -> tuple[str, str]:
        """Make a user who may read everything but one object, by ``bucket/key``: access key and secret."""
        self._ask("POST", "/", data=f"Action=CreateUser&UserName={name}&Version=2010-05-08".encode(), service="iam")
        rights = [("Allow", "s3:*", "*"), ("Deny", "s3:GetObject", f"arn:aws:s3:::{deny}")]
        said = [{"Effect": effect, "Action": action, "Resource": what} for effect, action, what in rights]
        policy = json.dumps({"Version": "2012-10-17", "Statement": said})
        asked = httpx.QueryParams(
            Action="PutUserPolicy", UserName=name, PolicyName="p", PolicyDocument=policy, Version="2010-05-08"
        )
        self._ask("POST", "/", data=str(asked).encode(), service="iam")
        told = self._ask(
            "POST", "/", data=f"Action=CreateAccessKey&UserName={name}&Version=2010-05-08".encode(), service="iam"
        )
        return _between(told, "AccessKeyId"), _between(told, "SecretAccessKey")

    def check_signatures(self, *, after: int = 0) -> None:
        """From now on nobody is let in without a signature that is right."""
        self._client.post("/moto-api/reset-auth", content=str(after).encode()).raise_for_status()

    def trust_everyone(self) -> None:
        """Let everybody in."""
        self._client.post("/moto-api/reset-auth", content=b"Infinity").raise_for_status()

    def stop(self) -> None:
        """Go away."""
        self._client.close()
        self._process.kill()
        self._process.wait()

    def _ask(
        self, method: str, path: str, data: bytes = b"", headers: dict[str, str] | None = None, service: str = "s3"
    ) -> str:
        now = datetime.now(UTC)
        signed = Signer(OPEN_KEY, OPEN_SECRET, "us-east-1").headers(f"127.0.0.1:{self.port}", path, "", {}, now)
        signed["authorization"] = signed["authorization"].replace("/s3/", f"/{service}/")
        kind = {"content-type": "application/x-www-form-urlencoded"} if service != "s3" else {}
        answer = self._client.request(method, path, content=data, headers=signed | kind | (headers or {}))
        assert answer.is_success, answer.text
        return answer.text


@contextmanager
def running(folder: Path) -> Iterator[BucketServer]:
    """A store for as long as it is needed."""
    folder.mkdir(parents=True, exist_ok=True)
    server = BucketServer(folder)
    try:
        yield server
    finally:
        server.stop()


def _between(text: str, name: str) -> str:
    return text.partition(f"<{name}>")[2].partition("<")[0]
