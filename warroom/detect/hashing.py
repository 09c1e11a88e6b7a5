"""Hashes whole columns of text, under keys that each process draws for itself."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    import numpy.typing as npt
    import pyarrow as pa

    Hashes = npt.NDArray[np.uint64]

#: What makes 128 bits: two hashes under keys of their own.
SEEDS: Final = (secrets.randbits(64), secrets.randbits(64))
_ODD: Final = np.uint64(0x9E3779B97F4A7C15)
_TWICE: Final = np.uint64(0xBF58476D1CE4E5B9)
_SHIFT: Final = np.uint64(29)


def hashes(texts: pa.Array, seed: int) -> Hashes:
    """Hash each text of a column of strings; null is a value of its own."""
    return pl.Series("", texts, dtype=pl.String).hash(seed).to_numpy()


def mixed(found: Hashes, more: npt.NDArray[np.uint64] | np.uint64) -> Hashes:
    """Hash pairs of 64-bit numbers; the order within a pair counts."""
    both = (found ^ (found >> _SHIFT)) * _ODD + more
    both = (both ^ (both >> _SHIFT)) * _TWICE
    return both ^ (both >> _SHIFT)


def of_lists(flat: pa.Array, width: int, count: int, seed: int) -> Hashes:
    """Hash lists of equal length, given all their texts one after the other."""
    found = np.full(count, seed, np.uint64)
    if width:
        own = hashes(flat, seed).reshape(count, width)
        for place in range(width):
            found = mixed(found, own[:, place])
    return found
