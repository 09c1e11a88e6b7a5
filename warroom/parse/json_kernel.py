"""The compiled tokeniser of JSON Lines: strict and bounded, it reads what is plainly JSON and leaves any other line.

A value goes where its path says: each distinct text of a path is kept once, and a row holds its number. What a line
may hold besides (numbers that need another notation, names with escapes, a name that stands twice, deep nesting) is
left to the exact reader of jsonl.py; so is everything that is no JSON, because a reject needs a reason.
"""

# ruff: noqa: ANN001, ANN201, C901, PLR0912, PLR0913, PLR0915, PLR0917, PLR1714, PLR2004
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; it names bytes by their numbers, and what is
# done for each byte or value stands in one place.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.machine.compiler import njit
from warroom.machine.spans import put, take
from warroom.machine.words import load
from warroom.parse.json_hash import hashed, hashed_twice, same
from warroom.parse.json_quotes import quotes_of
from warroom.parse.json_strings import number_end

#: Objects and arrays inside each other; flatten.MAX_DEPTH is further down, where the exact reader goes.
DEEPEST: Final = 12
#: Places looked at for one value: texts made to collide cost no more than this.
MOST_PROBES: Final = 64
#: After so many values of a slot, seven eighths of them new, no more are looked up: each is a new one.
_TRIED: Final = 512

#: Rows read at a time: their numbers stay in the cache. A multiple of 32.
TILE: Final = 1024
#: How far the slots stand apart there: not by whole pages, which would share few places of a cache.
SPACING: Final = TILE + 32

#: Why ``tokenise`` came back.
DONE, NEW_KEY, VALUES_FULL, ELEMENTS_FULL = 0, 1, 2, 3
#: Places in ``counts``: values, those of them that are looked up (and one), list elements, objects begun, the row to
#: go on with; and where a key stands that is not known yet: the path it is in, its first byte and its end.
VALUES, KNOWN, ELEMENTS, OBJECTS, ROW, PARENT, KEY_BEGIN, KEY_END = range(8)
#: Columns of ``keys``: the path around it, the key's first byte and length, slot (-1: not wanted), path met next,
#: object met in last.
_AROUND, _BEGIN, _LENGTH, _SLOT, _NEXT, _OBJECT_MET = range(6)
KEY_COLUMNS: Final = 8
#: Columns of ``slots``: values that count as distinct, how many were looked up, the last one (first byte, length,
#: number), the last row or one that had no value since; and of lists: whether there are any, the last element, the
#: outermost array it is in.
DISTINCT, _LOOKED_UP, _LAST_BEGIN, _LAST_LENGTH, _LAST_CODE, LAST_ROW, LISTS, _LAST_ELEMENT, _ROOT = range(9)
SLOT_COLUMNS: Final = 16
#: Columns of ``known``: 128 bits of hash of slot and text, number among the slot's.
_HASH, _OTHER_HALF, _CODE = range(3)
KNOWN_COLUMNS: Final = 4
#: Secret words that the hashes depend on.
SEEDS: Final = 9
NEW_SLOT: Final = np.zeros(SLOT_COLUMNS, np.int64)
NEW_SLOT[[_LAST_LENGTH, LAST_ROW]] = -1

_PRIME: Final = np.uint64(0x9E37_79B9_7F4A_7C15)
_TRUE: Final = np.uint64(int.from_bytes(b"true", "little"))
_FALSE: Final = np.uint64(int.from_bytes(b"false", "little"))
_NULL: Final = np.uint64(int.from_bytes(b"null", "little"))
_FOUR: Final = np.uint64((1 << 32) - 1)
_FIVE: Final = np.uint64((1 << 40) - 1)
_U1: Final = np.uint64(1)
_U32: Final = np.uint64(32)

_OBJECT: Final = 0
_ARRAY: Final = 1
_KEY: Final = 0
_VALUE: Final = 1
_AFTER: Final = 2


