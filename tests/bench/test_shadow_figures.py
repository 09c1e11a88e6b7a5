"""Since when a rule's figures in shadow count."""

from __future__ import annotations

import pytest
from making import somebody

from warroom.access.roles import Role
from warroom.bench import stages
from warroom.bench.rates import DAY_US
from warroom.bench.shadow_figures import shadow_figures
from warroom.catalog.stages import Stage
from warroom.store.database import State, now_us
from warroom.store.feedlife import count_hour
from warroom.store.rules import loaded
from warroom.store.rules.loaded import Loaded

HOUR_US = 3_600_000_000
ENGINEER = somebody("anong", Role.DETECTION_ENGINEER)
RULE = "11111111-1111-4111-8111-000000000001"
SHADOW = Loaded(RULE, "One", "", "high", "rule", "experimental", True, "shadow", "a.yml", None, (), (), ("web",))


@pytest.mark.parametrize(("ago", "seen"), [(None, 0), (5, 5 * HOUR_US), (24 * 29, 29 * DAY_US), (24 * 90, 30 * DAY_US)])
def test_a_rule_in_shadow_by_its_status_is_seen_since_anything_came(state: State, ago: int | None, seen: int) -> None:
    loaded.tell(state, [SHADOW])
    at = now_us() // HOUR_US * HOUR_US
    with state.write() as connection:
        if ago is not None:
            count_hour(connection, "web", 7, at - ago * HOUR_US)
        figures = shadow_figures(connection, RULE, at)
    assert (figures["seen_us"], figures["until"]) == (seen, at)
    assert (figures["alerts_per_day_hundredths"] is None) is (seen < DAY_US)


def test_a_rule_that_was_put_there_is_seen_since_then(state: State) -> None:
    loaded.tell(state, [SHADOW])
    stages.move(state, ENGINEER, RULE, Stage.DRAFT, "not yet to be run")
    stages.move(state, ENGINEER, RULE, Stage.SHADOW, "to be looked at")
    with state.write() as connection:
        count_hour(connection, "web", 7, now_us() - 9 * DAY_US)
        figures = shadow_figures(connection, RULE, now_us() + HOUR_US)
    assert HOUR_US <= int(str(figures["seen_us"])) < 2 * HOUR_US
