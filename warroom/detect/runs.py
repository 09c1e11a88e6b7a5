"""Holds the rows of one correlation in runs, each sorted by group: what came first, what came since, and so on.

A batch becomes a run of its own. Runs of like size are merged when there are many of them, so that a row is copied a
few times in its life and a look-up meets few runs: a batch costs its own size, not the state's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Moments = npt.NDArray[np.int64]

#: Columns of equal length by name: always ``group``, ``time``, ``id``, ``rule``, ``feed`` and ``place``.
Rows = dict[str, "npt.NDArray[Any]"]

#: So many small runs of like size are merged …
_MANY: Final = 16
_SMALL: Final = 1
#: … and more than these, of any size, when so many searches for each of their rows have cost as much as merging them.
_FEW: Final = 4
_WORTH: Final = 8
#: Rows are looked up one by one where there are fewer than so many of them, and of groups, for each group asked for.
_LOOKED_UP: Final = 32


@dataclass(frozen=True, slots=True)
class Origins:
    """What is told of some rows, at least one, as it stands now; copying it is left to those who need it.

    ``places`` are places in the batch that ``runs`` names.
    """

    batches: tuple[pa.RecordBatch, ...]
    runs: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]

    def some(self, rows: npt.NDArray[Any]) -> Origins:
        """Give what is told of some of the rows, by place or by mask."""
        return Origins(self.batches, self.runs[rows], self.places[rows])

    def take(self, *names: str) -> pa.RecordBatch:
        """Copy columns, all where none is named."""
        parts: list[pa.RecordBatch] = []
        order: list[npt.NDArray[np.int64]] = []
        for number in np.unique(self.runs).tolist():
            own = np.flatnonzero(self.runs == number)
            batch = self.batches[number]
            parts.append((batch.select(names) if names else batch).take(pa.array(self.places[own])))
            order.append(own)
        return parts[0] if len(parts) == 1 else joined(parts).take(pa.array(np.argsort(np.concatenate(order))))


@dataclass(slots=True)
class Run:
    """Rows sorted by group, of one group in the order in which they came; ``place`` is the row's in ``origins``."""

    rows: Rows
    origins: pa.RecordBatch

    def __len__(self) -> int:
        return len(self.rows["group"])


def taken(rows: Rows, places: npt.NDArray[Any]) -> Rows:
    """Give some of the rows, by place or by mask."""
    return {name: column[places] for name, column in rows.items()}


