from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
from making import NOW, ORIGIN, parsed

from warroom.enrich.envelope import CLAIMED, add_envelope

AHEAD = timedelta(minutes=10)


def test_times_that_cannot_be_give_way_to_ours_and_are_kept() -> None:
    future, past = NOW + timedelta(days=400), datetime(1970, 1, 1, tzinfo=UTC)
    good = NOW - timedelta(days=4000)
    batch = add_envelope(
        parsed(3, [future, past, good]), ORIGIN, pa.array([0, 1, 2], pa.int64()), pa.array([7, 8, 9]), NOW, AHEAD
    )
    assert batch.column("ts").to_pylist() == [NOW, NOW, good]
    claimed = [row[CLAIMED] for row in batch.column("fields").to_pylist()]
    assert claimed == ["2027-12-27T07:00:00.000000Z", "1970-01-01T00:00:00.000000Z", None]


def test_every_event_knows_whose_it_is_and_where_its_bytes_were() -> None:
    batch = add_envelope(parsed(2), ORIGIN, pa.array([0, 42], pa.int64()), pa.array([7, 8]), NOW, AHEAD)
    last = batch.slice(1).to_pylist()[0]
    assert (last["feed_id"], last["platform_id"], last["log_category"]) == ("web", "tang_rat", "webserver")
    assert (last["log_source"], last["log_offset"], last["event_id"]) == ("source-1", 42, 8)
    assert last["log_service"] is None
    assert "event.time_claimed" not in last["fields"]
