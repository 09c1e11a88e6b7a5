"""Strings and numbers of JSON in compiled functions: where they end, what they say, how they are written.

Whoever calls these keeps 64 bytes of zeros behind the data.
"""

# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0911, PLR0912, PLR0915, PLR1714, PLR2004
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; it names bytes by their numbers, and what is
# done for each byte or value stands in one place.

from __future__ import annotations

from typing import Final

import numpy as np
from numba import njit

from warroom.machine.words import load, lowest, marks, save

_PRIME: Final = np.uint64(0x9E37_79B9_7F4A_7C15)
_OTHER_PRIME: Final = np.uint64(0xBF58_476D_1CE4_E5B9)
_U0: Final = np.uint64(0)
_U1: Final = np.uint64(1)
_U3: Final = np.uint64(3)
_U8: Final = np.uint64(8)
_U32: Final = np.uint64(32)
_HEX: Final = np.frombuffer(b"0123456789abcdef", np.uint8)
#: Which bytes make an escape of two with the backslash before them.
_SIMPLE: Final = np.isin(np.arange(256), np.frombuffer(b'"\\/bfnrt', np.uint8))


@njit(cache=True, inline="always")
def _low(length):
    """Mask of the first ``length`` (0 to 7) of eight bytes."""
    return (_U1 << (np.uint64(length) * _U8)) - _U1


@njit(cache=True, inline="always")
def same(data, at, others, place, length):
    """Whether ``length`` bytes are the same."""
    while length >= 8:
        if load(data, at) != load(others, place):
            return False
        at += 8
        place += 8
        length -= 8
    return length == 0 or (load(data, at) ^ load(others, place)) & _low(length) == _U0


@njit(cache=True, inline="always")
def hashed(data, at, length, seed):
    """Hash ``length`` bytes."""
    found = seed ^ (np.uint64(length) * _PRIME)
    while length >= 8:
        found = (found ^ load(data, at)) * _PRIME
        found ^= found >> _U32
        at += 8
        length -= 8
    if length:
        found = (found ^ (load(data, at) & _low(length))) * _PRIME
        found ^= found >> _U32
    found *= _OTHER_PRIME
    return found ^ (found >> _U32)


@njit(cache=True, inline="always")
def special(data, at):
    """Go to the next quote, backslash or control character."""
    while True:
        found = marks(data, at)
        if found:
            return at + lowest(found)
        at += 32


@njit(cache=True, inline="always")
def _hex(byte):
    """Read a hexadecimal digit; -1 where it is none."""
    if 48 <= byte <= 57:
        return byte - 48
    byte |= 32
    if 97 <= byte <= 102:
        return byte - 87
    return -1


@njit(cache=True)
def _unit(data, at):
    r"""Read the four digits of a ``\u`` escape; -1 where they are none."""
    found = 0
    for place in range(4):
        digit = _hex(np.int64(data[at + place]))
        if digit < 0:
            return -1
        found = found * 16 + digit
    return found


@njit(cache=True)
def _escape(data, at):
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


@njit(cache=True, inline="always")
def closing(data, at):
    """Go to the quote that ends a string, or to a byte that no string may hold; say if there are escapes before it."""
    escaped = False
    while True:
        found = marks(data, at)
        step = 32
        while found:
            place = lowest(found)
            if data[at + place] != 92:
                return at + place, escaped
            escaped = True
            if _SIMPLE[data[at + place + 1]]:
                step = max(step, place + 2)
                found &= ~(_U3 << np.uint64(place))
                continue
            stop = _escape(data, at + place)
            if stop < 0:
                return at + place, escaped
            step = stop - at
            if step >= 32:
                break
            found &= ~((_U1 << np.uint64(step)) - _U1)
            step = 32
        at += step


@njit(cache=True)
def unescaped(data, at, end, texts, begin):
    """Write a string without its escapes to ``texts`` from ``begin``; give where it ends there."""
    place = begin
    while at < end:
        stop = min(special(data, at), end)
        length = stop - at
        while length > 0:  # up to seven bytes too many, written over by what comes next
            save(texts, place, load(data, at))
            step = min(length, 8)
            at += step
            place += step
            length -= step
        if at >= end:
            break
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


@njit(cache=True, inline="always")
def _digits(data, at):
    while 48 <= data[at] <= 57:
        at += 1
    return at


@njit(cache=True)
def number_end(data, at):
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


@njit(cache=True)
def escape(data, lines, written, ends):
    """Write texts as JSON has them between quotes; give the bytes written, or how many more they need, negative.

    Args:
        data: the texts one after the other, and at least 64 bytes more.
        lines: where each begins, and where the last ends.
        written: where they go.
        ends: where each ends there; one more than there are texts, the first is 0.
    """
    used = 0
    room = len(written) - 64
    for number in range(len(lines) - 1):
        at, end = lines[number], lines[number + 1]
        if used + 6 * (end - at) > room:
            return -6 * (lines[len(lines) - 1] - at)
        while at < end:
            found = marks(data, at)
            place = min(lowest(found) if found else 32, end - at)
            for step in range(0, 32, 8):
                save(written, used + step, load(data, at + step))
            used += place
            at += place
            if place < 32 and at < end:
                byte = data[at]
                at += 1
                written[used] = 92
                used += 1
                if byte == 34 or byte == 92:
                    written[used] = byte
                    used += 1
                else:
                    written[used], written[used + 1], written[used + 2] = 117, 48, 48
                    written[used + 3], written[used + 4] = 48 + (byte >> 4), _HEX[byte & 15]
                    used += 5
        ends[number + 1] = used
    return used
