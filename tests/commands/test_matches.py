"""Matches are written the same the plain way and the compiled one, whatever the events hold."""

from __future__ import annotations

import io
import json
import random
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.commands import match_lines
from warroom.commands.bulk_lines import BulkLines
from warroom.commands.match_lines import Lines
from warroom.commands.matches import Late, Matches
from warroom.detect import Correlation, RuleSet
from warroom.model import UTC_MICROSECONDS

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TIMES = st.datetimes(timezones=st.just(UTC))
TEXTS = st.text(st.characters(max_codepoint=0x2FF)) | st.text(
    st.sampled_from('"\\/\x00\x1f\x7f\n\t\rกé😀'), max_size=80
)
HEADS = [b'{"a":1,"ts":"', b'{"ts":"', b"", b'{"long":"' + b"x" * 100 + b'","ts":"']
CODED = pa.dictionary(pa.int32(), pa.string())
KINDS: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.string(): TEXTS,
    CODED: st.sampled_from(["", "a", '"quoted"', "C:\\Windows\\System32\\cmd.exe " * 3, "ก" * 11]) | TEXTS,
    pa.list_(pa.string()): st.lists(TEXTS, max_size=3),
    pa.int32(): st.integers(-(1 << 31), (1 << 31) - 1),
    pa.int64(): st.integers(-(1 << 63), (1 << 63) - 1),
}
CORE = {"source_ip": pa.string(), "user_name": CODED, "source_port": pa.int32(), "event_duration": pa.int64()}


@st.composite
def columns(draw: st.DrawFn, kind: pa.DataType, count: int, dice: random.Random) -> pa.Array:
    some = draw(st.lists(st.none() | KINDS[kind], min_size=1, max_size=5))
    values = dice.choices(some, k=count)
    return pa.array(values, pa.string()).dictionary_encode().cast(CODED) if kind == CODED else pa.array(values, kind)


@st.composite
def batches(draw: st.DrawFn) -> pa.RecordBatch:
    """Draw events of some columns; rows before and behind them are cut away."""
    dice = random.Random(draw(st.integers(0, 1 << 32)))
    count = draw(st.sampled_from([1, 2, 7, 63, 64, 65, 130]))
    before, behind = draw(st.integers(0, 9)), draw(st.integers(0, 9))
    size = before + count + behind
    names = TEXTS | st.sampled_from(["source.ip", "@timestamp", "event.original"])
    native = draw(st.dictionaries(names, st.sampled_from([pa.string(), CODED, pa.list_(pa.string())]), max_size=4))
    fields = [draw(columns(kind, size, dice)) for kind in native.values()]
    struct = pa.StructArray.from_arrays(fields, names=list(native)) if native else None
    raw = draw(st.lists(st.binary(max_size=9), min_size=1, max_size=3))
    found = {
        "ts": pa.array(dice.choices(draw(st.lists(TIMES, min_size=1, max_size=3)), k=size), UTC_MICROSECONDS),
        **{name: draw(columns(kind, size, dice)) for name, kind in CORE.items()},
        "fields": pa.Array.from_buffers(pa.struct([]), size, [None]) if struct is None else struct,
        "raw": pa.array(dice.choices(raw, k=size), pa.binary()),
    }
    return pa.RecordBatch.from_arrays(list(found.values()), names=list(found)).slice(before, count)


def lines_of(batch: pa.RecordBatch, rows: list[int], *, original: bool = True) -> Lines:
    numbers = np.arange(len(rows), dtype=np.int32) % len(HEADS)
    records = np.arange(len(batch), dtype=np.int64) * 1_000_003 + 1
    return Lines(numbers, np.array(rows, np.int32), batch, "a\\file\n", records, original)


def plain(lines: Lines) -> bytes:
    file = io.BytesIO()
    match_lines.write(lines, HEADS, file)
    return file.getvalue()


def compiled(lines: Lines, *rooms: int) -> bytes:
    file = io.BytesIO()
    writer = BulkLines(file, *rooms)
    assert writer.write(lines, HEADS)
    once = file.getvalue()
    assert writer.write(lines, HEADS)  # what is kept from batch to batch changes nothing
    assert file.getvalue() == 2 * once
    return once


