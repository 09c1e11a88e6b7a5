"""Files count from one transaction on; what never counted or counts no more is swept, what others use is not."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest
from listing import indicators

from warroom.errors import ConflictError, DiskFullError
from warroom.indicators import INDICATORS, TABLES
from warroom.store.database import State
from warroom.store.intel import feeds, snapshots
from warroom.store.intel.incoming import STORED
from warroom.store.intel.snapshots import Draft, File
from warroom.store.intel.tables import intel_files

FEED = feeds.Registered(
    "ipsum", "ไอพีซัม", "IPsum", "http", "list", "", "", 70, "clear", "medium", None, "", False, 60, 3600, True
)  # fmt: skip


def stored(table: pa.Table) -> pa.Table:
    return table.append_column(STORED["indicators"].field("gone_at"), pa.nulls(len(table), pa.timestamp("us", "UTC")))


def written(data_dir: Path, *values: str, feed_id: str = "ipsum", at: int = 1) -> File:
    """Write a file that no row names."""
    with snapshots.workplace(data_dir) as work, Draft(work / "x.parquet", STORED["indicators"]) as draft:
        draft.add(stored(indicators([("ipv4", value) for value in values])))
        return snapshots.keep(data_dir, draft, feed_id, "indicators", at)


def count(state: State, new: File, old: list[File]) -> None:
    with state.write() as connection:
        snapshots.swap(connection, new.feed_id, old, old, [new])


@pytest.fixture
def first(state: State, data_dir: Path) -> File:
    """Give the file that counts for a feed that is switched on."""
    feeds.register(state, [FEED])
    one = written(data_dir, "192.0.2.1")
    count(state, one, [])
    return one


def values(state: State, data_dir: Path) -> dict[str, list[str]]:
    return {
        feed_id: table.column("value").to_pylist() for feed_id, table in snapshots.tables(state, data_dir, "indicators")
    }


def test_a_table_comes_back_with_the_columns_that_all_know(state: State, data_dir: Path, first: File) -> None:
    ((feed_id, table),) = snapshots.tables(state, data_dir, "indicators")
    assert feed_id == "ipsum"
    assert table.schema.equals(INDICATORS)
    assert table.column("value").to_pylist() == ["192.0.2.1"]
    assert (first.rows, first.bytes) == (1, (data_dir / first.path).stat().st_size)
    assert list(snapshots.tables(state, data_dir, "warnings")) == []


def test_every_kind_of_table_comes_back(state: State, data_dir: Path) -> None:
    feeds.register(state, [FEED])
    for holds, schema in TABLES.items():
        with snapshots.workplace(data_dir) as work, Draft(work / "x.parquet", STORED[holds]) as draft:
            draft.add(STORED[holds].empty_table())
            new = snapshots.keep(data_dir, draft, "ipsum", holds, 1)
        with state.read() as connection:
            known = snapshots.files(connection, "ipsum")
        with state.write() as connection:
            snapshots.swap(connection, "ipsum", known, [], [new])
        ((_, table),) = snapshots.tables(state, data_dir, holds)
        assert table.schema.equals(schema)


def test_only_its_owner_reads_it(data_dir: Path, first: File) -> None:
    for path in (data_dir / "intel", *(data_dir / "intel").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    assert (data_dir / first.path).exists()


def test_a_feed_that_is_switched_off_counts_no_more(state: State, data_dir: Path, first: File) -> None:
    assert values(state, data_dir) == {"ipsum": ["192.0.2.1"]}
    before = snapshots.version(state)
    feeds.register(state, [])
    assert values(state, data_dir) == {}
    assert snapshots.version(state) > before
    listed = [batch.column("value").to_pylist() for _, batch in snapshots.indicators(state, data_dir, "ipsum", "ipv4")]
    assert listed == [["192.0.2.1"]]
    assert sum(len(batch) for _, batch in snapshots.indicators(state, data_dir, kind="domain")) == 0
    assert (data_dir / first.path).exists()


def test_the_version_grows_with_every_change_of_what_counts(state: State, data_dir: Path, first: File) -> None:
    before = snapshots.version(state)
    with state.write() as connection:
        snapshots.swap(connection, "ipsum", [first], [], [])
    assert snapshots.version(state) == before
    count(state, written(data_dir, "192.0.2.2"), [first])
    assert snapshots.version(state) == before + 1


def test_who_comes_later_is_refused_and_the_other_ones_file_stays(state: State, data_dir: Path, first: File) -> None:
    mine, theirs = written(data_dir, "192.0.2.2"), written(data_dir, "192.0.2.3")
    count(state, theirs, [first])
    with pytest.raises(ConflictError, match="ipsum"):
        count(state, mine, [first])
    assert values(state, data_dir) == {"ipsum": ["192.0.2.3"]}


def test_of_many_at_once_exactly_one_gets_in(state: State, data_dir: Path, first: File) -> None:
    new = [written(data_dir, f"192.0.2.{number}") for number in range(2, 8)]
    lost: list[File] = []

    def run(one: File) -> None:
        try:
            count(state, one, [first])
        except ConflictError:
            lost.append(one)

    threads = [threading.Thread(target=run, args=(one,)) for one in new]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lost) == 5
    with state.read() as connection:
        assert snapshots.files(connection) == [one for one in new if one not in lost]


def aged(path: Path, seconds: float = 10_000) -> None:
    os.utime(path, (time.time() - seconds,) * 2)


def test_what_was_replaced_stays_for_a_while_and_goes_then(state: State, data_dir: Path, first: File) -> None:
    aged(data_dir / first.path)
    second = written(data_dir, "192.0.2.2")
    count(state, second, [first])
    snapshots.let_go(data_dir, [first])
    assert snapshots.sweep(state, data_dir) == 0
    assert (data_dir / first.path).exists()
    aged(data_dir / first.path)
    aged(data_dir / second.path)
    assert snapshots.sweep(state, data_dir) == 1
    assert not (data_dir / first.path).exists()
    assert values(state, data_dir) == {"ipsum": ["192.0.2.2"]}


def test_a_file_that_never_counted_is_swept_but_not_while_it_may_still(state: State, data_dir: Path) -> None:
    lost = written(data_dir, "192.0.2.9")
    assert snapshots.sweep(state, data_dir) == 0
    aged(data_dir / lost.path)
    assert snapshots.sweep(state, data_dir) == 1
    assert list((data_dir / "intel" / "ipsum").iterdir()) == []


def test_a_workplace_is_empty_and_gone_at_the_end_and_not_swept_meanwhile(state: State, data_dir: Path) -> None:
    with snapshots.workplace(data_dir) as work:
        assert list(work.iterdir()) == []
        (work / "x").mkdir()
        aged(work)
        assert snapshots.sweep(state, data_dir) == 0
        assert work.exists()
    assert not work.exists()
    assert list((data_dir / "intel").iterdir()) == []


_KILLED = """
import os, signal, sys
from pathlib import Path
from listing import indicators
from warroom.store.intel import snapshots
from warroom.store.intel.incoming import STORED
sys.path.insert(0, "tests/store/intel")
from test_snapshots import stored
data_dir = Path(sys.argv[1])
with snapshots.workplace(data_dir) as work:
    draft = snapshots.Draft(work / "x.parquet", STORED["indicators"])
    draft.add(stored(indicators([("ipv4", "192.0.2.66")])))
    if sys.argv[2] == "named":
        snapshots.keep(data_dir, draft, "ipsum", "indicators", 7)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("when", ["drafted", "named"])
