"""Every text of a batch, which keywords search: the texts of many columns one after the other, in few arrays."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Part:
    """Texts of some columns.

    Attributes:
        firsts: where the texts of each column begin.
        sets: which sets of rows have each text, by bits.
        perhaps: for each text 1 where it may hold some literal; None for all.
    """

    texts: pa.Array
    encoded: bool
    columns: Sequence[Encoded]
    firsts: Ints
    sets: Bits
    perhaps: npt.NDArray[np.uint8] | None

    def wanted(self, number: int, *, filtered: bool) -> npt.NDArray[np.uint8]:
        """Say by 1 which texts are in a set of rows, and with ``filtered`` may hold some literal."""
        found = (self.sets >> np.uint64(number) & np.uint64(1)).astype(np.uint8)
        return found & self.perhaps if filtered and self.perhaps is not None else found

    def rows_of(self, places: Ints, units: Ints) -> tuple[Ints, Ints]:
        """Give (row, unit) for each row that has a text for which (place, unit) was found."""
        owners = np.searchsorted(self.firsts, places, side="right") - 1
        found = [
            self.columns[owner].rows_of(places[owners == owner] - self.firsts[owner], units[owners == owner])
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
                self.parts.append(_part(pieces, rows, prefilters[encoded], encoded=encoded))

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


def _part(columns: Sequence[Encoded], rows: Bits, prefilter: Prefilter, *, encoded: bool) -> Part:
    texts, firsts = _joined(columns)
    sets = np.zeros(len(texts), dtype=np.uint64)
    for column, first in zip(columns, firsts.tolist(), strict=True):
        here = sets[first : first + len(column.texts)]
        if len(column.ends):
            values = np.zeros(len(column), dtype=np.uint64)
            mark(read_only(column.codes), rows, values)
            here[:] = np.repeat(values, np.diff(column.ends, prepend=0))
        else:
            mark(read_only(column.codes), rows, here)
    return Part(texts, encoded, columns, firsts, sets, prefilter.perhaps(texts))


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
