"""Chunks of several feeds go into the store together, and none fails for another's sake."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from making import UNION_RULE, WEB_FEED, settings_for

from warroom.catalog import Feed, load_feeds
from warroom.collect.chunk import Chunk
from warroom.detect import load_rules
from warroom.enrich.skew import SkewWatch
from warroom.errors import StoreError
from warroom.intake import Intake
from warroom.store import feedstate
from warroom.store.database import State
from warroom.store.lease import Lease
from warroom.store.ledger import books

LINE = b'192.0.2.%d - - [21/Nov/2026:09:00:00 +0700] "GET /?q=union HTTP/1.1" 200 5 "-" "-"'


class Case:
    """An intake without collectors, and the feeds of twenty platforms' servers."""

    def __init__(self, folder: Path) -> None:
        feeds = {f"web{number:02}.yml": WEB_FEED for number in range(20)}
        self.settings = settings_for(folder, feeds, {"union.yml": UNION_RULE})
        self.state = State(self.settings.db_url)
        self.state.migrate()
        self.lease = Lease(self.state, self.settings.data_dir)
        self.lease.take()
        self.feeds: list[Feed] = load_feeds(self.settings.feeds, self.settings.data_dir)[0]
        told = [feedstate.Registration(one.id, "tang_rat", "เว็บ", "Web", False, 900) for one in self.feeds]
        feedstate.register(self.state, told)
        self.intake = Intake(self.settings, self.state, self.lease, SkewWatch())
        self.intake.use(load_rules([self.settings.detectors]))

    def commits(self) -> int:
        return sum(self.intake.commits.counts)

    def stored(self) -> dict[str, int]:
        return {line.feed_id: line.stored for line in books(self.state).lines}


@pytest.fixture
def case(tmp_path: Path) -> Iterator[Case]:
    made = Case(tmp_path)
    yield made
    made.lease.release()
    made.state.close()


def chunk(source: str, count: int, first: int = 0) -> Chunk:
    lines = pa.array([LINE % number for number in range(count)], pa.binary())
    return Chunk(source, source, lines, pa.array(range(first, first + count), pa.int64()), [], str(first + count))


def together(case: Case, chunks: list[tuple[Feed, Chunk, str | None]]) -> list[BaseException | None]:
    """Hand chunks over while somebody else has the turn, so that all of them wait; what became of each."""
    told: list[BaseException | None] = [None] * len(chunks)

    def take(place: int) -> None:
        try:
            case.intake.take(*chunks[place])
        except StoreError as problem:
            told[place] = problem

    threads = [threading.Thread(target=take, args=(place,)) for place in range(len(chunks))]
    with case.intake.turns:
        for place, thread in enumerate(threads):
            thread.start()
            while case.intake.turns.waiting <= place:
                threading.Event().wait(0.001)
    for thread in threads:
        thread.join()
    return told


def test_what_waits_together_is_one_commit(case: Case) -> None:
    told = together(case, [(feed, chunk("s", 3), None) for feed in case.feeds])
    assert told == [None] * 20
    assert case.stored() == {feed.id: 3 for feed in case.feeds}
    assert case.commits() == 1


def test_one_that_was_read_elsewhere_fails_alone(case: Case) -> None:
    first = case.feeds[0]
    case.intake.take(first, chunk("s", 2), None)
    told = together(case, [(feed, chunk("s", 3), None) for feed in case.feeds[:4]])
    assert [type(one) for one in told] == [StoreError, type(None), type(None), type(None)]
    assert case.stored() == {feed.id: 2 if feed is first else 3 for feed in case.feeds[:4]} | {
        feed.id: 0 for feed in case.feeds[4:]
    }
    case.intake.take(first, chunk("s", 3, first=2), "2")  # and goes on from where it stands
    assert case.stored()[first.id] == 5
