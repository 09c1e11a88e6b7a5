"""The whole day as lines in order of time: scenario and seed in, lines out, no clock and no file."""

from __future__ import annotations

import heapq
import itertools
from typing import TYPE_CHECKING

from warroom.drill.attacks import attack_lines
from warroom.drill.background import Background
from warroom.drill.cast import Cast
from warroom.drill.citizens import registration
from warroom.drill.people import Population, generator
from warroom.drill.rhythm import Load, load_arrivals
from warroom.drill.staff import Staff
from warroom.drill.steps.streams import Streams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from warroom.drill.lines import Line
    from warroom.drill.scenario import Ordinary, Scenario


def play(scenario: Scenario, seed: int, seconds: float) -> Iterator[Line]:
    """Give the first ``seconds`` of the play; the same seed gives the same lines, whatever the length."""
    load = Load(scenario.day)
    average = scenario.day.registrations / scenario.day.one_of / scenario.day.seconds

    def busy(at: float) -> float:
        return load.played_per_second(at) / average

    cast = Cast(scenario, seed)
    people = None if scenario.ordinary is None else People(scenario.ordinary, seed)
    streams = Streams(cast.flows(), busy)
    ahead: list[tuple[float, int, Line]] = []
    counter = itertools.count()  # breaks ties: lines of one moment stay in the order in which they were written
    attacks = sorted(scenario.attacks, key=lambda attack: attack.start, reverse=True)
    for second in range(int(-(-seconds // 1))):
        lines = list(streams.until(second + 1))
        if people is not None:
            lines += people.second(second, load, busy)
        while attacks and attacks[-1].start < second + 1:
            lines += attack_lines(attacks.pop(), seed, cast)
        for line in lines:
            heapq.heappush(ahead, (line.at, next(counter), line))
        # Nothing that begins in a later second can come before its end.
        while ahead and ahead[0][0] < min(second + 1, seconds):
            yield heapq.heappop(ahead)[2]


class People:
    """Everybody of a registration day: who registers, the staff, and what runs beside them."""

    def __init__(self, ordinary: Ordinary, seed: int) -> None:
        self._ordinary = ordinary
        self._seed = seed
        self._population = Population(ordinary, seed)
        self._background = Background(ordinary, seed)
        self._staff = Staff(ordinary, seed)

    def second(self, second: int, load: Load, busy: Callable[[float], float]) -> Iterator[Line]:
        """Give the lines that begin in a second of the play."""
        yield from self._background.second(second)
        yield from self._staff.second(second)
        rng = generator(self._seed, "people", second)
        for at in load_arrivals(rng, load, second):
            yield from registration(rng, self._ordinary, self._population.person(rng), at, busy=busy(at))
