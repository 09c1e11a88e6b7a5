"""The columns of one batch, each read once, and the classes of their values."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from warroom.detect.classes import ABSENT
from warroom.detect.encoded import Encoded, identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from warroom.detect.classes import Classes
    from warroom.detect.columns import Chain, Column
    from warroom.detect.value_groups import Group


class Reading:
    """One batch under work."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch
        self._stored: dict[Column, pa.Array] = {}
        self._encoded: dict[Column, Encoded | None] = {}
        self._identities: dict[Column, tuple[object, ...]] = {}
        self._classes: dict[tuple[Column, int], npt.NDArray[np.int32]] = {}

    def stored(self, column: Column) -> pa.Array:
        """Give a column as it is."""
        array = self._stored.get(column)
        if array is None:
            array = self._stored[column] = column.stored(self.batch)
        return array

    def encoded(self, column: Column, *, distinct: bool = True) -> Encoded | None:
        """Give a column's values, or None where every row is null.

        With ``distinct`` none stands twice; without, it is left to what is less work.
        """
        if column not in self._encoded:
            array = self.stored(column)
            self._encoded[column] = None if array.null_count == len(array) else Encoded(array, distinct=distinct)
        return self._encoded[column]

    def different(self, chain: Chain) -> Iterator[Column]:
        """Give the columns that have values, once where several are the same array."""
        there = [column for column in chain if (array := self.stored(column)).null_count < len(array)]
        if len(there) < 2:  # noqa: PLR2004  most fields are answered by one column, or none
            yield from there
            return
        met: set[tuple[object, ...]] = set()
        for column in there:
            if (one := self._identity(column)) not in met:
                met.add(one)
                yield column

    def _identity(self, column: Column) -> tuple[object, ...]:
        found = self._identities.get(column)
        if found is None:
            found = self._identities[column] = identity(self.stored(column))
        return found

    def classify(self, asked: Iterable[tuple[Column, int]], groups: Sequence[Group], classes: Classes) -> None:
        """Find the classes of every value of columns in groups."""
        # What must be tested text by text goes first: its columns are read as distinct values.
        for column, group in sorted(dict.fromkeys(asked), key=lambda pair: not groups[pair[1]].one_by_one):
            encoded = self.encoded(column, distinct=groups[group].one_by_one)
            if encoded is not None:
                found = classes.classify(encoded, group)
                self._classes[column, group] = np.append(found, np.int32(ABSENT))

    def classes(self, column: Column, group: int) -> npt.NDArray[np.int32]:
        """Give the class of each value, and last that of null, after ``classify``."""
        return self._classes[column, group]