def test_who_is_killed_before_the_transaction_leaves_what_was_and_nothing_after_a_sweep(
    state: State, data_dir: Path, first: File, when: str
) -> None:
    root = Path(__file__).parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", _KILLED, str(data_dir), when],
        cwd=root,
        env={**os.environ, "PYTHONPATH": f"{root}:{root / 'tests'}"},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    left = [path for path in (data_dir / "intel").rglob("*") if path.is_file()]
    assert len(left) == 2
    assert values(state, data_dir) == {"ipsum": ["192.0.2.1"]}
    assert snapshots.sweep(state, data_dir) == 0  # it may be alive still
    for path in (*left, *(data_dir / "intel").iterdir()):
        aged(path)
    snapshots.sweep(state, data_dir)
    assert [path for path in (data_dir / "intel").rglob("*") if path.is_file()] == [data_dir / first.path]
    assert list((data_dir / "intel").glob(".work-*")) == []
    assert values(state, data_dir) == {"ipsum": ["192.0.2.1"]}


def test_a_full_disk_leaves_what_was_and_no_draft(
    state: State, data_dir: Path, first: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskFullError, match="free space"):
        written(data_dir, "192.0.2.2")
    monkeypatch.undo()
    assert [path for path in (data_dir / "intel").rglob("*") if path.is_file()] == [data_dir / first.path]
    assert values(state, data_dir) == {"ipsum": ["192.0.2.1"]}


def test_a_row_without_its_file_is_left_out(state: State, data_dir: Path, first: File) -> None:
    (data_dir / first.path).unlink()
    assert values(state, data_dir) == {}
    with state.read() as connection:
        assert connection.execute(intel_files.select()).fetchall() != []
