"""Chunks of several feeds go into the store together, and none fails for another's sake."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from intel.listed import index_of
from making import UNION_RULE, WEB_FEED, new_store, settings_for
from sqlalchemy import select

from warroom.catalog import Feed, load_feeds
from warroom.collect.chunk import Chunk
from warroom.detect import load_rules
from warroom.enrich.skew import SkewWatch
from warroom.errors import StoreError
from warroom.intake import Intake
from warroom.intel.index import Held
from warroom.store import feedstate
from warroom.store.event_search import EventSearch, Span
from warroom.store.intel.tables import intel_held_back, intel_matches, intel_sightings
from warroom.store.lease import Lease
from warroom.store.ledger import books
from warroom.store.query import Match
from warroom.store.tables import alerts
from warroom.store.views import seen

LINE = b'192.0.2.%d - - [21/Nov/2026:09:00:00 +0700] "GET /?q=union HTTP/1.1" 200 5 "-" "-"'


class Case:
    """An intake without collectors, and the feeds of twenty platforms' servers."""

    def __init__(self, folder: Path) -> None:
        feeds = {f"web{number:02}.yml": WEB_FEED for number in range(20)}
        self.settings = settings_for(folder, feeds, {"union.yml": UNION_RULE})
        self.state = new_store(self.settings.data_dir / "state.db")
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


def from_address(address: str, count: int = 1, first: int = 0) -> Chunk:
    line = f'{address} - - [21/Nov/2026:09:00:00 +0700] "GET / HTTP/1.1" 200 5 "-" "-"'.encode()
    lines = pa.array([line] * count, pa.binary())
    return Chunk("s", "s", lines, pa.array(range(first, first + count), pa.int64()), [], str(first + count))


def test_events_are_compared_with_the_index_in_use_and_no_earlier_one(case: Case) -> None:
    feed = case.feeds[0]
    case.intake.take(feed, from_address("198.51.100.7", 2), None)
    boundary = case.intake.use_intel(index_of(("ipv4", "198.51.100.7"), ("ipv4", "198.51.100.0/24")))
    case.intake.take(feed, from_address("198.51.100.7", 3, first=2), "2")
    case.intake.use_intel(None)
    case.intake.take(feed, from_address("198.51.100.7", 1, first=5), "5")
    with case.state.read() as connection:
        told = select(alerts.c.id, alerts.c["count"].label("events"), alerts.c.event_ids)
        raised = connection.execute(told.where(alerts.c.rule_id == "intel.ipsum")).all()
        matches = {one.alert_id: one for one in connection.execute(select(intel_matches))}
        sightings = connection.execute(select(intel_sightings.c.value, intel_sightings.c["count"])).all()
    assert [one.events for one in raised] == [3, 3]
    assert all(min(json.loads(one.event_ids)) > boundary for one in raised)
    assert {matches[one.id].value for one in raised} == {"198.51.100.7", "198.51.100.0/24"}
    assert {one.observed for one in matches.values()} == {"198.51.100.7"}
    assert sorted(tuple(one) for one in sightings) == [("198.51.100.0/24", 3), ("198.51.100.7", 3)]


def test_what_is_held_back_raises_nothing_and_is_counted(case: Case) -> None:
    case.intake.use_intel(index_of(("ipv4", "198.51.100.7"), held=Held(lambda *_: "public resolvers")))
    case.intake.take(case.feeds[0], from_address("198.51.100.7", 4), None)
    with case.state.read() as connection:
        assert not connection.execute(select(intel_matches)).all()
        columns = intel_held_back.c
        (held,) = connection.execute(select(columns.by, columns["count"], columns.example)).all()
    assert tuple(held) == ("public resolvers", 4, "198.51.100.7")


def test_a_new_index_waits_for_what_is_being_matched(case: Case) -> None:
    told: list[int] = []
    thread = threading.Thread(target=lambda: told.append(case.intake.use_intel(None)))
    with case.intake.turns:
        thread.start()
        while not case.intake.turns.waiting:
            threading.Event().wait(0.001)
        assert not told
    thread.join()
    assert len(told) == 1


def test_search_and_the_world_map_see_the_country_of_a_source(case: Case) -> None:
    case.intake.take(case.feeds[0], from_address("1.0.136.9", 3), None)
    case.intake.take(case.feeds[1], from_address("10.0.0.1", 2), None)
    assert seen.countries(case.state, 0) == [("TH", 3)]
    span = Span(0, int(datetime(2027, 1, 1, tzinfo=UTC).timestamp() * 1_000_000))
    found = EventSearch(case.state, case.settings.data_dir, Match("country", ("TH",)), span, None).run()
    assert len(found.newest) == 3
