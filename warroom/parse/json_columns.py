"""Columns out of JSON Lines by the compiled tokeniser: each distinct text of a field once, rows by number."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warroom.parse import json_arrow
from warroom.parse import json_kernel as kernel
from warroom.parse.json_grid import Grid, TooManyNamesError
from warroom.parse.json_room import Room

if TYPE_CHECKING:
    from collections.abc import Callable

#: Paths remembered, wanted or not: a hostile log can invent them without end.
_MOST_PATHS: Final = 4096
_TABLE: Final = 4 * _MOST_PATHS
#: How often a line may be read again for the names it brings; and a short one more often, until it made so many bytes.
_MOST_TURNS: Final = 16
_MOST_AGAIN: Final = 1 << 20
#: Bytes that the tokeniser may look beyond its data.
_BEYOND: Final = 64
#: Against texts made to collide.
_SEEDS: Final = np.frombuffer(secrets.token_bytes(8 * kernel.SEEDS), np.uint64)

_Ints = npt.NDArray[np.int32]
_Longs = npt.NDArray[np.int64]


class Paths:
    """The paths met so far, and the slot of each that is wanted; kept between batches."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self._wanted = wanted
        self._full = [""]
        self._met: dict[bytes, None] = {}
        self._slots: dict[str, int] = {}
        self.names: list[str] = []
        self.keys = np.zeros((_MOST_PATHS, kernel.KEY_COLUMNS), np.int64)
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
        place = kernel.key_hash(self.bytes, self._end, len(key), parent, _SEEDS)
        self.hashes[number] = place
        mask = np.uint64(_TABLE - 1)
        while self.table[place & mask] >= 0:
            place += np.uint64(1)
        self.table[place & mask] = number
        self._full.append(name)
        self._met[key] = None
        self._end = end

    def keys_met(self) -> bytes:
        """Give every key that was met in any object, one a line."""
        return b"\n".join(self._met)


@dataclass(slots=True)
class Read:
    """What the tokeniser read of a batch: the rows it read, columns of them, and the rows it left."""

    rows: pa.Array
    columns: dict[str, pa.Array]
    left: npt.NDArray[np.int64]


def read(text: pa.Array, paths: Paths, room: Room, most: int) -> Read:
    """Read JSON objects into columns: dictionaries of strings, or lists of strings.

    Args:
        text: strings, no nulls.
        paths: those met before, and what is wanted; grows.
        room: to work in; grows.
        most: names that the batch may have.

    Raises:
        TooManyNamesError: more names than that, or more paths than can be kept; ``paths`` is of no further use.
    """
    offsets = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + len(text) + 1]
    lines = offsets.astype(np.int64) - offsets[0]
    count = len(text)
    data = _content(text.buffers()[2], int(offsets[0]), int(offsets[-1]))
    room.empty()
    room.widen(len(paths.names))
    odd = np.zeros(count, np.uint8)
    counts = np.zeros(8, np.int64)
    counts[[kernel.KNOWN, kernel.OBJECTS]] = 1, paths.objects
    batch = _Batch(data, lines, odd, counts)
    grid = Grid(count, most)
    for begin in range(0, count, kernel.TILE):
        end = min(begin + kernel.TILE, count)
        _tokenise(batch, paths, room, begin, end)
        grid.take(room.tile, room.slots[: len(paths.names)], begin, end)
    paths.objects = int(counts[kernel.OBJECTS])
    left = np.flatnonzero(odd)
    rows = np.flatnonzero(odd == 0)
    if len(left):
        grid = grid.of(rows)
    return Read(pa.array(rows, pa.int32()), _columns(batch, room, grid, len(rows), paths.names), left)


def _content(content: pa.Buffer | None, begin: int, end: int) -> npt.NDArray[np.uint8]:
    """Give the bytes of the lines and zeros behind them: as they lie where that is how they lie."""
    found = np.frombuffer(content or b"", np.uint8)
    if len(found) >= end + _BEYOND and not found[end : end + _BEYOND].any():
        found = found[begin : end + _BEYOND]
    else:
        found = np.concatenate([found[begin:end], np.zeros(_BEYOND, np.uint8)])
    found.flags.writeable = False  # always: for what may be written, functions are compiled once more
    return found


