"""Compiled: which texts of a column may hold an indicator; what is left is compared exactly by others.

A set of indicators is a field of bits, of which each indicator has two: a text none of whose bits are set holds none.
Hashes are no secret's guard but drawn for each process, so that nobody writes logs that always look like hits.
"""

# ruff: noqa: ANN001, ANN201, ANN202, C901, PLR1714, PLR2004
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types; it names bytes by their numbers.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.machine.kernels import inline, kernel
from warroom.machine.spans import folded, take
from warroom.machine.words import load

_U0: Final = np.uint64(0)
_U3: Final = np.uint64(3)
_U7: Final = np.uint64(7)
_8: Final = np.uint64(8)
_32: Final = np.uint64(32)
_PRIME: Final = np.uint64(0x9E37_79B9_7F4A_7C15)
_SECOND: Final = np.uint64(0xBF58_476D_1CE4_E5B9)
#: Makes letters small; what else it makes alike is told apart by the exact comparison.
_SMALL: Final = np.uint64(0x2020_2020_2020_2020)
_SMALL_BYTE: Final = np.uint64(0x20)
#: Bytes of a domain, of what stands before an e-mail address's @, and of what is searched for hashes and addresses.
_NAME: Final = 253
_LOCAL: Final = 64
_SEARCHED: Final = 8192


@inline
def _known(bits, mask, found):
    first, second = found & mask, (found >> _32) & mask
    if (np.uint64(bits[first >> _U3]) >> (first & _U7)) & np.uint64(1) == _U0:
        return False
    return (np.uint64(bits[second >> _U3]) >> (second & _U7)) & np.uint64(1) != _U0


@kernel
def _hash(data, at, end, small, seed):
    """Hash a text from the left, eight bytes at a time; letters count as small ones where ``small`` is set."""
    fold = _SMALL if small else _U0
    found = seed ^ np.uint64(end - at)
    while at + 8 <= end:
        found = folded(found ^ (load(data, at) | fold), _PRIME)
        at += 8
    rest, shift = _U0, _U0
    while at < end:
        rest |= np.uint64(take(data, at)) << shift
        shift += _8
        at += 1
    return folded(folded(found ^ (rest | fold), _PRIME) ^ seed, _SECOND)


@inline
def _mixed(found):
    return folded(found, _SECOND)


@kernel
def hashes(data, begins, ends, small, seed, out):
    """Hash whole texts."""
    for row in range(len(begins)):
        out[row] = _hash(data, np.int64(begins[row]), np.int64(ends[row]), small, seed)


@kernel
def name_hashes(data, begins, ends, seed, out):
    """Hash whole names of hosts, from the right."""
    for row in range(len(begins)):
        found = seed
        for place in range(np.int64(ends[row]) - 1, np.int64(begins[row]) - 1, -1):
            found = (found ^ (np.uint64(take(data, place)) | _SMALL_BYTE)) * _PRIME
        out[row] = _mixed(found)


@kernel
def texts(data, begins, ends, bits, mask, seed, out):
    """Write the rows whose text, without blanks around it, is known or has bytes beyond ASCII at an edge; how many."""
    count = 0
    for row in range(len(begins)):
        at, end = np.int64(begins[row]), np.int64(ends[row])
        while at < end and take(data, at) <= 32:
            at += 1
        while at < end and take(data, end - 1) <= 32:
            end -= 1
        if at == end:
            continue
        if take(data, at) >= 128 or take(data, end - 1) >= 128 or _known(bits, mask, _hash(data, at, end, False, seed)):
            out[count] = row
            count += 1
    return count


@kernel
def names(data, begins, ends, parents, bits, mask, seed, out):
    """Write the rows whose name of a host is known, or what it ends in, or that has bytes beyond ASCII; how many."""
    count = 0
    for row in range(len(begins)):
        at, end = np.int64(begins[row]), np.int64(ends[row])
        if at < 0:
            continue
        if end > at and take(data, end - 1) == 46:
            end -= 1
        at = max(at, end - _NAME)
        found, labels, known = seed, 0, False
        for place in range(end - 1, at - 1, -1):
            byte = np.uint64(take(data, place))
            if byte >= np.uint64(128):
                known = True
                break
            if byte == np.uint64(46) and parents:
                labels += 1
                if labels > 1 and _known(bits, mask, _mixed(found)):
                    known = True
                    break
            found = (found ^ (byte | _SMALL_BYTE)) * _PRIME
        if known or (end > at and _known(bits, mask, _mixed(found))):
            out[count] = row
            count += 1
    return count


