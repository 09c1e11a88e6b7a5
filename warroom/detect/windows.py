"""Lays the rows of many groups out in the order of time, and finds windows, neighbours and reports among them.

A window is the events of one group from ``timespan`` before an event up to that event, both ends and all events of
the same moment included. An alert is what the windows that end in one bucket of event time hold; an event that the
windows of two buckets hold counts for the earlier one.

Everything is a step over whole columns: a row's group and time are packed into one number, groups lie further apart
than a timespan, so that no window reaches from one group into another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from warroom.detect.runs import Rows, opening, spread, taken

if TYPE_CHECKING:
    import numpy.typing as npt

    Places = npt.NDArray[np.int64]

_MOST: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Laid:
    """Rows in the order of group, time and id.

    Attributes:
        rows: the columns; ``nth`` is the group's number among those laid out.
        packed: group and time in one number, ascending.
        span: the timespan, in microseconds.
        tie: for each row the place of the last one of the same group and moment.
        counts: 1 for each row but those of an event that another row stands for.
    """

    rows: Rows
    packed: Places
    span: int
    tie: Places
    counts: Places

    def __len__(self) -> int:
        return len(self.packed)

    def ends(self) -> Places:
        """Give the places where a window ends: the last row of each moment."""
        return np.flatnonzero(self.tie == np.arange(len(self)))

    def starts(self, ends: Places) -> Places:
        """Give the place of the first row of each window."""
        return np.searchsorted(self.packed, self.packed[ends] - self.span)

    def after(self) -> Places:
        """Give for each row the place of the first one whose window it is not in any more."""
        return np.searchsorted(self.packed, self.packed + self.span, "right")

    def following(self, like: npt.NDArray[np.int64]) -> Places:
        """Give for each row the place of the next one of its group that is like it; the number of rows if none is."""
        order = np.lexsort((like, self.rows["nth"]))
        same = (like[order][1:] == like[order][:-1]) & (self.rows["nth"][order][1:] == self.rows["nth"][order][:-1])
        found = np.full(len(self), len(self))
        found[order[:-1][same]] = order[1:][same]
        return found

    def sliding(self, weights: npt.NDArray[np.int64], stops: Places) -> npt.NDArray[np.int64]:
        """Add up at each place the weights of the rows up to it that have not come to their stop."""
        change = np.append(weights, 0)
        np.subtract.at(change, stops, weights)
        return np.cumsum(change[:-1])


def lay_out(rows: Rows, span: int, *, once: bool) -> Laid | None:
    """Lay rows out; None where groups and times are too many for one number, and fewer groups must be asked at a time.

    Args:
        rows: in any order, with ``nth``, ``time``, ``id`` (below 0: a correlation's match) and ``rule``.
        span: the timespan, in microseconds.
        once: an event that several rules matched is one row only.
    """
    nth, time = rows["nth"], rows["time"]
    groups = int(nth.max(initial=-1)) + 1
    first = np.full(groups, _MOST)
    np.minimum.at(first, nth, time)
    times = time - first[nth]
    reach = int(times.max(initial=0)) + span + 2
    if groups > 1 and groups * reach >= _MOST:
        return None
    packed = nth * reach + times
    several = len(rows["rule"]) > 0 and bool((rows["rule"] != rows["rule"][0]).any())
    # Rows of one rule and moment stay in the order in which they came; only among several rules an event comes twice.
    order = np.lexsort((rows["rule"], rows["id"], packed)) if several else np.argsort(packed, kind="stable")
    packed = packed[order]
    rows = taken(rows, order)
    counts = np.ones(len(packed), np.int64)
    if several:
        again = (packed[1:] == packed[:-1]) & (rows["id"][1:] == rows["id"][:-1]) & (rows["id"][1:] >= 0)
        counts[1:][again] = 0
        if once:
            kept = counts > 0
            rows, packed, counts = taken(rows, kept), packed[kept], counts[kept]
    first = np.flatnonzero(opening(packed))
    sizes = np.diff(first, append=len(packed))
    tie = np.repeat(first + sizes - 1, sizes)
    return Laid(rows, packed, span, tie, counts)


def longest(laid: Laid, starts: Places, ends: Places) -> npt.NDArray[np.bool_]:
    """Say which of all windows no longer one contains."""
    # The next window contains this one where it begins at the same row.
    found: npt.NDArray[np.bool_] = np.append(opening(laid.rows["nth"][ends], starts), True)[1:]
    return found


@dataclass(frozen=True, slots=True)
class Buckets:
    """For each group and bucket with a window that holds, in order; ``first`` and ``last`` are places among windows.

    Attributes:
        nth: the group's number among those laid out.
        number: the bucket's number.
        begin: its first microsecond.
        evidence: events in its windows.
        counted: those of them that no window of an earlier bucket holds.
        first: the first of its windows.
        last: the place after the last of them.
    """

    nth: Places
    number: Places
    begin: Places
    evidence: Places
    counted: Places
    first: Places
    last: Places

    def some(self, places: Places) -> Buckets:
        """Give some of the buckets."""
        columns = (self.nth, self.number, self.begin, self.evidence, self.counted, self.first, self.last)
        return Buckets(*(column[places] for column in columns))


def in_buckets(laid: Laid, starts: Places, ends: Places, bucket: int) -> Buckets:
    """Sum up windows by group and bucket of their end; ``starts`` and ``ends`` ascend."""
    sums = np.append(0, np.cumsum(laid.counts))
    nth = laid.rows["nth"][ends]
    number = laid.rows["time"][ends] // bucket
    alone, opens = opening(nth), opening(nth, number)
    # Starts and ends ascend together: what an earlier window holds of this one, the one before it holds.
    counted = sums[ends + 1] - sums[np.where(alone, starts, _fresh(starts, ends))]
    evidence = np.where(opens, sums[ends + 1] - sums[starts], counted)
    first = np.flatnonzero(opens)
    if not len(first):
        nothing = np.zeros(0, np.int64)
        return Buckets(nothing, nothing, nothing, nothing, nothing, nothing, nothing)
    return Buckets(
        nth[first],
        number[first],
        number[first] * bucket,
        np.add.reduceat(evidence, first),
        np.add.reduceat(counted, first),
        first,
        np.append(first[1:], len(ends)),
    )


def covered(laid: Laid, starts: Places, ends: Places, first: Places, last: Places) -> tuple[Places, Places]:
    """Give the events that the windows of some buckets hold, bucket by bucket, each event of a bucket once.

    Args:
        laid: the rows.
        starts: of all windows, ascending.
        ends: likewise.
        first: of each bucket, as ``Buckets`` has it.
        last: likewise.

    Returns:
        Places of rows, ascending within a bucket, and where each bucket begins among them, behind these their number.
    """
    sizes = last - first
    windows = spread(first, sizes)
    opens = np.zeros(len(windows), np.bool_)
    opens[np.cumsum(sizes) - sizes] = True
    starts, ends = starts[windows], ends[windows]
    fresh = np.where(opens, starts, _fresh(starts, ends))
    counts = ends - fresh + 1
    places = spread(fresh, counts)
    bucket = np.repeat(np.repeat(np.arange(len(first)), sizes), counts)
    stands = laid.counts[places] > 0
    return places[stands], np.searchsorted(bucket[stands], np.arange(len(first) + 1))


def _fresh(starts: Places, ends: Places) -> Places:
    """Give the first place of each window that the one before does not hold."""
    fresh: Places = np.maximum(starts, np.append(0, ends + 1)[:-1])
    return fresh
