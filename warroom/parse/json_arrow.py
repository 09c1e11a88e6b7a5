"""Compiled: what the tokeniser met, laid out as Arrow wants it: the texts of distinct values, the numbers of lists."""

# ruff: noqa: ANN001, ANN201, PLR0913, PLR0917
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types.

from __future__ import annotations

import numpy as np

from warroom.machine.compiler import njit
from warroom.machine.spans import natural, ones
from warroom.parse.json_strings import unescaped


@njit(cache=True)
def write(data, values, count, starts, texts, ends):
    """Write the distinct values without escapes, those of a slot together; give the bytes written.

    Args:
        data: what ``tokenise`` read.
        values: what it noted of the values.
        count: how many there are.
        starts: for each slot: how many values the slots before it have.
        texts: where the texts go; room for 32 bytes more than they take.
        ends: where each text ends; one more than there are values, the first is 0.
    """
    order = np.empty(count, np.int64)
    for number in range(count):
        order[starts[values[number, 2]] + values[number, 3]] = number
    used = 0
    for place in range(count):
        number = order[place]
        begin, length = np.int64(values[number, 0]), np.int64(values[number, 1])
        used = unescaped(data, begin, begin + length, texts, used)
        ends[place + 1] = used
    return used


@njit(cache=True)
def lay_down(tile, spacing, slots, met, base, rows, codes, bits, there):
    """Take the numbers of some rows out of the tile that they were read into: into columns, and as Arrow's bits.

    Args:
        tile: as ``tokenise`` left it; empty afterwards.
        spacing: how far its slots stand apart.
        slots: which of them have values.
        met: for each of these, whether it has any here.
        base: where its rows go, a multiple of 32.
        rows: how many they are.
        codes: a line for each of these slots, by row.
        bits: for each line a bit for each row that has one value.
        there: for each line how many are set so far.
    """
    for line in range(len(slots)):
        origin = spacing * slots[line]
        column = codes[line]
        if not met[line]:
            column[base : base + rows] = -1
            bits[line, base // 32 : base // 32 + (rows + 31) // 32] = 0
            continue
        for row in range(rows):
            column[base + row] = tile[origin + row]
        count = 0
        for word in range((rows + 31) // 32):
            found = natural(tile, origin + 32 * word)
            bits[line, base // 32 + word] = found
            count += ones(found)
        there[line] += count
        for row in range(rows):
            tile[origin + row] = -1


@njit(cache=True)
def chains(codes, elements, numbers, ends):
    """Follow the lists of a slot: the numbers of each row's values, and where each row's end; give how many there are.

    Args:
        codes: of the slot.
        elements: as ``tokenise`` left them.
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
