"""Counts events in sliding windows of event time, one group of events at a time.

A window is the events of one group from ``timespan`` before an event up to that event, both ends included,
in the order of event time. A condition that only more events can make true (gt, gte) holds for a window as
soon as it is met. Any other (lt, lte, eq, neq) is asked only of windows that no longer one contains, and only
when no late event can change them any more.
"""

from __future__ import annotations

import bisect
import operator
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, cast

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

_LIMITS: Final[dict[str, Callable[[npt.NDArray[np.int64], int], npt.NDArray[np.bool_]]]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "eq": operator.eq,
    "neq": operator.ne,
}
_GROWING: Final = frozenset(("gt", "gte"))


@dataclass(frozen=True, slots=True)
class Window:
    """What is asked of each window; times in microseconds."""

    timespan: int
    bucket: int  # alerts of one group within a bucket of event time are one alert
    limits: tuple[tuple[str, int], ...]
    distinct: bool

    @property
    def growing(self) -> bool:
        """Only more events can make the condition true, and none can make it false."""
        return all(name in _GROWING for name, _ in self.limits)


#: Time, id, what is counted, and where it came from, the feed first.
Event = tuple[int, int, tuple[str, ...] | None, tuple[object, ...]]


@dataclass(slots=True)
class Group:
    """The events of one key in the order of (time, id), and how many were reported for each bucket.

    ``feeds`` has the newest time of each feed that events came from.
    """

    times: array[int] = field(default_factory=lambda: array("q"))
    ids: array[int] = field(default_factory=lambda: array("q"))
    values: list[tuple[str, ...] | None] = field(default_factory=list)
    origins: list[tuple[object, ...]] = field(default_factory=list)
    reported: dict[int, int] = field(default_factory=dict)
    feeds: dict[str | None, int] = field(default_factory=dict)

    def add(self, events: Sequence[Event]) -> int:
        """Insert events; give the earliest time among them."""
        ordered = sorted(events, key=lambda event: event[:2])
        in_order = not self.times or (ordered[0][0], ordered[0][1]) >= (self.times[-1], self.ids[-1])
        for time, identity, value, origin in ordered:
            self.times.append(time)
            self.ids.append(identity)
            self.values.append(value)
            self.origins.append(origin)
            feed = cast("str | None", origin[0])
            self.feeds[feed] = max(time, self.feeds.get(feed, time))
        if not in_order:
            order = sorted(range(len(self.times)), key=lambda place: (self.times[place], self.ids[place]))
            self.times = array("q", [self.times[place] for place in order])
            self.ids = array("q", [self.ids[place] for place in order])
            self.values = [self.values[place] for place in order]
            self.origins = [self.origins[place] for place in order]
        return ordered[0][0]

    def forget(self, before: int, bucket: int) -> None:
        """Drop events before a time, and reports of buckets that ended before it."""
        if not self.times or self.times[0] >= before:
            return
        self.drop_oldest(bisect.bisect_left(self.times, before))
        for feed in [feed for feed, newest in self.feeds.items() if newest < before]:
            del self.feeds[feed]
        for number in [number for number in self.reported if (number + 1) * bucket <= before]:
            del self.reported[number]

    def drop_oldest(self, count: int) -> None:
        """Drop that many events."""
        if count:
            del self.times[:count], self.ids[:count], self.values[:count], self.origins[:count]


@dataclass(frozen=True, slots=True)
class Report:
    """A bucket of a group in which the condition held: the places of its windows' events, and how many are new."""

    bucket: int
    places: list[int]
    new: int


def reports(group: Group, window: Window, since: int, settled: int) -> list[Report]:
    """Give the buckets from the time ``since`` on whose windows hold more events than were reported, and note them.

    ``settled`` is the time before which no event can come any more.
    """
    times = np.array(group.times, dtype=np.int64)
    first = int(np.searchsorted(times, since // window.bucket * window.bucket))
    starts = np.searchsorted(times, times[first:] - window.timespan)
    ends = np.arange(first, len(times))
    counts = _distinct(group.values, starts, first) if window.distinct else ends - starts + 1
    true = np.ones(len(ends), dtype=np.bool_)
    for name, limit in window.limits:
        true &= _LIMITS[name](counts, limit)
    if not window.growing:
        # A longer window contains this one when the next event still reaches back to this one's start.
        following = np.append(starts[1:], len(times))
        true &= (following > starts) & (times[first:] + window.timespan < settled)
    places = np.flatnonzero(true)
    found: list[Report] = []
    buckets = times[first:][places] // window.bucket
    for number in np.unique(buckets).tolist():
        chosen = places[buckets == number]
        covered = np.zeros(len(times) + 1, dtype=np.int64)
        np.add.at(covered, starts[chosen], 1)
        np.add.at(covered, ends[chosen] + 1, -1)
        inside = np.flatnonzero(np.cumsum(covered[:-1])).tolist()
        new = len(inside) - group.reported.get(number, 0)
        if new > 0:
            group.reported[number] = len(inside)
            found.append(Report(number, inside, new))
    return found


def _distinct(values: list[tuple[str, ...] | None], starts: npt.NDArray[np.int64], first: int) -> npt.NDArray[np.int64]:
    """Count the distinct values of each window, given where each begins and where the first ends."""
    seen: dict[tuple[str, ...], int] = {}
    counts = np.zeros(len(starts), dtype=np.int64)
    if not len(starts):
        return counts
    left = int(starts[0])
    for place in range(left, len(values)):
        value = values[place]
        if value is not None:
            seen[value] = seen.get(value, 0) + 1
        if place < first:
            continue
        while left < starts[place - first]:
            gone = values[left]
            if gone is not None:
                seen[gone] -= 1
                if not seen[gone]:
                    del seen[gone]
            left += 1
        counts[place - first] = len(seen)
    return counts
