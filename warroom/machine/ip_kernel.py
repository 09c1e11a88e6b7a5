"""Compiled: texts become IP addresses as numbers, and networks where they are asked for."""

# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR0911, PLR0912, PLR0913, PLR0917, PLR2004
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; it names bytes by their numbers.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.machine.kernels import inline, kernel
from warroom.machine.spans import take

_U0: Final = np.uint64(0)
_16: Final = np.uint64(16)
_32: Final = np.uint64(32)
_MAPPED: Final = np.uint64(0xFFFF)


@inline
def _hexadecimal(byte):
    if 48 <= byte <= 57:
        return byte - 48
    if 97 <= byte <= 102:
        return byte - 87
    if 65 <= byte <= 70:
        return byte - 55
    return -1


@kernel
def _four(data, at, end):
    """Read four numbers with dots; -1 for what is none, as where a number has a zero in front."""
    if end - at < 7 or end - at > 15:
        return -1
    found, part, dots = 0, -1, 0
    for place in range(at, end):
        byte = np.int64(take(data, place))
        if 48 <= byte <= 57:
            if part == 0:
                return -1
            part = byte - 48 if part < 0 else part * 10 + byte - 48
            if part > 255:
                return -1
        elif byte == 46:
            if part < 0 or dots == 3:
                return -1
            found = (found << 8) | part
            part = -1
            dots += 1
        else:
            return -1
    if part < 0 or dots != 3:
        return -1
    return (found << 8) | part


@kernel
def _six(data, at, end, groups):
    """Read an IPv6 address (RFC 4291 §2.2) into eight groups; False for what is none."""
    if end - at < 2 or end - at > 45:
        return False
    count, gap, place = 0, -1, at
    if take(data, at) == 58:
        if take(data, at + 1) != 58:
            return False
        gap, place = 0, at + 2
    while place < end:
        if count == 8:
            return False
        begin, value = place, 0
        while place < end and place - begin < 5:
            digit = _hexadecimal(np.int64(take(data, place)))
            if digit < 0:
                break
            value = (value << 4) | digit
            place += 1
        if place < end and take(data, place) == 46:
            number = _four(data, begin, end)
            if number < 0 or count > 6:
                return False
            groups[count], groups[count + 1] = number >> 16, number & 0xFFFF
            count += 2
            break
        if place == begin or place - begin > 4:
            return False
        groups[count] = value
        count += 1
        if place == end:
            break
        if take(data, place) != 58 or place + 1 == end:
            return False
        place += 1
        if take(data, place) == 58:
            if gap >= 0:
                return False
            gap = count
            place += 1
    if gap < 0:
        return count == 8
    if count == 8:
        return False
    moved = count - gap
    for number in range(moved):
        groups[7 - number] = groups[count - 1 - number]
    for number in range(gap, 8 - moved):
        groups[number] = 0
    return True


@kernel
def _bits_behind(data, at, end):
    """Read the number of bits of a network, one to three digits; -1 for what is none."""
    if end == at or end - at > 3:
        return -1
    found = 0
    for place in range(at, end):
        byte = np.int64(take(data, place))
        if byte < 48 or byte > 57:
            return -1
        found = found * 10 + byte - 48
    return found


@kernel
def numbers(data, begins, ends, networks, groups, family, high, low, bits):
    """Read a text each: ``family`` is 4, 6, or 0 for what is no address; ``high`` and ``low`` are its 128 bits.

    A zone (``%eth0``) is left out, and an IPv4 address within IPv6 is one of family 4. ``bits`` are written where
    ``networks`` are read, too; ``groups`` is scratch, eight numbers.
    """
    for row in range(len(begins)):
        at, end = np.int64(begins[row]), np.int64(ends[row])
        family[row] = 0
        if at < 0 or end - at < 2 or end - at > 100:
            continue
        length = -1
        number = _four(data, at, end)
        if number >= 0:
            family[row], high[row], low[row] = 4, _U0, np.uint64(number)
            if networks:
                bits[row] = 32
            continue
        if _hexadecimal(np.int64(take(data, at))) < 0 and take(data, at) != 58:
            continue
        for place in range(at, end):
            if take(data, place) == 37 and place > at and place + 1 < end:
                end = place
                break
            if networks and take(data, place) == 47:
                length = _bits_behind(data, place + 1, end)
                end = place if length >= 0 else at
                break
        number = _four(data, at, end)
        if number >= 0:
            if length <= 32:
                family[row], high[row], low[row] = 4, _U0, np.uint64(number)
                if networks:
                    bits[row] = 32 if length < 0 else length
            continue
        if length > 128 or not _six(data, at, end, groups):
            continue
        upper = lower = _U0
        for group in range(4):
            upper = (upper << _16) | np.uint64(groups[group])
            lower = (lower << _16) | np.uint64(groups[group + 4])
        mapped = upper == _U0 and lower >> _32 == _MAPPED
        if networks:
            if mapped and 0 <= length < 96:
                mapped = False
            whole = 32 if mapped else 128
            bits[row] = whole if length < 0 else length - 96 if mapped else length
        family[row], high[row] = 4 if mapped else 6, _U0 if mapped else upper
        low[row] = lower & np.uint64(0xFFFF_FFFF) if mapped else lower
