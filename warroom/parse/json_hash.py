"""Whether texts are the same, and hashes of them, in compiled functions: 32 bytes at a time, few branches.

Whoever calls these keeps 64 bytes of zeros behind the data.
"""

# ruff: noqa: ANN001, ANN201, PLR2004
# mypy: ignore-errors
# What is compiled has no annotations, for the compiler finds the types.

from __future__ import annotations

from typing import Final

import numpy as np

from warroom.machine.kernels import inline
from warroom.machine.spans import differing, folded, take
from warroom.machine.words import load

_U0: Final = np.uint64(0)
_U1: Final = np.uint64(1)
_FIRST: Final = np.uint64(0x9E37_79B9_7F4A_7C15)
_SECOND: Final = np.uint64(0xBF58_476D_1CE4_E5B9)
_THIRD: Final = np.uint64(0x94D0_49BB_1331_11EB)
#: 32 bytes from 32 - n on: a mask of the first n.
_KEEP: Final = np.repeat(np.array([255, 0], np.uint8), 32)


@inline
def same(data, at, others, place, length):
    """Whether ``length`` bytes are the same."""
    while length > 32:
        if differing(data, at, others, place):
            return False
        at += 32
        place += 32
        length -= 32
    return differing(data, at, others, place) & ((_U1 << np.uint64(length)) - _U1) == _U0


@inline
def hashed(data, at, length, seed):
    """Hash ``length`` bytes; ``seed`` is a secret: without it no two texts can be made that collide."""
    found = seed ^ (np.uint64(length) * _FIRST)
    while length > 32:
        left = folded(load(data, at) ^ found, load(data, at + 8) ^ (found + _FIRST))
        right = folded(load(data, at + 16) ^ (found + _SECOND), load(data, at + 24) ^ (found + _THIRD))
        found = left ^ (right + _FIRST)
        at += 32
        length -= 32
    keep = 32 - length
    left = folded(
        (load(data, at) & load(_KEEP, keep)) ^ found, (load(data, at + 8) & load(_KEEP, keep + 8)) ^ (found + _FIRST)
    )
    right = folded(
        (load(data, at + 16) & load(_KEEP, keep + 16)) ^ (found + _SECOND),
        (load(data, at + 24) & load(_KEEP, keep + 24)) ^ (found + _THIRD),
    )
    return folded(left ^ found, right ^ _SECOND)


@inline
def hashed_twice(data, at, length, kind, seeds):
    """Hash ``length`` bytes and ``kind`` to two words that depend on different secrets.

    128 bits stand for the text: whoever does not know the secrets, eight random words, cannot make two that agree.
    """
    left = take(seeds, 0) ^ (kind * _FIRST)
    right = take(seeds, 1) ^ (kind * _SECOND)
    while length > 32:
        first, second, third, fourth = load(data, at), load(data, at + 8), load(data, at + 16), load(data, at + 24)
        left = folded(first ^ left, second ^ take(seeds, 2)) ^ folded(third ^ take(seeds, 3), fourth ^ (left + _FIRST))
        right = folded(first ^ take(seeds, 4), third ^ right) ^ folded(
            second ^ (right + _THIRD), fourth ^ take(seeds, 5)
        )
        at += 32
        length -= 32
    keep = 32 - length
    first, second = load(data, at) & load(_KEEP, keep), load(data, at + 8) & load(_KEEP, keep + 8)
    third, fourth = load(data, at + 16) & load(_KEEP, keep + 16), load(data, at + 24) & load(_KEEP, keep + 24)
    left = folded(first ^ left, second ^ take(seeds, 2)) ^ folded(third ^ take(seeds, 3), fourth ^ (left + _FIRST))
    right = folded(first ^ take(seeds, 4), third ^ right) ^ folded(second ^ (right + _THIRD), fourth ^ take(seeds, 5))
    return folded(left ^ take(seeds, 6), right | _U1) ^ left, folded(right ^ take(seeds, 7), left | _U1) ^ right
