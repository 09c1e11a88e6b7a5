"""What came too late for a correlation is raised afterwards, once, with a mark in the incident's log."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from making import MANY_RULE, NOW, WEB_FEED, new_store, settings_for, web_line
from sqlalchemy import select

from warroom.bench.backfill import QUIET, fill_gaps, mark_incidents
from warroom.catalog import load_feeds
from warroom.detect import RuleFiles, RuleSet
from warroom.errors import LeaseError
from warroom.pipeline import Pipeline
from warroom.store import feedstate, incidents
from warroom.store.database import now_us
from warroom.store.lease import Lease
from warroom.store.rules import late
from warroom.store.rules.tables import late_spans, rule_hits
from warroom.store.tables import alerts, incident_log

MANY = "22222222-2222-4222-8222-222222222222"
LATER_US = 2 * QUIET // timedelta(microseconds=1)


class Room:
    """A pipeline over one web feed; ten injections of one address within ten minutes are an alert."""

    def __init__(self, folder: Path) -> None:
        self.settings = settings_for(folder, {"web.yml": WEB_FEED}, {"many.yml": MANY_RULE})
        self.logs = self.settings.data_dir / "logs"
        self.logs.mkdir(parents=True)
        self.state = new_store(self.settings.data_dir / "state.db")
        self.lease = Lease(self.state, self.settings.data_dir)
        self.lease.take()
        (self.feed,), _ = load_feeds(self.settings.feeds, self.settings.data_dir)
        feedstate.register(self.state, [feedstate.Registration("web", "tang_rat", "", "", False, 900)])
        self.pipeline = Pipeline(self.settings, self.state, self.lease)
        self.number = 0
        self.use({})

    def use(self, stages: dict[str, str]) -> None:
        self.rules: RuleSet = RuleFiles([self.settings.detectors], self.settings.cache_dir).load(stages)
        self.pipeline.use(self.rules)

    def bring(self, *minutes: int, address: str = "203.0.113.9") -> None:
        """Let injections of these minutes come, in this order, in one pass."""
        with (self.logs / "access.log").open("ab") as log:
            for minute in minutes:
                self.number += 1
                log.write(web_line(self.number, "q=union", address, NOW + timedelta(minutes=minute)))
        self.pipeline.read(self.feed, threading.Event())
        self.pipeline.group()

    def fill(self, later_us: int = LATER_US) -> int:
        now = now_us() + later_us
        found = fill_gaps(self.state, self.settings.data_dir, self.lease, self.rules, now=now)
        self.pipeline.group()
        return found

    def counts(self) -> list[int]:
        with self.state.read() as connection:
            return list(connection.scalars(select(alerts.c.count).order_by(alerts.c.first_at)))

    def notes(self) -> list[str]:
        with self.state.read() as connection:
            return list(connection.scalars(select(incident_log.c.body).where(incident_log.c.action == "noted")))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.pipeline.close()
    made.lease.release()
    made.state.close()


def test_what_came_too_late_is_raised_afterwards_and_marked(room: Room) -> None:
    room.bring(0, 0, 0, 0, 180)
    room.bring(*[1] * 7)  # an attack of eleven requests, of which seven come three hours late
    assert room.counts() == []
    with room.state.read() as connection:
        (span,) = late.due(connection, now_us() + LATER_US, 5)
    assert (span.feed_id, span.events, span.first_at) == ("web", 7, round((NOW.timestamp() + 60) * 1_000_000))
    assert room.fill(0) == 0  # more of it may be on its way
    assert room.fill() == 1
    assert sum(room.counts()) == 11
    assert room.notes() == []
    assert mark_incidents(room.state, room.lease) == 1
    assert len(room.notes()) == 1
    assert "raised afterwards" in room.notes()[0]
    assert mark_incidents(room.state, room.lease) == 0
    assert room.fill() == 0
    with room.state.read() as connection:
        (row,) = connection.execute(select(late_spans)).all()
        assert row.alerts == 1
        assert row.filled_at is not None
        assert [one.alert_count for one in incidents.find(connection)] == [1]


def test_what_was_raised_in_time_is_not_raised_again(room: Room) -> None:
    room.bring(*[1] * 12, 180)
    assert len(room.counts()) == 1
    room.bring(0, 1, 2)
    assert room.fill() == 0
    assert len(room.counts()) == 1


def test_what_is_too_little_stays_nothing_and_what_comes_later_still_opens_the_gap_anew(room: Room) -> None:
    room.bring(0, 180)
    room.bring(*[1] * 5)
    assert room.fill() == 0
    room.bring(*[2] * 5)
    assert room.fill() == 1
    assert sum(room.counts()) == 11


def test_other_addresses_of_that_time_are_not_raised_for_it(room: Room) -> None:
    room.bring(0, *[100] * 3, 180)
    room.bring(*[1] * 12, address="198.51.100.3")
    assert room.fill() == 1
    with room.state.read() as connection:
        assert "198.51.100.3" in (connection.scalar(select(alerts.c.entities)) or "")


def test_in_shadow_it_is_counted_and_not_raised(room: Room) -> None:
    room.use({MANY: "shadow"})
    room.bring(0, 180)
    room.bring(*[1] * 12)
    assert room.fill() == 0
    assert room.counts() == []
    with room.state.read() as connection:
        (hit,) = connection.execute(select(rule_hits).where(rule_hits.c.rule_id == MANY)).all()
    assert (hit.stage, hit.alerts) == ("shadow", 1)
    assert room.fill() == 0


def test_a_failure_in_between_loses_and_doubles_nothing(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.bring(0, 180)
    room.bring(*[1] * 12)

    def failing(*_: object) -> None:
        raise LeaseError("another worker took over")

    with monkeypatch.context() as patched:
        patched.setattr(late, "filled", failing)
        with pytest.raises(LeaseError):
            room.fill()
    assert room.counts() == []
    assert room.fill() == 1
    assert room.fill() == 0
    assert len(room.counts()) == 1
