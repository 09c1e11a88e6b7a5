"""Columns out of JSON Lines by the compiled tokeniser: each distinct text of a field once, rows by number."""

from __future__ import annotations

import functools
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warroom.parse import json_arrow
from warroom.parse import json_tables as tables
from warroom.parse.json_grid import Grid, TooManyNamesError
from warroom.parse.json_kernel import GUESSES, key_hash, tokenise
from warroom.parse.json_numbers import number
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
_SEEDS: Final = np.frombuffer(secrets.token_bytes(8 * tables.SEEDS), np.uint64)

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
        self.keys = np.zeros((_MOST_PATHS, tables.KEY_COLUMNS), np.int64)
        self.hashes = np.zeros(_MOST_PATHS, np.uint64)
        self.table = np.full(_TABLE, -1, np.int32)
        self.bytes = np.zeros(1 << 16, np.uint8)
        self.guesses = np.zeros(GUESSES, np.int32)
        self.objects = 0
        self._end = 0

    def add(self, parent: int, key: bytes) -> None:
        """Give a path its number, and a slot if it is wanted. Raises TooManyNamesError."""
        number, end = len(self._full), self._end + len(key)
        if number >= _MOST_PATHS:
            raise TooManyNamesError
        if end + _BEYOND > len(self.bytes):
            self.bytes = np.concatenate([self.bytes, np.zeros(max(len(key), len(self.bytes)), np.uint8)])
            self.__dict__.pop("known", None)
        self.bytes[self._end : end] = np.frombuffer(key, np.uint8)
        name = f"{self._full[parent]}.{key.decode()}" if parent else key.decode()
        slot = -1
        if self._wanted(name):
            slot = self._slots.setdefault(name, len(self.names))
            if slot == len(self.names):
                self.names.append(name)
        self.keys[number, :4] = parent, self._end, len(key), slot
        place = key_hash(self.bytes, self._end, len(key), parent, _SEEDS)
        self.hashes[number] = place
        mask = np.uint64(_TABLE - 1)
        while self.table[place & mask] >= 0:
            place += np.uint64(1)
        self.table[place & mask] = number
        self._full.append(name)
        self._met[key] = None
        self._end = end

    @functools.cached_property
    def known(self) -> tuple[npt.NDArray[Any], ...]:
        """What the tokeniser knows of paths: the same tuple until a table grows, for to pass many arrays is dear."""
        return self.keys.reshape(-1), self.hashes, self.table, self.bytes, self.guesses

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
    counts = np.zeros(tables.COUNTS, np.int64)
    counts[[tables.KNOWN, tables.OBJECTS]] = 1, paths.objects
    batch = _Batch(data, counts, (data, lines, odd, counts, _SEEDS))
    grid = Grid(count, most)
    for begin in range(0, count, tables.TILE):
        end = min(begin + tables.TILE, count)
        _tokenise(batch, paths, room, begin, end)
        _number(counts, room, grid, begin, end)
    paths.objects = int(counts[tables.OBJECTS])
    left = np.flatnonzero(odd)
    rows = np.flatnonzero(odd == 0)
    if len(left):
        grid = grid.of(rows, int(counts[tables.LINES]))
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
    """The lines' bytes, what the tokeniser counts, and all that it is told of the lines."""

    data: npt.NDArray[np.uint8]
    counts: _Longs
    told: tuple[npt.NDArray[Any], ...]


def _tokenise(batch: _Batch, paths: Paths, room: Room, begin: int, end: int) -> None:
    """Note the values of some lines in the room's cells.

    Each turn gets further: a table that was full is twice as large, a name that was not known is; and where a line
    brings so many names that reading it again and again costs too much, it is left.
    """
    data, lines, odd, counts, _ = batch.told
    counts[[tables.ROW, tables.CELLS, tables.CELL]] = begin, 0, 0
    again, before = 0, -1
    while reason := tokenise(batch.told, paths.known, room.noting, begin, end):
        row = int(counts[tables.ROW])
        if reason == tables.CELLS_FULL:
            room.more_cells()
        elif reason == tables.ELEMENTS_FULL:
            room.more_elements()
        else:
            again, before = (again + 1 if row == before else 1), row
            if (again - _MOST_TURNS) * int(lines[row + 1] - lines[row]) > _MOST_AGAIN:
                odd[row] = 1
                counts[tables.ROW] += 1
                continue
            paths.add(int(counts[tables.PARENT]), data[counts[tables.KEY_BEGIN] : counts[tables.KEY_END]].tobytes())
            room.widen(len(paths.names))


def _number(counts: _Longs, room: Room, grid: Grid, begin: int, end: int) -> None:
    """Number the values in the room's cells, into the grid."""
    grid.clear(int(counts[tables.LINES]), begin, end)
    while reason := number(room.numbering, grid.flat, counts, len(grid.codes), begin, end):
        if reason == tables.LINES_FULL:
            grid.widen()
        else:
            room.more_values(int(counts[tables.VALUES]), int(counts[tables.KNOWN]))


def _columns(batch: _Batch, room: Room, grid: Grid, rows: int, names: list[str]) -> dict[str, pa.Array]:
    count, met = int(batch.counts[tables.VALUES]), int(batch.counts[tables.ELEMENTS])
    slots = room.slots[: len(names)]
    ends = np.cumsum(slots[:, tables.DISTINCT])
    offsets = np.zeros(count + 1, np.int32)
    sizes = int(room.values[:count, 1].sum(dtype=np.int64))
    written = np.empty(sizes + _BEYOND, np.uint8)
    places = np.zeros(2 * (count + json_arrow.AHEAD), np.int32)
    starts = ends - slots[:, tables.DISTINCT]
    json_arrow.write(batch.data, room.values.reshape(-1), count, starts, places, written, offsets)
    texts = pa.Array.from_buffers(pa.string(), count, [None, pa.py_buffer(offsets), pa.py_buffer(written)])
    there = np.bitwise_count(grid.bits[: int(batch.counts[tables.LINES])]).sum(axis=1)
    columns: dict[str, pa.Array] = {}
    for slot in np.flatnonzero(slots[:, tables.GRID_LINE] >= 0).tolist():
        line = int(slots[slot, tables.GRID_LINE])
        name, values = names[slot], int(slots[slot, tables.DISTINCT])
        distinct = texts.slice(int(ends[slot]) - values, values)
        if slots[slot, tables.LISTS] and (grid.codes[line, :rows] < -1).any():
            columns[name] = _listed(grid.codes[line, :rows], room.elements[:met], distinct)
            continue
        nulls = rows - int(there[line])
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
