"""Columns as numbers: each distinct value of a column once, and for each row which of them it has."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.detect.decoding import readings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

#: A dictionary with this many times more values than there are rows is made anew.
_SPARSE: Final = 2


class Encoded:
    """A column of one batch.

    With ``plain``, a column that hardly has a value twice stays as it is: every row has a value of its own.

    Attributes:
        codes: for each row the place of its value, -1 for null.
        texts: the distinct values as strings or bytes; some may be in no row; None for lists.
    """

    def __init__(self, array: pa.Array, *, plain: bool = False) -> None:
        self.codes: npt.NDArray[np.int32]
        self.texts: pa.Array | None = None
        self._lists: list[tuple[str, ...]] = []
        kind = array.type
        if pa.types.is_list(kind):
            self.codes, self._lists = _lists(array)
            return
        if pa.types.is_dictionary(kind):
            if len(array.dictionary) > _SPARSE * len(array) or array.dictionary.null_count:
                array = array.cast(kind.value_type).dictionary_encode()
        elif plain and (pa.types.is_string(kind) or pa.types.is_binary(kind)):
            self.codes = np.arange(len(array), dtype=np.int32)
            if array.null_count:
                self.codes[~_valid(array)] = -1
            self.texts = array
            return
        else:
            array = array.dictionary_encode()
        self.codes = _codes(array.indices)
        texts = array.dictionary
        self.texts = (
            texts if pa.types.is_string(texts.type) or pa.types.is_binary(texts.type) else texts.cast(pa.string())
        )

    @functools.cached_property
    def values(self) -> Sequence[str | tuple[str, ...]]:
        """The distinct values: texts, or tuples of texts where the column has lists."""
        if self.texts is None:
            return self._lists
        values = self.texts.to_pylist()
        return [_text(value or b"") for value in values] if pa.types.is_binary(self.texts.type) else values


def _codes(indices: pa.Array) -> npt.NDArray[np.int32]:
    """Give the numbers of a dictionary's values, -1 for null."""
    if not pa.types.is_int32(indices.type):
        indices = indices.cast(pa.int32())
    codes = np.frombuffer(indices.buffers()[1], np.int32)[indices.offset : indices.offset + len(indices)]
    return np.where(_valid(indices), codes, np.int32(-1)) if indices.null_count else codes


def _valid(array: pa.Array) -> npt.NDArray[np.bool_]:
    """Say which values of an array that has nulls are none."""
    first, shift = divmod(array.offset, 8)
    bits = np.frombuffer(array.buffers()[0], np.uint8)[first : first + (shift + len(array) + 7) // 8]
    return np.unpackbits(bits, bitorder="little")[shift : shift + len(array)].view(np.bool_)


def _lists(array: pa.Array) -> tuple[npt.NDArray[np.int32], list[tuple[str, ...]]]:
    known: dict[tuple[str, ...], int] = {}
    codes = np.full(len(array), -1, dtype=np.int32)
    filled = np.flatnonzero(array.is_valid().to_numpy(zero_copy_only=False))
    codes[filled] = [
        known.setdefault(tuple(dict.fromkeys(value for value in values if value is not None)), len(known))
        for values in array.drop_null().to_pylist()
    ]
    return codes, list(known)


class Texts:
    """The texts of a column as they lie in memory, and the rows that have them.

    ``array`` holds strings or bytes, and where it is null nobody may look. ``encoded``: they are percent-encoded.
    """

    def __init__(self, array: pa.Array, *, encoded: bool) -> None:
        self.encoded = encoded
        self._rows: Ints | None = None  # of each text, where that is not its own number
        self._indices: pa.Array | None = None  # of each row, where the texts are a dictionary
        if pa.types.is_list(array.type):
            self._rows = pc.list_parent_indices(array).to_numpy(zero_copy_only=False).astype(np.int64)
            array = pc.list_flatten(array)
        if pa.types.is_dictionary(array.type):
            if self._rows is None and len(array.dictionary) <= len(array):
                self._indices = array.indices
                array = array.dictionary
            else:
                array = array.cast(array.type.value_type)
        if not (pa.types.is_string(array.type) or pa.types.is_binary(array.type)):
            array = array.cast(pa.binary())
        self.array = array
        _, offsets, data = array.buffers()
        self._offsets = np.zeros(1, dtype=np.int32)
        self.data = np.zeros(0, dtype=np.uint8)
        if len(array) and data is not None:
            self._offsets = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
            self.data = np.frombuffer(data, np.uint8)[self._offsets[0] : self._offsets[-1]]

    @functools.cached_property
    def _codes(self) -> npt.NDArray[np.int32] | None:
        return None if self._indices is None else _codes(self._indices)

    @functools.cached_property
    def starts(self) -> Ints:
        """Give where each text begins in ``data``, and last where the last one ends."""
        return self._offsets.astype(np.int64) - int(self._offsets[0])

    def __len__(self) -> int:
        return len(self.array)

    def __getitem__(self, place: int) -> tuple[str, ...]:
        """Give all readings of a text."""
        value = self.array[place].as_py()
        text = "" if value is None else _text(value)
        return readings(text) if self.encoded else (text,)

    def at(self, places: Ints) -> list[str]:
        """Give some texts."""
        return [_text(value) for value in self.array.take(pa.array(places)).to_pylist()] if len(places) else []

    def all(self) -> Iterator[tuple[int, str]]:
        """Give every reading of every text, and the text's place."""
        for place, value in enumerate(self.array.to_pylist()):
            if value is not None:
                text = _text(value)
                yield from ((place, reading) for reading in (readings(text) if self.encoded else (text,)))

    def rows_of(self, places: Ints, units: Ints) -> tuple[Ints, Ints]:
        """Give (row, unit) for each row that has a text for which (place, unit) was found."""
        if self.array.null_count:
            there = _valid(self.array)[places]
            places, units = places[there], units[there]
        if self._codes is None:
            return (places if self._rows is None else self._rows[places]), units
        wanted = np.zeros(len(self.array) + 1, dtype=np.bool_)
        wanted[places] = True
        wanted[-1] = False
        rows = np.flatnonzero(wanted[self._codes])
        rows = rows[np.argsort(self._codes[rows], kind="stable")]
        codes = self._codes[rows]
        first = np.searchsorted(codes, places, side="left")
        counts = np.searchsorted(codes, places, side="right") - first
        ends = np.cumsum(counts)
        taken = np.repeat(first - (ends - counts), counts) + np.arange(int(counts.sum()))
        return rows[taken], np.repeat(units, counts)

    def of_row(self, row: int) -> list[str]:
        """Give all readings of a row's texts."""
        places = np.array([row]) if self._rows is None else np.flatnonzero(self._rows == row)
        if self._codes is not None:
            places = self._codes[places]
            places = places[places >= 0]
        return [text for place in places.tolist() if self.array[place].is_valid for text in self[place]]


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")
