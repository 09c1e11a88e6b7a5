"""The windows of one correlation: takes matching events in any batches, says which groups meet its condition.

Results do not depend on how events are cut into batches. An event may come up to ``LATENESS`` behind the
newest one; later ones are left out and counted. Memory is bounded: the groups unused for longest go first,
and what went is counted.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from warroom.detect.windows import Group, Report, Window, reports

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from warroom.detect.rules import Correlation

#: How far behind the newest event another may still come in.
LATENESS: Final = timedelta(minutes=10)
#: Alerts of one group closer than this are one alert.
_LEAST_BUCKET: Final = timedelta(minutes=5)
_MICROSECOND: Final = timedelta(microseconds=1)

#: What tells groups apart: drill or not, then the values grouped by.
Key = tuple[bool, tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class Member:
    """An event that counts: time in microseconds, ``value`` None where there is nothing to count."""

    key: Key
    time: int
    id: int
    value: tuple[str, ...] | None
    origin: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one correlation may remember."""

    events: int = 2_000_000
    events_of_group: int = 200_000
    groups: int = 500_000


class Windows:
    """The state of one correlation; ``dropped`` counts events that memory had no room for."""

    def __init__(self, correlation: Correlation, limits: Limits = Limits()) -> None:
        timespan = correlation.seconds * 1_000_000
        self.window = Window(
            timespan=timespan,
            bucket=max(timespan, _LEAST_BUCKET // _MICROSECOND),
            limits=correlation.limits,
            distinct=correlation.kind == "value_count",
        )
        self.dropped = 0
        self._limits = limits
        self._groups: dict[Key, Group] = {}  # the one used last is last
        self._events = 0
        self._waiting: list[tuple[int, Key]] = []  # when windows are settled, for conditions that must wait

    @property
    def horizon(self) -> timedelta:
        """How far back an event can still change the answer."""
        return (2 * self.window.timespan + self.window.bucket) * _MICROSECOND + LATENESS

    def add(self, members: Iterable[Member], clock: int) -> Iterator[tuple[Key, Group, Report]]:
        """Take events; give each group and bucket whose condition holds for more events than were reported.

        Args:
            members: events in any order.
            clock: the newest event time seen, in microseconds.
        """
        by_key: dict[Key, list[tuple[int, int, tuple[str, ...] | None, tuple[object, ...]]]] = {}
        for member in members:
            by_key.setdefault(member.key, []).append((member.time, member.id, member.value, member.origin))
        settled = clock - LATENESS // _MICROSECOND
        since: dict[Key, int] = {}
        for key, events in by_key.items():
            group = self._groups.pop(key, None) or Group()
            self._groups[key] = group
            since[key] = group.add(events)
            self._events += len(events)
            if not self.window.growing:
                for time in {event[0] for event in events}:
                    heapq.heappush(self._waiting, (time + self.window.timespan, key))
        if not self.window.growing:
            since = self._due(settled)
        for key, earliest in since.items():
            known = self._groups.get(key)
            if known is not None:
                for report in reports(known, self.window, earliest, settled):
                    yield key, known, report
        for key in by_key:
            self._trim(self._groups[key], clock)
        self._make_room(clock)

    def _due(self, settled: int) -> dict[Key, int]:
        """Give the groups with windows that have become settled, from when on."""
        since: dict[Key, int] = {}
        while self._waiting and self._waiting[0][0] < settled:
            due, key = heapq.heappop(self._waiting)
            since.setdefault(key, due - self.window.timespan)
        return since

    def _trim(self, group: Group, clock: int) -> None:
        before = len(group.times)
        group.forget(clock - self.horizon // _MICROSECOND, self.window.bucket)
        excess = len(group.times) - self._limits.events_of_group
        if excess > 0:
            group.drop_oldest(excess)
            self.dropped += excess
        self._events -= before - len(group.times)

    def _make_room(self, clock: int) -> None:
        oldest = clock - self.horizon // _MICROSECOND
        while self._groups:
            key = next(iter(self._groups))
            group = self._groups[key]
            idle = not group.times or group.times[-1] < oldest
            full = self._events > self._limits.events or len(self._groups) > self._limits.groups
            if not idle and not full:
                return
            if not idle:
                self.dropped += len(group.times)
            self._events -= len(group.times)
            del self._groups[key]
