"""Stored events are looked through for what is new: each once, whatever happens to the files and to the worker."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from intel.past_store import WINDOW_US, Addresses, Past
from sqlalchemy import select, update

from warroom.errors import StoreError
from warroom.intel import looking_back
from warroom.intel.looking_back import LookingBack
from warroom.store import feedstate
from warroom.store.compaction import ENOUGH, Compactor
from warroom.store.database import State, now_us, to_us
from warroom.store.intel import look_backs, past_events, swaps
from warroom.store.intel.tables import intel_look_backs, intel_matches, intel_sightings
from warroom.store.lease import Lease
from warroom.store.tables import alerts, feed_states, segments

BEGIN = datetime.now(UTC) - timedelta(days=3)
BAD, WORSE, GOOD = "198.51.100.7", "198.51.100.8", "203.0.113.9"
KEYS = pa.table({"kind": ["ipv4", "ipv4"], "value": [BAD, WORSE]})


class Looking:
    """A store, and look backs in it."""

    def __init__(self, state: State, data_dir: Path, lease: Lease) -> None:
        self.state, self.data_dir, self.lease = state, data_dir, lease
        self.past = Past(state, data_dir, lease, BEGIN)
        self.finder = Addresses({BAD, WORSE})
        self.stop = threading.Event()

    def wanted(self, since: datetime = BEGIN - timedelta(days=1), keys: pa.Table = KEYS) -> None:
        """Make a look back for all events that are there."""
        swap = swaps.prepare(self.state, self.data_dir, keys, keys, ["ipsum"], to_us(since), now_us())
        swaps.swap(self.state, self.data_dir, self.lease, swap, self.past.ids.last)

    def run(self) -> int:
        running = LookingBack(
            self.state, self.data_dir, self.lease, lambda _one, _keys: self.finder, lambda: False, self.stop
        )
        return running.run()

    def stored(self) -> Counter[tuple[str, str, int]]:
        """Recount what must be found, without our own readers: by feed, address and window."""
        found: Counter[tuple[str, str, int]] = Counter()
        with self.state.read() as connection:
            paths = connection.scalars(select(segments.c.path).where(segments.c.kind == "events")).all()
        for path in paths:
            for row in pq.read_table(self.data_dir / path, columns=["feed_id", "source_ip", "ts"]).to_pylist():
                if row["source_ip"] in {BAD, WORSE}:
                    found[row["feed_id"], row["source_ip"], to_us(row["ts"]) // WINDOW_US] += 1
        return found

    def raised(self) -> Counter[tuple[str, str, int]]:
        found: Counter[tuple[str, str, int]] = Counter()
        with self.state.read() as connection:
            for row in connection.execute(
                select(alerts, intel_matches.c.value).join(intel_matches, intel_matches.c.alert_id == alerts.c.id)
            ):
                assert row.first_at // WINDOW_US == row.last_at // WINDOW_US
                found[row.feed_id, row.value, row.first_at // WINDOW_US] += row.count
        return found

    def rows(self) -> list[look_backs.LookBack]:
        with self.state.read() as connection:
            return look_backs.newest(connection, 10)


@pytest.fixture
def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look through sixteen files at a time instead of 64: so many are quickly made."""
    monkeypatch.setattr(looking_back, "_FILES_AT_ONCE", 16)


@pytest.fixture
def looking(state: State, data_dir: Path, lease: Lease) -> Looking:
    return Looking(state, data_dir, lease)


@pytest.mark.usefixtures("in_parts")
def test_all_events_up_to_the_boundary_are_found_and_counted(looking: Looking) -> None:
    for number in range(25):
        looking.past.add([GOOD, BAD, GOOD] if number % 3 else [GOOD, WORSE])
    looking.wanted()
    before = looking.stored()
    looking.past.add([BAD] * 7)  # behind the boundary: compared when it came
    assert looking.run() == len(before)
    assert looking.raised() == before
    (job,) = looking.rows()
    assert (job.files, job.files_done, job.events, job.alerts) == (25, 25, 66, len(before))
    assert job.finished_at is not None
    assert job.failure is None
    assert job.feeds == ("ipsum",)
    with looking.state.read() as connection:
        assert sum(connection.scalars(select(intel_sightings.c["count"]))) == before.total()
        assert all(connection.scalars(select(intel_matches.c.looked_back)))
    # only what events are compared with is kept of its files
    assert len(list((looking.data_dir / look_backs.FOLDER).iterdir())) == 1


def test_older_events_are_left_alone(looking: Looking) -> None:
    for _ in range(4):
        looking.past.add([BAD, GOOD], minutes=60 * 12)
    looking.wanted(since=BEGIN + timedelta(hours=13))
    looking.run()
    assert looking.raised().total() == 2
    assert looking.rows()[0].files == 2


