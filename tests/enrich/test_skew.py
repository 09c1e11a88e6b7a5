"""What is known of a sender's clock: by when its events come, and by what its time service says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.catalog import Feed
from warroom.enrich.envelope import CLAIMED
from warroom.enrich.skew import SkewWatch
from warroom.store import skews
from warroom.store.database import State
from warroom.store.skews import Basis, Skew

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
FEED = Feed(
    "sys", "", "", "gdx", "syslog", object(), 0.25, "syslog", "Asia/Bangkok", None, None, None, {}, False, True, 900,
    Path("sys.yml"), "ntp",
)  # fmt: skip


def batch(
    times: list[datetime], hosts: Sequence[str | None] | None = None, **fields: Sequence[str | None]
) -> pa.RecordBatch:
    count = len(times)
    children: dict[str, Any] = {name: pa.array(values, pa.string()) for name, values in fields.items()}
    empty = pa.StructArray.from_arrays([pa.nulls(count, pa.string())], ["other"])
    return pa.RecordBatch.from_pydict(
        {
            "ts": pa.array(times, pa.timestamp("us", tz="UTC")),
            "host_hostname": pa.array(hosts or [None] * count, pa.string()),
            "log_file_path": pa.array(["192.0.2.7"] * count, pa.string()),
            "fields": pa.StructArray.from_arrays(list(children.values()), list(children)) if children else empty,
        }
    )


def measured(*batches: tuple[pa.RecordBatch, datetime], feed: Feed = FEED) -> dict[str, Skew]:
    watch = SkewWatch()
    for events, now in batches:
        watch.observe(events, feed, now)
    return {one.host: one for one in watch.due(batches[-1][1])}


def test_a_clock_ahead_is_proved_by_events_that_come_before_they_happen() -> None:
    events = batch([NOW + 3 * SECOND, NOW - 5 * SECOND, NOW - 0.04 * SECOND], ["fast", "fast", "right"])
    found = measured((events, NOW))
    assert (found["fast"].skew_us, found["fast"].basis, found["fast"].samples) == (3_000_000, Basis.ARRIVAL, 2)
    assert found["right"].skew_us == -40_000


def test_what_is_not_known_is_said() -> None:
    whole = measured((batch([NOW - 2 * SECOND], ["a"]), NOW))["a"]
    exact = measured((batch([NOW - 2 * SECOND, NOW - 2.5 * SECOND], ["a", "a"]), NOW))["a"]
    assert (whole.skew_us, whole.spread_us) == (-2_000_000, 1_250_000)  # a quarter of a second's polling, and a second
    assert (exact.skew_us, exact.spread_us) == (-2_000_000, 250_000)


def test_without_a_name_it_is_the_peer() -> None:
    assert list(measured((batch([NOW]), NOW))) == ["192.0.2.7"]


def test_a_time_that_the_envelope_replaced_still_proves_a_skew() -> None:
    claimed: list[str | None] = ["2026-11-23T05:00:00Z", None]
    found = measured((batch([NOW, NOW], ["a", "b"], **{CLAIMED: claimed}), NOW))
    assert found["a"].skew_us == 7_200_000_000
    assert found["b"].skew_us == 0


def test_one_event_of_another_century_decides_nothing() -> None:
    parts = [(batch([NOW + n * 60 * SECOND - SECOND], ["a"]), NOW + n * 60 * SECOND) for n in range(4)]
    mad = (batch([NOW + timedelta(days=9000)], ["a"]), NOW + 245 * SECOND)
    assert measured(*parts, mad)["a"].skew_us == -1_000_000


def test_time_services_are_exact() -> None:
    events = batch(
        [NOW, NOW, NOW], ["x", "x", "x"], host=["ntp1", "ntp1", "ntp2"], offset_ms=["3", "-12.5", "oops"],
        jitter_ms=["1", "0.25", None],
    )  # fmt: skip
    found = measured((events, NOW))
    assert list(found) == ["ntp1"]
    one = found["ntp1"]
    assert (one.basis, one.skew_us, one.spread_us) == (Basis.NTP, 12_500, 250)


@pytest.mark.parametrize(("changes", "seen"), [
    ({}, True), ({"drill": True}, False), ({"transport": "s3"}, False), ({"transport": "file"}, True),
    ({"transport": "file", "every_seconds": 60}, False), ({"transport": "pull"}, False),
])  # fmt: skip
def test_only_what_comes_as_it_happens_is_measured(changes: dict[str, Any], seen: bool) -> None:  # noqa: FBT001
    assert bool(measured((batch([NOW]), NOW), feed=replace(FEED, **changes))) is seen


def test_each_sender_is_told_of_once_a_minute_and_no_more_than_64() -> None:
    watch = SkewWatch()
    told = []
    for second in range(0, 130, 2):
        now = NOW + second * SECOND
        watch.observe(batch([now] * 40, ["same", *(f"h{second}-{one}" for one in range(39))]), FEED, now)
        due = watch.due(now)
        assert len(due) <= 64
        told += [one.at for one in due if one.host == "same"]
    assert len(told) == 3


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 7_000_000_000).map(lambda second: datetime.fromtimestamp(second, UTC)),
            st.text(max_size=300) | st.none(),
            st.text(max_size=30) | st.floats().map(str) | st.none(),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_whatever_logs_say_is_measured_or_left_out(rows: list[tuple[datetime, str | None, str | None]]) -> None:
    times, hosts, texts = (list(column) for column in zip(*rows, strict=True))
    for fields in ({}, {"offset_ms": texts, "jitter_ms": texts}, {CLAIMED: texts}):
        found = measured((batch(times, hosts, **fields), NOW))
        assert all(abs(one.skew_us) < 1 << 62 and one.spread_us >= 0 for one in found.values())


def test_senders_are_kept_worst_first_and_bounded(state: State) -> None:
    skews.keep(state, [Skew("a", f"h{n}", Basis.ARRIVAL, -n, 5, 1, 1000 + n) for n in range(300)])
    skews.keep(state, [Skew("a", "exact", Basis.NTP, 20_000, 1, 1, 2000), Skew("b", "x", Basis.ARRIVAL, 3, 1, 1, 9)])
    found = skews.of_feed(state, "a")
    assert [one.host for one in found[:2]] == ["exact", "h299"]  # what is proved comes first
    assert 150 <= len(found) <= 200
    assert {one.host for one in skews.worst(state)} == {"exact", "x"}
    assert skews.forget(state, 7 * 86_400_000_000 + 10) == 1
