"""Where the strings of a line of JSON begin and end, in one compiled pass over 64 bytes at a time.

Whoever calls this keeps 64 bytes of zeros behind the data.
"""

# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR2004
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; it names bytes by their numbers, and what is
# done for each byte or value stands in one place.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.machine.kernels import inline, kernel
from warroom.machine.spans import backslashes, controls, first_of, ones, quotation_marks
from warroom.parse.json_strings import SIMPLE, escape_end

#: Quotes of one line; a line with more is left.
MOST_QUOTES: Final = 1 << 16
#: Room behind them for what is written at once, and for the mark behind the last.
SPARE: Final = 72

_U0: Final = np.uint64(0)
_U1: Final = np.uint64(1)
_U2: Final = np.uint64(2)
_U4: Final = np.uint64(4)
_U8: Final = np.uint64(8)
_U16: Final = np.uint64(16)
_U32: Final = np.uint64(32)
_U63: Final = np.uint64(63)
_EVEN: Final = np.uint64(0x5555_5555_5555_5555)


@inline
def _inside(quotes, begun):
    """Give which bytes stand behind an odd number of quotes, ``begun`` of which came before."""
    quotes ^= quotes << _U1
    quotes ^= quotes << _U2
    quotes ^= quotes << _U4
    quotes ^= quotes << _U8
    quotes ^= quotes << _U16
    quotes ^= quotes << _U32
    return ~quotes if begun & 1 else quotes


@kernel
def quotes_of(data, at, end, quotes):
    r"""Note the places of a line's quotes, those behind a backslash left out; give how many, and -1 behind them.

    Gives -1 where strings cannot be read so: an odd number of quotes, too many, an escape that is none or half a
    character, a control character in a string. Outside of strings it looks at nothing.
    """
    count = 0
    most = len(quotes) - SPARE - 64
    carried = _U0
    paired = -1
    while at < end:
        found = quotation_marks(data, at)
        slashes = backslashes(data, at)
        low = controls(data, at)
        if end - at < 64:
            mask = (_U1 << np.uint64(end - at)) - _U1
            found &= mask
            slashes &= mask
            low &= mask
        if slashes | carried:
            # backslashes in a row escape each other in pairs: a sum carries over each row of them
            slashes &= ~carried
            follows = slashes << _U1 | carried
            odd_starts = slashes & ~_EVEN & ~follows
            total = odd_starts + slashes
            carried = _U1 if total < slashes else _U0
            escaped = (_EVEN ^ (total << _U1)) & follows
            rare = escaped & ~(found | slashes)
            found &= ~escaped
            while rare:
                place = at + first_of(rare) - 1
                rare &= rare - _U1
                if place == paired or SIMPLE[data[place + 1]]:
                    continue
                stop = escape_end(data, place)
                if stop < 0:
                    return -1
                if stop == place + 12:
                    paired = place + 6
        if low and low & _inside(found, count):
            return -1
        if count > most:
            return -1
        number = ones(found)
        for step in range(8):
            quotes[count + step] = at + first_of(found)
            found &= found - _U1
        step = 8
        while found:
            quotes[count + step] = at + first_of(found)
            found &= found - _U1
            step += 1
        count += number
        at += 64
    if count & 1:
        return -1
    quotes[count] = -1
    return count
