"""The whole day as lines in order of time: scenario and seed in, lines out, no clock and no file."""

from __future__ import annotations

import heapq
import itertools
from typing import TYPE_CHECKING

from warroom.drill.attacks import attack_lines
from warroom.drill.background import Background
from warroom.drill.citizens import registration
from warroom.drill.people import Population, generator
from warroom.drill.rhythm import Load, load_arrivals
from warroom.drill.staff import Staff

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.drill.lines import Line
    from warroom.drill.scenario import Scenario


def play(scenario: Scenario, seed: int, seconds: float) -> Iterator[Line]:
    """Give the first ``seconds`` of the play; the same seed gives the same lines, whatever the length."""
    load = Load(scenario.day)
    average = scenario.day.registrations / scenario.day.one_of / scenario.day.seconds
    population = Population(scenario.ordinary, seed)
    background = Background(scenario.ordinary, seed)
    staff = Staff(scenario.ordinary, seed)
    ahead: list[tuple[float, int, Line]] = []
    counter = itertools.count()  # breaks ties: lines of one moment stay in the order in which they were written
    attacks = sorted(scenario.attacks, key=lambda attack: attack.start, reverse=True)
    for second in range(int(-(-seconds // 1))):
        lines = [*background.second(second), *staff.second(second)]
        rng = generator(seed, "people", second)
        for at in load_arrivals(rng, load, second):
            busy = load.played_per_second(at) / average
            lines += registration(rng, scenario.ordinary, population.person(rng), at, busy=busy)
        while attacks and attacks[-1].start < second + 1:
            lines += attack_lines(attacks.pop(), seed)
        for line in lines:
            heapq.heappush(ahead, (line.at, next(counter), line))
        # Nothing that begins in a later second can come before its end.
        while ahead and ahead[0][0] < min(second + 1, seconds):
            yield heapq.heappop(ahead)[2]