@kernel
def hosts(data, begins, ends, found_begins, found_ends, odd):
    """Find the host in each URL, -1 where there is none; a text that begins with ``/`` has none.

    Without ``http://`` in front it is what stands before the path or port. ``odd`` are hosts in brackets, and those
    that hold what none should.
    """
    for row in range(len(begins)):
        at, end = np.int64(begins[row]), np.int64(ends[row])
        found_begins[row], found_ends[row], odd[row] = -1, -1, False
        if at == end or take(data, at) == 47 or (take(data, at) == 45 and end - at == 1):
            continue
        if end - at > 7 and load(data, at) & np.uint64(0xDFDFDFDF) == np.uint64(0x50545448):  # HTTP
            behind = at + 4
            if take(data, behind) == 115 or take(data, behind) == 83:
                behind += 1
            if (
                end - behind > 2
                and take(data, behind) == 58
                and take(data, behind + 1) == 47
                and take(data, behind + 2) == 47
            ):
                at = behind + 3
        begin, place, colon = at, at, np.int64(-1)
        strange = False
        while place < end:
            byte = take(data, place)
            if byte == 47 or byte == 63 or byte == 35 or byte == 92:
                break
            if byte == 64:
                begin, colon, strange = place + 1, -1, False
            elif byte == 58:
                strange |= colon >= 0
                colon = place
            elif byte >= 128 or not (
                97 <= byte <= 122 or 48 <= byte <= 57 or byte == 46 or byte == 45 or 65 <= byte <= 90 or byte == 95
            ):
                strange = True
            place += 1
        found_begins[row] = begin
        found_ends[row] = colon if colon >= 0 else place
        odd[row] = strange


@kernel
def digests(data, begins, ends, bits, mask, seed, out):
    """Write the rows in which a run of hexadecimal digits is known; how many."""
    count = 0
    for row in range(len(begins)):
        at = np.int64(begins[row])
        end = min(np.int64(ends[row]), at + _SEARCHED)
        begin = at
        for place in range(at, end + 1):
            if place < end:
                byte = take(data, place)
                if 48 <= byte <= 57 or 97 <= byte <= 102 or 65 <= byte <= 70:
                    continue
            length = place - begin
            if length >= 32 and length <= 128 and _known(bits, mask, _hash(data, begin, place, True, seed)):
                out[count] = row
                count += 1
                break
            begin = place + 1
    return count


@inline
def _in_local(byte):
    r"""Whether a byte may stand before the @ of an e-mail address: not a blank, nor one of ``"<>(),:;[]\\``."""
    return 32 < byte < 127 and not (
        byte == 34 or byte == 60 or byte == 62 or byte == 40 or byte == 41 or byte == 44 or byte == 58 or byte == 59
        or byte == 91 or byte == 93 or byte == 92 or byte == 64
    )  # fmt: skip


@inline
def _in_name(byte):
    return 97 <= byte <= 122 or 48 <= byte <= 57 or byte == 46 or byte == 45 or 65 <= byte <= 90 or byte == 95


@kernel
def mailboxes(data, begins, ends, bits, mask, seed, out):
    """Write the rows in which an e-mail address is known or has bytes beyond ASCII; how many."""
    count = 0
    for row in range(len(begins)):
        first = np.int64(begins[row])
        last = min(np.int64(ends[row]), first + _SEARCHED)
        for place in range(first, last):
            if take(data, place) != 64:
                continue
            at = place
            while at > first and place - at <= _LOCAL and _in_local(take(data, at - 1)):
                at -= 1
            end = place + 1
            while end < last and end - place <= _NAME + 1 and _in_name(take(data, end)):
                end += 1
            odd = (at > first and take(data, at - 1) >= 128) or (end < last and take(data, end) >= 128)
            if end > place + 1 and take(data, end - 1) == 46:
                end -= 1
            if odd or _known(bits, mask, _hash(data, at, end, True, seed)):
                out[count] = row
                count += 1
                break
    return count
