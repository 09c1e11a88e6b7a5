"""What look backs compare stored events with: the index that is in use, as far as its indicators are new to them.

What left its list meanwhile is found no more; who lists a value is told as it is now.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warroom.comparing import compare_stored
from warroom.indicators import Kind
from warroom.intel.index import Index
from warroom.intel.matching import Hits, compared, match, some
from warroom.model import Alert
from warroom.store.database import from_us, now_us
from warroom.store.intel.findings import Findings
from warroom.store.intel.look_backs import AFTER, LookBack

#: An entry that is not looked for: no event is behind it.
_NEVER: Final = np.iinfo(np.int64).max


class IndexFinder:
    """Compares events with those entries of an index that are among some indicators.

    Args:
        index: what is listed; None: nothing is.
        indicators: ``kind``, ``value``, and AFTER: looked for is what comes behind that event.
    """

    def __init__(self, index: Index | None, indicators: pa.Table) -> None:
        self.index = index
        self._after = np.full(0 if index is None else len(index), _NEVER, np.int64)
        if index is not None:
            kinds = [Kind(kind) for kind in indicators.column("kind").to_pylist()]
            entries = index.find(kinds, indicators.column("value").to_pylist())
            there = entries >= 0
            self._after[entries[there]] = indicators.column(AFTER).to_numpy()[there]

    @property
    def columns(self) -> Sequence[str]:
        """Give the columns that are compared."""
        return () if self.index is None else compared(self.index)

    def rows(self, batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
        """Tell which rows of a batch match."""
        if self.index is None:
            return np.empty(0, np.int64)
        hits = match(batch, self.index)
        return np.unique(hits.rows[self._after[hits.entries] != _NEVER])

    def found(
        self, events: pa.RecordBatch, known: Callable[[list[str]], set[str]], *, drill: bool
    ) -> tuple[list[Alert], Findings]:
        """Give the alerts of some events, and what they rest on; those that are ``known`` are left out."""
        if self.index is None:
            return [], Findings()
        hits = self._new(match(events, self.index), events.column("event_id").to_numpy())
        return compare_stored(events, hits, self.index, from_us(now_us()), known, drill=drill)

    def _new(self, hits: Hits, event_ids: npt.NDArray[np.int64]) -> Hits:
        return some(hits, event_ids[hits.rows] > self._after[hits.entries])


class Finders:
    """Gives the finder of the look back that runs, by the index in use; any thread may ``use`` another one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._made: tuple[int, Index | None, IndexFinder] | None = None

    def use(self, index: Index | None) -> None:
        """Compare with this index from the next step on."""
        with self._lock:
            self._index = index
            self._made = None  # the one before may go

    def current(self, look_back: LookBack, indicators: pa.Table) -> IndexFinder:
        """Give the finder of a look back."""
        with self._lock:
            index, made = self._index, self._made
        if made is None or made[0] != look_back.id or made[1] is not index:
            made = look_back.id, index, IndexFinder(index, indicators)
            with self._lock:
                self._made = made if self._index is index else None
        return made[2]
