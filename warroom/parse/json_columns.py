"""Columns out of JSON Lines by the compiled tokeniser: each distinct text of a field once, rows by number."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warroom.parse import json_arrow
from warroom.parse import json_kernel as kernel

if TYPE_CHECKING:
    from collections.abc import Callable

#: Paths remembered, wanted or not: a hostile log can invent them without end.
_MOST_PATHS: Final = 4096
_TABLE: Final = 4 * _MOST_PATHS
#: Room at first: distinct values, list elements, slots.
_VALUES: Final = 1 << 14
_ELEMENTS: Final = 1 << 12
_SLOTS: Final = 64
#: Bytes that the tokeniser may look beyond its data.
_BEYOND: Final = 64
#: Against texts made to collide.
_SEED: Final = np.uint64(secrets.randbits(64))

_Ints = npt.NDArray[np.int32]


class TooManyNamesError(Exception):
    """A batch has more names than are kept apart."""


class Paths:
    """The paths met so far, and the slot of each that is wanted; kept between batches."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self._wanted = wanted
        self._full = [""]
        self._slots: dict[str, int] = {}
        self.names: list[str] = []
        self.keys = np.zeros((_MOST_PATHS, 6), np.int64)
        self.hashes = np.zeros(_MOST_PATHS, np.uint64)
        self.table = np.full(_TABLE, -1, np.int32)
        self.bytes = np.zeros(1 << 16, np.uint8)
        self.objects = 0
        self._end = 0

    def add(self, parent: int, key: bytes) -> None:
        """Give a path its number, and a slot if it is wanted. Raises TooManyNamesError."""
        number, end = len(self._full), self._end + len(key)
        if number >= _MOST_PATHS:
            raise TooManyNamesError
        if end + _BEYOND > len(self.bytes):
            self.bytes = np.concatenate([self.bytes, np.zeros(max(len(key), len(self.bytes)), np.uint8)])
        self.bytes[self._end : end] = np.frombuffer(key, np.uint8)
        name = f"{self._full[parent]}.{key.decode()}" if parent else key.decode()
        slot = -1
        if self._wanted(name):
            slot = self._slots.setdefault(name, len(self.names))
            if slot == len(self.names):
                self.names.append(name)
        self.keys[number, :5] = parent, self._end, len(key), slot, 0
        place = kernel.key_hash(self.bytes, self._end, len(key), parent, _SEED)
        self.hashes[number] = place
        mask = np.uint64(_TABLE - 1)
        while self.table[place & mask] >= 0:
            place += np.uint64(1)
        self.table[place & mask] = number
        self._full.append(name)
        self._end = end


@dataclass(slots=True)
class Read:
    """What the tokeniser read of a batch: the rows it read, columns of them, and the rows it left."""

    rows: pa.Array
    columns: dict[str, pa.Array]
    left: npt.NDArray[np.int64]


@dataclass(slots=True)
class _Room:
    """What one batch fills: tables of values, codes by slot and row, list elements."""

    rows: int
    values: npt.NDArray[np.int32] = field(init=False)
    hashes: npt.NDArray[np.uint64] = field(init=False)
    table: npt.NDArray[np.uint64] = field(init=False)
    codes: npt.NDArray[np.int32] = field(init=False)
    slots: npt.NDArray[np.int64] = field(init=False)
    elements: npt.NDArray[np.int32] = field(init=False)

    def __post_init__(self) -> None:
        self.values = np.empty((_VALUES, 4), np.int32)
        self.hashes = np.empty(_VALUES, np.uint64)
        self.table = np.zeros(2 * _VALUES, np.uint64)
        self.codes = np.empty((0, self.rows), np.int32)
        self.slots = np.empty((0, 4), np.int64)
        self.elements = np.empty((_ELEMENTS, 2), np.int32)

    def widen(self, slots: int) -> None:
        """Make room for so many slots."""
        if (more := slots - len(self.slots)) > 0:
            more = max(more, _SLOTS)
            self.codes = np.concatenate([self.codes, np.full((more, self.rows), -1, np.int32)])
            self.slots = np.concatenate([self.slots, np.zeros((more, 4), np.int64)])

    def more_values(self, values: int) -> None:
        """Make room for twice as many values."""
        self.values = np.concatenate([self.values, np.empty_like(self.values)])
        self.hashes = np.concatenate([self.hashes, np.empty_like(self.hashes)])
        self.table = np.zeros(2 * len(self.hashes), np.uint64)
        kernel.refill(self.table, self.hashes, values)

    def more_elements(self) -> None:
        """Make room for twice as many list elements."""
        self.elements = np.concatenate([self.elements, np.empty_like(self.elements)])