def opening(*columns: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Say which places differ from the one before in any of some columns; the first one does."""
    found = np.zeros(len(columns[0]), np.bool_)
    found[:1] = True
    for column in columns:
        found[1:] |= column[1:] != column[:-1]
    return found


def by_group(groups: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Give the order that sorts by group and leaves rows of one group as they are."""
    # One number of both is sorted several times faster than a stable sort of one alone.
    tagged = groups.astype(np.int64) << 32
    tagged |= np.arange(len(groups))
    tagged.sort()
    return tagged & 0xFFFFFFFF


def spread(first: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Give so many places from each first one on, one after the other."""
    places: npt.NDArray[np.int64] = np.arange(int(counts.sum())) + np.repeat(
        first - (np.cumsum(counts) - counts), counts
    )
    return places


def joined(batches: Sequence[pa.RecordBatch]) -> pa.RecordBatch:
    """Put batches one after the other; a single one is not copied."""
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


class Runs:
    """The runs of one correlation; ``len`` is the number of rows, ``bytes`` the size of what tells of them."""

    def __init__(self) -> None:
        self._runs: list[Run] = []
        self._looked = 0  # searches of a group in a run since runs were last merged for that
        self.bytes = 0

    def __len__(self) -> int:
        return sum(map(len, self._runs))

    def __iter__(self) -> Iterator[Rows]:
        return (run.rows for run in self._runs)

    def add(self, rows: Rows, origins: pa.RecordBatch) -> None:
        """Add rows sorted by group."""
        self._runs.append(Run(rows, origins))
        self.bytes += origins.nbytes
        while True:
            first = last = len(self._runs)
            while first and _tier(self._runs[first - 1]) <= _tier(self._runs[last - 1]) <= _SMALL:
                first -= 1
            if last - first < _MANY:
                return
            self._merge(first)

    def fetch(self, groups: npt.NDArray[np.int32], since: npt.NDArray[np.int64]) -> Rows:
        """Give the rows of groups (ascending) from a time on, in any order.

        Besides the rows' own columns there are ``nth``, the place of the row's group in ``groups``, and ``run``.
        """
        self._looked += len(groups) * len(self._runs)
        if len(self._runs) > _FEW and self._looked > _WORTH * len(self):
            self._merge(0)
        parts: list[Rows] = []
        table = _table(groups)
        for number, run in enumerate(self._runs):
            places, nth = _found(run.rows["group"], groups, table)
            kept = run.rows["time"][places] >= since[nth]
            if kept.any():
                part = taken(run.rows, places[kept])
                parts.append(part | {"nth": nth[kept], "run": np.full(len(part["time"]), number)})
        if len(parts) == 1:
            return parts[0]
        names = parts[0] if parts else ("group", "time", "id", "rule", "feed", "place", "nth", "run")
        return {name: np.concatenate([part[name] for part in parts] or [np.zeros(0, np.int64)]) for name in names}

    def origins(self, runs: npt.NDArray[np.int64], places: npt.NDArray[np.int64]) -> Origins:
        """Give what is told of rows, in their order."""
        return Origins(tuple(run.origins for run in self._runs), runs, places)

    def keep(self, alive: Sequence[npt.NDArray[np.bool_]], moved: npt.NDArray[np.int32]) -> None:
        """Keep rows alone that are alive, of each run in order, and give each group its new number.

        Mostly a run lives and dies as a whole, as time goes on.
        """
        left: list[Run] = []
        for run, mask in zip(self._runs, alive, strict=True):
            if not mask.all():
                if not mask.any():
                    continue
                run.rows = taken(run.rows, mask)
                wanted = np.zeros(run.origins.num_rows, np.bool_)
                wanted[run.rows["place"]] = True
                run.origins = run.origins.filter(pa.array(wanted))
                run.rows["place"] = (np.cumsum(wanted, dtype=np.int32) - 1)[run.rows["place"]]
            run.rows["group"] = moved[run.rows["group"]]
            left.append(run)
        self._runs = left
        self.bytes = sum(run.origins.nbytes for run in left)

    def _merge(self, first: int) -> None:
        self._runs[first:] = [_merged(self._runs[first:])]
        self._looked = 0


def _table(groups: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Give the place of each group by its number, -1 for others and at the end; nothing where they are few of many."""
    size = int(groups.max(initial=-1)) + 2
    if size > _LOOKED_UP * len(groups):
        return np.zeros(0, np.int64)
    table = np.full(size, -1)
    table[groups] = np.arange(len(groups))
    return table


def _found(
    rows: npt.NDArray[np.int32], groups: npt.NDArray[np.int32], table: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the places of rows that are of some groups, and of each of them the place of its group."""
    if len(table) and len(rows) < _LOOKED_UP * len(groups):
        nth = table[np.minimum(rows, len(table) - 1)]
        places = np.flatnonzero(nth >= 0)
        return places, nth[places]
    first = np.searchsorted(rows, groups, "left")
    counts = np.searchsorted(rows, groups, "right") - first
    return spread(first, counts), np.repeat(np.arange(len(groups)), counts)


def _tier(run: Run) -> int:
    return max(0, len(run).bit_length() - 8) // 4


def _merged(runs: Sequence[Run]) -> Run:
    shift = np.cumsum([0, *(run.origins.num_rows for run in runs[:-1])], dtype=np.int32)
    order = by_group(np.concatenate([run.rows["group"] for run in runs]))
    rows: Rows = {}
    for name in runs[0].rows:
        columns = [run.rows[name] for run in runs]
        if name == "place":
            columns = [column + more for column, more in zip(columns, shift, strict=True)]
        rows[name] = np.concatenate(columns)[order]
    return Run(rows, joined([run.origins for run in runs]))


def lacking(known: Moments, times: Moments) -> npt.NDArray[np.bool_]:
    """Say which times are not among the known; both ascend."""
    places = np.searchsorted(known, times)
    there = places < len(known)
    there[there] = known[places[there]] == times[there]
    return ~there


def with_moments(known: Moments, times: Moments) -> Moments:
    """Put times among the known; both ascend, and nearly always all are later than the known."""
    both = np.concatenate([known, times])
    if len(known) and len(times) and times[0] < known[-1]:
        both.sort(kind="stable")
    return both
