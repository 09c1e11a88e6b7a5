"""kill -9 at random moments: every line is stored exactly once, no alert is doubled."""

from __future__ import annotations

import gzip
import random
import signal
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from making import MANY_RULE, web_line

if TYPE_CHECKING:
    from faults.conftest import Place

#: One moment for all: windows of a correlation overlap where its ten minutes end, and count an event on both sides.
WHEN = datetime(2026, 11, 20, 7, 2, tzinfo=UTC)
RUBBISH = b"\x00\xfe not a log line %d\n"


class Writer(threading.Thread):
    """Appends lines as a web server would: in pieces, with rotation by rename and compression of the past."""

    def __init__(self, place: Place, seed: int) -> None:
        super().__init__(daemon=True)
        self.place, self.random = place, random.Random(seed)
        self.ended = threading.Event()
        self.lines: Counter[bytes] = Counter()
        self.rejects: Counter[bytes] = Counter()
        self.attacks = 0

    def run(self) -> None:
        number = 0
        rotated: list[int] = []
        while not self.ended.is_set():
            with self.place.log.open("ab", buffering=0) as file:
                for _ in range(self.random.randrange(1, 40)):
                    number += 1
                    data = self.line(number)
                    cut = self.random.randrange(len(data))
                    file.write(data[:cut])
                    if self.random.random() < 0.05:
                        time.sleep(0.01)
                    file.write(data[cut:])
            if self.random.random() < 0.1:
                index = len(rotated) + 1
                self.place.log.rename(self.place.logs / f"access.log.{index}")
                rotated.append(index)
                if len(rotated) > 1:
                    self.compress(rotated[-2])
            time.sleep(self.random.random() / 20)

    def line(self, number: int) -> bytes:
        if self.random.random() < 0.02:
            data = RUBBISH % number
            self.rejects[data[:-1]] += 1
            return data
        attack = self.random.random() < 0.05
        self.attacks += attack
        data = web_line(number, "id=1+union+select" if attack else "page=1", at=WHEN)
        self.lines[data[:-1]] += 1
        return data

    def compress(self, index: int) -> None:
        plain = self.place.logs / f"access.log.{index}"
        draft = self.place.logs / f".draft-{index}"
        draft.write_bytes(gzip.compress(plain.read_bytes()))
        draft.rename(self.place.logs / f"access.log.{index}.gz")
        plain.unlink()


def killed_again_and_again(place: Place, kills: int, seed: int) -> None:
    (place.folder / "detectors" / "web_many.yml").write_text(MANY_RULE, encoding="utf-8")
    dice = random.Random(seed)
    writer = Writer(place, seed)
    writer.start()
    for kill in range(kills):
        ready = times_ready(place)
        worker = place.start("worker")
        while kill % 2 and times_ready(place) == ready and worker.poll() is None:
            time.sleep(0.05)  # every second one comes as far as reading
        time.sleep(2 * dice.random())
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    writer.ended.set()
    writer.join()
    ready = times_ready(place)
    worker = place.start("worker")
    try:
        while times_ready(place) == ready and worker.poll() is None:
            time.sleep(0.1)  # of those that were killed perhaps none came so far as to make a store
        wait_for(place, writer.lines.total() + writer.rejects.total())
    finally:
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=60) == 0
    assert place.stored("events") == writer.lines
    assert place.stored("rejects") == writer.rejects
    # the plain rule and the correlation (any ten injections in ten minutes) count each attack once, each
    assert dict(place.query("SELECT rule_id, sum(count) FROM alerts GROUP BY rule_id")) == {
        "11111111-1111-4111-8111-111111111111": writer.attacks,
        "22222222-2222-4222-8222-222222222222": writer.attacks,
    }
    assert place.query("SELECT sum(event_count) FROM incidents") == [(2 * writer.attacks,)]
    told = place.run("ledger", "--deep")
    assert told.returncode == 0, told.stdout + told.stderr


def times_ready(place: Place) -> int:
    log = place.folder / "worker.log"
    return log.read_bytes().count(b"worker ready") if log.exists() else 0


def wait_for(place: Place, lines: int) -> None:
    """Until so many lines are in, or nothing more has come for a while."""
    before, since = -1, time.monotonic()
    while time.monotonic() - since < 20:
        (received,) = place.query("SELECT coalesce(sum(received), 0) FROM ledger")[0]
        if received >= lines:
            time.sleep(1)  # what would be doubled would come now
            return
        if received != before:
            before, since = received, time.monotonic()
        time.sleep(0.2)


@pytest.mark.slow
def test_three_kills_lose_and_double_nothing(place: Place) -> None:
    killed_again_and_again(place, 3, seed=7)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_thirty_kills_lose_and_double_nothing(place: Place) -> None:
    killed_again_and_again(place, 30, seed=int(time.time()))
