"""What one batch of JSON Lines is read in: tables that are used again, for fresh memory is dear."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from warroom.parse import json_tables as tables
from warroom.parse.json_kernel import DEEPEST
from warroom.parse.json_numbers import refill
from warroom.parse.json_quotes import MOST_QUOTES, SPARE

if TYPE_CHECKING:
    import numpy.typing as npt

#: Room at first: values of a tile, distinct ones, those that are looked up, list elements. It doubles in no time, and
#: small tables are quick.
_CELLS: Final = 1 << 14
_VALUES: Final = 1 << 12
_KNOWN: Final = 1 << 7
_ELEMENTS: Final = 1 << 12
#: Rooms with more values or elements than this are not kept: a hostile batch made them.
_MOST_VALUES: Final = 1 << 18
_MOST_KEPT: Final = 2


class Room:
    """Tables for one batch at a time, see json_tables.py.

    Nothing that is given out may point into them.
    """

    def __init__(
        self, cells: int = _CELLS, values: int = _VALUES, known: int = _KNOWN, elements: int = _ELEMENTS
    ) -> None:
        self.cells = np.empty((cells, tables.CELL_COLUMNS), np.int32)
        self.hashes = np.empty(2 * len(self.cells), np.uint64)
        self.nested = np.zeros((3, DEEPEST + 1), np.int64)
        self.quotes = np.empty(MOST_QUOTES + SPARE, np.int64)
        self.values = np.empty((values, tables.VALUE_COLUMNS), np.int32)
        self.known = np.empty((known, tables.KNOWN_COLUMNS), np.uint64)
        self.table = np.empty(2 * known, np.int32)
        self.slots = np.empty((0, tables.SLOT_COLUMNS), np.int64)
        self.elements = np.empty((elements, 2), np.int32)

    @functools.cached_property
    def noting(self) -> tuple[npt.NDArray[Any], ...]:
        """What ``tokenise`` works with: the same tuple until a table grows, for to pass many arrays is dear."""
        slots, elements = self.slots.reshape(-1), self.elements.reshape(-1)
        return self.cells.reshape(-1), self.hashes, self.quotes, slots, elements, self.nested

    @functools.cached_property
    def numbering(self) -> tuple[npt.NDArray[Any], ...]:
        """What ``number`` works with."""
        values, known = self.values.reshape(-1), self.known.reshape(-1)
        slots, elements = self.slots.reshape(-1), self.elements.reshape(-1)
        return self.cells.reshape(-1), self.hashes, values, known, self.table, slots, elements

    def _grown(self) -> None:
        """Forget what named tables that are others now."""
        self.__dict__.pop("noting", None)
        self.__dict__.pop("numbering", None)

    def empty(self) -> None:
        """Empty the tables for a batch."""
        self.table[:] = 0
        self.slots = np.empty((0, tables.SLOT_COLUMNS), np.int64)
        self._grown()

    def widen(self, slots: int) -> None:
        """Make room for so many slots."""
        if (more := slots - len(self.slots)) > 0:
            fresh = np.tile(tables.NEW_SLOT, (more, 1))
            self.slots = np.concatenate([self.slots, fresh])
            self._grown()

    def more_cells(self) -> None:
        """Make room for twice as many values of a tile."""
        self.cells = np.concatenate([self.cells, np.empty_like(self.cells)])
        self.hashes = np.concatenate([self.hashes, np.empty_like(self.hashes)])
        self._grown()

    def more_values(self, values: int, known: int) -> None:
        """Make room for twice as many values, of those that are looked up or of all."""
        self._grown()
        if values == len(self.values):
            self.values = np.concatenate([self.values, np.empty_like(self.values)])
        if known == len(self.known):
            self.known = np.concatenate([self.known, np.empty_like(self.known)])
            self.table = np.zeros(2 * len(self.known), np.int32)
            refill(self.table, self.known, known)

    def more_elements(self) -> None:
        """Make room for twice as many list elements."""
        self.elements = np.concatenate([self.elements, np.empty_like(self.elements)])
        self._grown()

    def keep(self) -> None:
        """Let another batch have this room."""
        if len(_FREE) < _MOST_KEPT and max(len(self.cells), len(self.values), len(self.elements)) <= _MOST_VALUES:
            _FREE.append(self)


#: Any thread may take one out; who uses one has it alone.
_FREE: Final[list[Room]] = []


def free_room() -> Room:
    """Give a room that nobody uses."""
    try:
        return _FREE.pop()
    except IndexError:
        return Room()
