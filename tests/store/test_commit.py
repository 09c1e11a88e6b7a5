from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from making import NOW, an_alert, events
from sqlalchemy import select, update

from warroom.errors import LeaseError, StoreError
from warroom.store import ledger
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.compaction import ENOUGH, Compactor
from warroom.store.database import State
from warroom.store.lease import Lease
from warroom.store.segments import read_events, sweep_orphans
from warroom.store.tables import alert_minutes, alerts, leases, segments


def batch_of(ids: EventIds, count: int = 3, **changes: object) -> Batch:
    made = events(count, ids.take(count))
    whole = Batch(
        feed_id="web",
        source=f"source-{ids.last}",
        read_from=None,
        position=json.dumps({"offset": 100}),
        received=count,
        events=made,
        evaluated=count,
    )
    return replace(whole, **changes)


def account(state: State, data_dir: Path) -> ledger.Line:
    """The account of the web feed, with its rows recounted."""
    books = ledger.books(state)
    (line,) = books.lines
    return ledger.recounted(line, data_dir, books.paths["web"])


def test_a_batch_is_stored_counted_and_found_again(state: State, data_dir: Path, lease: Lease) -> None:
    ids = EventIds(state)
    rejects = [("/var/log/nginx/access.log", 77, "no access-log line", b"\x00\xff rubbish")]
    batch = batch_of(ids, received=4, rejects=rejects)
    commit(state, data_dir, batch, ids, lease)
    line = account(state, data_dir)
    assert (line.received, line.stored, line.rejected, line.evaluated) == (4, 3, 1, 3)
    assert line.faults == ()
    assert (line.found_events, line.found_rejects, line.doubled) == (3, 1, 0)
    assert ledger.source_positions(state, "web") == {batch.source: '{"offset": 100}'}
    wanted = batch.events.column("event_id")[1].as_py()
    (found,) = read_events(state, data_dir, [wanted]).to_pylist()
    assert found["event_id"] == wanted
    assert found["raw"] == b"line 1"
    assert dict(found["fields"]) == {"request_id": ["1"]}


def test_a_batch_that_does_not_balance_is_refused_whole(state: State, data_dir: Path, lease: Lease) -> None:
    ids = EventIds(state)
    for wrong in ({"received": 5}, {"evaluated": 2}):
        with pytest.raises(StoreError, match="do not balance"):
            commit(state, data_dir, batch_of(ids, **wrong), ids, lease)
    with state.read() as connection:
        assert connection.execute(select(segments)).all() == []
    assert not (data_dir / "events").exists()


def test_of_two_readers_of_one_source_the_second_is_refused(state: State, data_dir: Path, lease: Lease) -> None:
    ids = EventIds(state)
    first = batch_of(ids, source="access.log", position="a")
    commit(state, data_dir, first, ids, lease)
    with pytest.raises(StoreError, match="read on meanwhile"):
        commit(state, data_dir, batch_of(ids, source="access.log", position="b"), ids, lease)
    commit(state, data_dir, batch_of(ids, source="access.log", read_from="a", position="b"), ids, lease)
    assert account(state, data_dir).received == 6


def test_a_worker_without_the_lease_commits_nothing_and_leaves_no_file(
    state: State, data_dir: Path, lease: Lease
) -> None:
    ids = EventIds(state)
    with state.write() as connection:
        connection.execute(update(leases).values(holder="elsewhere:1:x"))
    with pytest.raises(LeaseError):
        commit(state, data_dir, batch_of(ids), ids, lease)
    assert account(state, data_dir).received == 0
    assert list(data_dir.rglob("*.parquet")) == []


def test_the_sweep_spares_what_the_manifest_names(state: State, data_dir: Path, lease: Lease) -> None:
    ids = EventIds(state)
    commit(state, data_dir, batch_of(ids), ids, lease)
    stray = data_dir / "events" / "2026-11-22" / "of-a-crash.parquet"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"half")
    assert sweep_orphans(state, data_dir) == 1
    assert not stray.exists()
    assert account(state, data_dir).faults == ()


def test_the_same_alert_grows_and_is_counted_once_in_its_minute(state: State, data_dir: Path, lease: Lease) -> None:
    ids = EventIds(state)
    first = an_alert(count=3, event_ids=(1, 2, 3))
    later = replace(first, count=2, event_ids=(9, 8), last_at=NOW + timedelta(minutes=2))
    commit(state, data_dir, batch_of(ids, alerts=[first]), ids, lease)
    commit(state, data_dir, batch_of(ids, alerts=[later]), ids, lease)
    with state.read() as connection:
        (row,) = connection.execute(select(alerts)).all()
        assert (row.count, json.loads(row.event_ids)) == (5, [1, 2, 3, 8, 9])
        assert row.last_at - row.first_at == 120_000_000
        assert sum(connection.scalars(select(alert_minutes.c.count))) == 1


def test_doubled_lines_are_found_by_the_recount(state: State, data_dir: Path, lease: Lease) -> None:
    ids = EventIds(state)
    for _ in range(2):
        commit(state, data_dir, batch_of(ids), ids, lease)
    assert account(state, data_dir).faults == ("3 lines stored more than once",)


def test_ids_grow_over_restarts(state: State, data_dir: Path, lease: Lease) -> None:
    ids = EventIds(state)
    commit(state, data_dir, batch_of(ids), ids, lease)
    again = EventIds(state)
    assert again.take(1)[0].as_py() > ids.last


def test_compaction_merges_and_loses_nothing(state: State, data_dir: Path, lease: Lease) -> None:
    ids = EventIds(state)
    for number in range(ENOUGH):
        made = events(2, ids.take(2), first_offset=1000 * number)
        commit(state, data_dir, batch_of(ids, 2, events=made), ids, lease)
    assert Compactor(state, data_dir, lease).run() == ENOUGH
    with state.read() as connection:
        (merged,) = connection.execute(select(segments)).all()
    assert merged.rows == 2 * ENOUGH
    assert account(state, data_dir).faults == ()
    assert read_events(state, data_dir, [merged.min_id, merged.max_id]).num_rows == 2
    assert sweep_orphans(state, data_dir) == ENOUGH


def test_a_merge_that_would_lose_rows_keeps_the_parts(state: State, data_dir: Path, lease: Lease) -> None:
    ids = EventIds(state)
    for number in range(ENOUGH):
        made = events(2, ids.take(2), first_offset=1000 * number)
        commit(state, data_dir, batch_of(ids, 2, events=made), ids, lease)
    with state.write() as connection:
        connection.execute(update(segments).values(rows=3))
    with pytest.raises(StoreError, match="would lose rows"):
        Compactor(state, data_dir, lease).run()
    with state.read() as connection:
        assert len(connection.execute(select(segments)).all()) == ENOUGH


def test_a_refused_commit_leaves_no_file(state: State, data_dir: Path, lease: Lease) -> None:
    ids = EventIds(state)
    with pytest.raises(StoreError):
        commit(state, data_dir, batch_of(ids, read_from="elsewhere"), ids, lease)
    assert list(data_dir.rglob("*.parquet")) == []
