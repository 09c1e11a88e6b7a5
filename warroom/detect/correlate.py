"""The windows of one correlation: takes matching events in any batches, says which groups meet its condition.

An event may come up to ``LATENESS`` behind the newest one of its own feed. Results do not depend on how events
are cut into batches, nor on how far apart the feeds are read: events of one feed always meet, events of several
do while these are at most ``PATIENCE`` apart (beyond, as far as memory still holds the other's). Memory is
bounded: groups that no feed can change any more go, then those unused for longest, and these are counted.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from warroom.detect.clocks import LATENESS, PATIENCE
from warroom.detect.windows import Event, Group, Report, Window, reports

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from warroom.detect.clocks import Clocks
    from warroom.detect.rules import Correlation

#: Alerts of one group closer than this are one alert.
_LEAST_BUCKET: Final = timedelta(minutes=5)
_MICROSECOND: Final = timedelta(microseconds=1)

#: Groups and events that may lie in memory before a first look at what can go.
_FIRST_LOOK: Final = 1_000

#: What tells groups apart: drill or not, then the values grouped by.
Key = tuple[bool, tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class Member:
    """An event that counts: time in microseconds, ``value`` None where there is nothing to count.

    ``origin`` begins with the feed.
    """

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
    """The state of one correlation: ``held`` events lie in memory, ``dropped`` had no room there."""

    def __init__(self, correlation: Correlation, limits: Limits = Limits()) -> None:
        timespan = correlation.seconds * 1_000_000
        self.window = Window(
            timespan=timespan,
            bucket=max(timespan, _LEAST_BUCKET // _MICROSECOND),
            limits=correlation.limits,
            distinct=correlation.kind == "value_count",
        )
        self.dropped = 0
        self.held = 0
        self._limits = limits
        self._groups: dict[Key, Group] = {}  # the one used last is last
        self._feeds: set[str | None] = set()
        self._unsettled: dict[Key, int] = {}  # for conditions that must wait: the earliest event that does
        self._next_look = _FIRST_LOOK

    @property
    def horizon(self) -> timedelta:
        """How far behind its feed's newest event another can still change the answer."""
        return self._reach * _MICROSECOND + PATIENCE

    @property
    def _reach(self) -> int:
        """How far before the time that all have reached events still count."""
        return 2 * self.window.timespan + self.window.bucket + LATENESS // _MICROSECOND

    def add(self, members: Iterable[Member], clocks: Clocks) -> Iterator[tuple[Key, Group, Report]]:
        """Take events; give each group and bucket whose condition holds for more events than were reported.

        Args:
            members: events in any order, none of them later than ``LATENESS`` allows.
            clocks: how far each feed has come, these events included.
        """
        by_key: dict[Key, list[Event]] = {}
        for member in members:
            by_key.setdefault(member.key, []).append((member.time, member.id, member.value, member.origin))
        since: dict[Key, int] = {}
        for key, events in by_key.items():
            group = self._groups.pop(key, None) or Group()
            self._groups[key] = group
            since[key] = group.add(events)
            self.held += len(events)
            self._feeds.update(group.feeds)
        shared = clocks.shared(self._feeds)
        if self.window.growing:
            for key, earliest in since.items():
                for report in reports(self._groups[key], self.window, earliest, 0):
                    yield key, self._groups[key], report
        else:
            yield from self._settle(since, shared, clocks)
        for key in by_key:
            self._trim(self._groups[key], shared, clocks)
        self._make_room(shared, clocks)

    def _settle(self, since: dict[Key, int], shared: int, clocks: Clocks) -> Iterator[tuple[Key, Group, Report]]:
        """Ask the windows that no event can change any more."""
        for key, earliest in since.items():
            self._unsettled[key] = min(earliest, self._unsettled.get(key, earliest))
        for key, earliest in list(self._unsettled.items()):
            group = self._groups[key]
            settled = clocks.own(group.feeds, shared) - LATENESS // _MICROSECOND
            if earliest + self.window.timespan >= settled:
                continue
            for report in reports(group, self.window, earliest, settled):
                yield key, group, report
            place = bisect.bisect_left(group.times, settled - self.window.timespan)
            if place < len(group.times):
                self._unsettled[key] = group.times[place]
            else:
                del self._unsettled[key]

    def _trim(self, group: Group, shared: int, clocks: Clocks) -> None:
        before = len(group.times)
        group.forget(clocks.own(group.feeds, shared) - self._reach, self.window.bucket)
        excess = len(group.times) - self._limits.events_of_group
        if excess > 0:
            group.drop_oldest(excess)
            self.dropped += excess
        self.held -= before - len(group.times)

    def _make_room(self, shared: int, clocks: Clocks) -> None:
        # Looking at every group costs what came in since the last look.
        if self.held + len(self._groups) > self._next_look:
            for key, group in list(self._groups.items()):
                self._trim(group, shared, clocks)
                if not group.times:
                    self._remove(key)
            self._next_look = max(_FIRST_LOOK, 2 * (self.held + len(self._groups)))
        while self.held > self._limits.events or len(self._groups) > self._limits.groups:
            key = next(iter(self._groups))
            self._trim(self._groups[key], shared, clocks)
            self.dropped += len(self._groups[key].times)
            self._remove(key)

    def _remove(self, key: Key) -> None:
        self.held -= len(self._groups.pop(key).times)
        self._unsettled.pop(key, None)
