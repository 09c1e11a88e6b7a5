from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from warroom.drill.people import generator
from warroom.drill.rhythm import Load, arrivals

if TYPE_CHECKING:
    from warroom.drill.scenario import Scenario


def test_the_curve_holds_exactly_the_registrations_of_the_news(scenario: Scenario) -> None:
    load = Load(scenario.day)
    total = sum(load.registrations_per_second(second + 0.5) for second in range(86_400))
    assert total == pytest.approx(18_800_000, rel=1e-4)


def test_the_morning_rush_is_at_least_three_times_the_average(scenario: Scenario) -> None:
    load = Load(scenario.day)
    by_hour = [load.registrations_per_second(hour * 3600) for hour in range(24)]
    assert max(by_hour) == by_hour[0] >= 3 * 217.6
    assert min(by_hour) < 217.6 / 4


def test_a_play_holds_one_person_for_every_so_many(scenario: Scenario) -> None:
    load = Load(scenario.day)
    played = sum(load.played_per_second(second + 0.5) for second in range(int(scenario.day.seconds)))
    assert played == pytest.approx(18_800_000 / scenario.day.one_of, rel=1e-3)


def test_arrivals_come_in_order_inside_their_time_at_their_rate() -> None:
    moments = list(arrivals(generator(1, "arrivals"), 50, 400, 5))
    assert moments == sorted(moments)
    assert all(50 <= at < 450 for at in moments)
    assert len(moments) == pytest.approx(2_000, rel=0.1)
