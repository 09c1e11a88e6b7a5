"""Gives correlations what files held, in the order in which the events were committed: as live detection met them."""

from __future__ import annotations

from bisect import bisect_left
from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from warroom.detect.clocks import LATENESS, NEVER
from warroom.detect.detector import Detector
from warroom.detect.member_rows import MATCHES
from warroom.model import UTC_MICROSECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy.typing as npt

    from warroom.bench.backtest_looking import Look
    from warroom.detect.ruleset import RuleSet
    from warroom.detect.usual import Usual
    from warroom.model import Alert

    Places = npt.NDArray[np.int64]

_LATENESS: Final = LATENESS // LATENESS.resolution


class Following:
    """Runs the correlations of a rule set over what was looked through.

    ``late`` counts events that came too late, behind others of their own feed.
    """

    def __init__(self, ruleset: RuleSet, usual: Usual | None, passed: Iterable[tuple[int, str, int]]) -> None:
        """Begin.

        Args:
            ruleset: with the correlations.
            usual: what is usual, for those with a baseline.
            passed: of files that need not be read: the last event id, the feed, and the time that it came to.
        """
        self._detector = Detector(ruleset, usual=usual)
        self._passed = sorted(passed)
        self._skipped = _skipped(self._passed)
        self._feeds: dict[str | None, int] = {}
        self._next = 0  # of those passed
        self._settles = self._detector.settles
        self.late = 0

    @property
    def dropped(self) -> dict[str, int]:
        """Events that a correlation's memory had no room for, by correlation id."""
        return self._detector.dropped

    def take(self, looks: Sequence[Look], high: int) -> Iterator[list[Alert]]:
        """Take what was found of the events up to the id ``high``; give the alerts, commit by commit."""
        ready = [self._in_time(list(own)) for _, own in groupby(sorted(looks, key=_place), key=_feed)]
        batch = pa.concat_batches([part for parts in ready for part in parts] or [_nothing()])
        batch = batch.take(pa.array(np.argsort(batch.column("event_id").to_numpy(), kind="stable")))
        ids = batch.column("event_id").to_numpy()
        first = 0
        waiting: dict[str | None, int] = {}
        for last_id, feed, time in self._marks(looks, high):
            last = int(np.searchsorted(ids, last_id, "right"))
            if last > first:
                if waiting and self._settles:  # before any of the new events is there, as live
                    yield self._detector.follow(_nothing(), waiting)
                    waiting = {}
                step = batch.slice(first, last - first)
                yield self._detector.follow(step, _latest(waiting | {feed: time}, step))
                waiting = {}
            else:
                waiting[feed] = max(waiting.get(feed, NEVER), time)
            first = last
        rest = batch.slice(first)
        yield self._detector.follow(rest, _latest(waiting, rest))

    def _marks(self, looks: Sequence[Look], high: int) -> list[tuple[int, str, int]]:
        """Give the last id of each commit, its feed and how far that came, up to an id; take note of the latter."""
        marks: list[tuple[int, str, int]] = []
        while self._next < len(self._passed) and self._passed[self._next][0] <= high:
            marks.append(self._passed[self._next])
            self._next += 1
        for look in looks:
            marks += [(last, look.share.segment.feed_id, time) for last, time in look.marks]
        marks.sort()
        for _, feed, time in marks:
            self._feeds[feed] = max(self._feeds.get(feed, NEVER), time)
        return marks

    def _in_time(self, looks: Sequence[Look]) -> list[pa.RecordBatch]:
        """Leave out what came too late behind others of its feed; the rest, with the feed's clock.

        Args:
            looks: of one feed, in the order of their ids.
        """
        feed = looks[0].share.segment.feed_id
        newest = self._reached(feed, looks[0].share.low)
        among = NEVER  # how far tangled ones came, which is told event by event as long as they are
        ids, running = _together(looks, newest)
        kept: list[pa.RecordBatch] = []
        late: list[Places] = []
        for look in looks:
            if not look.share.tangled:
                newest = max(newest, among)
            newest = max(newest, self._reached(feed, look.share.segment.min_id))
            for rows in look.members:
                own = rows.column("event_id").to_numpy()
                clocks = np.maximum(_microseconds(rows, "clock"), newest)
                if look.share.tangled:
                    clocks = np.maximum(clocks, running[np.searchsorted(ids, own)])
                there = _microseconds(rows, "ts") >= clocks - _LATENESS
                late.append(own[~there])
                come = pa.array(clocks).cast(UTC_MICROSECONDS)
                told = rows.set_column(MATCHES.names.index("clock"), MATCHES.field("clock"), come)
                kept.append(told.filter(pa.array(there)))
            if look.share.tangled:
                among = max(among, look.clock)
            else:
                newest = max(newest, look.clock)
        self.late += len(np.unique(np.concatenate(late))) if late else 0
        return kept

    def _reached(self, feed: str, before: int) -> int:
        """Say how far a feed has come with all events before an id, of files that were not read, too."""
        ids, times = self._skipped.get(feed, ([], []))
        place = bisect_left(ids, before)
        return max(self._feeds.get(feed, NEVER), times[place - 1] if place else NEVER)


def _skipped(passed: Iterable[tuple[int, str, int]]) -> dict[str, tuple[list[int], list[int]]]:
    """Give for each feed the last ids of files that were not read, ascending, and how far it had come by each."""
    found: dict[str, tuple[list[int], list[int]]] = {}
    for last, feed, time in sorted(passed):
        ids, times = found.setdefault(feed, ([], []))
        ids.append(last)
        times.append(max([time, *times[-1:]]))
    return found


def _latest(clocks: dict[str | None, int], step: pa.RecordBatch) -> dict[str | None, int]:
    """Say how far feeds have come with some events, too."""
    encoded = step.column("feed_id").dictionary_encode(null_encoding="encode")
    times, numbers = _microseconds(step, "clock"), encoded.indices.to_numpy()
    for number, feed in enumerate(encoded.dictionary.to_pylist()):
        clocks[feed] = max(clocks.get(feed, NEVER), int(times[numbers == number].max()))
    return clocks


def _microseconds(rows: pa.RecordBatch, name: str) -> Places:
    times: Places = rows.column(name).cast(pa.int64()).to_numpy()
    return times


def _together(looks: Sequence[Look], newest: int) -> tuple[Places, Places]:
    """Give the ids of tangled events in their order, and how far their feed had come with each."""
    ids = np.concatenate([look.ids for look in looks])
    times = np.concatenate([look.times for look in looks])
    order = np.argsort(ids)
    return ids[order], np.maximum.accumulate(np.append(newest, times[order]))[1:]


def _place(look: Look) -> tuple[str, int]:
    return look.share.segment.feed_id, look.share.segment.min_id


def _feed(look: Look) -> str:
    return look.share.segment.feed_id


def _nothing() -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], MATCHES)