@njit(cache=True)
def tokenise(
    data,
    lines,
    odd,
    quotes,
    keys,
    key_hashes,
    key_table,
    key_bytes,
    values,
    known,
    value_table,
    codes,
    base,
    stop_row,
    slots,
    elements,
    counts,
    seeds,
):
    """Read lines from ``counts[ROW]`` on until the end, a key not known yet, or a full table.

    Args:
        data: the lines' bytes one after the other, and at least 64 more that are zero.
        lines: where each line begins, and where the last ends.
        odd: set to 1 for each line that is left.
        quotes: room for the places of a line's quotes.
        keys: the paths, see above.
        key_hashes: for each path: hash of parent and key.
        key_table: open hash table of paths, -1 where empty; a power of two.
        key_bytes: the keys' texts.
        values: for each value: first byte, length, slot, number among the slot's.
        known: the values that are looked up, see above; the first is none.
        value_table: open hash table of them, 0 where empty; a power of two, less than half full.
        codes: slot x row, ``SPACING`` apart: the value's number, -1 for none, -2 - n where a list begins at element n.
        base: the row that ``codes`` begins with.
        stop_row: the row to stop before, at most ``TILE`` behind ``base``.
        slots: see above.
        elements: of lists: number of value, next element or -1.
        counts: see above.
        seeds: of the hashes: ``SEEDS`` secret words.
    """
    seed = take(seeds, 8)
    key_mask, value_mask = np.uint64(len(key_table) - 1), np.uint64(len(value_table) - 1)
    kinds = np.zeros(DEEPEST + 1, np.int64)
    paths = np.zeros(DEEPEST + 1, np.int64)
    objects = np.zeros(DEEPEST + 1, np.int64)
    met_values, met_known, met_elements, serial = counts[VALUES], counts[KNOWN], counts[ELEMENTS], counts[OBJECTS]
    most_values, most_known, most_elements = len(values) // 4, len(known) // KNOWN_COLUMNS, len(elements) // 2
    for row in range(counts[ROW], stop_row):
        at, end = take(lines, row), take(lines, row + 1)
        row_elements = met_elements
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
        path, last, first = 0, 0, True
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
                path = take(keys, KEY_COLUMNS * last + _NEXT)
                if (
                    take(keys, KEY_COLUMNS * path + _LENGTH) != length
                    or path == 0
                    or take(keys, KEY_COLUMNS * path + _AROUND) != parent
                    or not same(data, at, key_bytes, take(keys, KEY_COLUMNS * path + _BEGIN), length)
                ):
                    found = hashed(data, at, length, seed ^ (np.uint64(parent) * _PRIME))
                    place = found & key_mask
                    path = -1
                    while take(key_table, place) >= 0:
                        other = take(key_table, place)
                        if (
                            take(key_hashes, other) == found
                            and take(keys, KEY_COLUMNS * other + _AROUND) == parent
                            and take(keys, KEY_COLUMNS * other + _LENGTH) == length
                            and same(data, at, key_bytes, take(keys, KEY_COLUMNS * other + _BEGIN), length)
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
                    put(keys, KEY_COLUMNS * last + _NEXT, path)
                last = path
                if take(keys, KEY_COLUMNS * path + _OBJECT_MET) == take(objects, depth):
                    good = False
                    break
                put(keys, KEY_COLUMNS * path + _OBJECT_MET, take(objects, depth))
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
            slot = take(keys, KEY_COLUMNS * path + _SLOT)
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
            # a value that is wanted: its number among those of its slot
            length = stop - begin
            if take(slots, SLOT_COLUMNS * slot + _LAST_LENGTH) == length and same(
                data, begin, data, take(slots, SLOT_COLUMNS * slot + _LAST_BEGIN), length
            ):
                code = take(slots, SLOT_COLUMNS * slot + _LAST_CODE)
            else:
                code = np.int64(-1)
                found = np.uint64(0)
                place = np.uint64(0)
                distinct = take(slots, SLOT_COLUMNS * slot + DISTINCT)
                looked_up = take(slots, SLOT_COLUMNS * slot + _LOOKED_UP)
                looking = looked_up < _TRIED or distinct < looked_up - (looked_up >> 3)
                if looking:
                    kind = np.uint64(slot) << _U32 | np.uint64(length)
                    found, other_half = hashed_twice(data, begin, length, kind, seeds)
                    place = found & value_mask
                    number = take(value_table, place)
                    probes = 0
                    while number and probes < MOST_PROBES:
                        entry = KNOWN_COLUMNS * np.int64(number)
                        if take(known, entry) == found and take(known, entry + _OTHER_HALF) == other_half:
                            code = np.int64(take(known, entry + _CODE))
                            break
                        probes += 1
                        place = (place + _U1) & value_mask
                        number = take(value_table, place)
                    if probes >= MOST_PROBES:
                        good = False
                        break
                if code < 0:
                    if met_values >= most_values or met_known >= most_known:
                        reason = VALUES_FULL
                        break
                    code = distinct
                    put(slots, SLOT_COLUMNS * slot + DISTINCT, code + 1)
                    put(values, 4 * met_values, begin)
                    put(values, 4 * met_values + 1, length)
                    put(values, 4 * met_values + 2, slot)
                    put(values, 4 * met_values + 3, code)
                    met_values += 1
                    if looking:
                        put(known, KNOWN_COLUMNS * met_known, found)
                        put(known, KNOWN_COLUMNS * met_known + _OTHER_HALF, other_half)
                        put(known, KNOWN_COLUMNS * met_known + _CODE, np.uint64(code))
                        put(value_table, place, met_known)
                        met_known += 1
                put(slots, SLOT_COLUMNS * slot + _LOOKED_UP, looked_up + 1)
                put(slots, SLOT_COLUMNS * slot + _LAST_BEGIN, begin)
                put(slots, SLOT_COLUMNS * slot + _LAST_LENGTH, length)
                put(slots, SLOT_COLUMNS * slot + _LAST_CODE, code)
            if arrays == 0:
                if take(slots, SLOT_COLUMNS * slot + LAST_ROW) == row:
                    good = False
                    break
                put(codes, SPACING * slot + row - base, code)
                put(slots, SLOT_COLUMNS * slot + LAST_ROW, row)
                continue
            if met_elements >= most_elements:
                reason = ELEMENTS_FULL
                break
            if take(slots, SLOT_COLUMNS * slot + LAST_ROW) != row:
                put(codes, SPACING * slot + row - base, -2 - met_elements)
                put(slots, SLOT_COLUMNS * slot + LAST_ROW, row)
                put(slots, SLOT_COLUMNS * slot + _ROOT, root)
                put(slots, SLOT_COLUMNS * slot + LISTS, 1)
            elif take(codes, SPACING * slot + row - base) < -1 and take(slots, SLOT_COLUMNS * slot + _ROOT) == root:
                put(elements, 2 * (take(slots, SLOT_COLUMNS * slot + _LAST_ELEMENT)) + 1, met_elements)
            else:
                good = False
                break
            put(elements, 2 * met_elements, code)
            put(elements, 2 * met_elements + 1, -1)
            put(slots, SLOT_COLUMNS * slot + _LAST_ELEMENT, met_elements)
            met_elements += 1
        if good and reason == DONE:
            continue
        for slot in range(len(slots) // SLOT_COLUMNS):
            if take(slots, SLOT_COLUMNS * slot + LAST_ROW) == row:
                put(slots, SLOT_COLUMNS * slot + LAST_ROW, row - 1 if row > base else -1)
                put(codes, SPACING * slot + row - base, -1)
        met_elements = row_elements
        if reason != DONE:
            counts[VALUES], counts[KNOWN], counts[ELEMENTS], counts[OBJECTS] = (
                met_values,
                met_known,
                met_elements,
                serial,
            )
            counts[ROW] = row
            return reason
        odd[row] = 1
    counts[VALUES], counts[KNOWN], counts[ELEMENTS], counts[OBJECTS] = met_values, met_known, met_elements, serial
    return DONE


@njit(cache=True)
def key_hash(data, at, length, parent, seeds):
    """Hash a key as ``tokenise`` does."""
    return hashed(data, at, length, take(seeds, 8) ^ (np.uint64(parent) * _PRIME))


@njit(cache=True)
def refill(table, known, count):
    """Put the values that are looked up back into a new table."""
    mask = np.uint64(len(table) - 1)
    for number in range(1, count):
        place = known[number, _HASH] & mask
        while table[place]:
            place = (place + _U1) & mask
        table[place] = number
