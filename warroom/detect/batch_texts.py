"""Every text of a batch, which keywords search: the texts of many columns one after the other, in few arrays."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa

from warroom.detect.classes import read_only
from warroom.detect.search_kernel import mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy.typing as npt

    from warroom.detect.encoded import Encoded
    from warroom.detect.prefilter import Prefilter

    Ints = npt.NDArray[np.int64]
    Bits = npt.NDArray[np.uint64]

#: Sets of rows told apart at once.
SETS: Final = 64
#: Texts of which fewer than one in so many may hold a literal are searched for every set of rows.
_FEW: Final = 16


class Part:
    """Texts of some columns.

    Attributes:
        texts: of all of them.
        encoded: whether they are percent-encoded.
    """

    def __init__(self, columns: Sequence[Encoded], rows: Bits, prefilter: Prefilter, *, encoded: bool) -> None:
        self.texts, self._firsts = _joined(columns)
        self.encoded = encoded
        self._columns = columns
        self._rows = rows
        self._perhaps = prefilter.perhaps(self.texts)

    def wanted(self, number: int, *, filtered: bool) -> npt.NDArray[np.uint8]:
        """Say by 1 which texts are in a set of rows, and with ``filtered`` may hold some literal.

        Some texts of other rows may be among these, where finding out would cost more than searching them.
        """
        if not filtered or self._perhaps is None:
            return self._in_set(number)
        few = np.count_nonzero(self._perhaps) * _FEW < len(self._perhaps)
        return self._perhaps if few else self._perhaps & self._in_set(number)

    def _in_set(self, number: int) -> npt.NDArray[np.uint8]:
        return (self._sets >> np.uint64(number) & np.uint64(1)).astype(np.uint8)

    @functools.cached_property
    def _sets(self) -> Bits:
        """The sets of rows that have each text, by bits."""
        sets = np.zeros(len(self.texts), dtype=np.uint64)
        for column, first in zip(self._columns, self._firsts.tolist(), strict=True):
            here = sets[first : first + len(column.texts)]
            if len(column.ends):
                values = np.zeros(len(column), dtype=np.uint64)
                mark(read_only(column.codes), self._rows, values)
                here[:] = np.repeat(values, np.diff(column.ends, prepend=0))
            else:
                mark(read_only(column.codes), self._rows, here)
        return sets

    def rows_of(self, places: Ints, units: Ints) -> tuple[Ints, Ints]:
        """Give (row, unit) for each row that has a text for which (place, unit) was found."""
        owners = np.searchsorted(self._firsts, places, side="right") - 1
        found = [
            self._columns[owner].rows_of(places[owners == owner] - self._firsts[owner], units[owners == owner])
            for owner in np.unique(owners).tolist()
        ]
        nothing = np.zeros(0, dtype=np.int64)
        return np.concatenate([nothing, *(rows for rows, _ in found)]), np.concatenate(
            [nothing, *(theirs for _, theirs in found)]
        )


class TextColumn(NamedTuple):
    """A column of text: whether it is percent-encoded, and whether it is searched or only read."""

    values: Encoded
    encoded: bool
    searched: bool


class BatchTexts:
    """The texts of columns; ``rows`` says for each row its sets by bits."""

    def __init__(self, columns: Iterable[TextColumn], rows: Bits, prefilters: Sequence[Prefilter]) -> None:
        self._columns = list(columns)
        by_kind: dict[bool, list[Encoded]] = {}
        for column in self._columns:
            if column.searched:
                by_kind.setdefault(column.encoded, []).append(column.values)
        self.parts: list[Part] = []
        for encoded, several in by_kind.items():
            for pieces in _pieces(several, len(rows)):
                self.parts.append(Part(pieces, rows, prefilters[encoded], encoded=encoded))

    def readings_of(self, row: int) -> list[str]:
        """Give every reading of every text of a row."""
        return [text for one in self._columns for text in one.values.readings_of(row, encoded=one.encoded)]


def _pieces(columns: Iterable[Encoded], rows: int) -> Iterator[list[Encoded]]:
    """Group columns: pieces of one array in its order, texts of many bytes alone, all others together."""
    by_array: dict[tuple[int, ...], list[Encoded]] = {}
    for column in columns:
        by_array.setdefault(_array(column.texts), []).append(column)
    small: list[Encoded] = []
    for several in by_array.values():
        pieces: list[Encoded] = []
        for column in sorted(several, key=lambda column: int(column.texts.offset)):
            if not pieces or column.texts.offset >= pieces[-1].texts.offset + len(pieces[-1].texts):
                pieces.append(column)
            else:  # two columns have the same texts
                small.append(column)
        if len(pieces) > 1 or len(pieces[0].texts) == rows:  # the rows' own texts, most likely, not distinct ones
            yield pieces
        else:
            small += pieces
    if small:
        yield small


def _array(texts: pa.Array) -> tuple[int, ...]:
    """Say of which array texts without nulls are a piece."""
    return tuple(buffer.address if buffer else 0 for buffer in texts.buffers())


def _joined(columns: Sequence[Encoded]) -> tuple[pa.Array, Ints]:
    """Give the texts of columns one after the other, and where each column's begin; pieces of one array as they lie."""
    arrays = [column.texts for column in columns]
    if _in_order(arrays):
        first, last = arrays[0], arrays[-1]
        length = last.offset + len(last) - first.offset
        texts = pa.Array.from_buffers(first.type, length, first.buffers(), 0, first.offset)
        return texts, np.array([array.offset - first.offset for array in arrays], np.int64)
    counts = np.fromiter(map(len, arrays), np.int64, len(arrays))
    return pa.concat_arrays([array.cast(pa.binary()) for array in arrays]), np.cumsum(counts) - counts


def _in_order(arrays: Sequence[pa.Array]) -> bool:
    """Say whether arrays are pieces of one, none before the end of the one before."""
    return len({_array(array) for array in arrays}) == 1 and all(
        after.offset >= before.offset + len(before) for before, after in itertools.pairwise(arrays)
    )
