"""The quick reader of times reads what the others read, or leaves it to them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.parse.iso_times import iso_times
from warroom.parse.timestamps import _any, any_time

DATES = ["2024-02-29", "2023-02-29", "2000-02-29", "1900-02-29", "2026-00-10", "2026-13-01", "2026-04-31", "0000-01-01",
         "1899-12-31", "2199-12-31", "2026-1-1"]  # fmt: skip
CLOCKS = ["24:00:00", "23:60:00", "23:59:60", "9:00:00"]
ZONES = ["", "Z", "z", "+07:00", "-03:30", "+00:00", "-00:00", "+23:59", "+24:00", "+07", "+0700", "+07:60", " ", "x"]
TIMES = st.builds(
    lambda date, sign, time, fraction, zone: f"{date}{sign}{time}{fraction}{zone}",
    st.one_of(st.dates().map(str), st.sampled_from(DATES)),
    st.sampled_from("T  Tt"),
    st.one_of(st.times().map(lambda one: str(one)[:8]), st.sampled_from(CLOCKS)),
    st.one_of(st.just(""), st.from_regex(r"\A[.,][0-9]{0,11}\Z")),
    st.sampled_from(ZONES),
)
TEXTS = st.one_of(TIMES, st.none(), st.text("0123456789-T:.Z+ ", max_size=36), st.just("1790000000"))


@settings(max_examples=300)
@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_times_are_read_alike(texts: list[str | None]) -> None:
    column = pa.array(texts, pa.string())
    micros, read = iso_times(column, local=True)
    series = _any(pl.Series(texts, dtype=pl.String), "UTC").dt.epoch("us").to_list()
    for text, found, is_read, expected in zip(texts, micros.tolist(), read.tolist(), series, strict=True):
        assert not is_read or found == expected, text


@settings(max_examples=50)
@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_with_and_without_neighbours_a_time_is_the_same(texts: list[str | None]) -> None:
    whole = any_time(pa.array(texts, pa.string()), "Asia/Bangkok").to_pylist()
    assert whole == [any_time(pa.array([text], pa.string()), "Asia/Bangkok")[0].as_py() for text in texts]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T09:00:00Z", datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("2026-11-22 09:00:00.5", datetime(2026, 11, 22, 9, 0, 0, 500_000, tzinfo=UTC)),
        ("2024-02-29T23:59:59.123456789+07:00", datetime(2024, 2, 29, 16, 59, 59, 123_456, tzinfo=UTC)),
        ("1969-12-31T23:59:59.999999999-03:30", datetime(1970, 1, 1, 3, 29, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_the_usual_notations_are_left_to_nobody(text: str, expected: datetime) -> None:
    column = pa.array(["", text, None, text])
    micros, read = iso_times(column.slice(1), local=True)
    assert read.tolist() == [True, False, True]
    since = expected - datetime.fromtimestamp(0, UTC)
    assert np.all(micros[[0, 2]] == since // timedelta(microseconds=1))


def test_a_year_that_python_has_not_stops_nobody() -> None:
    assert any_time(pa.array(["0000-01-01T00:00:00Z", "?"]), "UTC").to_pylist() == [None, None]


def test_local_time_of_another_zone_is_left() -> None:
    assert not iso_times(pa.array(["2026-11-22T09:00:00"]), local=False)[1].any()
    assert iso_times(pa.array(["2026-11-22T09:00:00+07:00"]), local=False)[1].all()
