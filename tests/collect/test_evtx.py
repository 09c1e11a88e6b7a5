"""EVTX folders: every record once, however a log is exported, grown, cut, copied or damaged."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from collect.evtx_making import RECORDS, computer, evtx_of
from collect.keeping import COMMITTED, REFUSED, Keeper, feed_of
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.catalog import Feed
from warroom.collect.collector import Surroundings
from warroom.collect.evtx import EvtxCollector

LATER = datetime.now(UTC) + timedelta(days=1)  # behind every file that a whole run of the tests writes


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "drop").mkdir()
    return tmp_path / "drop"


@pytest.fixture
def keeper(drop: Path) -> Iterator[Keeper]:
    keeper = keeper_of(drop)
    yield keeper
    keeper.close()


def opened(feed: Feed, positions: Mapping[str, str], surroundings: Surroundings, chunk_bytes: int) -> EvtxCollector:
    return EvtxCollector(feed.collect, positions, surroundings, chunk_bytes=chunk_bytes)


def keeper_of(drop: Path, chunk_bytes: int = 1 << 20) -> Keeper:
    feed = feed_of(drop.parent, f'collect: {{transport: evtx, paths: ["{drop}/*.evtx*"], still: 10s}}')
    return Keeper(feed, opener=partial(opened, chunk_bytes=chunk_bytes))


def computers(lines: Iterable[bytes]) -> Counter[str]:
    return Counter(json.loads(line)["Event"]["System"]["Computer"] for line in lines)


def records(numbers: Iterable[int]) -> Counter[str]:
    return Counter({computer(number): RECORDS for number in numbers})


def test_a_log_exported_again_goes_on_where_it_was(drop: Path, keeper: Keeper) -> None:
    (drop / "Security.evtx").write_bytes(evtx_of(range(3)))
    keeper.poll(LATER)
    (drop / "Security.evtx").write_bytes(evtx_of(range(5)))
    keeper.poll(LATER)
    keeper.restart(process=True)
    (drop / "Security-2.evtx.gz").write_bytes(gzip.compress(evtx_of(range(8))))
    keeper.poll(LATER)
    assert computers(keeper.lines) == records(range(8))
    assert len(keeper.kept.positions) == 1
    assert keeper.problems == []


def test_an_older_export_and_a_copy_bring_nothing(drop: Path, keeper: Keeper) -> None:
    (drop / "a.evtx").write_bytes(evtx_of(range(4)))
    keeper.poll(LATER)
    (drop / "b.evtx").write_bytes(evtx_of(range(2)))
    (drop / "c.evtx").write_bytes(evtx_of(range(4)))
    assert keeper.poll(LATER) == []
    keeper.restart(process=True)
    assert keeper.poll(LATER) == []


def test_a_log_that_dropped_its_oldest_records_goes_on(drop: Path, keeper: Keeper) -> None:
    for start, end in ((0, 4), (2, 6), (5, 9)):
        (drop / "Security.evtx").write_bytes(evtx_of(range(start, end)))
        keeper.poll(LATER)
    assert computers(keeper.lines) == records(range(9))
    (drop / "Security.evtx").write_bytes(evtx_of(range(20, 23)))  # cleared, or everything read was dropped
    keeper.poll(LATER)
    assert computers(keeper.lines) == records([*range(9), *range(20, 23)])
    assert len(keeper.kept.positions) == 2


def test_other_logs_are_other_sources(drop: Path, keeper: Keeper) -> None:
    for number in range(3):
        (drop / f"{number}.evtx").write_bytes(evtx_of(range(10 * number, 10 * number + 2)))
    keeper.poll(LATER)
    assert computers(keeper.lines) == records([0, 1, 10, 11, 20, 21])
    assert len(keeper.kept.positions) == 3


def test_a_file_that_is_being_written_waits(drop: Path, keeper: Keeper) -> None:
    whole = evtx_of(range(2))
    (drop / "Security.evtx").write_bytes(whole[: len(whole) // 2])
    assert keeper.poll() == []
    assert keeper.problems == []
    (drop / "Security.evtx").write_bytes(whole)
    assert keeper.poll() == []
    assert computers(keeper.poll(LATER)) == records(range(2))


def test_damaged_chunks_are_rejects_once(drop: Path, keeper: Keeper) -> None:
    for numbers in ((0, -1, 1, -1), (0, -1, 1, -1, 2), (0, -1, 1, -1, 2, -1, 3)):
        (drop / "Security.evtx").write_bytes(evtx_of(numbers))
        keeper.poll(LATER)
        keeper.restart(process=True)
    assert computers(keeper.lines) == records(range(4))
    assert len(keeper.kept.rejects) == 3
    assert all("damaged EVTX" in reason for _, _, reason in keeper.kept.rejects)


def test_what_is_no_event_log_is_told_until_it_is_gone(drop: Path, keeper: Keeper) -> None:
    (drop / "text.evtx").write_bytes(b"not an event log")
    (drop / "broken.evtx").write_bytes(b"ElfFile\0" + bytes(20))
    (drop / "empty.evtx").write_bytes(b"")
    (drop / "all damaged.evtx").write_bytes(evtx_of([-1]))
    (drop / "sound.evtx").write_bytes(evtx_of([7]))
    assert computers(keeper.poll(LATER)) == records([7])
    for _ in range(2):
        damaged, broken, text = sorted(keeper.problems)
        assert "none of its 1 records can be read" in damaged
        assert "damaged EVTX file" in broken
        assert "no Windows event log" in text
        keeper.poll(LATER)
    for name in ("text", "broken", "all damaged"):
        (drop / f"{name}.evtx").unlink()
    keeper.poll(LATER)
    assert keeper.problems == []


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.integers(0, 3),  # chunks that the log grows by
            st.integers(0, 2),  # chunks that it drops at its beginning
            st.sampled_from(["Security", "Copy"]),
            st.integers(0, 2),
            st.sampled_from([REFUSED, COMMITTED, ""]),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_exports_and_crashes_lose_and_double_nothing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, int, str, int, str]]
) -> None:
    drop = tmp_path_factory.mktemp("exports") / "drop"
    drop.mkdir()
    keeper = keeper_of(drop, chunk_bytes=1000)
    start = end = read = 0
    for grown, dropped, name, chunk, how in steps:
        start, end = min(start + dropped, max(read - 1, 0)), end + grown  # what is dropped was read before
        (drop / f"{name}.evtx").write_bytes(evtx_of(range(start, end)))
        if how:
            keeper.crash(chunk, how, LATER)
        keeper.poll(LATER)
        read = end
    assert computers(keeper.lines) == records(range(end))
    keeper.close()
