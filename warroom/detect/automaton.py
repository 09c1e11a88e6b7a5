r"""Finds many literals in many values with one pass: an Aho-Corasick automaton over the values joined together.

Each value stands between two sentinels, ``\x02value\x03``, so equals, begins-with, ends-with and contains
are all plain substrings, and no literal reaches from one value into the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ahocorasick_rs
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.detect.folding import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

BEGIN: Final = "\x02"
END: Final = "\x03"
#: What stands for a sentinel that a value itself holds.
_SUBSTITUTE: Final = "\x1a"
_NO_SENTINELS: Final = str.maketrans(dict.fromkeys((BEGIN, END), _SUBSTITUTE))
#: Literals with one of these cannot be told from the sentinels: they are tested value by value.
RESERVED: Final = frozenset((BEGIN, END, _SUBSTITUTE))
#: Bytes scanned at once: bounds the list of hits that hostile values can cause.
_CHUNK: Final = 256 << 10


class Automaton:
    """Literals, already folded and with their sentinels."""

    def __init__(self, literals: Sequence[str]) -> None:
        self._size = len(literals)
        self._automaton = ahocorasick_rs.BytesAhoCorasick(
            [literal.encode() for literal in literals],
            # The dense form is twice as fast and needs far more memory.
            implementation=ahocorasick_rs.Implementation.DFA if self._size <= _DENSE else None,
        )

    def hits(self, values: pa.Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Find literals in values.

        Args:
            values: strings or binary without nulls, as logged.

        Returns:
            Positions of values and of literals, each pair once, ascending by value, then literal.
        """
        values = values.cast(pa.binary())
        ends = np.cumsum(pc.binary_length(values).to_numpy(zero_copy_only=False).astype(np.int64) + 2)
        pairs: list[npt.NDArray[np.int64]] = []
        first = 0
        while first < len(values):
            begin = ends[first - 1] if first else 0
            last = max(int(np.searchsorted(ends, begin + _CHUNK, side="right")), first + 1)
            joined, inner = _joined(values.slice(first, last - first), ends[first:last] - begin)
            found = self._automaton.find_matches_as_indexes(joined, overlapping=True)
            if found:
                hits = np.array(found, dtype=np.int64)
                owners = np.searchsorted(inner, hits[:, 1], side="right") + first
                pairs.append(np.unique(owners * self._size + hits[:, 0]))
            first = last
        if not pairs:
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing
        keys = np.concatenate(pairs)
        return keys // self._size, keys % self._size


#: Up to this many literals the automaton is dense.
_DENSE: Final = 2_000


def _joined(values: pa.Array, ends: npt.NDArray[np.int64]) -> tuple[bytes, npt.NDArray[np.int64]]:
    """Join values in their sentinels, folded; give the text and where each value ends in it."""
    joined = _join(values)
    if joined.count(b"\x02") == joined.count(b"\x03") == len(values):
        if joined.isascii():
            return joined.lower(), ends
        # Folding looks at each character alone: all values are folded at once.
        joined = fold(joined.decode(errors="replace")).encode()
    else:
        joined = _join(_folded(values))
    return joined, np.flatnonzero(np.frombuffer(joined, dtype=np.uint8) == ord(END)) + 1


def _join(values: pa.Array) -> bytes:
    one = pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values)
    joined: bytes = pc.binary_join(one, pa.scalar(END + BEGIN).cast(values.type))[0].as_buffer().to_pybytes()
    return b"\x02" + joined + b"\x03"


def _folded(values: pa.Array) -> pa.Array:
    """Fold each value and put something else in place of the sentinels that it holds itself."""
    folded = (fold(text.decode(errors="replace")) for text in values.to_pylist())
    return pa.array([text.translate(_NO_SENTINELS).encode() for text in folded], pa.binary())
