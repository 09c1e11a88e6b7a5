"""The ordinary streams of a play: each begins anew by chance or by the clock, with its own dice."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warroom.drill.rhythm import happens
from warroom.drill.steps.acting import act

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from warroom.drill.lines import Line
    from warroom.drill.steps.acting import Place
    from warroom.drill.steps.script import Stream


@dataclass(frozen=True, slots=True)
class Flow:
    """A stream in its place; ``often`` multiplies its rate, as busy as its log is."""

    stream: Stream
    place: Place
    often: float


class Streams:
    """Runs every flow in order of time; the same flows give the same lines, however far they are asked."""

    def __init__(self, flows: Sequence[Flow], crowd: Callable[[float], float]) -> None:
        """Begin them; ``crowd`` gives the load at a second relative to the day's average, at most ``MOST``."""
        self._flows = flows
        self._crowd = crowd
        self._due: list[tuple[float, int]] = []
        for number, flow in enumerate(flows):
            every = flow.stream.every
            # By the clock: somewhere in its first period, so that jobs do not all begin together.
            first = flow.stream.start + (flow.place.rng.random() * every if every is not None else _gap(flow))
            self._push(number, first)
        heapq.heapify(self._due)

    def until(self, second: float) -> Iterator[Line]:
        """Give the lines of all runs that begin before a second and were not given yet, not in order of time."""
        while self._due and self._due[0][0] < second:
            at, number = heapq.heappop(self._due)
            flow = self._flows[number]
            if not flow.stream.crowd or happens(flow.place.rng, self._crowd(at) / MOST):
                yield from act(flow.stream.steps, flow.place, at)
            self._push(number, at + (flow.stream.every or _gap(flow)))

    def _push(self, number: int, at: float) -> None:
        until = self._flows[number].stream.until
        if until is None or at < until:
            heapq.heappush(self._due, (at, number))


#: The busiest moment of a day against its average: crowds are drawn at this pace and thinned.
MOST = 8.0


def _gap(flow: Flow) -> float:
    rate = (flow.stream.rate or 1.0) * flow.often
    return flow.place.rng.expovariate(rate * (MOST if flow.stream.crowd else 1.0))
