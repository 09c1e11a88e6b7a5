"""When things happen: the day's load curve and the gaps between arrivals."""

from __future__ import annotations

import bisect
import itertools
from typing import TYPE_CHECKING

from warroom.drill.scenario import DAY_SECONDS, Day

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator


class Load:
    """The registrations per second over a day, in the day's own time, and how they play.

    The curve is piecewise linear between the scenario's points, runs around the clock, and is scaled so that
    twenty-four hours hold exactly ``day.registrations``.
    """

    def __init__(self, day: Day) -> None:
        opening = day.opens.hour * 3600 + day.opens.minute * 60 + day.opens.second
        points = sorted(
            ((moment.hour * 3600 + moment.minute * 60 + moment.second - opening) % DAY_SECONDS, weight)
            for moment, weight in day.load.items()
        )
        # The last point of the day leads on to the first point of the next.
        first, last = points[0], points[-1]
        before = (last[0] - DAY_SECONDS, last[1])
        after = (first[0] + DAY_SECONDS, first[1])
        self._points = [before, *points, after]
        self._day = day
        area = sum(
            (self._weight(left) + self._weight(right)) / 2 * (right - left)
            for left, right in itertools.pairwise([0.0, *(at for at, _ in points if at > 0), float(DAY_SECONDS)])
        )
        self._scale = day.registrations / area

    def _weight(self, at: float) -> float:
        index = bisect.bisect_right(self._points, at, key=lambda point: point[0])
        if index == len(self._points):
            return self._points[-1][1]
        (left, low), (right, high) = self._points[index - 1], self._points[index]
        return low + (high - low) * (at - left) / (right - left)

    def registrations_per_second(self, since_opening: float) -> float:
        """Give the real load at so many seconds after the opening (0 to 86,400)."""
        return self._weight(since_opening % DAY_SECONDS) * self._scale

    def played_per_second(self, at: float) -> float:
        """Give the thinned, compressed load at a second of the play."""
        pace = DAY_SECONDS / self._day.seconds
        return self.registrations_per_second(at * pace) * pace / self._day.one_of


def happens(rng: random.Random, share: float) -> bool:
    """Draw whether something happens that happens in this share of the cases (0 to 1)."""
    return rng.random() < share


def arrivals(rng: random.Random, start: float, duration: float, per_second: float) -> Iterator[float]:
    """Give the moments of independent arrivals (a Poisson process) in ``[start, start + duration)``."""
    at = start
    while (at := at + rng.expovariate(per_second)) < start + duration:
        yield at


def load_arrivals(rng: random.Random, load: Load, second: int) -> list[float]:
    """Give the moments inside one second of the play at which an ordinary person begins, in order."""
    return list(arrivals(rng, second, 1.0, max(load.played_per_second(second), 1e-9)))
