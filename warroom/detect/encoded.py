"""Columns as values: texts as they lie in memory, and for each row which of them it has."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.detect.decoding import readings

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Codes = npt.NDArray[np.int32]

#: A dictionary with this many times more values than there are rows is made anew.
_SPARSE: Final = 2
_NO_ENDS: Final = np.zeros(0, np.int64)


class Encoded:
    """A column of one batch: values, each one text or the several texts of a list, and the value of each row.

    Attributes:
        codes: for each row the place of its value, -1 for null.
        texts: strings or bytes; what lies where a row is null is nobody's value.
        ends: where the texts of each value end; empty where each value is one text.
    """

    def __init__(self, array: pa.Array, *, distinct: bool) -> None:
        """Read a column; ``distinct``: a text that stands in several rows is one value."""
        self.ends: Ints = _NO_ENDS
        kind = array.type
        if pa.types.is_list(kind):
            self.codes, self.ends, self.texts = _lists(array)
            return
        if pa.types.is_dictionary(kind):
            if len(array.dictionary) > _SPARSE * len(array) or array.dictionary.null_count:
                array = array.cast(kind.value_type)
        elif not (pa.types.is_string(kind) or pa.types.is_binary(kind)):
            array = array.dictionary_encode()
        if distinct and not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        self._array = array
        texts = array.dictionary if pa.types.is_dictionary(array.type) else array
        self.texts = (
            texts if pa.types.is_string(texts.type) or pa.types.is_binary(texts.type) else texts.cast(pa.string())
        )

    @functools.cached_property
    def codes(self) -> Codes:
        """The values of rows; most columns are never asked for them."""
        if pa.types.is_dictionary(self._array.type):
            return _codes(self._array.indices)
        codes = np.arange(len(self._array), dtype=np.int32)
        if self._array.null_count:
            codes[~_valid(self._array)] = -1
        return codes

    def __len__(self) -> int:
        """Say how many values there are."""
        return len(self.ends) or len(self.texts)

    @functools.cached_property
    def values(self) -> Sequence[str | tuple[str, ...]]:
        """The values: texts, or tuples of texts where the column has lists."""
        texts = [_text(value or "") for value in self.texts.to_pylist()]
        if not len(self.ends):
            return texts
        ends = self.ends.tolist()
        return [tuple(texts[begin:end]) for begin, end in zip([0, *ends], ends, strict=False)]

    def texts_of(self, value: int) -> list[str]:
        """Give the texts of a value."""
        begin, end = value, value + 1
        if len(self.ends):
            begin, end = int(self.ends[value - 1]) if value else 0, int(self.ends[value])
        return [_text(text or "") for text in self.texts.slice(begin, end - begin).to_pylist()]

    def readings_of(self, row: int, *, encoded: bool) -> list[str]:
        """Give the texts of a row, and with ``encoded`` every reading of them."""
        value = int(self.codes[row])
        texts = self.texts_of(value) if value >= 0 else []
        return [reading for text in texts for reading in readings(text)] if encoded else texts

    def rows_of(self, places: Ints, units: Ints) -> tuple[Ints, Ints]:
        """Give (row, unit) for each row that has a text for which (place, unit) was found."""
        values = np.searchsorted(self.ends, places, side="right") if len(self.ends) else places
        rows = np.flatnonzero(np.isin(self.codes, values))
        rows = rows[np.argsort(self.codes[rows], kind="stable")]
        codes = self.codes[rows]
        first = np.searchsorted(codes, values, side="left")
        counts = np.searchsorted(codes, values, side="right") - first
        ends = np.cumsum(counts)
        taken = np.repeat(first - (ends - counts), counts) + np.arange(int(counts.sum()))
        return rows[taken], np.repeat(units, counts)


def identity(array: pa.Array) -> tuple[object, ...]:
    """Tell arrays apart: those of equal identity have the same content, for they lie at the same place."""
    places = [0 if buffer is None else buffer.address for buffer in array.buffers()]
    inner: tuple[object, ...] = ()
    if pa.types.is_dictionary(array.type):
        inner = identity(array.dictionary)
    elif pa.types.is_list(array.type):
        inner = identity(array.values)
    return (str(array.type), array.offset, len(array), *places, *inner)


def _codes(indices: pa.Array) -> Codes:
    """Give the numbers of a dictionary's values, -1 for null."""
    if not pa.types.is_int32(indices.type):
        indices = indices.cast(pa.int32())
    codes = np.frombuffer(indices.buffers()[1], np.int32)[indices.offset : indices.offset + len(indices)]
    if not indices.null_count or np.count_nonzero(codes == -1) == indices.null_count:
        return codes  # our parsers write -1 where there is nothing, and only there can it stand
    return np.where(_valid(indices), codes, np.int32(-1))


def _valid(array: pa.Array) -> npt.NDArray[np.bool_]:
    """Say which values of an array that has nulls are none."""
    first, shift = divmod(array.offset, 8)
    bits = np.frombuffer(array.buffers()[0], np.uint8)[first : first + (shift + len(array) + 7) // 8]
    return np.unpackbits(bits, bitorder="little")[shift : shift + len(array)].view(np.bool_)


def _lists(array: pa.Array) -> tuple[Codes, Ints, pa.Array]:
    """Give codes, ends and texts of a column of lists."""
    if pa.types.is_string(array.type.value_type) and _single(array):
        numbered = array.flatten().dictionary_encode()
        codes = np.full(len(array), -1, dtype=np.int32)
        codes[array.is_valid().to_numpy(zero_copy_only=False)] = numbered.indices.to_numpy()
        return codes, np.arange(1, len(numbered.dictionary) + 1), numbered.dictionary
    known: dict[tuple[str, ...], int] = {}
    codes = np.full(len(array), -1, dtype=np.int32)
    rows = np.flatnonzero(array.is_valid().to_numpy(zero_copy_only=False))
    for row, several in zip(rows.tolist(), array.drop_null().to_pylist(), strict=True):
        texts = tuple(dict.fromkeys(text for text in several if text is not None))
        codes[row] = known.setdefault(texts, len(known))
    ends = np.cumsum(np.fromiter(map(len, known), np.int64, len(known)))
    kind = array.type.value_type
    kind = kind.value_type if pa.types.is_dictionary(kind) else kind
    array = pa.array([text for one in known for text in one], kind)
    return codes, ends, array if pa.types.is_string(kind) or pa.types.is_binary(kind) else array.cast(pa.string())


def _single(array: pa.Array) -> bool:
    """Whether every list has one text."""
    return not array.flatten().null_count and bool(pc.all(pc.equal(pc.list_value_length(array), 1)).as_py())


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")
