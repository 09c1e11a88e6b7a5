"""Numbers the groups of one correlation, and keeps what is known of each: columns by group number.

A group is known by a keyed hash of 128 bits of its values, under keys that each process draws: an attacker who
writes the values can neither aim at another group nor fill one place of the table. Finding and adding are steps
over whole columns; only ``keep`` costs the size of the state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from warroom.detect.clocks import END, NEVER
from warroom.detect.runs import opening

if TYPE_CHECKING:
    import numpy.typing as npt

_FIRST_SIZE: Final = 1024
#: Each column, what it holds, and its value for a new group.
_COLUMNS: Final[dict[str, tuple[type[np.generic], int]]] = {
    "first": (np.uint64, 0),  # the key's hash …
    "second": (np.uint64, 0),  # … and its other half
    "gone": (np.bool_, 0),  # forgotten: its rows count no more, and its key may get a new number
    "count": (np.int32, 0),  # rows
    "used": (np.int64, 0),  # when the last row came, in batches
    "newest": (np.int64, NEVER),  # the greatest event time
    "waiting": (np.int64, END),  # the earliest window that is not settled yet
    "asked": (np.int64, END),  # where something was reported: no window before this time ever held
    "slab": (np.int64, NEVER),  # with the next three: see ``Sieve``
    "latest": (np.float64, 0),
    "middle": (np.float64, 0),
    "oldest": (np.float64, 0),
}


class Groups:
    """The groups of one correlation, numbered from 0; ``len`` counts those that are gone, ``alive`` does not."""

    first: npt.NDArray[np.uint64]
    second: npt.NDArray[np.uint64]
    gone: npt.NDArray[np.bool_]
    count: npt.NDArray[np.int32]
    used: npt.NDArray[np.int64]
    newest: npt.NDArray[np.int64]
    waiting: npt.NDArray[np.int64]
    asked: npt.NDArray[np.int64]
    slab: npt.NDArray[np.int64]
    latest: npt.NDArray[np.float64]
    middle: npt.NDArray[np.float64]
    oldest: npt.NDArray[np.float64]

    def __init__(self) -> None:
        self._size = 0
        self.alive = 0
        for name, (kind, _) in _COLUMNS.items():
            setattr(self, name, np.zeros(0, kind))
        self._slots = np.full(2 * _FIRST_SIZE, -1, np.int32)

    def __len__(self) -> int:
        return self._size

    def numbers(self, first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
        """Give the group of each key; a new key gets the next number."""
        found = self._find(first, second)
        unknown = np.flatnonzero(found < 0)
        if len(unknown):
            order = unknown[np.lexsort((second[unknown], first[unknown]))]
            one, two = first[order], second[order]
            new = opening(one, two)
            found[order] = self._size - 1 + np.cumsum(new, dtype=np.int32)
            self._add(one[new], two[new])
        return found

    def forget(self, groups: npt.NDArray[np.integer]) -> None:
        """Let groups go: their numbers are given back by the next ``keep``."""
        self.gone[groups] = True
        self.alive -= len(groups)

    def take_over(self, old: int, new: int) -> None:
        """Let a group have all that is known of one that went, under its new number."""
        for name in _COLUMNS:
            if name != "gone":
                getattr(self, name)[new] = getattr(self, name)[old]

    def keep(self, kept: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
        """Keep these groups alone, renumbered in their order; give old number → new, -1 for the others."""
        moved = np.full(self._size, -1, np.int32)
        moved[kept] = np.arange(len(kept), dtype=np.int32)
        for name in _COLUMNS:
            setattr(self, name, getattr(self, name)[kept])
        self._size = self.alive = len(kept)
        self._build()
        return moved

    def _find(self, first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64]) -> npt.NDArray[np.int32]:
        found = np.full(len(first), -1, np.int32)
        if not self._size:
            return found
        mask = len(self._slots) - 1
        left = np.arange(len(first))
        slots = (first & np.uint64(mask)).astype(np.int64)
        while len(left):
            groups = self._slots[slots]
            taken = groups >= 0
            same = taken & (self.first[groups] == first[left]) & (self.second[groups] == second[left])
            same &= ~self.gone[groups]
            found[left[same]] = groups[same]
            on = taken & ~same
            left = left[on]
            slots = (slots[on] + 1) & mask
        return found

    def _add(self, first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64]) -> None:
        old, self._size = self._size, self._size + len(first)
        self.alive += len(first)
        if self._size > len(self.gone):
            self._grow(max(_FIRST_SIZE, 2 * len(self.gone), self._size))
        self.first[old : self._size] = first
        self.second[old : self._size] = second
        if 2 * self._size > len(self._slots):
            self._build()
        else:
            self._enter(np.arange(old, self._size, dtype=np.int32))

    def _grow(self, size: int) -> None:
        for name, (kind, start) in _COLUMNS.items():
            column = getattr(self, name)
            grown = np.full(size, start, kind)
            grown[: len(column)] = column
            setattr(self, name, grown)

    def _build(self) -> None:
        size = 2 * _FIRST_SIZE
        while size < 4 * self._size:
            size *= 2
        self._slots = np.full(size, -1, np.int32)
        self._enter(np.flatnonzero(~self.gone[: self._size]).astype(np.int32))

    def _enter(self, groups: npt.NDArray[np.int32]) -> None:
        mask = len(self._slots) - 1
        slots = (self.first[groups] & np.uint64(mask)).astype(np.int64)
        while len(groups):
            free = self._slots[slots] < 0
            self._slots[slots[free]] = groups[free]  # of several, one gets the place
            on = self._slots[slots] != groups
            groups = groups[on]
            slots = (slots[on] + 1) & mask
