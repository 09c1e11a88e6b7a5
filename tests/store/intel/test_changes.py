"""The history of an indicator: for a year, over all feeds, in few files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from warroom.store.database import State, from_us
from warroom.store.intel import changes, snapshots
from warroom.store.intel.changes import COLUMNS, Change, history
from warroom.store.intel.snapshots import CHANGES, Draft

NOW = 1_800_000_000_000_000
DAY = 86_400 * 1_000_000


def happen(state: State, data_dir: Path, feed_id: str, at: int, *rows: tuple[str, str]) -> None:
    """Write down what came and went at a time, as a poll does."""
    with state.read() as connection:
        known = snapshots.files(connection, feed_id)
    with snapshots.workplace(data_dir) as work, Draft(work / "x.parquet", COLUMNS) as draft:
        told = [{"at": from_us(at), "change": change, "kind": "ipv4", "value": value} for change, value in rows]
        draft.add(table(told))
        gone = changes.tidied(data_dir, known, draft, at)
        new = snapshots.keep(data_dir, draft, feed_id, CHANGES, at)
    with state.write() as connection:
        snapshots.swap(connection, feed_id, known, gone, [new])


def table(rows: list[dict[str, object]]) -> pa.Table:
    columns = [
        pa.array([row[one.name] for row in rows], one.type.value_type if one.name in {"change", "kind"} else one.type)
        for one in COLUMNS
    ]
    return pa.table(columns, names=COLUMNS.names).cast(COLUMNS)


def files(state: State) -> int:
    with state.read() as connection:
        return len(snapshots.files(connection, holds=CHANGES))


def test_nothing_is_known_of_what_never_came(state: State, data_dir: Path) -> None:
    assert history(state, data_dir, "ipv4", "192.0.2.1") == []


def test_what_came_and_went_is_told_over_all_feeds_newest_first(state: State, data_dir: Path) -> None:
    happen(state, data_dir, "a", 1, ("added", "192.0.2.1"), ("added", "192.0.2.2"))
    happen(state, data_dir, "b", 2, ("added", "192.0.2.1"))
    happen(state, data_dir, "a", 3, ("removed", "192.0.2.1"))
    told = [Change("a", 3, "removed"), Change("b", 2, "added"), Change("a", 1, "added")]
    assert history(state, data_dir, "ipv4", "192.0.2.1") == told
    assert history(state, data_dir, "ipv4", "192.0.2.1", most=1) == told[:1]
    assert history(state, data_dir, "domain", "192.0.2.1") == []


def test_many_small_files_become_one_and_lose_nothing(state: State, data_dir: Path) -> None:
    for number in range(changes.ENOUGH + 3):
        happen(state, data_dir, "a", NOW + number, ("changed", "192.0.2.1"))
    assert files(state) == 3
    assert len(history(state, data_dir, "ipv4", "192.0.2.1")) == changes.ENOUGH + 3


def test_what_is_older_than_a_year_is_dropped(state: State, data_dir: Path) -> None:
    happen(state, data_dir, "a", NOW, ("added", "192.0.2.1"))
    happen(state, data_dir, "a", NOW + 300 * DAY, ("removed", "192.0.2.1"))
    assert files(state) == 2
    happen(state, data_dir, "a", NOW + 400 * DAY, ("added", "192.0.2.1"))
    assert [one.at for one in history(state, data_dir, "ipv4", "192.0.2.1")] == [NOW + 400 * DAY, NOW + 300 * DAY]


def test_old_rows_do_not_live_on_in_files_that_are_put_together(state: State, data_dir: Path) -> None:
    happen(state, data_dir, "a", NOW, ("added", "192.0.2.9"))
    for number in range(1, changes.ENOUGH + 1):
        happen(state, data_dir, "a", NOW + number, ("changed", "192.0.2.1"))
    assert [one.at for one in history(state, data_dir, "ipv4", "192.0.2.9")] == [NOW]
    for number in range(changes.ENOUGH + 1):
        happen(state, data_dir, "a", NOW + 366 * DAY + 1 + number, ("changed", "192.0.2.1"))
    assert history(state, data_dir, "ipv4", "192.0.2.9") == []


def test_of_more_than_enough_the_oldest_go(state: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MOST_ROWS", 2)
    for number in range(4):
        happen(state, data_dir, "a", NOW + number, ("changed", "192.0.2.1"))
    assert [one.at - NOW for one in history(state, data_dir, "ipv4", "192.0.2.1")] == [3, 2]
    assert from_us(NOW) > datetime(2026, 1, 1, tzinfo=UTC)
