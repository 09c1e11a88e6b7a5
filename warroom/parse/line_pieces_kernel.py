"""Compiled: the pieces of an access-log line, where they end, whether they are addresses, what time they say.

Whoever calls these keeps 64 bytes behind the lines.
"""

# ruff: noqa: ANN001, ANN201, PLR1714, PLR2004
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; it names bytes by their numbers.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.machine.kernels import inline, kernel
from warroom.machine.words import below, equal, load, lowest, marks

#: What stands for no time.
NO_TIME: Final = np.int64(-(1 << 63))

_U0: Final = np.uint64(0)
_U1: Final = np.uint64(1)
_U2: Final = np.uint64(2)
_U3: Final = np.uint64(3)
_BLANK: Final = np.uint8(32)
_BLANK_NEXT: Final = np.uint8(33)
_QUOTE: Final = np.uint8(34)
_COMMA: Final = np.uint8(44)
_DOT: Final = np.uint8(46)
_ZERO, _TWO, _THREE, _FIVE, _SIX = (np.uint8(48 + digit) for digit in (0, 2, 3, 5, 6))
_COLON: Final = np.uint8(58)
_QUESTION: Final = np.uint8(63)
_BACKSLASH: Final = np.uint8(92)
#: The longest address of four numbers.
_LONGEST: Final = len("255.255.255.255")
_MONTHS: Final = np.array(
    [int.from_bytes(f"/{name}/".encode(), "little") for name in
     ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")], np.uint64
)  # fmt: skip
_FIRST_FIVE: Final = np.uint64(0xFF_FFFF_FFFF)
_DAYS: Final = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31], np.int64)


@inline
def two(data, at):
    """Read two digits; a number above 99 where they are none."""
    high, low = np.int64(data[at]) - 48, np.int64(data[at + 1]) - 48
    if 0 <= high <= 9 and 0 <= low <= 9:
        return 10 * high + low
    return 1000


@kernel
def midnight_of(data, at):
    """Read ``21/Nov/2026:…… +0700``: when the day began there, in seconds since 1970; NO_TIME for anything else."""
    day, century, years = two(data, at), two(data, at + 7), two(data, at + 9)
    hours, minutes = two(data, at + 22), two(data, at + 24)
    month = 0
    name = load(data, at + 2) & _FIRST_FIVE
    while month < 12 and _MONTHS[month] != name:
        month += 1
    sign = data[at + 21]
    if (
        month == 12
        or day == 0
        or century > 98
        or century < 10
        or years > 99
        or data[at + 11] != 58
        or data[at + 20] != 32
        or (sign != 43 and sign != 45)
        or hours > 23
        or minutes > 59
    ):
        return NO_TIME
    year = 100 * century + years
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day > _DAYS[month] + (1 if leap and month == 1 else 0):
        return NO_TIME
    # Years that begin in March have their leap day last.
    shifted = year - (1 if month < 2 else 0)
    of_year = (153 * ((month + 10) % 12) + 2) // 5 + day - 1
    days = 365 * shifted + shifted // 4 - shifted // 100 + shifted // 400 + of_year - 719468
    ahead = 60 * hours + minutes
    return 60 * (1440 * days - (ahead if sign == 43 else -ahead))


@inline
def second_of(data, at):
    """Read ``09:00:00`` as seconds; NO_TIME for anything else."""
    hour, minute, second = two(data, at), two(data, at + 3), two(data, at + 6)
    if hour > 23 or minute > 59 or second > 59 or data[at + 2] != 58 or data[at + 5] != 58:
        return NO_TIME
    return 3600 * hour + 60 * minute + second


@kernel
def is_ipv4(data, at, length):
    """Whether a text is four numbers up to 255 without needless zeros; a bit for each byte, no loop."""
    if length > _LONGEST:
        return False
    all_ = (_U1 << np.uint64(length)) - _U1
    digits = below(data, at, _COLON) & ~below(data, at, _ZERO) & all_
    dots = equal(data, at, _DOT) & all_
    begins = _U1 | (dots << _U1)
    second, third = digits >> _U1, digits >> _U2
    twice = dots & (dots - _U1)
    thrice = twice & (twice - _U1)
    if (
        digits | dots != all_
        or begins & ~digits != _U0
        or digits & second & third & (digits >> _U3) != _U0
        or thrice == _U0
        or thrice & (thrice - _U1) != _U0
        or begins & second & equal(data, at, _ZERO) != _U0
    ):
        return False
    hundreds = begins & second & third
    large = digits & ~below(data, at, _SIX)
    tens = (hundreds & equal(data, at, _TWO)) << _U1
    ones = (tens & equal(data, at, _FIVE)) << _U1
    return hundreds & ~below(data, at, _THREE) == _U0 and (tens | ones) & large == _U0


@kernel
def has_colon(data, at, end):
    """Whether a text has a colon, as every address of other than four numbers."""
    while at < end and data[at] != 58:
        at += 1
    return at < end


@inline
def blank_from(data, at, end):
    """Go to the next blank or control character."""
    while at < end:
        found = below(data, at, _BLANK_NEXT)
        if found:
            return at + lowest(found)
        at += 32
    return end


@inline
def quote_from(data, at, end):
    """Go to the next quote, backslash or control character."""
    while at < end:
        found = marks(data, at)
        if found:
            return at + lowest(found)
        at += 32
    return end


@inline
def url_end_from(data, at, end):
    """Go to the blank, quote, backslash or control character behind a URL; give the first question mark, too."""
    question = np.int64(-1)
    while at < end:
        stop = below(data, at, _BLANK_NEXT) | equal(data, at, _QUOTE) | equal(data, at, _BACKSLASH)
        asked = equal(data, at, _QUESTION)
        if question < 0 and asked:
            question = at + lowest(asked)
        if stop:
            at += lowest(stop)
            return at, (question if question < at else np.int64(-1))
        at += 32
    return end, np.int64(-1)


@inline
def client_end_from(data, at, end):
    """Go to the blank behind the address; -1 where something else comes first."""
    while at < end:
        found = below(data, at, _BLANK_NEXT) | equal(data, at, _QUOTE) | equal(data, at, _COMMA)
        if found:
            at += lowest(found)
            return at if data[at] == _BLANK else np.int64(-1)
        at += 32
    return np.int64(-1)
