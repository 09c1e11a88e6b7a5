"""The usual notations of ISO 8601 become microseconds, whole columns at once, without a date library.

Read are ``2026-11-22T09:00:00`` with a fraction of up to nine digits or none, then ``Z``, ``+07:00`` or nothing, a
blank in place of the T allowed, in the years 1900 to 2199; whatever else a column holds is left to others.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_Bytes = npt.NDArray[np.uint8]
_Ints = npt.NDArray[np.int64]
_Flags = npt.NDArray[np.bool_]

_SHORTEST: Final = 19
_LONGEST: Final = 35
_ZERO: Final = ord("0")
#: Where digits stand, and what stands between them.
_DIGITS: Final = (0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18)
_SIGNS: Final = ((4, ord("-")), (7, ord("-")), (13, ord(":")), (16, ord(":")))
_YEARS: Final = (1900, 2199)
_OFFSET: Final = 6
_MOST_FRACTION: Final = 9
#: Days before each month of a year without a 29 February; and days of each month.
_BEFORE: Final = np.array([0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 0, 0, 0], np.int64)
_LENGTHS: Final = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0], np.int64)
#: 1 January 1970, counted in days as ``_days`` does.
_EPOCH: Final = 719_162
_FEBRUARY: Final = 2
_DECEMBER: Final = 12


def iso_times(text: pa.Array, *, local: bool) -> tuple[_Ints, _Flags]:
    """Read a column of strings.

    Args:
        text: strings; nulls are not read.
        local: whether a time without a zone is UTC; else it is not read.

    Returns:
        Microseconds since 1970, and which of them were read.
    """
    count = len(text)
    micros, read = np.zeros(count, np.int64), np.zeros(count, np.bool_)
    content = text.buffers()[2] if count else None
    if content is None:
        return micros, read
    ends = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + count + 1]
    data = np.frombuffer(content, np.uint8)
    lengths = np.diff(ends)
    for length in np.unique(lengths[(lengths >= _SHORTEST) & (lengths <= _LONGEST)]).tolist():
        rows = np.flatnonzero(lengths == length)
        if len(rows) == count:
            signs = data[ends[0] : ends[-1]].reshape(count, length)
        else:
            signs = data[ends[rows].astype(np.int64)[:, None] + np.arange(length)]
        micros[rows], read[rows] = _of_one_length(signs, local=local)
    if text.null_count:
        read &= text.is_valid().to_numpy(zero_copy_only=False)
    return micros, read


def _of_one_length(signs: _Bytes, *, local: bool) -> tuple[_Ints, _Flags]:
    """Read texts of one length, a row each."""
    count, length = signs.shape
    digits = np.ascontiguousarray(signs.T) - np.uint8(_ZERO)  # what is no digit is 10 or more
    good = digits[list(_DIGITS)].max(axis=0) <= 9  # noqa: PLR2004
    for place, sign in _SIGNS:
        good &= signs[:, place] == sign
    good &= (signs[:, 10] == ord("T")) | (signs[:, 10] == ord(" "))
    micros, sane = _to_seconds(digits)
    good &= sane
    micros *= 1_000_000
    zulu = signs[:, -1] == ord("Z")
    with_offset = np.zeros(count, np.bool_)
    if length >= _SHORTEST + _OFFSET:
        ahead, behind = signs[:, -6] == ord("+"), signs[:, -6] == ord("-")
        with_offset = (ahead | behind) & (signs[:, -3] == ord(":")) & (digits[[-5, -4, -2, -1]].max(axis=0) <= 9)  # noqa: PLR2004
        hours, minutes = (digits[-5] * 10 + digits[-4]).astype(np.int64), digits[-2] * 10 + digits[-1]
        with_offset &= (hours < 24) & (minutes < 60)  # noqa: PLR2004
        away = (hours * 60 + minutes) * 60_000_000
        micros -= np.where(with_offset, np.where(ahead, away, -away), 0)
    fractions = np.zeros(count, np.bool_)
    for kind, behind_it in ((zulu, 1), (with_offset, _OFFSET), (~(zulu | with_offset) & local, 0)):
        if kind.any():
            fraction, right = _fraction(signs, digits, length - behind_it)
            micros += np.where(kind, fraction, 0)
            fractions |= kind & right
    return micros, good & fractions


def _fraction(signs: _Bytes, digits: _Bytes, end: int) -> tuple[_Ints, _Flags]:
    """Read what stands between the seconds and ``end``: nothing, or a dot and digits; microseconds, cut off."""
    count = len(signs)
    found = np.zeros(count, np.int64)
    if end == _SHORTEST:
        return found, np.ones(count, np.bool_)
    size = end - _SHORTEST - 1
    if not 0 < size <= _MOST_FRACTION:
        return found, np.zeros(count, np.bool_)
    right = signs[:, _SHORTEST] == ord(".")
    for place in range(size):
        digit = digits[_SHORTEST + 1 + place]
        right &= digit <= 9  # noqa: PLR2004
        if place < _OFFSET:
            found += digit.astype(np.int64) * 10 ** (5 - place)
    return found, right


def _to_seconds(digits: _Bytes) -> tuple[_Ints, _Flags]:
    """Read date and time of day; seconds since 1970, and whether there is such a second."""
    wide = digits[:_SHORTEST].astype(np.int64)
    year = wide[0] * 1000 + wide[1] * 100 + wide[2] * 10 + wide[3]
    month, day = wide[5] * 10 + wide[6], wide[8] * 10 + wide[9]
    hour, minute, second = (wide[place] * 10 + wide[place + 1] for place in (11, 14, 17))
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    sane = (year >= _YEARS[0]) & (year <= _YEARS[1]) & (month >= 1) & (month <= _DECEMBER)
    month = np.where(sane, month, 1)
    sane &= (day >= 1) & (day <= _LENGTHS[month] + (leap & (month == _FEBRUARY)))
    sane &= (hour < 24) & (minute < 60) & (second < 60)  # noqa: PLR2004  a leap second is left to others
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400 - _EPOCH
    days += _BEFORE[month] + (leap & (month > _FEBRUARY)) + day - 1
    return ((days * 24 + hour) * 60 + minute) * 60 + second, sane
