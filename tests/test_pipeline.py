from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from making import MANY_RULE, NOW, UNION_RULE, WEB_FEED, new_store, settings_for, web_line
from sqlalchemy import select, update

from warroom.catalog import Feed, load_feeds
from warroom.detect import load_rules
from warroom.errors import LeaseError
from warroom.pipeline import Pipeline
from warroom.settings import Settings
from warroom.store import feedstate, ledger, left_out
from warroom.store.lease import Lease
from warroom.store.tables import alerts, incidents, leases


class Room:
    """A store with one web feed and the rules given; ``restart`` forgets all that is only in memory."""

    def __init__(self, folder: Path, rule: str) -> None:
        self.settings: Settings = settings_for(folder, {"web.yml": WEB_FEED}, {"rule.yml": rule})
        self.logs = self.settings.data_dir / "logs"
        self.logs.mkdir(parents=True)
        self.state = new_store(self.settings.data_dir / "state.db")
        self.lease = Lease(self.state, self.settings.data_dir)
        self.lease.take()
        (self.feed,), _ = load_feeds(self.settings.feeds, self.settings.data_dir)
        self.register(self.feed)
        self.restart()

    def register(self, *feeds: Feed) -> None:
        told = [feedstate.Registration(one.id, one.platform_id, "", "", one.drill, 900) for one in feeds]
        feedstate.register(self.state, told)

    def restart(self) -> None:
        self.pipeline = Pipeline(self.settings, self.state, self.lease)
        self.pipeline.use(load_rules([self.settings.detectors], self.settings.cache_dir))

    def append(self, first: int, count: int, name: str | bytes = "access.log") -> None:
        with (self.logs / os.fsdecode(name)).open("ab") as log:
            log.writelines(web_line(first + number, "id=1+union+select") for number in range(count))

    def read(self) -> int:
        received, _ = self.pipeline.read(self.feed, threading.Event())
        self.pipeline.group()
        return received

    def counts(self) -> list[int]:
        with self.state.read() as connection:
            return list(connection.scalars(select(alerts.c.count)))


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Callable[[str], Room]]:
    made: list[Room] = []

    def make(rule: str) -> Room:
        made.append(Room(tmp_path, rule))
        return made[-1]

    yield make
    for one in made:
        one.lease.release()
        one.state.close()


def test_a_line_is_an_incident_in_one_pass(room: Callable[[str], Room]) -> None:
    here = room(UNION_RULE)
    here.append(1, 3)
    assert here.read() == 3
    assert here.read() == 0
    with here.state.read() as connection:
        (found,) = connection.execute(select(incidents)).all()
    assert (found.title, found.event_count, found.platform_id) == ("SQL injection in a query", 3, "tang_rat")


def test_windows_go_on_over_a_restart(room: Callable[[str], Room]) -> None:
    here = room(MANY_RULE)
    here.append(1, 6)
    here.read()
    here.restart()
    here.append(7, 6)
    here.read()
    assert here.counts() == [12]
    here.restart()
    here.read()
    assert here.counts() == [12]


def test_a_feed_switched_off_and_on_keeps_its_windows(room: Callable[[str], Room]) -> None:
    here = room(MANY_RULE)
    here.append(1, 6)
    here.read()
    here.register()
    here.register(here.feed)
    here.restart()
    here.append(7, 6)
    here.read()
    assert here.counts() == [12]


def test_passes_whose_commit_failed_leave_nothing_in_the_windows(room: Callable[[str], Room]) -> None:
    here = room(MANY_RULE)
    here.append(1, 4)
    with here.state.write() as connection:
        connection.execute(update(leases).values(holder="elsewhere:1:x"))
    for _ in range(3):
        with pytest.raises(LeaseError):
            here.read()
    with here.state.write() as connection:
        connection.execute(leases.delete())
    here.lease.release()
    here.lease.take()
    assert here.read() == 4
    assert here.counts() == []
    assert ledger.books(here.state).lines[0].stored == 4


def test_a_strange_file_name_stops_nobody(room: Callable[[str], Room]) -> None:
    here = room(UNION_RULE)
    here.append(1, 1, b"access.log.\xff1")
    here.append(2, 1)
    assert here.read() == 2
    assert here.counts() == [2]


def test_a_pass_ends_between_two_chunks_when_told(room: Callable[[str], Room]) -> None:
    here = room(UNION_RULE)
    here.append(1, 1)
    here.append(2, 1, "access.log.1")
    told = threading.Event()
    told.set()
    assert here.pipeline.read(here.feed, told)[0] == 1
    assert here.read() == 1


def test_a_changed_feed_is_read_by_its_new_definition(room: Callable[[str], Room]) -> None:
    here = room(UNION_RULE)
    here.append(1, 1)
    here.read()
    file = here.settings.feeds / "web.yml"
    file.write_text(WEB_FEED.replace("access.log*", "other.log*"), encoding="utf-8")
    here.append(2, 1, "other.log")
    (here.feed,), _ = load_feeds(here.settings.feeds, here.settings.data_dir)
    assert here.read() == 1


def test_positions_of_files_long_gone_are_dropped_and_what_was_counted_stays(room: Callable[[str], Room]) -> None:
    here = room(UNION_RULE)
    here.append(1, 1, "access.log.9")
    here.append(2, 1)
    long_ago = 1_600_000_000
    os.utime(here.logs / "access.log.9", (long_ago, long_ago))
    here.read()
    assert here.pipeline.forget_finished(here.feed) == 0
    (here.logs / "access.log.9").unlink()
    assert here.pipeline.forget_finished(here.feed) == 1
    assert len(ledger.source_positions(here.state, "web")) == 1
    assert here.read() == 0
    assert ledger.books(here.state).lines[0].received == 2


def test_what_correlations_left_out_is_written_down_once(room: Callable[[str], Room]) -> None:
    here = room(MANY_RULE)
    late = [web_line(number, "id=1+union+select", at=NOW - timedelta(hours=1)) for number in range(4)]
    assert not here.pipeline.write_left_out()
    here.append(1, 2)
    with (here.logs / "access.log").open("ab") as log:
        log.writelines(late[:3])
    here.read()
    assert here.pipeline.write_left_out() == left_out.LeftOut(3, {})
    assert not here.pipeline.write_left_out()
    with (here.logs / "access.log").open("ab") as log:
        log.write(late[3])
    here.read()
    here.pipeline.write_left_out()
    here.restart()
    assert left_out.total(here.state) == left_out.LeftOut(4, {})
