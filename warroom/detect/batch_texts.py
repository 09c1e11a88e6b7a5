"""Every text of a batch, which keywords search: the texts of many columns one after the other, in few arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from warroom.detect.classes import read_only
from warroom.detect.search_kernel import mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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


class BatchTexts:
    """The texts of columns, and of each whether it is percent-encoded; ``rows`` says for each row its sets by bits."""

    def __init__(self, columns: Iterable[tuple[Encoded, bool]], rows: Bits, prefilters: Sequence[Prefilter]) -> None:
        small: dict[bool, list[Encoded]] = {}
        self.parts: list[Part] = []
        for column, encoded in columns:
            if len(column.texts) == len(rows):  # most likely the rows' own texts, not distinct ones: many bytes
                self.parts.append(_part([column], rows, prefilters[encoded], encoded=encoded))
            else:
                small.setdefault(encoded, []).append(column)
        self.parts += [_part(several, rows, prefilters[encoded], encoded=encoded) for encoded, several in small.items()]

    def readings_of(self, row: int) -> list[str]:
        """Give every reading of every text of a row."""
        return [
            text for part in self.parts for one in part.columns for text in one.readings_of(row, encoded=part.encoded)
        ]


def _part(columns: Sequence[Encoded], rows: Bits, prefilter: Prefilter, *, encoded: bool) -> Part:
    counts = np.fromiter((len(column.texts) for column in columns), np.int64, len(columns))
    firsts = np.cumsum(counts) - counts
    sets = np.zeros(int(counts.sum()), dtype=np.uint64)
    for column, first, count in zip(columns, firsts.tolist(), counts.tolist(), strict=True):
        if len(column.ends):
            values = np.zeros(len(column), dtype=np.uint64)
            mark(read_only(column.codes), rows, values)
            sets[first : first + count] = np.repeat(values, np.diff(column.ends, prepend=0))
        else:
            mark(read_only(column.codes), rows, sets[first : first + count])
    texts = columns[0].texts
    if len(columns) > 1:
        texts = pa.concat_arrays([column.texts.cast(pa.binary()) for column in columns])
    return Part(texts, encoded, columns, firsts, sets, prefilter.perhaps(texts))