@given(batches(), st.data(), st.booleans(), st.sampled_from([1, 100, 1000, 1 << 16]))
def test_both_ways_write_the_same_bytes(batch: pa.RecordBatch, data: st.DataObject, original: bool, room: int) -> None:  # noqa: FBT001
    rows = sorted(data.draw(st.lists(st.integers(0, len(batch) - 1), min_size=1, max_size=12)))
    lines = lines_of(batch, rows, original=original)
    assert compiled(lines, room) == plain(lines)


def simple(**given: Any) -> pa.RecordBatch:  # noqa: ANN401
    count = len(next(iter(given.values())))
    found = {
        "ts": pa.array([EPOCH] * count, UTC_MICROSECONDS),
        "fields": pa.Array.from_buffers(pa.struct([]), count, [None]),
        "raw": pa.array([b"line"] * count, pa.binary()),
    } | given
    return pa.RecordBatch.from_arrays(list(found.values()), names=list(found))


@given(st.lists(TIMES, min_size=1, max_size=8))
def test_times_are_those_of_the_calendar(times: list[datetime]) -> None:
    times += [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), EPOCH - timedelta(microseconds=1)]
    lines = lines_of(simple(ts=pa.array(times, UTC_MICROSECONDS)), list(range(len(times))))
    assert compiled(lines) == plain(lines)
    found = compiled(lines).split(b'"@timestamp":"')[1:]
    assert [text[:27].decode() for text in found] == [
        time.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z" for time in times
    ]


def test_what_the_compiled_way_does_not_know_is_left_to_the_plain_one() -> None:
    for batch in (
        simple(ts=pa.array([253_402_300_800_000_000], UTC_MICROSECONDS)),
        simple(event_duration=pa.array([1.5])),
        simple(source_ip=pa.array([["a", None]], pa.list_(pa.string()))),
    ):
        file = io.BytesIO()
        assert not BulkLines(file).write(lines_of(batch, [0]), HEADS)
        assert not file.getvalue()
        assert plain(lines_of(batch, [0]))


def test_a_value_longer_than_all_the_room_is_written_whole() -> None:
    text = "\x00" * 100_000
    batch = simple(user_name=pa.array([text, text]).dictionary_encode(), source_ip=pa.array([text, None]))
    lines = lines_of(batch, [0, 0, 1])
    assert compiled(lines, 64) == plain(lines)


@pytest.mark.parametrize("size", [10, 2_000_000], ids=["plain", "compiled"])
def test_correlations_stand_behind_the_matches_of_their_row(size: int) -> None:
    told = {"title": "t", "author": "a", "severity": "low", "tags": ()}
    ruleset = SimpleNamespace(rules=[SimpleNamespace(id=f"rule {number}", **told) for number in range(3)])
    many, other = (cast("Correlation", SimpleNamespace(id=name, **told)) for name in ("many", "other"))
    batch = simple(
        ts=pa.array([EPOCH + timedelta(days=day) for day in range(4)], UTC_MICROSECONDS),
        raw=pa.array([b"x" * size] * 4, pa.binary()),
    )
    file = io.BytesIO()
    matches = Matches(file, cast("RuleSet", ruleset))
    pairs = np.array([1, 1, 3], np.int32), np.array([2, 0, 2], np.int32)
    late = [
        Late(None, many, "before", 5, "2026-01-01T00:00:00.000000Z"),
        *(Late(row, rule, "log", 10 * row, "") for row, rule in ((3, many), (0, many), (1, other), (1, many))),
    ]
    matches.write(batch, "log", np.arange(4, dtype=np.int64) * 10, pairs, late, original=False)
    found = [json.loads(line) for line in file.getvalue().splitlines()]
    assert [(one["rule_id"], one["source_file"], one["record"], one["ts"][8:10]) for one in found] == [
        ("many", "log", 0, "01"),
        ("rule 2", "log", 10, "02"),
        ("rule 0", "log", 10, "02"),
        ("other", "log", 10, "02"),
        ("many", "log", 10, "02"),
        ("rule 2", "log", 30, "04"),
        ("many", "log", 30, "04"),
        ("many", "before", 5, "01"),
    ]
    assert matches.count == len(found)
    assert all(list(one["event"]) == ["@timestamp"] for one in found)
