"""The compiled tokeniser of JSON Lines: strict and bounded, it reads what is plainly JSON and leaves any other line.

It notes where each value stands and the slot that its path says; json_numbers.py does the rest. What a line may hold
besides (numbers that need another notation, names with escapes, a name that stands twice, deep nesting) is
left to the exact reader of jsonl.py; so is everything that is no JSON, because a reject needs a reason.
"""

# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0912, PLR0915, PLR1714, PLR2004
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; it names bytes by their numbers, and what is
# done for each byte or value stands in one place.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.machine.kernels import inline, kernel
from warroom.machine.spans import put, take
from warroom.machine.words import load
from warroom.parse.json_hash import hashed, hashed_twice, same
from warroom.parse.json_quotes import quotes_of
from warroom.parse.json_strings import number_end
from warroom.parse.json_tables import (
    AROUND,
    BEGIN,
    CELL_BEGIN,
    CELL_COLUMNS,
    CELL_LENGTH,
    CELL_PLACE,
    CELL_SLOT,
    CELLS,
    CELLS_FULL,
    DISTINCT,
    DONE,
    ELEMENTS,
    ELEMENTS_FULL,
    KEY_BEGIN,
    KEY_COLUMNS,
    KEY_END,
    LAST_ELEMENT,
    LAST_ROW,
    LENGTH,
    LISTS,
    LOOKED_UP,
    NEW_KEY,
    OBJECT_MET,
    OBJECTS,
    PARENT,
    ROOT,
    ROW,
    SLOT,
    SLOT_COLUMNS,
)

#: Objects and arrays inside each other; flatten.MAX_DEPTH is further down, where the exact reader goes.
DEEPEST: Final = 12
#: After so many values of a slot, seven eighths of them new, no more are looked up: each is a new one.
_TRIED: Final = 512

_PRIME: Final = np.uint64(0x9E37_79B9_7F4A_7C15)
_TRUE: Final = np.uint64(int.from_bytes(b"true", "little"))
_FALSE: Final = np.uint64(int.from_bytes(b"false", "little"))
_NULL: Final = np.uint64(int.from_bytes(b"null", "little"))
_FOUR: Final = np.uint64((1 << 32) - 1)
_FIVE: Final = np.uint64((1 << 40) - 1)
_U0: Final = np.uint64(0)
_U1: Final = np.uint64(1)
_U32: Final = np.uint64(32)

#: Bits that a trail is shifted by for its place among ``GUESSES``.
_TRAIL: Final = np.uint64(50)
GUESSES: Final = 1 << 14

_OBJECT: Final = 0
_ARRAY: Final = 1
_KEY: Final = 0
_VALUE: Final = 1
_AFTER: Final = 2


@inline
def _noted(cells, cell, begin, length, slot, place):
    put(cells, CELL_COLUMNS * cell + CELL_BEGIN, np.int32(begin))
    put(cells, CELL_COLUMNS * cell + CELL_LENGTH, np.int32(length))
    put(cells, CELL_COLUMNS * cell + CELL_SLOT, np.int32(slot))
    put(cells, CELL_COLUMNS * cell + CELL_PLACE, np.int32(place))


@inline
def _hash(hashes, cell, data, begin, length, slot, slots, seeds):
    found, other_half = _U0, _U0
    looked_up = take(slots, SLOT_COLUMNS * slot + LOOKED_UP)
    if looked_up < _TRIED or take(slots, SLOT_COLUMNS * slot + DISTINCT) < looked_up - (looked_up >> 3):
        kind = np.uint64(slot) << _U32 | np.uint64(length)
        found, other_half = hashed_twice(data, begin, length, kind, seeds)
    put(hashes, 2 * cell, found)
    put(hashes, 2 * cell + 1, other_half)


