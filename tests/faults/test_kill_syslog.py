"""kill -9 under RELP: nothing is lost, and only what had no answer yet comes twice."""

from __future__ import annotations

import random
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest
from collect.senders import free_port

if TYPE_CHECKING:
    from faults.conftest import Place

FEED = """\
title: {{th: ทดสอบ, en: Test}}
platform: tang_rat
collect: {{transport: syslog, listen: "127.0.0.1:{port}", protocol: relp}}
parse: {{format: syslog}}
logsource: {{product: linux, service: sshd}}
"""
WINDOW = 200


class Sender(threading.Thread):
    """Sends numbered messages, and again over the next connection those that had no answer."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._port = port
        self._numbers: dict[int, int] = {}  # of the frames without an answer
        self._told = b""
        self.ended = threading.Event()
        self.sent = self.again = 0

    def run(self) -> None:
        while not self.ended.is_set() or self._numbers:
            try:
                with socket.create_connection(("127.0.0.1", self._port), timeout=10) as link:
                    self._session(link)
            except OSError:
                time.sleep(0.05)

    def _session(self, link: socket.socket) -> None:
        self._told = b""
        waiting, self._numbers = sorted(self._numbers.values()), {}
        self._numbers = dict(enumerate(waiting, 2))
        self.again += len(waiting)
        link.sendall(b"1 open 14 relp_version=0\n" + b"".join(map(self._frame, self._numbers)))
        frame = len(waiting) + 2
        while not self.ended.is_set() or self._numbers:
            while len(self._numbers) < WINDOW and not self.ended.is_set():
                self._numbers[frame] = self.sent
                self.sent += 1
                link.sendall(self._frame(frame))
                frame += 1
            self._told += link.recv(65536) or self._fail()
            *answers, self._told = self._told.split(b" 200 OK\n")
            for answer in answers:
                self._numbers.pop(int(answer.split()[-3]), None)

    def _frame(self, number: int) -> bytes:
        text = b"<13>Nov 22 10:00:00 web1 app[7]: %d" % self._numbers[number]
        return b"%d syslog %d %b\n" % (number, len(text), text)

    def _fail(self) -> bytes:
        raise ConnectionError


def killed_again_and_again(place: Place, kills: int, seed: int) -> None:
    dice = random.Random(seed)
    port = free_port()
    (place.folder / "feeds" / "web.yml").write_text(FEED.format(port=port), encoding="utf-8")
    sender = Sender(port)
    sender.start()
    for life in range(kills + 1):
        began = sender.sent
        worker = place.start("worker")
        until = time.monotonic() + 60
        while sender.sent < began + 2 * WINDOW and time.monotonic() < until:
            time.sleep(0.02)
        time.sleep(dice.random())
        if life < kills:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    sender.ended.set()
    sender.join(60)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=60) == 0
    found = place.stored("events")
    assert {int(line.split()[-1]) for line in found} == set(range(sender.sent))
    assert 0 <= found.total() - sender.sent <= sender.again
    assert sender.sent > kills * WINDOW


@pytest.mark.slow
def test_three_kills_lose_nothing(place: Place) -> None:
    killed_again_and_again(place, 3, seed=7)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_thirty_kills_lose_nothing(place: Place) -> None:
    killed_again_and_again(place, 30, seed=int(time.time()))
