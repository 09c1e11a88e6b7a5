"""Compiled: what the tokeniser met, laid out as Arrow wants it: the texts of distinct values, the numbers of lists."""

# ruff: noqa: ANN001, ANN201
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.machine.kernels import kernel
from warroom.machine.spans import fetch, put, take
from warroom.parse.json_strings import unescaped
from warroom.parse.json_tables import VALUE_COLUMNS

#: While a text is written, the processor fetches the one so many behind it: they stand far from each other.
AHEAD: Final = 16


@kernel
def write(data, values, count, starts, places, texts, ends):
    """Write the distinct values without escapes, those of a slot together; give the bytes written.

    Args:
        data: what was read.
        values: the distinct values, see json_tables.py.
        count: how many there are.
        starts: for each slot: how many values the slots before it have.
        places: room for two numbers for each value, and for ``AHEAD`` more of them, which are 0.
        texts: where the texts go; room for 32 bytes more than they take.
        ends: where each text ends; one more than there are values, the first is 0.
    """
    for number in range(count):
        at = VALUE_COLUMNS * number
        place = 2 * (take(starts, np.int64(take(values, at + 2))) + take(values, at + 3))
        put(places, place, take(values, at))
        put(places, place + 1, take(values, at + 1))
    used = 0
    for number in range(count):
        fetch(data, np.int64(take(places, 2 * (number + AHEAD))))
        begin = np.int64(take(places, 2 * number))
        used = unescaped(data, begin, begin + take(places, 2 * number + 1), texts, used)
        put(ends, number + 1, np.int32(used))
    return used


@kernel
def chains(codes, elements, numbers, ends):
    """Follow the lists of a slot: the numbers of each row's values, and where each row's end; give how many there are.

    Args:
        codes: of the slot.
        elements: of lists, see json_tables.py.
        numbers: room for as many as there are rows and elements.
        ends: one more than there are rows, the first is 0.
    """
    used = 0
    for row in range(len(codes)):
        if codes[row] >= 0:
            numbers[used] = codes[row]
            used += 1
        element = np.int64(-2 - codes[row])
        while element >= 0:
            numbers[used] = elements[element, 0]
            used += 1
            element = np.int64(elements[element, 1])
        ends[row + 1] = used
    return used
