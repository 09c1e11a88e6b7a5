"""Whether platforms answer, as screens read it: since when, the last day by quarters, and only what may be seen."""

from __future__ import annotations

import pytest

from warroom.store import feedlife
from warroom.store.database import State
from warroom.store.feed_tables import probe_quarters
from warroom.store.feedlife import QUARTER_US, Probed
from warroom.store.tables import feed_states
from warroom.store.views.probes import QUARTERS, probes

NOW = 1_795_332_605_000_000
MINUTE = 60_000_000
UP = Probed("https://a.example/", True, 200, 81_000, NOW + 86_400_000_000, ("192.0.2.1",), None)
DOWN = Probed("https://a.example/", False, None, None, None, (), "no answer within 10 s")


@pytest.fixture
def store(state: State) -> State:
    with state.write("feeds") as connection:
        for feed, platform in (("a_probe", "gdx"), ("b_probe", "tang_rat")):
            row = {"feed_id": feed, "platform_id": platform, "title_th": "x", "title_en": "x", "drill": False}
            connection.execute(feed_states.insert().values(**row, lag_bytes=0, silent_after_seconds=900))
    return state


def tell(store: State, feed: str, one: Probed, at: int) -> None:
    with store.write() as connection:
        feedlife.keep_probes(connection, feed, [one], at)


def test_the_last_answer_stands_since_it_changed_and_tries_are_counted_by_quarter(store: State) -> None:
    for minutes, one in ((40, UP), (30, UP), (16, DOWN), (2, DOWN), (1, DOWN)):
        tell(store, "a_probe", one, NOW - minutes * MINUTE)
    (row,) = probes(store, NOW)
    assert (row.platform_id, row.up, row.since, row.at) == ("gdx", False, NOW - 16 * MINUTE, NOW - MINUTE)
    assert (row.status, row.latency_us, row.reason) == (None, None, "no answer within 10 s")
    assert len(row.quarters) == QUARTERS
    quarter = [(NOW - minutes * MINUTE) // QUARTER_US for minutes in (40, 30, 16, 2, 1)]
    counted = dict.fromkeys(quarter, 0)
    for at in quarter:
        counted[at] += 1
    first = NOW // QUARTER_US - QUARTERS + 1
    assert {first + place: tried for place, (tried, _) in enumerate(row.quarters) if tried} == counted
    assert sum(failed for _, failed in row.quarters) == 3
    assert row.availability == pytest.approx(2 / 5)
    tell(store, "a_probe", UP, NOW)
    (row,) = probes(store, NOW)
    assert (row.up, row.since, row.latency_us, row.addresses) == (True, NOW, 81_000, ("192.0.2.1",))


def test_what_is_down_comes_first_and_only_what_may_be_seen(store: State) -> None:
    tell(store, "a_probe", UP, NOW)
    tell(store, "b_probe", DOWN, NOW)
    tell(store, "unknown", UP, NOW)  # of no feed that there is
    assert [row.feed_id for row in probes(store, NOW)] == ["b_probe", "a_probe"]
    assert [row.feed_id for row in probes(store, NOW, scope=("gdx",))] == ["a_probe"]
    assert probes(store, NOW, scope=()) == []


def test_a_day_without_a_try_has_no_availability_and_old_counts_go(store: State) -> None:
    tell(store, "a_probe", UP, NOW - 40 * 96 * QUARTER_US)
    (row,) = probes(store, NOW)
    assert row.availability is None
    tell(store, "a_probe", UP, NOW)
    with store.read() as connection:
        assert len(connection.execute(probe_quarters.select()).all()) == 1
