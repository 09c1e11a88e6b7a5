"""What the windows of a correlation tell of: groups in which its condition holds, with the events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from warroom.detect.windows import covered

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from warroom.detect.runs import Origins, Runs
    from warroom.detect.windows import Buckets, Laid

    Times = npt.NDArray[np.int64]
    Places = npt.NDArray[np.int64]

#: So many event ids are told of each report: the oldest, and the newest as the last.
EVENTS: Final = 20
#: So many events, evenly spread, say what a report is about.
_TOLD: Final = 10_000
#: Events of reports that are told of together: each step costs more than what it is done to.
_TOGETHER: Final = 100_000


@dataclass(frozen=True, slots=True)
class Reports:
    """Groups and buckets in which the condition holds for other events than were reported: a column each.

    Attributes:
        begin: the bucket's first microsecond.
        new: how many events are new.
        again: the group and bucket were reported before.
        first_at: the time of the first event, in microseconds.
        last_at: of the last.
        last_id: the last event.
        last: what is known of it (``members.ORIGIN``).
        ids: some of the events, in the order of time, report by report.
        ids_from: where those of each report begin, and behind these their number.
        origins: what is known of the events, of many for some evenly spread.
        of: the report that each of these is of.
    """

    begin: Times
    new: npt.NDArray[np.int64]
    again: npt.NDArray[np.bool_]
    first_at: Times
    last_at: Times
    last_id: npt.NDArray[np.int64]
    last: Origins
    ids: npt.NDArray[np.int64]
    ids_from: Places
    origins: Origins
    of: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.begin)


@dataclass(frozen=True, slots=True)
class Matches:
    """Moments at which the condition came to hold, for the correlations that refer to this one.

    ``ids`` are of an event of that moment, ``like`` is equal for those of one alert.
    """

    times: Times
    ids: npt.NDArray[np.int64]
    like: npt.NDArray[np.int64]
    origins: Origins


@dataclass(slots=True)
class Raised:
    """What new events brought about."""

    reports: list[Reports] = field(default_factory=list)
    matches: list[Matches] = field(default_factory=list)


def reports_of(
    runs: Runs,
    laid: Laid,
    windows: tuple[Places, Places],
    found: Buckets,
    new: npt.NDArray[Any],
    again: npt.NDArray[Any],
) -> Iterator[Reports]:
    """Tell of buckets, as many at once as memory allows.

    Args:
        runs: where the rows lie.
        laid: the rows.
        windows: where they start and where they end.
        found: the buckets to tell of.
        new: how many events are new, by bucket.
        again: says which of them were reported before.
    """
    sums = np.cumsum(found.evidence)
    first = 0
    while first < len(sums):
        before = sums[first] - found.evidence[first]
        last = max(first + 1, int(np.searchsorted(sums, before + _TOGETHER, "right")))
        own = slice(first, last)
        rows, starts = covered(laid, *windows, found.first[own], found.last[own])
        yield _told(runs, laid, rows, starts, found.begin[own], new[own], again[own])
        first = last


def _told(
    runs: Runs, laid: Laid, rows: Places, starts: Places, begin: Times, new: npt.NDArray[Any], again: npt.NDArray[Any]
) -> Reports:
    counts = np.diff(starts)
    of = np.repeat(np.arange(len(counts)), counts)
    nth = np.arange(len(rows)) - starts[of]
    ids, times = laid.rows["id"][rows], laid.rows["time"][rows]
    ids = np.where(ids < 0, ~ids, ids)
    newest = starts[1:] - 1
    sample = nth < EVENTS - 1
    sample[newest] = True
    told = nth % -(-counts // _TOLD)[of] == 0
    run, place = laid.rows["run"][rows], laid.rows["place"][rows]
    return Reports(
        begin,
        new,
        again,
        times[starts[:-1]],
        times[newest],
        ids[newest],
        runs.origins(run[newest], place[newest]),
        ids[sample],
        np.searchsorted(of[sample], np.arange(len(counts) + 1)),
        runs.origins(run[told], place[told]),
        of[told],
    )
