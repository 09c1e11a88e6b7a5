"""Cuts the events of many files into stretches of ids that fit into memory together, in the order of the ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from warroom.bench.backtest_looking import Share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from warroom.store.segments import Segment

#: Events that are looked at between two steps of correlations, at first and at most.
_FIRST: Final = 1 << 17
_MOST: Final = 1 << 23
_LEAST: Final = 1 << 17
#: Rows that correlations shall get at a time: what they hold until then is what memory is needed for.
_WANTED: Final = 1 << 18
_AFTER_ALL: Final = (1 << 63) - 1


class Slices:
    """Gives (last id, shares) again and again until every event was in one; without order all at once."""

    def __init__(self, files: Sequence[Segment], *, in_order: bool) -> None:
        self._files = sorted(files, key=lambda one: (one.min_id, one.max_id))
        self._in_order = in_order
        self._tangled = _tangled(self._files)
        self._size = _FIRST
        self._events = 0

    def held(self, rows: int) -> None:
        """Tell how many rows the last stretch gave to correlations: the next is so large that they fit."""
        fits = _WANTED * self._events // max(1, rows)
        self._size = max(_LEAST, min(fits, 4 * self._size, _MOST))

    def __iter__(self) -> Iterator[tuple[int, list[Share]]]:
        """Give one stretch after the other."""
        if not self._in_order:
            yield _AFTER_ALL, [self._share(one, 0, _AFTER_ALL) for one in self._files]
            return
        low = 0
        left = self._files
        while left:
            high = self._high(left, low)
            here = [one for one in left if one.min_id <= high]
            yield high, [self._share(one, low, high) for one in here]
            left = [one for one in left if one.max_id > high]
            low = high + 1

    def _share(self, one: Segment, low: int, high: int) -> Share:
        return Share(one, low, high, tangled=self._in_order and one.path in self._tangled)

    def _high(self, left: Sequence[Segment], low: int) -> int:
        """Give the last id of the next stretch: an end of a file, where one is near enough."""
        first = np.array([max(one.min_id, low) for one in left], np.float64)
        begin = np.array([one.min_id for one in left], np.float64)
        end = np.array([one.max_id for one in left], np.float64)
        rows = np.array([one.rows for one in left], np.float64)

        def events(high: int) -> int:
            part = np.clip((min(float(high), _AFTER_ALL) - first + 1) / (end - begin + 1), 0, 1)
            whole = (end - first + 1) / (end - begin + 1)
            return int((rows * np.minimum(part, whole)).sum())

        cuts = sorted({one.max_id for one in left})
        few, many = 0, len(cuts) - 1
        while few < many:  # the last end that is not too far
            middle = (few + many + 1) // 2
            few, many = (middle, many) if events(cuts[middle]) <= self._size else (few, middle - 1)
        high = cuts[few]
        if (count := events(high)) > 2 * self._size:
            start = min(max(one.min_id, low) for one in left)
            high = start + (high - start) * self._size // count
            count = events(high)
        self._events = max(1, count)
        return high


def _tangled(files: Sequence[Segment]) -> frozenset[str]:
    """Name the files between whose ids others of the same feed have theirs."""
    found: set[str] = set()
    last: dict[str, Segment] = {}
    for one in files:
        before = last.get(one.feed_id)
        if before is not None and one.min_id <= before.max_id:
            found |= {before.path, one.path}
        if before is None or one.max_id > before.max_id:
            last[one.feed_id] = one
    return frozenset(found)
