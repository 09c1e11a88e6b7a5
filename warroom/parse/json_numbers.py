"""Compiled: gives each value that the tokeniser found its number among the distinct texts of its slot.

A text is looked up by 128 bits of two keyed hashes (json_hash.py), some values at a time: while the processor fetches
what the table says of one it works on the others.
"""

# ruff: noqa: ANN001, ANN201, C901, PLR0912, PLR0915
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; what is done for each value stands in one
# place.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.machine.kernels import kernel
from warroom.machine.spans import fetch, put, take
from warroom.parse.json_tables import (
    CELL,
    CELL_BEGIN,
    CELL_COLUMNS,
    CELL_LENGTH,
    CELL_PLACE,
    CELL_SLOT,
    CELLS,
    CODE,
    DISTINCT,
    DONE,
    GRID_LINE,
    HASH,
    KNOWN,
    KNOWN_COLUMNS,
    LINES,
    LINES_FULL,
    LOOKED_UP,
    OTHER_HALF,
    SLOT_COLUMNS,
    VALUE_COLUMNS,
    VALUES,
    VALUES_FULL,
)

#: Places looked at for one value: texts made to collide cost no more than this, and are then kept once more.
MOST_PROBES: Final = 64
#: Values worked on at a time.
TOGETHER: Final = 64

_U1: Final = np.uint64(1)
_BIT: Final = np.uint32(1)


@kernel
def number(room, grid, counts, most_lines, base, stop):
    """Number the cells of a tile from ``counts[CELL]`` on until the end or a full table.

    Args:
        room: what ``tokenise`` noted, see json_tables.py; for each of these two words of hash, 0 where it is not looked
            up; the distinct values; those of them that are looked up, the first is none; an open hash table of these, 0
            where empty, a power of two, less than half full; the slots, see json_tables.py; of lists: number of value,
            next element or -1.
        grid: line of a slot x row: the number of its value, -1 for none, -2 - n where a list begins at element n; and
            line x word: a bit for each row that has one value.
        counts: see json_tables.py.
        most_lines: so many lines the grid has room for.
        base: the tile's first row.
        stop: the row behind its last; of the lines there are, these rows are -1 and 0.
    """
    cells, hashes, values, known, table, slots, elements = room
    codes, bits = grid
    mask = np.uint64(len(table) - 1)
    met_values, met_known, lines = counts[VALUES], counts[KNOWN], counts[LINES]
    most_values, most_known = len(values) // VALUE_COLUMNS, len(known) // KNOWN_COLUMNS
    rows, words = len(codes) // most_lines, len(bits) // most_lines
    first = counts[CELL]
    while first < counts[CELLS]:
        last = min(first + TOGETHER, counts[CELLS])
        for cell in range(first, last):
            fetch(table, np.int64(take(hashes, 2 * cell) & mask))
        for cell in range(first, last):
            fetch(known, KNOWN_COLUMNS * np.int64(take(table, np.int64(take(hashes, 2 * cell) & mask))))
        for cell in range(first, last):
            at = CELL_COLUMNS * cell
            slot = np.int64(take(cells, at + CELL_SLOT))
            row = np.int64(take(cells, at + CELL_PLACE))
            begin, length = take(cells, at + CELL_BEGIN), take(cells, at + CELL_LENGTH)
            line = take(slots, SLOT_COLUMNS * slot + GRID_LINE)
            if line < 0:
                if lines == most_lines:
                    counts[VALUES], counts[KNOWN], counts[LINES], counts[CELL] = met_values, met_known, lines, cell
                    return LINES_FULL
                line = lines
                lines += 1
                put(slots, SLOT_COLUMNS * slot + GRID_LINE, line)
                codes[rows * line : rows * line + stop] = -1
                bits[words * line : words * line + (stop + 31) // 32] = 0
            if length < 0:
                put(codes, rows * line + base + row, np.int32(-2 - begin))
                continue
            code = np.int64(-1)
            found, other_half = take(hashes, 2 * cell), take(hashes, 2 * cell + 1)
            looking, place = found != 0, found & mask
            if looking:
                entry = KNOWN_COLUMNS * np.int64(take(table, np.int64(place)))
                probes = 0
                while entry:
                    if take(known, entry + HASH) == found and take(known, entry + OTHER_HALF) == other_half:
                        code = np.int64(take(known, entry + CODE))
                        break
                    probes += 1
                    if probes == MOST_PROBES:
                        looking = False
                        break
                    place = (place + _U1) & mask
                    entry = KNOWN_COLUMNS * np.int64(take(table, np.int64(place)))
            if code < 0:
                if met_values >= most_values or met_known >= most_known:
                    counts[VALUES], counts[KNOWN], counts[LINES], counts[CELL] = met_values, met_known, lines, cell
                    return VALUES_FULL
                code = take(slots, SLOT_COLUMNS * slot + DISTINCT)
                put(slots, SLOT_COLUMNS * slot + DISTINCT, code + 1)
                put(values, VALUE_COLUMNS * met_values, begin)
                put(values, VALUE_COLUMNS * met_values + 1, length)
                put(values, VALUE_COLUMNS * met_values + 2, np.int32(slot))
                put(values, VALUE_COLUMNS * met_values + 3, np.int32(code))
                met_values += 1
                if looking:
                    put(known, KNOWN_COLUMNS * met_known + HASH, found)
                    put(known, KNOWN_COLUMNS * met_known + OTHER_HALF, other_half)
                    put(known, KNOWN_COLUMNS * met_known + CODE, np.uint64(code))
                    put(table, np.int64(place), np.int32(met_known))
                    met_known += 1
            put(slots, SLOT_COLUMNS * slot + LOOKED_UP, take(slots, SLOT_COLUMNS * slot + LOOKED_UP) + 1)
            if row < 0:
                put(elements, 2 * (-1 - row), np.int32(code))
                continue
            row += base
            put(codes, rows * line + row, np.int32(code))
            word = words * line + (row >> 5)
            put(bits, word, take(bits, word) | (_BIT << np.uint32(row & 31)))
        first = last
    counts[VALUES], counts[KNOWN], counts[LINES], counts[CELL] = met_values, met_known, lines, first
    return DONE


@kernel
def refill(table, known, count):
    """Put the values that are looked up back into a new table."""
    mask = np.uint64(len(table) - 1)
    for one in range(1, count):
        place = known[one, HASH] & mask
        while table[place]:
            place = (place + _U1) & mask
        table[place] = one
