"""Compiled: bytes become lines that lie behind each other without their ends."""

# ruff: noqa: ANN001, ANN201, ANN202, PLR2004
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; it names bytes by their numbers.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.machine.kernels import inline, kernel
from warroom.machine.spans import first_of, line_ends, unusual
from warroom.machine.words import copy

#: Room behind the lines: some of it is written here, and parsers look at all of it.
BEYOND: Final = 64
#: What ``compact`` says instead of the number of lines kept.
FULL: Final = -1
LONG: Final = -2
#: Stands for no place up to which the text is good: it has control characters, or is not UTF-8.
NO_TEXT: Final = 1 << 62

#: Bytes beyond ASCII that are looked at here, one in so many; where there are more, others do it faster.
_RARE: Final = 32

_U1: Final = np.uint64(1)
_ALL: Final = ~np.uint64(0)
_TAB: Final = np.uint8(9)
_LINE_END: Final = np.uint8(10)
_RETURN: Final = np.uint8(13)
_BLANK: Final = np.uint8(32)
_BEYOND_ASCII: Final = np.uint8(128)
_BLANKS: Final = np.isin(np.arange(256), np.frombuffer(b" \t\r\v\f", np.uint8))


@inline
def _character(data, at):
    """Give the length of the character of several bytes at a place; 0 where there is none (Unicode, table 3-7)."""
    first = data[at]
    size = 2 if 0xC2 <= first < 0xE0 else 3 if 0xE0 <= first < 0xF0 else 4 if 0xF0 <= first < 0xF5 else 0
    if size == 0 or at + size > len(data):
        return 0
    low = 0xA0 if first == 0xE0 else 0x90 if first == 0xF0 else 0x80
    high = 0x9F if first == 0xED else 0x8F if first == 0xF4 else 0xBF
    if not low <= data[at + 1] <= high:
        return 0
    for place in range(at + 2, at + size):
        if not 0x80 <= data[place] <= 0xBF:
            return 0
    return size


@inline
def _looked_at(data, place, good):
    """Look at a byte that is unusual: give up to where the text is good, NO_TEXT where it is not."""
    if place < good or data[place] == _TAB:
        return good
    size = _character(data, place)
    return place + size if size else NO_TEXT


@inline
def _copied(data, at, texts, used, good, left):
    """Copy a line; give the place of its end, which may be the end of the data, and up to where the text is good.

    ``left`` unusual bytes may be looked at; how many may be after that is the third that it gives.
    """
    while at + 64 <= len(data):
        copy(data, at, texts, used)
        copy(data, at + 32, texts, used + 32)
        found = unusual(data, at)
        if found:
            end = line_ends(data, at)
            found &= ~end & (end - _U1 if end else _ALL)
            while found and good != NO_TEXT:
                good = _looked_at(data, at + first_of(found), good) if left else NO_TEXT
                found &= found - _U1
                left -= 1
            if end:
                return at + first_of(end), good, left
        at += 64
        used += 64
    while at < len(data) and data[at] != _LINE_END:
        texts[used] = data[at]
        if good != NO_TEXT and (data[at] < _BLANK or data[at] >= _BEYOND_ASCII):
            good = _looked_at(data, at, good)
        at += 1
        used += 1
    return at, good, left


@kernel
def compact(data, limit, texts, ends, begins, numbers, told):
    r"""Copy every line that is not blank, without ``\n`` or ``\r\n``.

    Args:
        data: lines; the last one may lack its end.
        limit: the longest line in bytes.
        texts: where the lines go; as long as the data, and ``BEYOND`` more.
        ends: where each line ends there, from the second place on.
        begins: where each line begins in the data.
        numbers: which of all lines each is, from 0; one place fewer than ``ends``.
        told: how many lines there were, blank ones too, and 1 where they are UTF-8 without control characters other
            than tabs, are written here.

    Returns:
        The number of lines kept; FULL where there are more than ``numbers`` has room for, LONG where one is too long.
    """
    at = used = kept = line = good = 0
    left = len(data) // _RARE + 1
    while at < len(data):
        begin, start = at, used
        at, good, left = _copied(data, at, texts, used, good, left)
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
    told[0], told[1] = line, good != NO_TEXT
    return kept
