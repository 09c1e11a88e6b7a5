"""What correlations left out: in all, and within the last day."""

from __future__ import annotations

import json

from sqlalchemy import select

from warroom.store import left_out
from warroom.store.database import State
from warroom.store.left_out import LeftOut
from warroom.store.tables import meta

HOUR = 3_600_000_000
NOW = 495_000 * HOUR + 1


def test_all_and_the_last_day(state: State) -> None:
    assert left_out.total(state) == left_out.recent(state, NOW) == LeftOut(0, {})
    left_out.add(state, LeftOut(5, {"a": 1}), NOW - 30 * HOUR)
    left_out.add(state, LeftOut(2, {"a": 3, "b": 1}), NOW - 23 * HOUR)
    left_out.add(state, LeftOut(1, {}), NOW)
    assert left_out.total(state) == LeftOut(8, {"a": 4, "b": 1})
    assert left_out.recent(state, NOW) == LeftOut(3, {"a": 3, "b": 1})
    assert left_out.recent(state, NOW + HOUR) == LeftOut(1, {})
    assert not left_out.recent(state, NOW + 24 * HOUR)
    assert not left_out.recent(state, NOW - 60 * HOUR)  # our clock was set back


def test_no_more_than_a_day_is_kept_by_the_hour(state: State) -> None:
    for hour in range(100):
        left_out.add(state, LeftOut(1, {}), NOW + hour * HOUR)
    with state.read() as connection:
        text = connection.scalar(select(meta.c.value).where(meta.c.key == "left_out_of_correlations"))
    assert len(json.loads(text)["hours"]) == left_out.RECENT_HOURS
    assert left_out.total(state).late == 100
