"""What is usual is learnt from what was stored, and what exceeds it raises an alarm in the week after."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from making import WEB_FEED, new_store, settings_for
from sqlalchemy import select

from warroom.catalog import load_feeds
from warroom.collect.chunk import Chunk
from warroom.detect import RuleSet, load_rules
from warroom.detect.usual import FIRST_MONDAY_US, LEARNING_US, WEEK_US, lesson_name, week_of
from warroom.enrich.skew import SkewWatch
from warroom.intake import Intake
from warroom.learning import learn
from warroom.store import feedstate
from warroom.store.baselines import read_week, weeks_learnt
from warroom.store.database import to_us
from warroom.store.lease import Lease
from warroom.store.tables import alerts

RULE = """\
title: Far More Pages Than Usual
id: 0a3d3c53-0b52-4f0e-9f3e-6a6b6c9c6f11
correlation:
    type: value_count
    rules: [page]
    group-by: [c-ip]
    timespan: 10m
    condition: {field: cs-uri-stem, gte: 3}
level: high
custom:
    baseline: {times: 2, weeks: 2}
---
title: A Page
id: 0a3d3c53-0b52-4f0e-9f3e-6a6b6c9c6f12
name: page
logsource: {category: webserver}
detection:
    selection: {sc-status: 200}
    condition: selection
level: informational
"""
#: A Tuesday at ten in the morning in Thailand, in a week that has ended.
DAY = datetime(2026, 11, 10, 3, 0, tzinfo=UTC)
AFTER = to_us(DAY) + WEEK_US


class Room:
    """An intake with two servers of which one is a drill's."""

    def __init__(self, folder: Path) -> None:
        feeds = {"web.yml": WEB_FEED, "drill.yml": WEB_FEED + "drill: true\n"}
        self.settings = settings_for(folder, feeds, {"pages.yml": RULE})
        self.data = self.settings.data_dir
        self.state = new_store(self.settings.data_dir / "state.db")
        self.lease = Lease(self.state, self.data)
        self.lease.take()
        self.feeds = {one.id: one for one in load_feeds(self.settings.feeds, self.data)[0]}
        told = [feedstate.Registration(one, "tang_rat", "เว็บ", "Web", False, 900) for one in self.feeds]
        feedstate.register(self.state, told)
        self.rules: RuleSet = load_rules([self.settings.detectors])
        self.intake = Intake(self.settings, self.state, self.lease, SkewWatch())
        self.intake.use(self.rules)
        self.read: dict[str, int] = {}

    def visit(self, feed: str, address: str, when: datetime, pages: int) -> None:
        """Different pages, a second apart."""
        times = [f"{when + timedelta(seconds=n):%d/%b/%Y:%H:%M:%S +0000}" for n in range(pages)]
        asked = [f'{address} - - [{at}] "GET /p{n} HTTP/1.1" 200 5 "-" "-"' for n, at in enumerate(times)]
        lines = pa.array(asked, pa.binary())
        done = self.read.get(feed, 0)
        offsets = pa.array(range(done, done + pages), pa.int64())
        chunk = Chunk("s", "s", lines, offsets, [], str(done + pages))
        self.intake.take(self.feeds[feed], chunk, str(done) if done else None)
        self.read[feed] = done + pages

    def learn(self, now_us: int) -> int:
        return learn(self.state, self.data, self.rules, now_us, threading.Event())

    def raised(self) -> set[str]:
        with self.state.read() as connection:
            return {one for (text,) in connection.execute(select(alerts.c.entities)) for one in [text]}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.lease.release()
    made.state.close()


def test_a_week_is_learnt_once_after_its_end_and_counts_in_the_next(room: Room) -> None:
    (asked,) = room.rules.correlations
    name, week = lesson_name(asked), week_of(to_us(DAY))
    room.visit("web", "192.0.2.1", DAY, 5)
    room.visit("web", "192.0.2.1", DAY + timedelta(minutes=10), 2)
    room.visit("drill", "192.0.2.2", DAY, 30)
    end = FIRST_MONDAY_US + (week + 1) * WEEK_US
    assert room.learn(end) == 2  # the week is not over for an hour: the two before it, without anything
    assert room.learn(end + LEARNING_US) == 1
    assert room.learn(end + LEARNING_US) == 0
    learnt = read_week(room.data, name, week)
    assert learnt is not None
    assert learnt.to_pylist() == [{"key": ["192.0.2.1"], "hour": 24 + 10, "most": 5.0}]
    before = room.raised()

    next_week = datetime.fromtimestamp(AFTER / 1e6, UTC)
    room.visit("web", "192.0.2.1", next_week, 10)
    room.visit("web", "192.0.2.3", next_week + timedelta(minutes=1), 3)
    fresh = room.raised() - before
    assert fresh == {'[["address", "192.0.2.3"]]'}
    room.visit("web", "192.0.2.4", next_week + timedelta(minutes=2), 2)
    room.visit("web", "192.0.2.1", next_week + timedelta(minutes=20), 11)
    with room.state.read() as connection:
        told = select(alerts.c.entities).where(alerts.c.first_at >= AFTER)
        assert {'[["address", "192.0.2.1"]]', '[["address", "192.0.2.3"]]'} == set(connection.scalars(told))


def test_what_nobody_asks_for_any_more_goes(room: Room) -> None:
    (asked,) = room.rules.correlations
    name = lesson_name(asked)
    room.visit("web", "192.0.2.1", DAY, 5)
    room.learn(AFTER)
    assert len(weeks_learnt(room.data, name)) == 2
    room.learn(AFTER + 8 * WEEK_US)
    assert min(weeks_learnt(room.data, name)) > week_of(AFTER)
    assert learn(room.state, room.data, RuleSet([]), AFTER, threading.Event()) == 0
    assert weeks_learnt(room.data, name) == set()


def test_it_stops_between_two_weeks_and_a_damaged_one_is_as_none(room: Room) -> None:
    (asked,) = room.rules.correlations
    ended = threading.Event()
    ended.set()
    assert learn(room.state, room.data, room.rules, AFTER, ended) == 0
    room.learn(AFTER)
    week = max(weeks_learnt(room.data, lesson_name(asked)))
    path = room.data / "baselines" / lesson_name(asked) / f"{week}.parquet"
    path.write_bytes(b"PAR1")
    assert read_week(room.data, lesson_name(asked), week) is None
