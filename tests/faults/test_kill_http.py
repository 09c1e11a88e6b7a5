"""kill -9 in the middle of deliveries and of pages: nothing is lost, nothing is doubled."""

from __future__ import annotations

import json
import random
import signal
import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

import httpx
import pytest
from collect.asked import Api, serving

if TYPE_CHECKING:
    from faults.conftest import Place

FEED = """\
title: {{th: ทดสอบ, en: Test}}
platform: tang_rat
collect: {collect}
parse: {{format: jsonl}}
logsource: {{product: govplatform}}
"""
PULLED = (
    "{{transport: pull, url: {url}/cursor, records: /data/items, page: cursor, page_from: /meta/next, every: 100ms}}"
)
TOKEN = "a-token-that-nobody-guesses"  # noqa: S105 - of a test


def a_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as link:
        port: int = link.getsockname()[1]
        return port


class Sender(threading.Thread):
    """Delivers batches under ids, each until it is told that it is taken; sometimes it does not listen."""

    def __init__(self, url: str, seed: int) -> None:
        super().__init__(daemon=True)
        self.url, self.random, self.seed = url, random.Random(seed), seed
        self.ended = threading.Event()
        self.lines: Counter[bytes] = Counter()
        self.refused = 0

    def run(self) -> None:
        batch = 0
        while not self.ended.is_set():
            batch += 1
            lines = [b'{"sender": %d, "batch": %d, "n": %d}' % (self.seed, batch, n) for n in range(self.dice(200))]
            self.lines.update(lines)
            while not self.taken(b"\n".join(lines), f"{self.seed}-{batch}"):
                time.sleep(0.05)

    def dice(self, most: int) -> int:
        return self.random.randrange(1, most)

    def taken(self, body: bytes, name: str) -> bool:
        headers = {"Authorization": f"Bearer {TOKEN}", "X-Delivery-Id": name}
        patience = self.random.choice([0.02, 0.2, 30, 30, 30])
        try:
            status = httpx.post(self.url, content=body, headers=headers, timeout=patience, trust_env=False).status_code
        except httpx.HTTPError:
            self.refused += 1
            return False
        assert status in {200, 503}
        return status == 200


class Growing(threading.Thread):
    """Adds to what an address hands out."""

    def __init__(self, api: Api, seed: int) -> None:
        super().__init__(daemon=True)
        self.api, self.random = api, random.Random(seed)
        self.ended = threading.Event()

    def run(self) -> None:
        while not self.ended.is_set():
            self.api.add(self.random.randrange(1, 50))
            if self.random.random() < 0.05:
                self.api.cut = 1
            time.sleep(self.random.random() / 10)


def killed_again_and_again(place: Place, kills: int, seed: int) -> None:
    port, dice = a_port(), random.Random(seed)
    place.environment |= {
        "WARROOM_RECEIVER": f"127.0.0.1:{port}",
        "WARROOM_OUTBOUND": "127.0.0.1",
        "FEED_TOKEN": TOKEN,
    }
    senders = [Sender(f"http://127.0.0.1:{port}/v1/feeds/pushed", seed + number) for number in range(3)]
    with serving(Api()) as api:
        api.size = 200
        growing = Growing(api, seed)
        told = {"pushed": "{transport: push, token_env: FEED_TOKEN}", "pulled": PULLED.format(url=api.url)}
        for name, collect in told.items():
            (place.folder / "feeds" / f"{name}.yml").write_text(FEED.format(collect=collect), encoding="utf-8")
        for thread in (*senders, growing):
            thread.start()
        for _ in range(kills):
            before = received(place)
            worker = place.start("worker")
            wait(lambda count=before: received(place) > count)  # of either feed: it is at work
            time.sleep(dice.random())
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        for thread in (*senders, growing):
            thread.ended.set()
        worker = place.start("worker")
        try:
            for thread in (*senders, growing):
                thread.join(timeout=120)
            wanted = sum((one.lines for one in senders), Counter(json.dumps(one).encode() for one in api.records))
            wait(lambda: received(place) >= wanted.total())
            time.sleep(1)  # what would be doubled would come now
        finally:
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(timeout=60) == 0
    assert place.stored("events") == wanted
    assert place.stored("rejects") == Counter()
    assert sum(one.refused for one in senders) >= kills
    told_of = place.run("ledger", "--deep")
    assert told_of.returncode == 0, told_of.stdout + told_of.stderr


def received(place: Place) -> int:
    try:
        count: int = place.query("SELECT coalesce(sum(received), 0) FROM ledger")[0][0]
    except sqlite3.OperationalError:  # the first worker has not made its tables yet
        return 0
    return count


def wait(until: Callable[[], bool]) -> None:
    ends = time.monotonic() + 240  # a page a commit: what piled up takes its time
    while not until():
        assert time.monotonic() < ends
        time.sleep(0.05)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_thirty_kills_lose_and_double_nothing(place: Place) -> None:
    killed_again_and_again(place, 30, seed=int(time.time()))
