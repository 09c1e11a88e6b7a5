"""What one batch of JSON Lines is read in: tables that are used again, for fresh memory is dear."""

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.parse import json_kernel as kernel
from warroom.parse.json_quotes import MOST_QUOTES, SPARE

#: Room at first: values, those that are looked up, list elements. It doubles in no time, and small tables are quick.
_VALUES: Final = 1 << 12
_KNOWN: Final = 1 << 7
_ELEMENTS: Final = 1 << 12
#: Rooms with more values or elements than this are not kept: a hostile batch made them.
_MOST_VALUES: Final = 1 << 18
_MOST_KEPT: Final = 2


class Room:
    """Tables for one batch at a time: values, list elements, and what is counted by slot.

    Nothing that is given out may point into them.
    """

    def __init__(self, values: int = _VALUES, known: int = _KNOWN, elements: int = _ELEMENTS) -> None:
        self.quotes = np.empty(MOST_QUOTES + SPARE, np.int64)
        self.values = np.empty((values, 4), np.int32)
        self.known = np.empty((known, kernel.KNOWN_COLUMNS), np.uint64)
        self.table = np.empty(2 * known, np.int32)
        self.slots = np.empty((0, kernel.SLOT_COLUMNS), np.int64)
        self.elements = np.empty((elements, 2), np.int32)
        self.tile = np.empty(0, np.int32)

    def empty(self) -> None:
        """Empty the tables for a batch."""
        self.table[:] = 0
        self.slots = np.empty((0, kernel.SLOT_COLUMNS), np.int64)

    def widen(self, slots: int) -> None:
        """Make room for so many slots."""
        if (more := slots - len(self.slots)) > 0:
            fresh = np.tile(kernel.NEW_SLOT, (more, 1))
            self.slots = np.concatenate([self.slots, fresh])
        if (more := slots * kernel.SPACING - len(self.tile)) > 0:
            self.tile = np.concatenate([self.tile, np.full(more, -1, np.int32)])

    def more_values(self, values: int, known: int) -> None:
        """Make room for twice as many values, of those that are looked up or of all."""
        if values == len(self.values):
            self.values = np.concatenate([self.values, np.empty_like(self.values)])
        if known == len(self.known):
            self.known = np.concatenate([self.known, np.empty_like(self.known)])
            self.table = np.zeros(2 * len(self.known), np.int32)
            kernel.refill(self.table, self.known, known)

    def more_elements(self) -> None:
        """Make room for twice as many list elements."""
        self.elements = np.concatenate([self.elements, np.empty_like(self.elements)])

    def keep(self) -> None:
        """Let another batch have this room."""
        if len(_FREE) < _MOST_KEPT and max(len(self.values), len(self.elements)) <= _MOST_VALUES:
            _FREE.append(self)


#: Any thread may take one out; who uses one has it alone.
_FREE: Final[list[Room]] = []


def free_room() -> Room:
    """Give a room that nobody uses."""
    try:
        return _FREE.pop()
    except IndexError:
        return Room()
