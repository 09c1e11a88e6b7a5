"""Events are counted with the transaction that stores them: once each, in their own minute and hour."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import NOW, ORIGIN, new_store, parsed
from sqlalchemy import select

from warroom.enrich.envelope import add_envelope
from warroom.store.database import State, to_us
from warroom.store.rollups import HOUR_DAYS, MINUTE_DAYS, count_events, prune_counts
from warroom.store.searching_tables import event_hours, event_minutes
from warroom.store.views import traffic

MINUTE = 60_000_000
ENDINGS = st.tuples(
    st.integers(0, 200_000),
    st.sampled_from([None, "success", "failure", "unknown"]),
    st.sampled_from([None, 200, 404, 503]),
)


def batch(told: list[tuple[int, str | None, int | None]]) -> pa.RecordBatch:
    times: list[datetime | None] = [NOW + timedelta(seconds=seconds) for seconds, _, _ in told]
    rows = parsed(len(told), times)
    for name, values, kind in (
        ("event_outcome", [outcome for _, outcome, _ in told], pa.string()),
        ("http_response_status_code", [status for _, _, status in told], pa.int32()),
    ):
        rows = rows.set_column(rows.schema.get_field_index(name), name, pa.array(values, kind))
    ids, offsets = pa.array(range(len(told)), pa.int64()), pa.array([0] * len(told), pa.int64())
    return add_envelope(rows, ORIGIN, offsets, ids, NOW + timedelta(days=3), timedelta(days=9))


def slowly(told: list[tuple[int, str | None, int | None]], size: int) -> dict[tuple[int, str], tuple[int, int, int]]:
    count: Counter[int] = Counter()
    ended: Counter[int] = Counter()
    bad: Counter[int] = Counter()
    for seconds, outcome, status in told:
        at = (to_us(NOW) // 1_000_000 + seconds) // size
        count[at] += 1
        known = outcome in {"success", "failure"}
        ended[at] += known or status is not None
        bad[at] += outcome == "failure" or (not known and (status or 0) >= 500)
    return {(at, "tang_rat"): (count[at], ended[at], bad[at]) for at in count}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(ENDINGS, max_size=30), min_size=1, max_size=4))
def test_every_event_counts_once_however_it_comes(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[int, str | None, int | None]]]
) -> None:
    with new_store(tmp_path_factory.mktemp("counts") / "state.db") as state:
        for told in batches:
            with state.write() as connection:
                count_events(connection, batch(told))
        everything = [one for told in batches for one in told]
        for table, size in ((event_minutes, 60), (event_hours, 3600)):
            with state.read() as connection:
                stored = {(row[0], row[1]): tuple(row[2:]) for row in connection.execute(select(table))}
            assert stored == slowly(everything, size)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return new_store(tmp_path / "state.db")


def test_counts_that_no_screen_reads_are_forgotten(state: State) -> None:
    with state.write() as connection:
        count_events(connection, batch([(0, None, None), (86_400, None, None)]))
        prune_counts(connection, to_us(NOW + timedelta(days=MINUTE_DAYS, minutes=1)))
        assert len(connection.execute(select(event_minutes)).all()) == 1
        assert len(connection.execute(select(event_hours)).all()) == 2
        prune_counts(connection, to_us(NOW + timedelta(days=HOUR_DAYS, hours=1)))
        assert len(connection.execute(select(event_hours)).all()) == 1


def test_what_is_usual_is_told_once_there_is_a_week_to_compare_with(state: State) -> None:
    with state.write() as connection:
        for week, count in enumerate((5, 10, 20, 1)):
            told: list[tuple[int, str | None, int | None]] = [(0, "success", None)] * count
            rows = batch(told)
            ago = pa.array([NOW - timedelta(weeks=week)] * count, pa.timestamp("us", tz="UTC"))
            count_events(connection, rows.set_column(rows.schema.get_field_index("ts"), "ts", ago))
    now = to_us(NOW) + 60 * MINUTE
    (found,) = traffic.by_platform(state, now)
    assert (found.platform_id, found.day.count) == ("tang_rat", 5)
    assert (found.usual_hour, found.weeks) == (10, 3)  # the median of the three weeks before
    assert traffic.by_platform(state, now, scope=("gdx",)) == []
    assert traffic.minutes(state, to_us(NOW) // MINUTE, scope=None) == [(to_us(NOW) // MINUTE, 5, 5, 0)]
    assert traffic.minutes(state, to_us(NOW) // MINUTE, scope=("gdx",)) == []
    assert traffic.minutes(state, to_us(NOW) // MINUTE, platform_id="gdx") == []


def test_without_a_week_nothing_is_called_usual(state: State) -> None:
    with state.write() as connection:
        count_events(connection, batch([(0, "success", 200)]))
    (found,) = traffic.by_platform(state, to_us(NOW) + MINUTE)
    assert (found.usual_hour, found.weeks) == (None, 0)
