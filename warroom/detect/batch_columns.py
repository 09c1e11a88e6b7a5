"""The columns of one batch, each encoded once, and the classes of their values."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import numpy as np

from warroom.detect.classes import ABSENT
from warroom.detect.decoding import readings
from warroom.detect.encoded import Encoded, Texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from warroom.detect.classes import Classes
    from warroom.detect.columns import Column
    from warroom.detect.value_groups import Group

#: Characters of remembered values: hostile logs make new ones without end, so full tables start anew.
_MEMORY: Final = 16 << 20
#: What a remembered value costs besides its text, in characters.
_COST: Final = 100
#: Longer values are remembered by a digest of 128 bits.
_LONG: Final = 200

#: Where more values than this, and more than half of them, are new, they are not remembered for some batches.
_MANY: Final = 512
_BATCHES: Final = 16
_COLUMNS: Final = 1_000

_Key = str | tuple[str, ...] | bytes


class Memory:
    """The class of each value met, by group; outlives batches."""

    def __init__(self, groups: int) -> None:
        self.known: list[dict[_Key, int]] = [{} for _ in range(groups)]
        self._size = 0
        self._unlike: dict[Column, int] = {}

    def unlike(self, column: Column) -> bool:
        """Say whether hardly two values of a column are alike, so that to remember them is not worth while."""
        left = self._unlike.get(column, 0)
        if left:
            self._unlike[column] = left - 1
        return left > 0

    def note(self, column: Column, values: int, unknown: int) -> None:
        """Note how many of a column's values in a batch were unknown."""
        if unknown > _MANY and 2 * unknown > values and len(self._unlike) < _COLUMNS:
            self._unlike[column] = _BATCHES

    def clear(self) -> None:
        """Forget every value."""
        for known in self.known:
            known.clear()
        self._size = 0

    def grow(self, values: Iterable[_Key]) -> None:
        """Account for new values, and make room where there is too much."""
        self._size += sum(
            _COST + (len(value) if not isinstance(value, tuple) else sum(map(len, value))) for value in values
        )
        if self._size > _MEMORY:
            self.clear()


class Reading:
    """One batch under work."""

    def __init__(self, batch: pa.RecordBatch) -> None:
        self.batch = batch
        self._encoded: dict[Column, Encoded | None] = {}
        self._classes: dict[tuple[Column, int], npt.NDArray[np.int32]] = {}

    def encoded(self, column: Column, *, plain: bool = False) -> Encoded | None:
        """Give a column in numbers, or None where every row is null."""
        if column not in self._encoded:
            array = column.stored(self.batch)
            self._encoded[column] = None if array.null_count == len(array) else Encoded(array, plain=plain)
        return self._encoded[column]

    def classify(
        self, asked: Iterable[tuple[Column, int]], groups: Sequence[Group], classes: Classes, memory: Memory
    ) -> None:
        """Find the classes of every value of columns in groups: those not known yet in one pass."""
        new = _New()
        for column, group in dict.fromkeys(asked):
            in_bulk = not groups[group].one_by_one and memory.unlike(column)
            encoded = self.encoded(column, plain=in_bulk)
            if encoded is None:
                continue
            if in_bulk and encoded.texts is not None:
                found = classes.classify_texts(Texts(encoded.texts, encoded=groups[group].encoded), group)
                self._classes[column, group] = np.append(found, np.int32(ABSENT))
            elif groups[group].only_numbers and encoded.texts is not None and not groups[group].encoded:
                texts = (value for value in encoded.values if isinstance(value, str))
                told = [*classes.classify_numbers(texts, group), ABSENT]
                self._classes[column, group] = np.array(told, dtype=np.int32)
            else:
                known = memory.known[group]
                numbers = list(map(known.get, encoded.values))
                unknown = [place for place, number in enumerate(numbers) if number is None] if None in numbers else ()
                own = np.array([*(number or 0 for number in numbers), ABSENT], dtype=np.int32)
                self._classes[column, group] = own
                if unknown:
                    memory.note(column, len(numbers), len(unknown))
                    new.add(own, unknown, encoded.values, groups[group], known)
        new.settle(classes, memory)

    def classes(self, column: Column, group: int) -> npt.NDArray[np.int32]:
        """Give the class of each distinct value, and last that of null, after ``classify``."""
        return self._classes[column, group]


class _New:
    """Values whose class is not known yet."""

    def __init__(self) -> None:
        self._places: list[tuple[npt.NDArray[np.int32], int]] = []
        self._keys: list[_Key] = []
        self._values: list[tuple[str, ...]] = []
        self._groups: list[int] = []

    def add(
        self,
        own: npt.NDArray[np.int32],
        places: Iterable[int],
        values: Sequence[str | tuple[str, ...]],
        group: Group,
        known: dict[_Key, int],
    ) -> None:
        """Take in the values at some places of a column; ``own`` is to have their classes."""
        for place in places:
            value = values[place]
            key: _Key = value
            if isinstance(value, str):
                if len(value) > _LONG:
                    key = hashlib.blake2b(value.encode(), digest_size=16).digest()
                    number = known.get(key)
                    if number is not None:
                        own[place] = number
                        continue
                texts = readings(value) if group.encoded else (value,)
            else:
                texts = (
                    tuple(dict.fromkeys(one for text in value for one in readings(text))) if group.encoded else value
                )
                if not texts:  # a list without values is absent
                    continue
            self._places.append((own, place))
            self._keys.append(key)
            self._values.append(texts)
            self._groups.append(group.number)

    def settle(self, classes: Classes, memory: Memory) -> None:
        """Find the classes, and remember them."""
        if not self._values:
            return
        memory.grow(self._keys)
        numbers = classes.classify(self._values, np.array(self._groups, dtype=np.int32)).tolist()
        for (own, place), key, group, number in zip(self._places, self._keys, self._groups, numbers, strict=True):
            own[place] = number
            memory.known[group][key] = number
