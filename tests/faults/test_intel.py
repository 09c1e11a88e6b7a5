"""A list on loopback, a real worker, and kill -9: what is listed is found in what is stored and in what comes, once."""

from __future__ import annotations

import http.server
import json
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from making import web_line

if TYPE_CHECKING:
    from faults.conftest import Place
    from warm import Running

GOOD = "203.0.113.9"
#: No window of five minutes ends in between.
WHEN = datetime.now(UTC).replace(minute=2, second=0, microsecond=0) - timedelta(hours=5)
FEED = """\
title: {{th: รายการ, en: Blocklist}}
enabled: true
format: list
collect: {{way: http, url: "http://127.0.0.1:{port}/list.txt", every: 1s}}
values: {{kind: ipv4}}
weight: {{confidence: 80, severity: high}}
stale_after: 1m
"""


class ListServer:
    """Serves a list of addresses; ``up`` False: it answers nothing sensible."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.up = True
        self.asked = 0
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked += 1
                body = "".join(f"{line}\n" for line in outer.lines).encode()
                self.send_response(200 if outer.up else 503)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def listed() -> Iterator[ListServer]:
    server = ListServer()
    yield server
    server.close()


@pytest.fixture
def room(place: Place, listed: ListServer) -> Place:
    """A war room with the list among its feeds."""
    folder = place.folder / "feeds" / "intel"
    folder.mkdir()
    (folder / "blocklist.yml").write_text(FEED.format(port=listed.port), encoding="utf-8")
    place.environment["WARROOM_OUTBOUND"] = "127.0.0.0/8"
    return place


def write(place: Place, numbers: range, addresses: list[str]) -> None:
    """Append a line for each number, the addresses by turns."""
    with place.log.open("ab") as file:
        for number in numbers:
            file.write(web_line(number, address=addresses[number % len(addresses)], at=WHEN))


def until(true: Callable[[], bool], worker: Running, seconds: float = 60) -> None:
    begun = time.monotonic()
    while not true():
        assert worker.poll() is None, "the worker ended"
        assert time.monotonic() - begun < seconds, "it did not come to pass"
        time.sleep(0.1)


def received(place: Place) -> int:
    try:
        return int(place.query("SELECT coalesce(sum(received), 0) FROM ledger")[0][0])
    except Exception:  # noqa: BLE001 - there is no store yet
        return 0


def raised(place: Place) -> dict[str, int]:
    """Events of alerts by what is listed."""
    rows = place.query(
        "SELECT m.value, sum(a.count) FROM alerts a JOIN intel_matches m ON m.alert_id = a.id GROUP BY m.value"
    )
    return dict(rows)


def stored(place: Place) -> Counter[str]:
    """Events in the store by source, read without our own reader."""
    found: Counter[str] = Counter()
    for (path,) in place.query("SELECT path FROM segments WHERE kind = 'events'"):
        found.update(pq.read_table(place.data / path, columns=["source_ip"]).column(0).to_pylist())
    return found


def at_rest(place: Place) -> bool:
    """Whether no look back is under way."""
    return place.query("SELECT count(*) FROM intel_look_backs WHERE finished_at IS NULL") == [(0,)]


def end(worker: Running) -> None:
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=60) == 0


def feed_row(place: Place) -> tuple:
    return place.query("SELECT indicators, failures, succeeded_at, changed_at FROM intel_feeds")[0]


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_list_comes_changes_goes_away_and_comes_back(room: Place, listed: ListServer) -> None:
    old, new, left = "198.51.100.7", "198.51.100.8", "198.51.100.9"
    listed.lines = ["192.0.2.77"]
    write(room, range(300), [GOOD, old, left])
    worker = room.start("worker")
    try:
        until(lambda: received(room) == 300, worker)
        until(lambda: feed_row(room)[0] == 1, worker)
        until(lambda: at_rest(room), worker)
        assert raised(room) == {}
        listed.lines = ["192.0.2.77", old, left]
        until(lambda: raised(room) == {old: 100, left: 100}, worker)  # in what was stored
        write(room, range(300, 400), [old])
        until(lambda: raised(room) == {old: 200, left: 100}, worker)  # in what comes
        until(lambda: room.query("SELECT sum(event_count) FROM incidents") == [(300,)], worker)  # like any other
        listed.up = False
        until(lambda: feed_row(room)[1] >= 1, worker)
        indicators, _, succeeded_at, _ = feed_row(room)
        assert indicators == 3  # the last good data stay …
        write(room, range(400, 410), [old])
        until(lambda: raised(room)[old] == 210, worker)  # … and are compared with
        assert feed_row(room)[2] == succeeded_at
        (outcomes,) = room.query("SELECT outcome FROM intel_polls ORDER BY id DESC LIMIT 1")
        assert outcomes == ("status",)
        listed.up, listed.lines = True, ["192.0.2.77", new, old]
        until(lambda: feed_row(room)[1] == 0, worker)
        until(lambda: room.query("SELECT count(*) FROM intel_look_backs") == [(3,)] and at_rest(room), worker)
        write(room, range(410, 420), [left])
        write(room, range(420, 430), [new])
        until(lambda: raised(room) == {old: 210, left: 100, new: 10}, worker)  # what left the list matches no more
    finally:
        end(worker)
    (title,) = room.query("SELECT rule_title FROM alerts WHERE rule_id = 'intel.blocklist' LIMIT 1")[0]
    assert title.startswith("Listed by Blocklist: address 198.51.100.")
    assert "confidence 80" in title or "confidence 79" in title
    told = room.run("ledger", "--deep")
    assert told.returncode == 0, told.stdout + told.stderr


class Writer(threading.Thread):
    """Appends lines all the time, a few at once, and lists ever more of the addresses in them."""

    def __init__(self, place: Place, listed: ListServer, bad: list[str]) -> None:
        super().__init__(daemon=True)
        self.place, self.listed, self.bad = place, listed, bad
        self.lines = 0
        self.ended = threading.Event()

    def run(self) -> None:
        turn = 0
        while not self.ended.wait(0.1):
            write(self.place, range(self.lines, self.lines + 61), [GOOD, *self.bad])
            self.lines += 61
            turn += 1
            self.listed.lines = ["192.0.2.77", *self.bad[: turn // 4]]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_kills_while_it_polls_swaps_and_looks_back_lose_and_double_nothing(room: Place, listed: ListServer) -> None:
    killed_again_and_again(room, listed, kills=3, seed=8)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_forty_kills_lose_and_double_nothing(room: Place, listed: ListServer) -> None:
    killed_again_and_again(room, listed, kills=40, seed=int(time.time()))


def killed_again_and_again(room: Place, listed: ListServer, kills: int, seed: int) -> None:
    dice = random.Random(seed)
    bad = [f"198.51.100.{number}" for number in range(1, 61)]
    # an index every two seconds, a poll every second, a look back every five: each is met
    writer = Writer(room, listed, bad)
    writer.start()
    for _ in range(kills):
        ready = times_ready(room)
        worker = room.start("worker")
        until(lambda ready=ready: times_ready(room) > ready, worker)
        time.sleep(6 * dice.random())
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    writer.ended.set()
    writer.join()
    listed.lines = ["192.0.2.77", *bad]
    worker = room.start("worker")
    try:
        until(lambda: received(room) == writer.lines, worker, 120)
        until(lambda: feed_row(room)[0] == 61, worker, 90)
        told = "SELECT value FROM meta WHERE key = 'intel_compared'"
        until(lambda: compared(room, told) == 61 and at_rest(room), worker, 90)
        until(lambda: room.query("SELECT count(*) FROM alerts WHERE waiting") == [(0,)], worker)
    finally:
        end(worker)
    there = stored(room)
    assert there.total() == writer.lines
    assert raised(room) == {one: there[one] for one in bad}
    assert room.query("SELECT sum(count) FROM intel_sightings") == [(sum(there[one] for one in bad),)]
    assert room.query("SELECT sum(event_count) FROM incidents") == [(sum(there[one] for one in bad),)]
    files = sorted(path.name for path in (room.data / "look_backs").iterdir())
    assert len(files) == 1
    assert files[0].startswith("compared-")
    assert all(json.loads(row[0]) for row in room.query("SELECT listed FROM intel_matches"))
    deep = room.run("ledger", "--deep")
    assert deep.returncode == 0, deep.stdout + deep.stderr


def compared(place: Place, told: str) -> int:
    """How many indicators events are compared with."""
    ((path,),) = place.query(told)
    return int(pq.read_metadata(place.data / path).num_rows) if (place.data / path).exists() else 0


def times_ready(place: Place) -> int:
    log = place.folder / "worker.log"
    return log.read_bytes().count(b"worker ready") if log.exists() else 0
