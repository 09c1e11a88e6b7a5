"""The numbers of a batch's values, by slot and row, and Arrow's bits of the rows that have one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from warroom.parse import json_arrow
from warroom.parse.json_kernel import DISTINCT, LAST_ROW, SPACING

if TYPE_CHECKING:
    import numpy.typing as npt

#: Slots that there is room for at first; memory that nobody touches costs nothing.
_SLOTS: Final = 256
_WORD: Final = 32


class TooManyNamesError(Exception):
    """A batch has more names than are kept apart."""


class Grid:
    """What is given out of a batch: memory of its own, for the slots that have values.

    Attributes:
        slots: the slot of each line below.
        codes: line x row: a value's number, -1 for none, -2 - n where a list begins at element n.
        bits: line x word: a bit for each row that has one value.
        there: of each line, how many rows have one value.
    """

    def __init__(self, rows: int, most: int) -> None:
        self._most = most
        self._words = -(-rows // _WORD)
        self.slots: npt.NDArray[np.int64] = np.empty(0, np.int64)
        room = min(most, _SLOTS)
        self.codes = np.empty((room, self._words * _WORD), np.int32)
        self.bits = np.empty((room, self._words), np.uint32)
        self.there = np.zeros(room, np.int64)

    def take(self, tile: npt.NDArray[np.int32], slots: npt.NDArray[np.int64], begin: int, end: int) -> None:
        """Take the numbers of some rows out of a tile, which is empty afterwards.

        Args:
            tile: as ``tokenise`` left it.
            slots: what it noted of each slot.
            begin: the first row, a multiple of 32.
            end: the row behind the last.

        Raises:
            TooManyNamesError: more slots have values than may.
        """
        new = np.setdiff1d(np.flatnonzero(slots[:, DISTINCT]), self.slots)
        if len(new):
            self._widen(new, begin)
        met = slots[self.slots, LAST_ROW] >= begin
        json_arrow.lay_down(tile, SPACING, self.slots, met, begin, end - begin, self.codes, self.bits, self.there)

    def of(self, rows: npt.NDArray[np.int64]) -> Grid:
        """Give these rows alone."""
        found, lines = Grid(len(rows), len(self.slots)), len(self.slots)
        if lines:
            found._widen(self.slots, 0)
        found.codes[:lines, : len(rows)] = self.codes[:lines, rows]
        there = found.codes[:lines, : len(rows)] >= 0
        found.there[:lines] = np.count_nonzero(there, axis=1)
        packed = np.packbits(there, axis=1, bitorder="little")
        found.bits.view(np.uint8)[:lines, : packed.shape[1]] = packed
        return found

    def _widen(self, new: npt.NDArray[np.int64], rows: int) -> None:
        """Make room for more slots, which have nothing in the first rows."""
        before = len(self.slots)
        lines = before + len(new)
        if lines > self._most:
            raise TooManyNamesError
        if (more := lines - len(self.codes)) > 0:
            more = max(more, len(self.codes))
            self.codes = np.concatenate([self.codes, np.empty((more, self.codes.shape[1]), np.int32)])
            self.bits = np.concatenate([self.bits, np.empty((more, self.bits.shape[1]), np.uint32)])
            self.there = np.concatenate([self.there, np.zeros(more, np.int64)])
        self.codes[before:lines, :rows] = -1
        self.bits[before:lines, : rows // _WORD] = 0
        self.slots = np.concatenate([self.slots, new])
