"""The logs of a real worker and a real console, fed with identifiers where things go wrong."""

from __future__ import annotations

import json
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest
from faults.conftest import Place

from warroom.access.keys import load_key
from warroom.privacy import Kind, find, pseudonym

CITIZENS = ("1101700203450", "3100601234565")
PHONE, MAIL = "0812345678", "somchai@example.go.th"
#: Named after whom it is about, and faulty: the complaint names it.
FEED = (
    "title: {th: ก, en: k}\nplatform: tang_rat\ncollect: {transport: file, paths: ['/0812345678.log']}\nnonsense: 1\n"
)


def waited_for(place: Place, word: str) -> str:
    """The log once it holds a word."""
    path, deadline = place.folder / "worker.log", time.monotonic() + 60
    while word not in (told := path.read_text()):
        assert time.monotonic() < deadline, told
        time.sleep(0.2)
    return told


@pytest.mark.slow
def test_the_workers(tmp_path: Path) -> None:
    place = Place(tmp_path)
    (tmp_path / "feeds" / f"{CITIZENS[0]}.yml").write_text(FEED)
    (tmp_path / "detectors" / f"about {CITIZENS[1]}.yml").write_text("title: x\nid: not one\n")
    lines = [
        f"{CITIZENS[0]} {PHONE} is no line of nginx",
        f'203.0.113.9 - {MAIL} [x] "GET /?cid={CITIZENS[1]}',
        "\ud800",
    ]
    place.log.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass") + b"\n")
    (place.logs / f"access.log.{PHONE}").mkdir()
    (place.logs / f"access.log.{CITIZENS[0]}").symlink_to("/nowhere")
    worker = place.start("worker")
    waited_for(place, "worker ready")
    key = load_key(place.data).derived("own logs")
    waited_for(place, pseudonym(Kind.CITIZEN_ID, CITIZENS[1], key))
    deadline = time.monotonic() + 60
    while place.stored("rejects").total() < len(lines):
        assert time.monotonic() < deadline, (tmp_path / "worker.log").read_text()
        time.sleep(0.2)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    told = (tmp_path / "worker.log").read_text()
    assert find(told) == [], told
    assert not any(one in told for one in (*CITIZENS, PHONE, MAIL)), told
    assert pseudonym(Kind.CITIZEN_ID, CITIZENS[1], key) in told
    assert all(json.loads(line)["event"] for line in told.splitlines())


@pytest.mark.slow
def test_the_consoles(tmp_path: Path) -> None:
    place = Place(tmp_path)
    assert place.run("user", "add", "malee", "--role", "administrator", "--no-password").returncode == 0
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = place.environment["WARROOM_ADDRESS"] = f"127.0.0.1:{free.getsockname()[1]}"
    console = place.start("console")
    deadline = time.monotonic() + 60
    while True:
        assert time.monotonic() < deadline, (tmp_path / "worker.log").read_text()
        try:
            httpx.get(f"http://{address}/healthz")
            break
        except httpx.TransportError:
            time.sleep(0.3)
    headers = {"Origin": f"http://{address}"}
    for name in (*CITIZENS, PHONE, MAIL):
        httpx.post(
            f"http://{address}/signin",
            data={"name": name, "password": f"wrong {name}"},
            headers=headers,
            timeout=30,
        )
        httpx.get(f"http://{address}/{name}?cid={name}", timeout=30)
        httpx.request(f"X{PHONE}", f"http://{address}/", timeout=30)
    console.send_signal(signal.SIGTERM)
    assert console.wait(60) in {0, -signal.SIGTERM}
    told = (tmp_path / "worker.log").read_text()
    assert not any(one in told for one in (*CITIZENS, PHONE, MAIL)), told
