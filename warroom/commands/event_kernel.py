"""The compiled writer of matches: many lines of JSON in one pass, each distinct text escaped once.

It reads Arrow's buffers at their addresses and never past the end that the table of columns gives; before it writes
it asks whether there is room, and where there is none it comes back and goes on later with the line it was in.
"""

# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0913, PLR0915, PLR0917
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; what is done for each line stands in one
# place.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.commands.addresses import byte_at, int32_at, int64_at, put_byte, put_int64
from warroom.commands.value_kernel import STEP, copied, escaped, number_written, time_written
from warroom.machine.kernels import kernel
from warroom.machine.words import lowest

#: Kinds of column: numbers of texts, texts, lists of texts, whole numbers of 32 and 64 bits, times.
CODES, TEXTS, LISTS, INT32, INT64, TIMES = range(6)
#: What the table says of a column: its kind; the address of its bits of validity (0: all there) and the place of row 0
#: in them and in its values; the address of its values (codes, numbers, or where texts or lists begin); of what they
#: point to, the address of the texts' places, of their bytes and of the end of these, how many texts there are and the
#: first of them in the memory of texts; where the JSON before a value begins and ends.
WIDTH: Final = 11
KIND, VALID, FIRST, VALUES, PLACES, CONTENT, LIMIT, COUNT, MEMORY, HEAD, HEAD_END = range(WIDTH)
#: A time and a number take so many bytes at most; what stands between or behind values, and what closes a line, less.
_TIME: Final = 27
_NUMBER: Final = 20
_CLOSING: Final = 16
#: Rows whose columns are listed at a time: as many as a word has bits.
ROWS: Final = 64

#: Why ``write`` came back.
DONE, LINES_FULL, MEMORY_FULL = range(3)
#: Places in ``state``: the line to go on with, bytes of whole lines, bytes of remembered texts, room needed.
LINE, USED, REMEMBERED, NEEDED = range(4)

_U1: Final = np.uint64(1)


@kernel
def _there(columns, column, row, rows):
    """Give a bit for each of up to 64 rows from ``row`` on: whether the column has a value."""
    address = columns[column, VALID]
    if not address:
        return ~np.uint64(0)
    first = columns[column, FIRST] + row
    end = (columns[column, FIRST] + rows + 7) >> 3
    place, shift = first >> 3, np.uint64(first & 7)
    if place + 9 <= end:
        bits = np.uint64(int64_at(address + place)) >> shift
        if shift:
            bits |= np.uint64(byte_at(address + place + 8)) << (np.uint64(64) - shift)
        return bits
    bits = np.uint64(0)
    for step in range(min(ROWS, rows - row)):
        bit = byte_at(address + ((first + step) >> 3)) >> np.uint8((first + step) & 7) & 1
        bits |= np.uint64(bit) << np.uint64(step)
    return bits


@kernel
def _list(columns, rows, begin, met, counts):
    """List for each of the 64 rows from ``begin`` on the columns that have a value there."""
    counts[:] = 0
    for column in range(len(columns)):
        bits = _there(columns, column, begin, rows)
        if rows - begin < ROWS:
            bits &= (_U1 << np.uint64(rows - begin)) - _U1
        while bits:
            row = lowest(bits)
            met[row, counts[row]] = column
            counts[row] += 1
            bits &= bits - _U1


@kernel
def _remember(columns, met, count, row, names, memory, texts, room, used, places, sizes):
    """Find the members that stand among the remembered texts, and add those that do not yet.

    All of a row's are looked up before any is copied: the processor then waits for many at once. Give the bytes of
    texts that are used, and what more is needed where the room is too small.
    """
    for cell in range(count):
        column = met[cell]
        places[cell] = 0
        if columns[column, KIND] != CODES:
            continue
        code = np.int64(int32_at(columns[column, VALUES] + 4 * (columns[column, FIRST] + row)))
        if code < 0 or code >= columns[column, COUNT]:
            continue
        number = columns[column, MEMORY] + code
        if not memory[number]:
            at = columns[column, PLACES] + 4 * code
            begin, end = np.int64(int32_at(at)), np.int64(int32_at(at + 4))
            head, size = columns[column, HEAD], columns[column, HEAD_END] - columns[column, HEAD]
            needed = 8 + size + 6 * (end - begin) + 2
            if used + needed > room:
                return used, needed
            content = columns[column, CONTENT]
            target = copied(texts + used + 8, names + head, size)
            target = escaped(target, content + begin, content + end, columns[column, LIMIT])
            put_byte(target, np.uint8(34))
            put_byte(target + 1, np.uint8(44))
            memory[number] = used + 8
            put_int64(texts + used, target + 2 - texts - memory[number])
            used = target + 2 - texts
        places[cell] = texts + memory[number]
        sizes[cell] = int64_at(places[cell] - 8)
    return used, np.int64(0)


