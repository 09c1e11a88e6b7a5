"""The numbers of a batch's values, by slot and row, and Arrow's bits of the rows that have one."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

#: Lines that there is room for at first; memory that nobody touches costs nothing.
_LINES: Final = 256
_WORD: Final = 32


class TooManyNamesError(Exception):
    """A batch has more names than are kept apart."""


class Grid:
    """What is given out of a batch: memory of its own, for the slots that have values.

    Attributes:
        codes: line x row: a value's number, -1 for none, -2 - n where a list begins at element n.
        bits: line x word: a bit for each row that has one value.
    """

    def __init__(self, rows: int, most: int) -> None:
        """``most`` lines may be used, of which there is room for some at first."""
        self._most = most
        words = -(-rows // _WORD)
        room = min(most, _LINES)
        self.codes = np.empty((room, words * _WORD), np.int32)
        self.bits = np.empty((room, words), np.uint32)

    @functools.cached_property
    def flat(self) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint32]]:
        """The codes and the bits in one row each: the same tuple until there are more lines."""
        return self.codes.reshape(-1), self.bits.reshape(-1)

    def clear(self, lines: int, begin: int, end: int) -> None:
        """Empty some rows of the first lines; ``begin`` is a multiple of 32."""
        self.codes[:lines, begin:end] = -1
        self.bits[:lines, begin // _WORD : -(-end // _WORD)] = 0

    def widen(self) -> None:
        """Make room for more lines. Raises TooManyNamesError where there are as many as may be."""
        more = min(len(self.codes), self._most - len(self.codes))
        if not more:
            raise TooManyNamesError
        self.codes = np.concatenate([self.codes, np.empty((more, self.codes.shape[1]), np.int32)])
        self.bits = np.concatenate([self.bits, np.empty((more, self.bits.shape[1]), np.uint32)])
        self.__dict__.pop("flat", None)

    def of(self, rows: npt.NDArray[np.int64], lines: int) -> Grid:
        """Give these rows of the first lines alone."""
        found = Grid(len(rows), self._most)
        while len(found.codes) < lines:
            found.widen()
        found.codes[:lines, : len(rows)] = self.codes[:lines, rows]
        there = found.codes[:lines, : len(rows)] >= 0
        found.bits[:lines] = 0
        packed = np.packbits(there, axis=1, bitorder="little")
        found.bits.view(np.uint8)[:lines, : packed.shape[1]] = packed
        return found
