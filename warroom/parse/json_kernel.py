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
from numba import njit

from warroom.machine.words import load
from warroom.parse.json_strings import closing, hashed, number_end, same, special

#: Objects and arrays inside each other; flatten.MAX_DEPTH is further down, where the exact reader goes.
DEEPEST: Final = 12
#: Values of one line.
MOST_CELLS: Final = 4096
#: Places looked at for one value: texts made to collide cost no more than this.
MOST_PROBES: Final = 64

#: Why ``tokenise`` came back.
DONE, NEW_KEY, VALUES_FULL, ELEMENTS_FULL = 0, 1, 2, 3
#: Places in ``counts``: distinct values, bytes of their texts, list elements, objects begun, the row to go on with;
#: and where a key stands that is not known yet: the path it is in, its first byte and its end.
VALUES, ELEMENTS, OBJECTS, ROW, PARENT, KEY_BEGIN, KEY_END = range(7)

_PRIME: Final = np.uint64(0x9E37_79B9_7F4A_7C15)
_TRUE: Final = np.uint64(int.from_bytes(b"true", "little"))
_FALSE: Final = np.uint64(int.from_bytes(b"false", "little"))
_NULL: Final = np.uint64(int.from_bytes(b"null", "little"))
_FOUR: Final = np.uint64((1 << 32) - 1)
_FIVE: Final = np.uint64((1 << 40) - 1)
_U1: Final = np.uint64(1)
_U32: Final = np.uint64(32)
_UPPER: Final = np.uint64(0xFFFF_FFFF_0000_0000)
_LOWER: Final = np.uint64(0xFFFF_FFFF)

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
    keys,
    key_hashes,
    key_table,
    key_bytes,
    values,
    value_hashes,
    value_table,
    codes,
    slots,
    elements,
    counts,
    seed,
):
    """Read lines from ``counts[ROW]`` on until the end, a key not known yet, or a full table.

    Args:
        data: the lines' bytes one after the other, and at least 64 more that are zero.
        lines: where each line begins, and where the last ends.
        odd: set to 1 for each line that is left.
        keys: for each path: parent, first byte, length, slot (-1: not wanted), path met next, object met in last.
        key_hashes: for each path: hash of parent and key.
        key_table: open hash table of paths, -1 where empty; a power of two.
        key_bytes: the keys' texts.
        values: for each distinct value: first byte, twice its length and 1 where it has escapes, slot, number
            among the slot's.
        value_hashes: for each distinct value: hash of slot and text.
        value_table: open hash table of values: upper half of the hash, number + 1; 0 where empty.
        codes: slot x row: the value's number, -1 for none, -2 - n where a list begins at element n.
        slots: for each slot: distinct values, last element of the list in the making, outermost array of it, has lists.
        elements: of lists: number of value, next element or -1.
        counts: see above.
        seed: of the hashes.
    """
    key_mask, value_mask = np.uint64(len(key_table) - 1), np.uint64(len(value_table) - 1)
    kinds = np.zeros(DEEPEST + 1, np.int64)
    paths = np.zeros(DEEPEST + 1, np.int64)
    objects = np.zeros(DEEPEST + 1, np.int64)
    touched = np.zeros(MOST_CELLS, np.int64)
    met_values, met_elements, serial = counts[VALUES], counts[ELEMENTS], counts[OBJECTS]
    most_values, most_elements = len(value_hashes), len(elements)
    for row in range(counts[ROW], len(lines) - 1):
        at, end = lines[row], lines[row + 1]
        cells = 0
        row_elements = met_elements
        good = True
        reason = DONE
        while data[at] == 32 or data[at] == 9:
            at += 1
        if at >= end or data[at] != 123:
            odd[row] = 1
            continue
        at += 1
        serial += 1
        depth, arrays, root = 0, 0, 0
        kinds[0], paths[0], objects[0] = _OBJECT, 0, serial
        path, last, first = 0, 0, True
        state = _KEY
        while True:
            while data[at] == 32 or data[at] == 9:
                at += 1
            if at >= end:
                good = False
                break
            byte = data[at]
            if state == _KEY:
                if byte != 34:
                    if byte == 125 and first:
                        state = _AFTER
                        continue
                    good = False
                    break
                at += 1
                parent = paths[depth]
                path = keys[last, 4]
                length = keys[path, 2]
                if (
                    path > 0
                    and keys[path, 0] == parent
                    and data[at + length] == 34
                    and same(data, at, key_bytes, keys[path, 1], length)
                ):
                    at += length
                else:
                    stop = special(data, at)
                    if stop >= end or data[stop] != 34:
                        good = False
                        break
                    length = stop - at
                    found = hashed(data, at, length, seed ^ (np.uint64(parent) * _PRIME))
                    place = found & key_mask
                    path = -1
                    while key_table[place] >= 0:
                        other = key_table[place]
                        if (
                            key_hashes[other] == found
                            and keys[other, 0] == parent
                            and keys[other, 2] == length
                            and same(data, at, key_bytes, keys[other, 1], length)
                        ):
                            path = np.int64(other)
                            break
                        place = (place + _U1) & key_mask
                    if path < 0:
                        reason = NEW_KEY
                        counts[PARENT], counts[KEY_BEGIN], counts[KEY_END] = parent, at, stop
                        break
                    keys[last, 4] = path
                    at = stop
                last = path
                if keys[path, 5] == objects[depth]:
                    good = False
                    break
                keys[path, 5] = objects[depth]
                at += 1
                while data[at] == 32 or data[at] == 9:
                    at += 1
                if at >= end or data[at] != 58:
                    good = False
                    break
                at += 1
                state = _VALUE
                first = False
                continue
            if state == _AFTER:
                if byte == 44:
                    at += 1
                    if kinds[depth] == _OBJECT:
                        state = _KEY
                        first = False
                    else:
                        path = paths[depth]
                        state = _VALUE
                    continue
                if byte == 125 and kinds[depth] == _OBJECT:
                    at += 1
                elif byte == 93 and kinds[depth] == _ARRAY:
                    at += 1
                    arrays -= 1
                else:
                    good = False
                    break
                depth -= 1
                if depth < 0:
                    while at < end and (data[at] == 32 or data[at] == 9):
                        at += 1
                    good = at == end
                    break
                continue
            # a value, under ``path``
            slot = keys[path, 3]
            escaped = False
            begin = at
            if byte == 34:
                begin += 1
                at, escaped = closing(data, begin)
                if at >= end or data[at] != 34:
                    good = False
                    break
                stop = at
                at += 1
            elif byte == 123 or byte == 91:
                depth += 1
                if depth > DEEPEST:
                    good = False
                    break
                at += 1
                serial += 1
                paths[depth], objects[depth] = path, serial
                if byte == 123:
                    kinds[depth] = _OBJECT
                    state = _KEY
                    first = True
                else:
                    kinds[depth] = _ARRAY
                    if arrays == 0:
                        root = serial
                    arrays += 1
                    while data[at] == 32 or data[at] == 9:
                        at += 1
                    if at < end and data[at] == 93:
                        state = _AFTER
                continue
            elif byte == 45 or 48 <= byte <= 57:
                at = number_end(data, at)
                if at < 0 or at > end:
                    good = False
                    break
                stop = at
            else:
                word = load(data, at)
                if word & _FOUR == _NULL:
                    at += 4
                    slot = np.int32(-1)
                elif word & _FOUR == _TRUE:
                    at += 4
                elif word & _FIVE == _FALSE:
                    at += 5
                else:
                    good = False
                    break
                if at > end:
                    good = False
                    break
                stop = at
            state = _AFTER
            if slot < 0:
                continue
            # a value that is wanted: its number among those of its slot
            if met_values >= most_values:
                reason = VALUES_FULL
                break
            if met_elements >= most_elements:
                reason = ELEMENTS_FULL
                break
            length = stop - begin
            found = hashed(data, begin, length, seed ^ (np.uint64(slot + 1) * _PRIME))
            place = found & value_mask
            upper = found & _UPPER
            code = np.int64(-1)
            probes = 0
            while value_table[place] and probes < MOST_PROBES:
                entry = value_table[place]
                if entry & _UPPER == upper:
                    other = np.int64(entry & _LOWER) - 1
                    if (
                        values[other, 2] == slot
                        and values[other, 1] >> 1 == length
                        and same(data, begin, data, np.int64(values[other, 0]), length)
                        and (values[other, 1] & 1 != 0) == escaped
                    ):
                        code = np.int64(values[other, 3])
                        break
                probes += 1
                place = (place + _U1) & value_mask
            if code < 0:
                if probes >= MOST_PROBES:
                    good = False
                    break
                code = slots[slot, 0]
                slots[slot, 0] += 1
                values[met_values, 0], values[met_values, 1] = begin, length << 1 | escaped
                values[met_values, 2], values[met_values, 3] = slot, code
                value_hashes[met_values] = found
                met_values += 1
                value_table[place] = upper | np.uint64(met_values)
            known = codes[slot, row]
            if arrays == 0:
                if known != -1 or cells >= MOST_CELLS:
                    good = False
                    break
                codes[slot, row] = code
                touched[cells] = slot
                cells += 1
                continue
            if known == -1:
                if cells >= MOST_CELLS:
                    good = False
                    break
                codes[slot, row] = -2 - met_elements
                touched[cells] = slot
                cells += 1
                slots[slot, 2] = root
                slots[slot, 3] = 1
            elif known < -1 and slots[slot, 2] == root:
                elements[slots[slot, 1], 1] = met_elements
            else:
                good = False
                break
            elements[met_elements, 0], elements[met_elements, 1] = code, -1
            slots[slot, 1] = met_elements
            met_elements += 1
        if good and reason == DONE:
            continue
        for cell in range(cells):
            codes[touched[cell], row] = -1
        met_elements = row_elements
        if reason != DONE:
            counts[VALUES], counts[ELEMENTS], counts[OBJECTS] = met_values, met_elements, serial
            counts[ROW] = row
            return reason
        odd[row] = 1
    counts[VALUES], counts[ELEMENTS], counts[OBJECTS] = met_values, met_elements, serial
    return DONE


@njit(cache=True)
def key_hash(data, at, length, parent, seed):
    """Hash a key as ``tokenise`` does."""
    return hashed(data, at, length, seed ^ (np.uint64(parent) * _PRIME))


@njit(cache=True)
def refill(table, hashes, count):
    """Put the values back into a new table."""
    mask = np.uint64(len(table) - 1)
    for number in range(count):
        place = hashes[number] & mask
        while table[place]:
            place = (place + _U1) & mask
        table[place] = (hashes[number] & _UPPER) | np.uint64(number + 1)
