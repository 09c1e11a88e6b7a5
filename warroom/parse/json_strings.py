"""Strings and numbers of JSON in compiled functions: where they end, what they say.

Whoever calls these keeps 64 bytes of zeros behind the data.
"""

# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0911, PLR0912, PLR1714, PLR2004
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; it names bytes by their numbers, and what is
# done for each byte or value stands in one place.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.machine.kernels import inline, kernel
from warroom.machine.spans import first_of
from warroom.machine.words import load, lowest, marks, save

#: Eight times "0", what makes a byte of more than 9 reach its highest bit, and these bits.
_ZEROS: Final = np.uint64(0x3030_3030_3030_3030)
_SEVENS: Final = np.uint64(0x7F7F_7F7F_7F7F_7F7F)
_LIFT: Final = np.uint64(0x7676_7676_7676_7676)
_HIGHEST: Final = np.uint64(0x8080_8080_8080_8080)
#: Which bytes make an escape of two with the backslash before them.
SIMPLE: Final = np.isin(np.arange(256), np.frombuffer(b'"\\/bfnrt', np.uint8))


@inline
def hex_digit(byte):
    """Read a hexadecimal digit; -1 where it is none."""
    if 48 <= byte <= 57:
        return byte - 48
    byte |= 32
    if 97 <= byte <= 102:
        return byte - 87
    return -1


@kernel
def _unit(data, at):
    r"""Read the four digits of a ``\u`` escape; -1 where they are none."""
    found = 0
    for place in range(4):
        digit = hex_digit(np.int64(data[at + place]))
        if digit < 0:
            return -1
        found = found * 16 + digit
    return found


@kernel
def escape_end(data, at):
    """Give where the escape that begins at a backslash ends; -1 where it is none, or half a character."""
    kind = data[at + 1]
    if kind == 117:
        unit = _unit(data, at + 2)
        if unit < 0 or 0xDC00 <= unit <= 0xDFFF:
            return -1
        if unit < 0xD800 or unit > 0xDFFF:
            return at + 6
        if data[at + 6] != 92 or data[at + 7] != 117:
            return -1
        second = _unit(data, at + 8)
        return at + 12 if 0xDC00 <= second <= 0xDFFF else -1
    if kind == 92 or kind == 34 or kind == 47 or kind == 98 or kind == 102 or kind == 110 or kind == 114 or kind == 116:
        return at + 2
    return -1


@kernel
def unescaped(data, at, end, texts, begin):
    """Write a string without its escapes to ``texts`` from ``begin``, and up to 32 bytes more; give where it ends."""
    place = begin
    while at < end:
        found = marks(data, at)
        length = min(lowest(found) if found else 32, end - at)
        for step in range(0, 32, 8):  # too many, written over by what comes next
            save(texts, place + step, load(data, at + step))
        at += length
        place += length
        if length == 32 or at >= end:
            continue
        kind = data[at + 1]
        if kind != 117:
            if kind == 110:
                kind = 10
            elif kind == 116:
                kind = 9
            elif kind == 114:
                kind = 13
            elif kind == 98:
                kind = 8
            elif kind == 102:
                kind = 12
            texts[place] = kind
            place += 1
            at += 2
            continue
        unit = _unit(data, at + 2)
        at += 6
        if 0xD800 <= unit <= 0xDFFF:
            unit = 0x10000 + ((unit - 0xD800) << 10) + _unit(data, at + 2) - 0xDC00
            at += 6
        if unit < 0x80:
            texts[place] = unit
            place += 1
        elif unit < 0x800:
            texts[place] = 0xC0 | unit >> 6
            texts[place + 1] = 0x80 | unit & 63
            place += 2
        elif unit < 0x10000:
            texts[place] = 0xE0 | unit >> 12
            texts[place + 1] = 0x80 | unit >> 6 & 63
            texts[place + 2] = 0x80 | unit & 63
            place += 3
        else:
            texts[place] = 0xF0 | unit >> 18
            texts[place + 1] = 0x80 | unit >> 12 & 63
            texts[place + 2] = 0x80 | unit >> 6 & 63
            texts[place + 3] = 0x80 | unit & 63
            place += 4
    return place


@inline
def _digits(data, at):
    while 48 <= data[at] <= 57:
        at += 1
    return at


@kernel
def _any_number_end(data, at):
    """Give where a number ends that is written as Python writes it; -1 for any other."""
    begin = at
    if data[at] == 45:
        at += 1
    whole = at
    at = _digits(data, at)
    if at == whole or (data[whole] == 48 and at > whole + 1):
        return -1
    if data[at] == 46:
        fraction = at + 1
        at = _digits(data, fraction)
        if at == fraction or at - whole > 15:
            return -1
        if data[at - 1] == 48 and at > fraction + 1:
            return -1
        if (
            data[whole] == 48
            and at > fraction + 4
            and data[fraction] == 48
            and data[fraction + 1] == 48
            and data[fraction + 2] == 48
            and data[fraction + 3] == 48
        ):
            return -1
    elif whole > begin and data[whole] == 48:
        return -1
    if data[at] == 101 or data[at] == 69:
        return -1
    return at


@inline
def number_end(data, at):
    """Give where a number ends that is written as Python writes it; -1 for any other."""
    digits = load(data, at) ^ _ZEROS
    others = (((digits & _SEVENS) + _LIFT) | digits) & _HIGHEST
    length = first_of(others) >> 3
    if 0 < length < 8 and (data[at] != 48 or length == 1):
        byte = data[at + length]
        if byte != 46 and byte | 32 != 101:
            return at + length
    return _any_number_end(data, at)