@kernel
def _member(target, room, columns, column, row, names):
    """Write a value of any other kind under its name; give where it ends, and what is needed where there is no room."""
    kind, place = columns[column, KIND], columns[column, FIRST] + row
    if kind == CODES:  # a number that no text has
        return target, np.int64(0)
    source, content, limit = columns[column, VALUES], columns[column, CONTENT], columns[column, LIMIT]
    items, item, stop = columns[column, PLACES], np.int64(0), np.int64(0)
    head, size = columns[column, HEAD], columns[column, HEAD_END] - columns[column, HEAD]
    needed = size + _TIME + _CLOSING
    if kind == TEXTS:
        items = source
        item, stop = place, place + 1
    elif kind == LISTS:
        item, stop = np.int64(int32_at(source + 4 * place)), np.int64(int32_at(source + 4 * place + 4))
    if item < stop:  # there may be no texts at all
        needed += 6 * (np.int64(int32_at(items + 4 * stop)) - int32_at(items + 4 * item)) + 3 * (stop - item)
    if target + needed > room:
        return target, needed
    target = copied(target, names + head, size)
    if kind == INT64:
        target = number_written(target, int64_at(source + 8 * place))
    elif kind == INT32:
        target = number_written(target, np.int64(int32_at(source + 4 * place)))
    elif kind == TIMES:
        target = time_written(target, int64_at(source + 8 * place))
        put_byte(target, np.uint8(34))
        target += 1
    for one in range(item, stop):
        if kind == LISTS:
            put_byte(target, np.uint8(34))
            target += 1
        target = escaped(target, content + int32_at(items + 4 * one), content + int32_at(items + 4 * one + 4), limit)
        put_byte(target, np.uint8(34))
        target += 1
        if kind == LISTS and one + 1 < stop:
            put_byte(target, np.uint8(44))
            target += 1
    if kind == LISTS:
        put_byte(target, np.uint8(93))
        target += 1
    put_byte(target, np.uint8(44))
    return target + 1, np.int64(0)


@kernel
def write(lines, texts, out, room_of_block, state):
    """Write lines from ``state[LINE]`` on until the end or a full room; give which.

    Args:
        lines: one tuple for all calls of a batch. Of each line the number of its head; the row of its event; what lines
            begin with, one after the other; where each of these heads ends, one more than there are, the first is 0; of
            each row its number; its time in microseconds; what stands between a line's time and its record; what stands
            before the columns' values; the columns, see above, in the order in which they are written, the last has a
            value in every row; for each text that ``CODES`` point to where it stands in ``texts``, 0 where not yet.
            The heads, what stands between and before have 32 bytes more than they need.
        texts: the members made of them, the length of each in the eight bytes before it.
        out: where the lines go.
        room_of_block: room for ``ROWS`` x columns: those that have a value in a row; for ``ROWS``: how many these are;
            for two numbers a column: where the members of a row stand in ``texts``, and their sizes.
        state: see above.
    """
    numbers, rows, heads, ends, records, times, middle, names, columns, memory = lines
    met, counts, places, sizes = room_of_block
    heads_at, middle_at, names_at = heads.ctypes.data, middle.ctypes.data, names.ctypes.data
    out_at, texts_at = out.ctypes.data, texts.ctypes.data
    room = out_at + len(out) - STEP
    texts_room = len(texts) - STEP
    middle_size = len(middle) - STEP
    most = len(records)
    block = np.int64(-1)
    last = np.int64(-1)
    tail, tail_size = np.int64(0), np.int64(0)
    target = out_at + state[USED]
    remembered = state[REMEMBERED]
    for line in range(state[LINE], len(rows)):
        begin = target
        head, row = np.int64(numbers[line]), np.int64(rows[line])
        size = ends[head + 1] - ends[head]
        needed = size + (tail_size if row == last else _TIME + middle_size + _NUMBER + _CLOSING)
        if target + needed > room:
            state[LINE], state[USED], state[REMEMBERED], state[NEEDED] = line, begin - out_at, remembered, needed
            return LINES_FULL
        target = copied(target, heads_at + ends[head], size)
        if row == last:
            target = copied(target, tail, tail_size)
            continue
        if row // ROWS != block:
            block = row // ROWS
            _list(columns, most, block * ROWS, met, counts)
        last = row
        tail = target
        target = time_written(target, times[row])
        target = copied(target, middle_at, middle_size)
        target = number_written(target, records[row])
        for byte in (44, 34, 101, 118, 101, 110, 116, 34, 58, 123):  # ,"event":{
            put_byte(target, np.uint8(byte))
            target += 1
        count = counts[row % ROWS]
        remembered, needed = _remember(
            columns, met[row % ROWS], count, row, names_at, memory, texts_at, texts_room, remembered, places, sizes
        )
        full = MEMORY_FULL if needed else DONE
        for cell in range(0 if needed else count):
            if not places[cell]:
                target, needed = _member(target, room, columns, met[row % ROWS, cell], row, names_at)
            elif target + sizes[cell] + _CLOSING > room:
                needed = sizes[cell] + _CLOSING
            else:
                target = copied(target, places[cell], sizes[cell])
            if needed:
                full = LINES_FULL
                break
        if full != DONE:
            state[LINE], state[USED], state[REMEMBERED], state[NEEDED] = line, begin - out_at, remembered, needed
            return full
        put_byte(target - 1, np.uint8(125))  # over the last comma
        put_byte(target, np.uint8(125))
        put_byte(target + 1, np.uint8(10))
        target += 2
        tail_size = target - tail
    state[LINE], state[USED], state[REMEMBERED], state[NEEDED] = len(rows), target - out_at, remembered, 0
    return DONE