@dataclass(slots=True)
class _Batch:
    """The lines' bytes and places, which of them are left, and what the tokeniser counts."""

    data: npt.NDArray[np.uint8]
    lines: _Longs
    odd: npt.NDArray[np.uint8]
    counts: _Longs


def _tokenise(batch: _Batch, paths: Paths, room: Room, begin: int, end: int) -> None:
    """Read some lines into the room's tile.

    Each turn gets further: a table that was full is twice as large, a name that was not known is; and where a line
    brings so many names that reading it again and again costs too much, it is left.
    """
    data, lines, odd, counts = batch.data, batch.lines, batch.odd, batch.counts
    counts[kernel.ROW] = begin
    again, before = 0, -1
    while reason := kernel.tokenise(
        data, lines, odd, room.quotes, paths.keys.reshape(-1), paths.hashes, paths.table, paths.bytes,
        room.values.reshape(-1), room.known.reshape(-1), room.table, room.tile, begin, end, room.slots.reshape(-1),
        room.elements.reshape(-1), counts, _SEEDS,
    ):  # fmt: skip
        row = int(counts[kernel.ROW])
        if reason == kernel.VALUES_FULL:
            room.more_values(int(counts[kernel.VALUES]), int(counts[kernel.KNOWN]))
        elif reason == kernel.ELEMENTS_FULL:
            room.more_elements()
        else:
            again, before = (again + 1 if row == before else 1), row
            if (again - _MOST_TURNS) * int(lines[row + 1] - lines[row]) > _MOST_AGAIN:
                odd[row] = 1
                counts[kernel.ROW] += 1
                continue
            paths.add(int(counts[kernel.PARENT]), data[counts[kernel.KEY_BEGIN] : counts[kernel.KEY_END]].tobytes())
            room.widen(len(paths.names))


def _columns(batch: _Batch, room: Room, grid: Grid, rows: int, names: list[str]) -> dict[str, pa.Array]:
    count, met = int(batch.counts[kernel.VALUES]), int(batch.counts[kernel.ELEMENTS])
    slots = room.slots[: len(names)]
    ends = np.cumsum(slots[:, kernel.DISTINCT])
    offsets = np.zeros(count + 1, np.int32)
    sizes = int(room.values[:count, 1].sum(dtype=np.int64))
    written = np.empty(sizes + _BEYOND, np.uint8)
    json_arrow.write(batch.data, room.values, count, ends - slots[:, kernel.DISTINCT], written, offsets)
    texts = pa.Array.from_buffers(pa.string(), count, [None, pa.py_buffer(offsets), pa.py_buffer(written)])
    columns: dict[str, pa.Array] = {}
    for line in np.argsort(grid.slots).tolist():
        slot = int(grid.slots[line])
        name, values = names[slot], int(slots[slot, kernel.DISTINCT])
        distinct = texts.slice(int(ends[slot]) - values, values)
        if slots[slot, kernel.LISTS] and (grid.codes[line, :rows] < -1).any():
            columns[name] = _listed(grid.codes[line, :rows], room.elements[:met], distinct)
            continue
        nulls = rows - int(grid.there[line])
        valid = pa.py_buffer(grid.bits[line]) if nulls else None
        indices = pa.Array.from_buffers(pa.int32(), rows, [valid, pa.py_buffer(grid.codes[line])], nulls)
        columns[name] = pa.DictionaryArray.from_arrays(indices, distinct, safe=False)
    return columns


def _listed(codes: _Ints, elements: _Ints, distinct: pa.Array) -> pa.Array:
    """Make lists of what each row has: nothing, one value, or a chain of elements."""
    numbers = np.empty(len(codes) + len(elements), np.int32)
    ends = np.zeros(len(codes) + 1, np.int32)
    used = json_arrow.chains(codes, elements, numbers, ends)
    values = distinct.take(pa.array(numbers[:used]))
    return pa.ListArray.from_arrays(pa.array(ends), values, mask=pa.array(codes == -1))
