"""A receiver with one feed or several, whose collectors are polled and kept as the worker does it."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from collect.keeping import Keeper, feed_of

from warroom.collect.collector import Surroundings, open_collector

TOKEN = "a-token-that-nobody-guesses"  # noqa: S105 - of a test
KEY = "a-key-that-signs-what-is-sent"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: str
    body: bytes

    @property
    def told(self) -> object:
        return json.loads(self.body)


def curl(url: str, data: bytes | None = None, *options: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Post with curl, as any sender may; status 0 where there was no answer."""
    told = [part for name, value in (headers or {}).items() for part in ("--header", f"{name}: {value}")]
    what = [] if data is None else ["--data-binary", "@-"]
    run = subprocess.run(
        ["curl", "--silent", "--include", "--max-time", "40", *told, *what, *options, url],
        input=data,
        capture_output=True,
        check=False,
    )
    head, _, body = run.stdout.partition(b"\r\n\r\n")
    while b" 100 " in head.split(b"\r\n")[0]:
        head, _, body = body.partition(b"\r\n\r\n")
    return Answer(int(head.split()[1]) if head else 0, head.decode().lower(), body)


class Receiving:
    """One feed whose deliveries are committed by a thread, until it is told to rest."""

    def __init__(self, folder: Path, collect: str, *, name: str = "tested", text: str = "", **options: object) -> None:
        feed = feed_of(folder, collect, name)
        if text:
            feed = replace(feed, format=text)
        self._options = {"receiver": "127.0.0.1:0", **options}
        self.keeper = Keeper(feed, opener=self._open)
        self.rests = threading.Event()
        self.idle = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._poll, daemon=True)
        self._thread.start()

    def _open(self, feed: object, positions: Mapping[str, str], surroundings: Surroundings):  # noqa: ANN202
        return open_collector(feed, positions, replace(surroundings, **self._options))  # type: ignore[arg-type]

    @property
    def port(self) -> int:
        return self.keeper.collector._receiver.port  # noqa: SLF001 - nobody else needs to know it

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/feeds/{self.keeper.feed.id}"

    def rest(self) -> None:
        """Commit nothing for now."""
        self.rests.set()
        assert self.idle.wait(5)

    def go_on(self) -> None:
        self.idle.clear()
        self.rests.clear()

    def waits(self, count: int = 1) -> None:
        """Wait until so many deliveries are in the inbox."""
        until = time.monotonic() + 10
        while self.keeper.collector._desk.inbox.waiting() < count:  # noqa: SLF001 - likewise
            assert time.monotonic() < until
            time.sleep(0.005)

    def _poll(self) -> None:
        while not self._ended.is_set():
            if self.rests.is_set():
                self.idle.set()
            else:
                self.keeper.poll()
            time.sleep(0.005)

    def close(self) -> None:
        self._ended.set()
        self._thread.join()
        self.keeper.close()


@contextmanager
def receiving(folder: Path, collect: str = "", **options: object) -> Iterator[Receiving]:
    place = Receiving(folder, collect or "collect: {transport: push, token_env: FEED_TOKEN}", **options)
    try:
        yield place
    finally:
        place.close()