@pytest.mark.usefixtures("in_parts")
def test_after_a_kill_it_goes_on_behind_the_last_file(looking: Looking, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(50):
        looking.past.add([BAD, GOOD])
    looking.wanted()
    calls = []
    advance = look_backs.advance

    def dies(*told: object) -> int | None:
        calls.append(told)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return advance(*told)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(look_backs, "advance", dies)
        with pytest.raises(KeyboardInterrupt):
            looking.run()
    assert looking.rows()[0].files_done == 32
    looking.run()
    assert looking.raised() == looking.stored()
    assert looking.raised().total() == 50


def test_files_that_are_merged_meanwhile_are_neither_missed_nor_doubled(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(ENOUGH * 5):
        looking.past.add([BAD, GOOD], feed="web" if number % 2 else "api", minutes=2)
    looking.wanted()
    compactor = Compactor(looking.state, looking.data_dir, looking.lease)
    advance = look_backs.advance

    def merges(*told: object) -> int | None:
        number = advance(*told)  # type: ignore[arg-type]
        looking.past.add([BAD] * 3)  # merged with what is looked for, and behind the boundary
        compactor.run()
        for path in (looking.data_dir / "events").rglob("*.parquet"):  # what readers had is gone at once
            with looking.state.read() as connection:
                known = connection.scalar(
                    select(segments.c.path).where(segments.c.path == str(path.relative_to(looking.data_dir)))
                )
            if known is None:
                path.unlink()
        return number

    wanted = looking.stored()
    monkeypatch.setattr(look_backs, "advance", merges)
    looking.run()
    assert looking.raised() == wanted
    (job,) = looking.rows()
    assert (job.files_done, job.events) == (ENOUGH * 5, ENOUGH * 10)


def test_a_file_that_goes_between_list_and_look_is_looked_for_again(looking: Looking) -> None:
    for _ in range(ENOUGH):
        looking.past.add([BAD, GOOD])
    with looking.state.read() as connection:
        paths = connection.scalars(select(segments.c.path)).all()
    pieces = past_events.resolve(looking.state, paths)
    Compactor(looking.state, looking.data_dir, looking.lease).run()
    for path in paths:
        (looking.data_dir / path).unlink()
    opened = [found for piece in pieces for found in past_events.open_piece(looking.state, looking.data_dir, piece)]
    bounds = past_events.Bounds(0, looking.past.ids.last)
    assert sum(int(file.wanted(bounds, piece.ids).sum()) for file, piece in opened) == ENOUGH * 2


def test_events_that_were_deleted_are_passed_over(looking: Looking) -> None:
    for _ in range(3):
        looking.past.add([BAD])
    looking.wanted()
    with looking.state.write() as connection:
        path = connection.scalars(select(segments.c.path)).first()
        connection.execute(segments.delete().where(segments.c.path == path))
    looking.run()
    assert looking.raised().total() == 2
    assert looking.rows()[0].failure is None


def test_a_damaged_file_does_not_lose_the_others(looking: Looking) -> None:
    for _ in range(3):
        looking.past.add([BAD])
    looking.wanted()
    with looking.state.read() as connection:
        path = connection.scalars(select(segments.c.path)).first()
    (looking.data_dir / str(path)).write_bytes(b"PAR1 this is no Parquet PAR1")
    looking.run()
    assert looking.raised().total() == 2
    assert looking.rows()[0].failure == "1 files could not be read: see the log"


def test_alerts_that_were_there_are_not_counted_again(looking: Looking) -> None:
    for _ in range(6):
        looking.past.add([BAD, WORSE])
    looking.wanted()
    looking.run()
    before = looking.raised()
    looking.wanted()  # it left the list and came back
    assert looking.run() == 0
    assert looking.raised() == before
    with looking.state.read() as connection:
        assert sum(connection.scalars(select(intel_sightings.c["count"]))) == 12


def test_what_another_look_back_still_looks_for_is_looked_for_behind_it(looking: Looking) -> None:
    looking.past.add([BAD])
    looking.wanted()
    looking.past.add([WORSE])
    three = pa.table({"kind": ["ipv4"] * 3, "value": [GOOD, BAD, WORSE]})
    looking.wanted(keys=three)
    first, second = look_backs.unfinished(looking.state)
    told, files = look_backs.contents(looking.data_dir, second)
    assert len(files) == 2
    assert dict(zip(told["value"].to_pylist(), told[look_backs.AFTER].to_pylist(), strict=True)) == {
        GOOD: 0,
        BAD: first.before_id,
        WORSE: first.before_id,
    }


@pytest.mark.usefixtures("in_parts")
def test_a_look_back_can_be_cancelled(looking: Looking) -> None:
    for _ in range(34):
        looking.past.add([BAD])
    looking.wanted()
    number = looking.rows()[0].id
    rows = looking.finder.rows

    def cancels(batch: pa.RecordBatch) -> object:
        if len(looking.finder.compared) >= 18:
            with looking.state.write() as connection:
                look_backs.cancel(connection, number, now_us(), "anong: too much")
        return rows(batch)

    looking.finder.rows = cancels  # type: ignore[method-assign,assignment]
    looking.run()
    (job,) = looking.rows()
    assert (job.files_done, job.failure) == (16, "anong: too much")
    assert looking.raised().total() == 16
    with looking.state.write() as connection:
        assert not look_backs.cancel(connection, number, now_us(), "again")


@pytest.mark.usefixtures("in_parts")
def test_it_stops_with_the_worker_and_its_part_is_done_again(looking: Looking) -> None:
    for _ in range(18):
        looking.past.add([BAD])
    looking.wanted()
    rows = looking.finder.rows

    def stops(batch: pa.RecordBatch) -> object:
        if len(looking.finder.compared) >= 17:
            looking.stop.set()
        return rows(batch)

    looking.finder.rows = stops  # type: ignore[method-assign,assignment]
    looking.run()
    assert looking.rows()[0].files_done == 16
    looking.stop.clear()
    looking.finder.rows = rows  # type: ignore[method-assign]
    looking.run()
    assert looking.raised() == looking.stored()


def test_events_of_a_drill_make_alerts_of_a_drill_though_its_feed_is_gone(looking: Looking) -> None:
    drill = feedstate.Registration("exercise", "tang_rat", "ฝึก", "Exercise", True, 900)
    feedstate.register(looking.state, [drill])
    with looking.state.write() as connection:
        past_events.remember_drills(connection)
    looking.past.add([BAD], feed="exercise")
    looking.past.add([BAD], feed="web", minutes=60)
    feedstate.register(looking.state, [])
    with looking.state.write() as connection:
        past_events.remember_drills(connection)
    looking.wanted()
    looking.run()
    with looking.state.read() as connection:
        found = {row.feed_id: bool(row.drill) for row in connection.execute(select(alerts))}
        assert connection.execute(select(feed_states)).all() == []
    assert found == {"exercise": True, "web": False}


def test_without_its_indicators_it_ends_and_says_so(looking: Looking) -> None:
    looking.past.add([BAD])
    looking.wanted()
    for path in (looking.data_dir / look_backs.FOLDER).glob("0*.parquet"):
        path.unlink()
    looking.run()
    assert "cannot be read" in str(looking.rows()[0].failure)


def test_what_is_over_is_swept_and_what_waits_is_kept(looking: Looking) -> None:
    looking.past.add([BAD])
    looking.wanted()
    folder = looking.data_dir / look_backs.FOLDER
    for name in ("compared-1.parquet", "0000.parquet", "0000.files", "00.tmp"):
        (folder / name).write_bytes(b"left by a crash")
    look_backs.sweep(looking.state, looking.data_dir, looking.lease, now_us(), swaps.compared_path(looking.state))
    assert sorted(path.suffix for path in folder.iterdir()) == [".files", ".parquet", ".parquet"]
    looking.run()
    with looking.state.write() as connection:
        connection.execute(update(intel_look_backs).values(finished_at=now_us() - 100 * 86_400_000_000))
    look_backs.sweep(looking.state, looking.data_dir, looking.lease, now_us(), swaps.compared_path(looking.state))
    assert looking.rows() == []
    assert swaps.compared(looking.state, looking.data_dir).to_pylist() == KEYS.to_pylist()


def test_a_lost_list_of_what_was_compared_makes_everything_new(looking: Looking) -> None:
    assert swaps.compared(looking.state, looking.data_dir).num_rows == 0
    looking.wanted()
    (looking.data_dir / swaps.compared_path(looking.state)).write_bytes(b"rubbish")
    assert swaps.compared(looking.state, looking.data_dir).num_rows == 0


def test_a_name_that_is_no_segments_is_refused(looking: Looking) -> None:
    with pytest.raises(StoreError, match="no segment's name"):
        past_events.resolve(looking.state, ["events/2026-01-01/etc-passwd"])


@pytest.mark.usefixtures("in_parts")
def test_files_that_bring_much_are_committed_in_smaller_steps(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking_back, "_ALERTS_AT_ONCE", 10)
    for _ in range(18):
        looking.past.add([BAD, GOOD, WORSE], minutes=60)
    looking.wanted()
    before, steps = looking.stored(), []
    advance = look_backs.advance

    def counted(*told: Any) -> int | None:  # noqa: ANN401
        steps.append(told[3].files)
        return advance(*told)

    monkeypatch.setattr(look_backs, "advance", counted)
    assert looking.run() == len(before)
    assert looking.raised() == before
    assert sum(steps) == 18
    assert max(steps) < 16


def test_a_file_with_more_alerts_than_a_look_back_may_have_ends_it(
    looking: Looking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking_back, "_ALERTS_AT_ONCE", 1)
    monkeypatch.setattr(looking_back, "MOST_ALERTS", 1)
    monkeypatch.setattr(looking_back, "_ROWS_AT_ONCE", 1)
    for _ in range(3):
        looking.past.add([BAD, WORSE] * 20, minutes=60)
    looking.wanted()
    looking.run()
    (job,) = looking.rows()
    assert "too broad" in (job.failure or "")
    assert looking.raised().total() < 10