def read(text: pa.Array, paths: Paths) -> Read:
    """Read JSON objects into columns: dictionaries of strings, or lists of strings.

    Args:
        text: strings, no nulls.
        paths: those met before, and what is wanted; grows.

    Raises:
        TooManyNamesError: more paths than can be kept; ``paths`` is of no further use.
    """
    offsets = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + len(text) + 1]
    lines = offsets.astype(np.int64) - offsets[0]
    size, count = int(lines[-1]), len(text)
    data = np.zeros(size + _BEYOND, np.uint8)
    data[:size] = np.frombuffer(text.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    room = _Room(count)
    room.widen(len(paths.names))
    odd = np.zeros(count, np.uint8)
    counts = np.zeros(8, np.int64)
    counts[kernel.OBJECTS] = paths.objects
    while reason := kernel.tokenise(
        data, lines, odd, paths.keys, paths.hashes, paths.table, paths.bytes, room.values, room.hashes, room.table,
        room.codes, room.slots, room.elements, counts, _SEED,
    ):  # fmt: skip
        if reason == kernel.VALUES_FULL:
            room.more_values(int(counts[kernel.VALUES]))
        elif reason == kernel.ELEMENTS_FULL:
            room.more_elements()
        else:
            paths.add(int(counts[kernel.PARENT]), data[counts[kernel.KEY_BEGIN] : counts[kernel.KEY_END]].tobytes())
            room.widen(len(paths.names))
    paths.objects = int(counts[kernel.OBJECTS])
    left = np.flatnonzero(odd)
    rows = np.flatnonzero(odd == 0)
    codes = room.codes.take(rows, axis=1) if len(left) else room.codes
    return Read(pa.array(rows, pa.int32()), _columns(data, room, codes, counts, paths.names), left)


def _columns(
    data: npt.NDArray[np.uint8], room: _Room, codes: _Ints, counts: npt.NDArray[np.int64], names: list[str]
) -> dict[str, pa.Array]:
    count, met = int(counts[kernel.VALUES]), int(counts[kernel.ELEMENTS])
    ends = np.cumsum(room.slots[: len(names), 0])
    offsets = np.zeros(count + 1, np.int32)
    sizes = int((room.values[:count, 1] >> 1).sum(dtype=np.int64))
    written = np.empty(sizes + _BEYOND, np.uint8)
    json_arrow.write(data, room.values, count, ends - room.slots[: len(names), 0], written, offsets)
    texts = pa.Array.from_buffers(pa.string(), count, [None, pa.py_buffer(offsets), pa.py_buffer(written)])
    columns: dict[str, pa.Array] = {}
    for slot, name in enumerate(names):
        values, lists = int(room.slots[slot, 0]), room.slots[slot, 3] and (codes[slot] < -1).any()
        if not values:
            continue
        distinct = texts.slice(int(ends[slot]) - values, values)
        columns[name] = _listed(codes[slot], room.elements[:met], distinct) if lists else _coded(codes[slot], distinct)
    return columns


def _coded(codes: _Ints, distinct: pa.Array) -> pa.Array:
    there = codes >= 0
    present = int(np.count_nonzero(there))
    valid = None if present == len(codes) else pa.py_buffer(np.packbits(there, bitorder="little"))
    indices = pa.Array.from_buffers(pa.int32(), len(codes), [valid, pa.py_buffer(codes)], len(codes) - present)
    return pa.DictionaryArray.from_arrays(indices, distinct, safe=False)


def _listed(codes: _Ints, elements: _Ints, distinct: pa.Array) -> pa.Array:
    """Make lists of what each row has: nothing, one value, or a chain of elements."""
    numbers = np.empty(len(codes) + len(elements), np.int32)
    ends = np.zeros(len(codes) + 1, np.int32)
    used = json_arrow.chains(codes, elements, numbers, ends)
    values = distinct.take(pa.array(numbers[:used]))
    return pa.ListArray.from_arrays(pa.array(ends), values, mask=pa.array(codes == -1))