@kernel
def tokenise(batch, known, room, base, stop_row):
    """Read lines from ``counts[ROW]`` on until the end, a key not known yet, or a full table.

    Args:
        batch: the lines' bytes one after the other, and at least 64 more that are zero; where each line begins, and
            where the last ends; for each line 1 where it is left; counts, see json_tables.py; of the hashes, ``SEEDS``
            secret words.
        known: the paths, see json_tables.py; for each path the hash of parent and key; an open hash table of them, -1
            where empty, a power of two; the keys' texts; for the names that came before in a line, all in one number,
            the path that came then.
        room: where the values of the lines go, see json_tables.py; for each of these two words of hash, 0 where it is
            not looked up, as it is one more; room for the places of a line's quotes; the slots and, of lists, the
            elements, see json_tables.py; three rows of ``DEEPEST + 1`` numbers.
        base: the row that places count from.
        stop_row: the row to stop before, at most ``TILE`` behind ``base``.
    """
    data, lines, odd, counts, seeds = batch
    keys, key_hashes, key_table, key_bytes, guesses = known
    cells, hashes, quotes, slots, elements, nested = room
    seed = take(seeds, 8)
    key_mask = np.uint64(len(key_table) - 1)
    kinds, paths, objects = nested[0], nested[1], nested[2]
    cell, met_elements, serial = counts[CELLS], counts[ELEMENTS], counts[OBJECTS]
    most_cells, most_elements = len(cells) // CELL_COLUMNS, len(elements) // 2
    for row in range(counts[ROW], stop_row):
        at, end = take(lines, row), take(lines, row + 1)
        row_cells, row_elements = cell, met_elements
        reason = DONE
        good = quotes_of(data, at, end, quotes) >= 0
        quote = 0
        while take(data, at) == 32 or take(data, at) == 9:
            at += 1
        if not good or at >= end or take(data, at) != 123:
            odd[row] = 1
            continue
        at += 1
        serial += 1
        depth, arrays, root = 0, 0, 0
        kinds[0], paths[0], objects[0] = _OBJECT, 0, serial
        path, first = 0, True
        trail = _U0
        state = _KEY
        while True:
            while take(data, at) == 32 or take(data, at) == 9:
                at += 1
            if at >= end:
                good = False
                break
            if state == _AFTER:
                byte = take(data, at)
                at += 1
                if byte == 44:
                    if take(kinds, depth) == _OBJECT:
                        state = _KEY
                        first = False
                    else:
                        path = take(paths, depth)
                        state = _VALUE
                    continue
                if byte == 93 and take(kinds, depth) == _ARRAY:
                    arrays -= 1
                elif byte != 125 or take(kinds, depth) != _OBJECT:
                    good = False
                    break
                depth -= 1
                if depth < 0:
                    while at < end and (take(data, at) == 32 or take(data, at) == 9):
                        at += 1
                    good = at == end
                    break
                continue
            if state == _KEY:
                if take(quotes, quote) != at:
                    if take(data, at) == 125 and first:
                        state = _AFTER
                        continue
                    good = False
                    break
                at += 1
                stop = take(quotes, quote + 1)
                quote += 2
                length = stop - at
                parent = take(paths, depth)
                guess = np.int64(trail >> _TRAIL)
                path = np.int64(take(guesses, guess))
                if (
                    take(keys, KEY_COLUMNS * path + LENGTH) != length
                    or path == 0
                    or take(keys, KEY_COLUMNS * path + AROUND) != parent
                    or not same(data, at, key_bytes, take(keys, KEY_COLUMNS * path + BEGIN), length)
                ):
                    found = hashed(data, at, length, seed ^ (np.uint64(parent) * _PRIME))
                    place = found & key_mask
                    path = -1
                    while take(key_table, place) >= 0:
                        other = take(key_table, place)
                        if (
                            take(key_hashes, other) == found
                            and take(keys, KEY_COLUMNS * other + AROUND) == parent
                            and take(keys, KEY_COLUMNS * other + LENGTH) == length
                            and same(data, at, key_bytes, take(keys, KEY_COLUMNS * other + BEGIN), length)
                        ):
                            path = np.int64(other)
                            break
                        place = (place + _U1) & key_mask
                    if path < 0:
                        for place_in_key in range(at, stop):
                            if take(data, place_in_key) == 92:
                                good = False
                        if not good:
                            break
                        reason = NEW_KEY
                        counts[PARENT], counts[KEY_BEGIN], counts[KEY_END] = parent, at, stop
                        break
                    put(guesses, guess, np.int32(path))
                trail = (trail + np.uint64(path)) * _PRIME
                if take(keys, KEY_COLUMNS * path + OBJECT_MET) == take(objects, depth):
                    good = False
                    break
                put(keys, KEY_COLUMNS * path + OBJECT_MET, take(objects, depth))
                at = stop + 1
                while take(data, at) == 32 or take(data, at) == 9:
                    at += 1
                if at >= end or take(data, at) != 58:
                    good = False
                    break
                at += 1
                while take(data, at) == 32 or take(data, at) == 9:
                    at += 1
                if at >= end:
                    good = False
                    break
            # a value, under ``path``
            slot = take(keys, KEY_COLUMNS * path + SLOT)
            begin = at
            state = _AFTER
            if take(quotes, quote) == at:
                begin += 1
                stop = take(quotes, quote + 1)
                quote += 2
                at = stop + 1
            else:
                byte = take(data, at)
                if byte == 45 or 48 <= byte <= 57:
                    at = number_end(data, at)
                elif byte == 123 or byte == 91:
                    depth += 1
                    if depth > DEEPEST:
                        good = False
                        break
                    at += 1
                    serial += 1
                    put(paths, depth, path)
                    put(objects, depth, serial)
                    if byte == 123:
                        put(kinds, depth, _OBJECT)
                        state = _KEY
                        first = True
                        continue
                    put(kinds, depth, _ARRAY)
                    if arrays == 0:
                        root = serial
                    arrays += 1
                    while take(data, at) == 32 or take(data, at) == 9:
                        at += 1
                    if take(data, at) != 93:
                        state = _VALUE
                    continue
                else:
                    word = load(data, at)
                    if word & _FOUR == _NULL:
                        at += 4
                        slot = np.int64(-1)
                    elif word & _FOUR == _TRUE:
                        at += 4
                    elif word & _FIVE == _FALSE:
                        at += 5
                    else:
                        at = -1
                if at < 0 or at > end:
                    good = False
                    break
                stop = at
            if slot < 0:
                continue
            # a value that is wanted
            if cell + 1 >= most_cells:
                reason = CELLS_FULL
                break
            of_slot = SLOT_COLUMNS * slot
            if arrays == 0:
                if take(slots, of_slot + LAST_ROW) == row:
                    good = False
                    break
                put(slots, of_slot + LAST_ROW, row)
                _noted(cells, cell, begin, stop - begin, slot, row - base)
                _hash(hashes, cell, data, begin, stop - begin, slot, slots, seeds)
                cell += 1
                continue
            if met_elements >= most_elements:
                reason = ELEMENTS_FULL
                break
            if take(slots, of_slot + LAST_ROW) != row:
                put(slots, of_slot + LAST_ROW, row)
                put(slots, of_slot + ROOT, root)
                put(slots, of_slot + LISTS, 1)
                _noted(cells, cell, met_elements, -1, slot, row - base)
                put(hashes, 2 * cell, _U0)
                cell += 1
            elif take(slots, of_slot + ROOT) == root:
                put(elements, 2 * (take(slots, of_slot + LAST_ELEMENT)) + 1, met_elements)
            else:
                good = False
                break
            _noted(cells, cell, begin, stop - begin, slot, -1 - met_elements)
            _hash(hashes, cell, data, begin, stop - begin, slot, slots, seeds)
            cell += 1
            put(elements, 2 * met_elements + 1, -1)
            put(slots, of_slot + LAST_ELEMENT, met_elements)
            met_elements += 1
        if good and reason == DONE:
            continue
        # what was noted of the line counts for nothing
        for one in range(row_cells, cell):
            put(slots, SLOT_COLUMNS * np.int64(take(cells, CELL_COLUMNS * one + CELL_SLOT)) + LAST_ROW, -1)
        cell, met_elements = row_cells, row_elements
        if reason != DONE:
            counts[CELLS], counts[ELEMENTS], counts[OBJECTS], counts[ROW] = cell, met_elements, serial, row
            return reason
        odd[row] = 1
    counts[CELLS], counts[ELEMENTS], counts[OBJECTS] = cell, met_elements, serial
    return DONE


@kernel
def key_hash(data, at, length, parent, seeds):
    """Hash a key as ``tokenise`` does."""
    return hashed(data, at, length, take(seeds, 8) ^ (np.uint64(parent) * _PRIME))
