"""A real TAXII 2.1 server of the tests: OASIS's medallion in a process of its own."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from collect.fetched import free_port

SAMPLES = Path(__file__).parents[1] / "samples" / "intel" / "taxii"
HIGH_VALUE = "91a7b528-80eb-42ed-a74d-c6fbd5a26116"
FOR_ADDING = "365fed99-08fa-fdcd-a1b3-fb247eb41d01"
USER, PASSWORD = "admin", "Password0"
MEDIA = "application/taxii+json;version=2.1"


class Server:
    """A server on a port of its own; what is added to it is forgotten when it stops."""

    def __init__(self, folder: Path, certificate: Path | None = None, authority: Path | None = None) -> None:
        self.port = free_port()
        self._certificate, self.ca = certificate, authority
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        data = (SAMPLES / "default_data.json").read_text(encoding="utf-8")
        (folder / "data.json").write_text(data.replace("http://localhost:5000", self.url), encoding="utf-8")
        config = json.loads((SAMPLES / "config.json").read_text(encoding="utf-8"))
        config["backend"] |= {"module": "medallion.backends.memory_backend", "filename": str(folder / "data.json")}
        self._config = folder / "config.json"
        self._config.write_text(json.dumps(config), encoding="utf-8")
        self._log = folder / "server.log"

    def start(self) -> None:
        """Start, and wait until it answers."""
        command = [sys.executable, "-P", str(Path(__file__).with_name("medallion_serving.py")), str(self._config)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [*command, str(self.port), str(self._certificate or "")], stdout=log, stderr=log
            )
        until = time.monotonic() + 30
        while True:
            assert self._process.poll() is None, self._log.read_text()[-2000:]
            assert time.monotonic() < until, "the server does not answer"
            try:
                with self._client() as client:
                    client.get("/taxii2/")
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return

    def stop(self) -> None:
        """Go away at once."""
        self._process.kill()
        self._process.wait()

    def add(self, *objects: dict[str, object], collection: str = FOR_ADDING) -> None:
        """Add objects, as another client does."""
        body = json.dumps({"objects": objects})
        headers = {"accept": MEDIA, "content-type": MEDIA}
        with self._client() as client:
            answer = client.post(f"/trustgroup1/collections/{collection}/objects/", content=body, headers=headers)
        assert answer.status_code == 202, answer.text

    def _client(self) -> httpx.Client:
        trust = ssl.create_default_context(cafile=self.ca) if self.ca else True
        return httpx.Client(base_url=self.url, auth=(USER, PASSWORD), verify=trust)


def indicator(value: str, number: int = 0) -> dict[str, object]:
    """A STIX indicator of an address."""
    at = f"2024-05-01T00:00:{number % 60:02}.000Z"
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid.uuid5(uuid.NAMESPACE_URL, value)}",
        "created": at,
        "modified": at,
        "pattern": f"[ipv4-addr:value = '{value}']",
        "pattern_type": "stix",
        "valid_from": at,
    }


@contextmanager
def taxii_server(folder: Path, certificate: Path | None = None, authority: Path | None = None) -> Iterator[Server]:
    """Run a server."""
    server = Server(folder, certificate, authority)
    try:
        server.start()
        yield server
    finally:
        server.stop()
