"""Since when a rule's figures in shadow count."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from making import an_alert, somebody

from warroom.access.roles import Role
from warroom.bench import stages
from warroom.bench.rates import DAY_US, HOUR_US
from warroom.bench.shadow_figures import shadow_figures
from warroom.catalog.stages import Stage
from warroom.store.database import State, Transaction, now_us
from warroom.store.feedlife import count_hour
from warroom.store.rules import hits, loaded
from warroom.store.rules import stages as store
from warroom.store.rules.loaded import Loaded
from warroom.store.rules.stages import Asked, Step

if TYPE_CHECKING:
    from warroom.store.canonical import Json

ENGINEER = somebody("anong", Role.DETECTION_ENGINEER)
RULE = "11111111-1111-4111-8111-000000000001"
SHADOW = Loaded(RULE, "One", "", "high", "rule", "experimental", True, "shadow", "a.yml", None, (), (), ("web",))

#: A moment on an hour, long ago; tests go on from it.
BEGUN = 400_000 * HOUR_US


def figured(connection: Transaction, at: int) -> dict[str, Json]:
    figures = shadow_figures(connection, RULE, at)
    assert figures is not None
    return figures


def moved(connection: Transaction, before: Stage, after: Stage, at: int) -> None:
    step = Step(RULE, "One", before, after, None, None)
    store.record(connection, step, Asked("anong", at, "so it goes", {}))
    store.put(connection, step, "anong", at)


def hit(connection: Transaction, at: int, number: int, stage: str = hits.SHADOW) -> None:
    found = hits.Hits()
    alert = an_alert(rule_id=RULE, alert_id=f"{number:064x}")
    found.count([alert], {alert.alert_id}, stage)
    found.write(connection, at)


@pytest.mark.parametrize(("ago", "seen"), [(None, 0), (5, 5 * HOUR_US), (24 * 29, 29 * DAY_US), (24 * 90, 30 * DAY_US)])
def test_a_rule_in_shadow_by_its_status_is_seen_since_anything_came(state: State, ago: int | None, seen: int) -> None:
    loaded.tell(state, [SHADOW])
    at = now_us() // HOUR_US * HOUR_US
    with state.write() as connection:
        if ago is not None:
            count_hour(connection, "web", 7, at - ago * HOUR_US)
        figures = figured(connection, at)
    assert (figures["seen_us"], figures["until"]) == (seen, at)
    assert (figures["alerts_per_day_hundredths"] is None) is (seen < DAY_US)


def test_a_rule_that_was_put_there_is_seen_since_then(state: State) -> None:
    loaded.tell(state, [SHADOW])
    stages.move(state, ENGINEER, RULE, Stage.DRAFT, "not yet to be run")
    stages.move(state, ENGINEER, RULE, Stage.SHADOW, "to be looked at")
    with state.write() as connection:
        count_hour(connection, "web", 7, now_us() - 9 * DAY_US)
        figures = figured(connection, now_us() + HOUR_US)
    assert HOUR_US <= int(str(figures["seen_us"])) < 2 * HOUR_US


def test_of_a_rule_in_production_only_its_last_time_in_shadow_counts(state: State) -> None:
    loaded.tell(state, [SHADOW])
    with state.write() as connection:
        count_hour(connection, "web", 7, BEGUN - 20 * DAY_US)
        for number, days in enumerate((-10, -1, 1, 2, 4)):
            hit(connection, BEGUN + days * DAY_US, number)
        hit(connection, BEGUN + DAY_US, 9, hits.RAISED)
        moved(connection, Stage.SHADOW, Stage.DRAFT, BEGUN - 5 * DAY_US)
        moved(connection, Stage.DRAFT, Stage.SHADOW, BEGUN)
        moved(connection, Stage.SHADOW, Stage.PRODUCTION, BEGUN + 2 * DAY_US)
        moved(connection, Stage.PRODUCTION, Stage.RETIRED, BEGUN + 3 * DAY_US)
        figures = figured(connection, BEGUN + 9 * DAY_US)
    assert (figures["since"], figures["until"]) == (BEGUN, BEGUN + 2 * DAY_US)
    assert (figures["alerts"], figures["hours"], figures["alerts_per_day_hundredths"]) == (2, 2, 100)
    assert figures["platforms"] == {"tang_rat": 2}


def test_a_time_in_shadow_that_a_status_began_ends_with_the_move(state: State) -> None:
    loaded.tell(state, [SHADOW])
    with state.write() as connection:
        count_hour(connection, "web", 7, BEGUN)
        moved(connection, Stage.SHADOW, Stage.PRODUCTION, BEGUN + DAY_US)
        figures = figured(connection, BEGUN + 9 * DAY_US)
    assert (figures["since"], figures["until"]) == (BEGUN, BEGUN + DAY_US)


def test_an_hour_that_saw_two_times_in_shadow_counts_from_its_beginning(state: State) -> None:
    """Its hits cannot be told apart, so that both times are told."""
    with state.write() as connection:
        moved(connection, Stage.DRAFT, Stage.SHADOW, BEGUN - DAY_US)
        moved(connection, Stage.SHADOW, Stage.DRAFT, BEGUN + HOUR_US // 4)
        moved(connection, Stage.DRAFT, Stage.SHADOW, BEGUN + HOUR_US // 2)
        hit(connection, BEGUN + 1, 1)
        assert figured(connection, BEGUN + DAY_US)["since"] == BEGUN
        moved(connection, Stage.SHADOW, Stage.DRAFT, BEGUN + 3 * HOUR_US)
        moved(connection, Stage.DRAFT, Stage.SHADOW, BEGUN + 9 * HOUR_US // 2)
        figures = figured(connection, BEGUN + DAY_US)
    assert (figures["since"], figures["alerts"]) == (BEGUN + 9 * HOUR_US // 2, 0)


@pytest.mark.parametrize("known", [True, False])
def test_a_rule_that_never_was_in_shadow_has_no_figures(state: State, known: bool) -> None:  # noqa: FBT001 - pytest's
    if known:
        loaded.tell(state, [replace(SHADOW, default_stage="production")])
    with state.write() as connection:
        moved(connection, Stage.PRODUCTION, Stage.RETIRED, BEGUN)
        assert shadow_figures(connection, RULE, BEGUN + DAY_US) is None
