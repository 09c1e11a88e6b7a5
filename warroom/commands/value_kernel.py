"""Compiled: how texts, numbers and times are written as JSON, at an address; each gives where it ended.

Whoever calls these has room for what they say that they write at most, and 32 bytes more.
"""

# ruff: noqa: ANN001, ANN201, ANN202, PLR1714, PLR2004
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; it names bytes by their numbers.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.commands.addresses import byte_at, marks_at, move, put_byte
from warroom.machine.kernels import kernel
from warroom.machine.words import lowest

#: What is copied goes in steps of so many bytes.
STEP: Final = 32

_HEX: Final = np.frombuffer(b"0123456789abcdef", np.uint8)
_SHORT: Final = np.zeros(256, np.uint8)
_SHORT[np.frombuffer(b'"\\\b\f\n\r\t', np.uint8)] = np.frombuffer(b'"\\bfnrt', np.uint8)


@kernel
def copied(target, source, length):
    """Copy bytes, and up to 31 too many."""
    step = 0
    while step < length:
        move(target + step, source + step)
        step += STEP
    return target + length


@kernel
def escaped(target, at, end, limit):
    """Write a text as JSON has it between quotes, at most six bytes for one; nothing from ``limit`` on is read."""
    while at < end:
        if at + STEP <= limit:
            move(target, at)
            found = marks_at(at)
            step = min(lowest(found) if found else STEP, end - at)
            target += step
            at += step
            if step == STEP or at >= end:
                continue
        byte = byte_at(at)
        at += 1
        if byte >= 32 and byte != 34 and byte != 92:
            put_byte(target, byte)
            target += 1
            continue
        put_byte(target, np.uint8(92))
        if _SHORT[byte]:
            put_byte(target + 1, _SHORT[byte])
            target += 2
        else:
            for place in range(1, 4):
                put_byte(target + place, np.uint8(117 if place == 1 else 48))
            put_byte(target + 4, np.uint8(48 + (byte >> 4)))
            put_byte(target + 5, _HEX[byte & 15])
            target += 6
    return target


@kernel
def _digits(target, number, count):
    """Write so many digits of a number."""
    for place in range(count - 1, -1, -1):
        rest = number // np.uint64(10)
        put_byte(target + place, np.uint8(np.uint64(48) + number - rest * np.uint64(10)))
        number = rest
    return target + count


@kernel
def number_written(target, number):
    """Write a whole number, at most 20 bytes."""
    size = np.uint64(number)
    if number < 0:
        put_byte(target, np.uint8(45))
        target += 1
        size = np.uint64(0) - size
    count, rest = 1, size
    while rest > np.uint64(9):
        rest //= np.uint64(10)
        count += 1
    return _digits(target, size, count)


@kernel
def time_written(target, micros):
    """Write microseconds since 1970 as ``2026-11-21T09:00:00.123456Z``, in the Gregorian calendar from year 1 to 9999.

    Years count from March here: then the leap day is a year's last, and a month's first day follows from its number.
    """
    seconds, micros = micros // 1_000_000, micros % 1_000_000
    days, second = seconds // 86_400, seconds % 86_400
    days += 719_468  # since the first of March of the year 0
    era, day = days // 146_097, days % 146_097  # 400 years
    year = (day - day // 1_460 + day // 36_524 - day // 146_096) // 365
    day -= 365 * year + year // 4 - year // 100
    month = (5 * day + 2) // 153
    day -= (153 * month + 2) // 5
    year += 400 * era
    month += 3
    if month > 12:
        month -= 12
        year += 1
    target = _digits(target, np.uint64(year), 4)
    put_byte(target, np.uint8(45))
    target = _digits(target + 1, np.uint64(month), 2)
    put_byte(target, np.uint8(45))
    target = _digits(target + 1, np.uint64(day + 1), 2)
    put_byte(target, np.uint8(84))
    target = _digits(target + 1, np.uint64(second // 3_600), 2)
    put_byte(target, np.uint8(58))
    target = _digits(target + 1, np.uint64(second // 60 % 60), 2)
    put_byte(target, np.uint8(58))
    target = _digits(target + 1, np.uint64(second % 60), 2)
    put_byte(target, np.uint8(46))
    target = _digits(target + 1, np.uint64(micros), 6)
    put_byte(target, np.uint8(90))
    return target + 1
