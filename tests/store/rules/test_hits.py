"""What rules hit is counted with the commit that stores it, once, in shadow as in production."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from making import NOW, an_alert, events
from sqlalchemy import select

from warroom.errors import StoreError
from warroom.model import Alert, Entity
from warroom.store.commit import Batch, EventIds, commit, commit_all
from warroom.store.database import State, now_us, to_us
from warroom.store.lease import Lease
from warroom.store.raising import add_alerts
from warroom.store.rules import hits
from warroom.store.rules.tables import rule_hits, shadow_alerts, shadow_known
from warroom.store.tables import alerts

DAY_US = 86_400_000_000
Commit = Callable[..., None]


def alert(number: int, rule: str = "r", **changes: object) -> Alert:
    return an_alert(alert_id=hashlib.sha256(f"{rule} {number}".encode()).hexdigest(), rule_id=rule, **changes)


@pytest.fixture
def enter(state: State, data_dir: Path, lease: Lease) -> Commit:
    ids = EventIds(state)

    def entered(*raised: Alert, shadow: tuple[Alert, ...] = (), received: int = 1) -> None:
        made = events(1, ids.take(1), first_offset=ids.last)
        batch = Batch("web", f"s{ids.last}", None, "{}", received, made, 1, alerts=raised, shadow=shadow)
        commit(state, data_dir, batch, ids, lease)

    return entered


def sums(state: State) -> dict[tuple[str, str, str], tuple[int, int]]:
    found: dict[tuple[str, str, str], tuple[int, int]] = {}
    with state.read() as connection:
        for row in connection.execute(select(rule_hits)):
            before = found.get((row.rule_id, row.stage, row.platform_id), (0, 0))
            key = (row.rule_id, row.stage, row.platform_id)
            found[key] = before[0] + row.alerts, before[1] + row.events
    return found


def test_new_alerts_and_all_events_are_counted_by_rule_stage_and_platform(state: State, enter: Commit) -> None:
    enter(alert(1, count=3), alert(2, platform_id="gdx"), alert(1, "q"), shadow=(alert(1, "s", count=5),))
    enter(alert(1, count=4), shadow=(alert(1, "s", count=2), alert(2, "s")))
    assert sums(state) == {
        ("r", "production", "tang_rat"): (1, 7),
        ("r", "production", "gdx"): (1, 1),
        ("q", "production", "tang_rat"): (1, 1),
        ("s", "shadow", "tang_rat"): (2, 8),
    }
    with state.read() as connection:
        assert set(connection.scalars(select(alerts.c.rule_id))) == {"r", "q"}
        assert {row.last_at for row in connection.execute(select(rule_hits))} == {to_us(NOW)}


def test_what_others_than_the_intake_raise_is_counted_too(state: State) -> None:
    for _ in range(2):
        with state.write() as connection:
            assert add_alerts(connection, [alert(1, "intel.listed")], now_us()) == 1
    assert sums(state) == {("intel.listed", "production", "tang_rat"): (1, 2)}


def test_a_commit_that_fails_counts_nothing(state: State, data_dir: Path, lease: Lease, enter: Commit) -> None:
    enter(alert(1))
    ids = EventIds(state)
    batch = Batch("web", "a", None, "{}", 1, events(1, ids.take(1)), 1, alerts=[alert(2)], shadow=[alert(3, "s")])
    other = replace(batch, source="b", read_from="elsewhere", events=events(1, ids.take(1)))
    with pytest.raises(StoreError, match="read on meanwhile"):
        commit_all(state, data_dir, [batch, other], ids, lease)
    assert sums(state) == {("r", "production", "tang_rat"): (1, 1)}
    with state.read() as connection:
        assert connection.execute(select(shadow_known)).all() == []


def test_the_newest_alerts_in_shadow_are_kept_and_the_others_still_counted_once(state: State, enter: Commit) -> None:
    enter(shadow=tuple(alert(number, "s") for number in range(40)))
    enter(shadow=tuple(alert(number, "s") for number in range(40, 90)))
    enter(shadow=(alert(3, "s", count=4), alert(80, "s", count=4, last_at=NOW + timedelta(minutes=1))))
    assert sums(state) == {("s", "shadow", "tang_rat"): (90, 98)}
    with state.read() as connection:
        kept = hits.sample(connection, "s", 1000)
        assert hits.sample(connection, "other") == []
    assert {one.alert_id for one in kept} == {alert(number, "s").alert_id for number in range(40, 90)}
    grown = next(one for one in kept if one.alert_id == alert(80, "s").alert_id)
    assert (grown.count, grown.first_at, grown.last_at) == (5, to_us(NOW), to_us(NOW) + 60_000_000)
    assert grown.entities == (Entity("address", "203.0.113.9"),)


def test_hostile_names_are_kept_short_and_printable(state: State, enter: Commit) -> None:
    odd = Entity("user", "a\x1b[2J\ud800" + "b" * 5000)
    enter(shadow=(alert(1, "s", entities=(odd,) * 100),))
    with state.read() as connection:
        (kept,) = hits.sample(connection, "s")
    assert len(kept.entities) <= 20
    assert all(len(one.value) <= 200 and one.value.isprintable() for one in kept.entities)


def test_what_nobody_asks_for_is_forgotten(state: State, enter: Commit) -> None:
    enter(alert(1), shadow=(alert(1, "s"),))
    with state.write() as connection:
        hits.forget(connection, now_us() + 3 * DAY_US)
    with state.read() as connection:
        assert connection.execute(select(shadow_known)).all() == []
        assert len(connection.execute(select(shadow_alerts)).all()) == 1
    assert len(sums(state)) == 2
    with state.write() as connection:
        hits.forget(connection, now_us() + 400 * DAY_US)
    assert sums(state) == {}


def test_figures_of_one_rule(state: State, enter: Commit) -> None:
    enter(alert(1), alert(2, platform_id="gdx"), shadow=(alert(1, "s"),))
    now = now_us()
    since, span, before = now - DAY_US, (now - DAY_US, now), (now - 2 * DAY_US, now - DAY_US)
    with state.read() as connection:
        assert hits.counted(connection, "r", span, hits.RAISED) == (2, 2, 1)
        assert hits.counted(connection, "r", before, hits.RAISED) == (0, 0, 0)
        assert hits.counted(connection, "r", span, hits.SHADOW) == (0, 0, 0)
        assert hits.by_platform(connection, "r", span) == {("production", "tang_rat"): 1, ("production", "gdx"): 1}
        assert hits.by_platform(connection, "r", before) == {}
        assert [(stage, count) for _, stage, count in hits.by_hour(connection, "s", since)] == [("shadow", 1)]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=5), max_size=3))
def test_shadow_and_production_count_alike(state: State, enter: Commit, batches: list[list[tuple[int, bool]]]) -> None:
    """Whatever comes in whatever batches: what a rule would have raised is what it would have been counted with."""
    with state.write() as connection:
        for table in (rule_hits, shadow_alerts, shadow_known, alerts):
            connection.execute(table.delete())
    for batch in batches:
        found = [alert(number, "q" if other else "r") for number, other in batch]
        enter(*found, shadow=tuple(found))
    counted = sums(state)
    for rule in "qr":
        expected = {number for batch in batches for number, other in batch if other == (rule == "q")}
        own = [counted.get((rule, stage, "tang_rat"), (0, 0)) for stage in ("production", "shadow")]
        assert own[0] == own[1]
        assert own[0][0] == len(expected)
