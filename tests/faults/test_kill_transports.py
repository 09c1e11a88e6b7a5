"""kill -9 at random moments, whatever way the logs come: an independent recount finds every record once."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING

import duckdb
import pytest
from faults.kill_sources import SOURCES, Source

if TYPE_CHECKING:
    from faults.conftest import Place

FEED = """\
title: {{th: ทดสอบ, en: Test}}
platform: tang_rat
collect: {{{collect}, every: 200ms}}
parse: {{format: {format}}}
logsource: {{product: govplatform}}
"""


class Writer(threading.Thread):
    """Lets a source write now and then, until it is told to end."""

    def __init__(self, source: Source, ended: threading.Event, seed: int) -> None:
        super().__init__(daemon=True)
        self._source, self._ended, self._dice = source, ended, random.Random(seed)
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._ended.wait(self._dice.random() / 4):
                self._source.write(self._dice.randrange(1, 60))
        except BaseException as problem:  # noqa: BLE001  told by the test
            self.failed = problem


def killed_again_and_again(place: Place, names: Collection[str], kills: int, seed: int) -> None:
    dice = random.Random(seed)
    (place.folder / "feeds" / "web.yml").unlink()
    with ExitStack() as stack:
        sources: dict[str, Source] = {}
        for name in names:
            folder = place.folder / f"source-{name}"
            folder.mkdir()
            source = sources[name] = stack.enter_context(SOURCES[name](folder))
            place.environment |= {"WARROOM_OUTBOUND": "127.0.0.0/8", **source.environment}
            text = FEED.format(collect=source.collect, format=source.format)
            (place.folder / "feeds" / f"{name}.yml").write_text(text, encoding="utf-8")
        ended = threading.Event()
        writers = [Writer(source, ended, seed + number) for number, source in enumerate(sources.values())]
        for writer in writers:
            writer.start()
        for _ in range(kills):
            before = times_ready(place)
            worker = place.start("worker")
            wait_until_ready(place, before)
            time.sleep(2 * dice.random())
            worker.send_signal(signal.SIGKILL)
            worker.wait()
        before = times_ready(place)
        worker = place.start("worker")
        try:
            wait_until_ready(place, before)
            ended.set()
            for writer in writers:
                writer.join(timeout=150)
                assert writer.failed is None, writer.failed
            wait_for(place, sources)
        finally:
            worker.send_signal(signal.SIGTERM)
            assert worker.wait(timeout=60) == 0
        for name, source in sources.items():
            assert recounted(place, name, source) == source.written
        assert all(source.written for source in sources.values())
    told = place.run("ledger", "--deep")
    assert told.returncode == 0, told.stdout + told.stderr


def wait_until_ready(place: Place, before: int) -> None:
    """Until one more worker begins to read than did before."""
    until = time.monotonic() + 60
    while times_ready(place) == before and time.monotonic() < until:
        time.sleep(0.05)


def times_ready(place: Place) -> int:
    log = place.folder / "worker.log"
    return log.read_bytes().count(b"worker ready") if log.exists() else 0


def wait_for(place: Place, sources: Mapping[str, Source]) -> None:
    """Until every feed has what was written, or nothing more has come for a while."""
    before: dict[str, int] = {}
    since = time.monotonic()
    while time.monotonic() - since < 20:
        received = dict(place.query("SELECT feed_id, sum(received) FROM ledger GROUP BY feed_id"))
        if all(received.get(name, 0) >= source.written.total() for name, source in sources.items()):
            time.sleep(1)  # what would be doubled would come now
            return
        if received != before:
            before, since = received, time.monotonic()
        time.sleep(0.2)


def recounted(place: Place, name: str, source: Source) -> Counter[str]:
    """Every record of a feed in the Parquet files that the manifest names, read without our own reader."""
    files = [str(place.data / path) for (path,) in place.query("SELECT path FROM segments WHERE kind = 'events'")]
    with duckdb.connect() as link:
        rows = link.execute(
            "SELECT raw, count(*) FROM read_parquet(?, union_by_name=true) WHERE feed_id = ? GROUP BY raw",
            [files, name],
        ).fetchall()
    found: Counter[str] = Counter()
    for raw, count in rows:
        found[source.identity(bytes(raw))] += count
    return found


@pytest.mark.slow
def test_three_kills_lose_and_double_nothing(place: Place) -> None:
    killed_again_and_again(place, SOURCES, 3, seed=7)


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", SOURCES)
def test_thirty_kills_lose_and_double_nothing(place: Place, name: str) -> None:
    killed_again_and_again(place, [name], 30, seed=int(time.time()))
