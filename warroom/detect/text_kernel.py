"""Compiled: what is done to one text before it is searched, and how a pattern with wildcards is matched with it.

Bytes as they are, folded or without percent-encoding; whoever calls these keeps a word of room behind the texts.
"""

# ruff: noqa: ANN001, ANN201, ANN202, PLR0913, PLR0917, PLR1714, PLR2004, SIM110
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; it names bytes by their numbers.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.machine.kernels import inline, kernel
from warroom.machine.words import load, save
from warroom.parse.json_strings import hex_digit

_EIGHT: Final = np.uint64(8)
_U0: Final = np.uint64(0)
_U1: Final = np.uint64(1)
_U2: Final = np.uint64(2)
_U32: Final = np.uint64(32)
_ONES: Final = np.uint64(0x0101_0101_0101_0101)
_TWOS: Final = np.uint64(0x0202_0202_0202_0202)
_HIGH: Final = np.uint64(0x8080_8080_8080_8080)
_LOW: Final = np.uint64(0x7F7F_7F7F_7F7F_7F7F)
_EVEN: Final = np.uint64(0xFEFE_FEFE_FEFE_FEFE)
_BELOW_A: Final = np.uint64(0x3F3F_3F3F_3F3F_3F3F)  # 0x80 - "A"
_ABOVE_Z: Final = np.uint64(0x2525_2525_2525_2525)  # 0x7F - "Z"
_PRIME: Final = np.uint64(0x9E37_79B9_7F4A_7C15)


@inline
def _byte(value):
    """Give a byte in lower case, and no sentinel."""
    if 65 <= value <= 90:
        return value + 32
    if value == 2 or value == 3:
        return 26
    return value


@kernel
def lowered(data, begin, end, out):
    """Write a text between sentinels, its ASCII in lower case; say whether it has bytes beyond ASCII."""
    out[0] = 2
    at, to = begin, 1
    high = _U0
    while at + 8 <= end:
        word = load(data, at)
        seven = word & _LOW
        upper = ((seven + _BELOW_A) ^ (seven + _ABOVE_Z)) & ~word & _HIGH
        save(out, to, word | (upper >> _U2))
        high |= word
        sentinel = (word & _EVEN) ^ _TWOS
        if (sentinel - _ONES) & ~sentinel & _HIGH:
            for place in range(8):
                out[to + place] = _byte(data[at + place])
        at += 8
        to += 8
    while at < end:
        out[to] = _byte(data[at])
        high |= np.uint64(data[at])
        at += 1
        to += 1
    out[to] = 3
    save(out, to + 1, _U0)
    return high & _HIGH != _U0


@inline
def same(ones, at, others, place, length):
    """Whether ``length`` bytes are the same."""
    while length >= 8:
        if load(ones, at) != load(others, place):
            return False
        at += 8
        place += 8
        length -= 8
    low = (_U1 << (np.uint64(length) * _EIGHT)) - _U1
    return (load(ones, at) ^ load(others, place)) & low == _U0


@kernel
def text_hash(letters, at, length, seed):
    """Hash some bytes, as whole values are looked up by."""
    found = (seed ^ np.uint64(length)) * _PRIME
    while length >= 8:
        found = (found ^ load(letters, at)) * _PRIME
        found ^= found >> _U32
        at += 8
        length -= 8
    low = (_U1 << (np.uint64(length) * _EIGHT)) - _U1
    found = (found ^ (load(letters, at) & low)) * _PRIME
    return found ^ (found >> _U32)


@kernel
def folding(text, length):
    """Whether there is a letter beyond ASCII that folds to ASCII: ſ or the Kelvin sign."""
    for place in range(1, length - 1):
        if text[place] == 0xC5 and text[place + 1] == 0xBF:
            return True
        if text[place] == 0xE2 and text[place + 1] == 0x84 and text[place + 2] == 0xAA:
            return True
    return False


@kernel
def oddly_numeric(text, length):
    """Whether a text may be a number that is not written as Python writes whole ones."""
    begin = 1
    end = length - 1
    if text[begin] == 45:
        begin += 1
    digits = begin
    while digits < end and 48 <= text[digits] <= 57:
        digits += 1
    if digits == end and digits > begin:
        return digits - begin > 18 or (text[begin] == 48 and length > 3)
    digit = False
    for place in range(1, end):
        byte = text[place]
        if 48 <= byte <= 57:
            digit = True
        elif not (byte == 32 or byte == 43 or byte == 45 or byte == 46 or byte == 101):
            return False
    return digit


@kernel
def decoded(data, begin, end, out, plus):
    """Write a text without percent-encoding (and with blanks for ``+``) from the first byte on; give its length."""
    to = 0
    at = begin
    while at < end:
        byte = data[at]
        if byte == 37 and at + 2 < end:
            first, second = hex_digit(np.int64(data[at + 1])), hex_digit(np.int64(data[at + 2]))
            if first >= 0 and second >= 0:
                out[to] = first * 16 + second
                to += 1
                at += 3
                continue
        out[to] = 32 if plus and byte == 43 else byte
        to += 1
        at += 1
    return to


@kernel
def marked(data, begin, end):
    """Whether a text has a percent or plus sign."""
    for place in range(begin, end):
        if data[place] == 37 or data[place] == 43:
            return True
    return False


@kernel
def _part(text, at, end, letters, one, begin, length):
    """Match a part of a pattern at a place; give where it ends, -1 where it does not match."""
    for place in range(begin, begin + length):
        if at >= end:
            return -1
        if one[place]:
            at += 1
            while at < end and text[at] & 0xC0 == 0x80:
                at += 1
        else:
            if text[at] != letters[place]:
                return -1
            at += 1
    return at


@kernel
def matches(text, at, end, number, parts, begins, lengths, characters, letters, one):
    """Match a whole text: the parts between ``*`` are found from the left."""
    first, last = parts[number], parts[number + 1] - 1
    at = _part(text, at, end, letters, one, begins[first], lengths[first])
    if at < 0:
        return False
    if first == last:
        return at == end
    for part in range(first + 1, last):
        begin, length = begins[part], lengths[part]
        found = -1
        while at <= end:
            found = _part(text, at, end, letters, one, begin, length)
            if found >= 0:
                break
            at += 1
        if found < 0:
            return False
        at = found
    start = end
    for _ in range(characters[last]):
        start -= 1
        while start > at and text[start] & 0xC0 == 0x80:
            start -= 1
    return start >= at and _part(text, start, end, letters, one, begins[last], lengths[last]) == end
