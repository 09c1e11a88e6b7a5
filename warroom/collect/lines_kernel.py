"""Compiled: bytes become lines that lie behind each other without their ends."""

# ruff: noqa: ANN001, ANN201, ANN202
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.machine.kernels import inline, kernel
from warroom.machine.words import copy, equal, lowest

#: Room behind the lines: some of it is written here, and parsers look at all of it.
BEYOND: Final = 64
#: What ``compact`` says instead of the number of lines kept.
FULL: Final = -1
LONG: Final = -2

_LINE_END: Final = np.uint8(10)
_RETURN: Final = np.uint8(13)
_BLANKS: Final = np.isin(np.arange(256), np.frombuffer(b" \t\r\v\f", np.uint8))


@inline
def _copied(data, at, texts, used):
    """Copy a line; give the place of its end, which may be the end of the data."""
    while at + 32 <= len(data):
        copy(data, at, texts, used)
        found = equal(data, at, _LINE_END)
        if found:
            return at + lowest(found)
        at += 32
        used += 32
    while at < len(data) and data[at] != _LINE_END:
        texts[used] = data[at]
        at += 1
        used += 1
    return at


@kernel
def compact(data, limit, texts, ends, begins, numbers, count):
    r"""Copy every line that is not blank, without ``\n`` or ``\r\n``.

    Args:
        data: lines; the last one may lack its end.
        limit: the longest line in bytes.
        texts: where the lines go; as long as the data, and ``BEYOND`` more.
        ends: where each line ends there, from the second place on.
        begins: where each line begins in the data.
        numbers: which of all lines each is, from 0; one place fewer than ``ends``.
        count: how many lines there were, blank ones too, is written here.

    Returns:
        The number of lines kept; FULL where there are more than ``numbers`` has room for, LONG where one is too long.
    """
    at = used = kept = line = 0
    while at < len(data):
        begin, start = at, used
        at = _copied(data, at, texts, used)
        used += at - begin
        at += 1
        if used > start and texts[used - 1] == _RETURN:
            used -= 1
        place = start
        while place < used and _BLANKS[texts[place]]:
            place += 1
        if place == used:
            used = start
        elif used - start > limit:
            return LONG
        elif kept == len(numbers):
            return FULL
        else:
            begins[kept] = begin
            numbers[kept] = line
            kept += 1
            ends[kept] = used
        line += 1
    count[0] = line
    return kept
