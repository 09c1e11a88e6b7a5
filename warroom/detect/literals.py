r"""Finds many literals in many values at once, in steps that each look at all values together.

Each value stands between two sentinels, ``\x02value\x03``, so equals, begins-with, ends-with and contains are all
plain substrings, and no literal reaches from one value into the next. Of each literal the four bytes that the
fewest others have are looked up at every place of the text; where they stand the whole literal is compared. An
automaton would read the text as fast, but hands over each of the many hits as an object of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.detect.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]

BEGIN: Final = "\x02"
END: Final = "\x03"
#: What stands for a sentinel that a value itself holds.
_SUBSTITUTE: Final = "\x1a"
_NO_SENTINELS: Final = str.maketrans(dict.fromkeys((BEGIN, END), _SUBSTITUTE))
#: Literals with one of these cannot be told from the sentinels: they are tested value by value.
RESERVED: Final = frozenset((BEGIN, END, _SUBSTITUTE))
#: Characters looked at together, and places compared together: what hostile values can cost in memory.
_CHUNK: Final = 256 << 10
_PAIRS: Final = 512 << 10
#: Bytes by which a literal is looked up; shorter ones are by two.
_GRAM: Final = 4
_PAIR: Final = np.uint32(0xFFFF)
_SPREAD: Final = np.uint32(2654435761)
_WORD: Final = 8
#: The first n bytes of a word.
_MASKS: Final = np.array([(1 << 8 * n) - 1 for n in range(_WORD + 1)], dtype=np.uint64)


class Literals:
    """Literals, folded and with their sentinels, each looked for in the values of one group alone.

    Args:
        literals: texts; a literal asked of two groups stands twice.
        groups: the group of each.
    """

    def __init__(self, literals: Sequence[str], groups: Sequence[int]) -> None:
        encoded = [literal.encode() for literal in literals]
        lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
        owners = np.array(groups, dtype=np.int32)
        long = np.flatnonzero(lengths >= _GRAM)
        short = np.flatnonzero(lengths < _GRAM)
        self._count = len(encoded)
        self._tables = [
            _Table([encoded[place] for place in places.tolist()], places, owners[places], by_four=by_four)
            for places, by_four in ((long, True), (short, False))
            if len(places)
        ]

    def hits(self, values: Sequence[str] | pa.Array, groups: npt.NDArray[np.int32] | int) -> tuple[Ints, Ints]:
        """Find the literals of their groups in values.

        Args:
            values: texts, or an array of strings or bytes, in which a null is an empty text.
            groups: the group of each, or of all of them.

        Returns:
            Positions of values and of literals, each pair once, ascending by value, then literal.
        """
        if isinstance(groups, int):
            groups = np.full(len(values), groups, dtype=np.int32)
        found: list[Ints] = []
        for first, text, ends in _joined(values):
            here = groups[first : first + len(ends)]
            grams, salt = _grams(text, int(ends[-1])), np.repeat(_salt(here), np.diff(ends, prepend=0))
            for table in self._tables:
                for places, literals in table.hits(text, ends, here, table.buckets(grams, salt)):
                    found.append((places + first) * self._count + literals)
        if not found:
            nothing = np.zeros(0, dtype=np.int64)
            return nothing, nothing
        keys = np.sort(np.concatenate(found))
        keys = keys[np.flatnonzero(np.diff(keys, prepend=-1))]
        return keys // self._count, keys % self._count


class _Table:
    """Literals by what they are looked up by: a bucket holds all that share it."""

    def __init__(self, literals: list[bytes], numbers: Ints, groups: npt.NDArray[np.int32], *, by_four: bool) -> None:
        lengths = np.fromiter(map(len, literals), np.int64, len(literals))
        self._by_four = by_four
        if by_four:
            offsets, grams = _rarest(literals, lengths)
            rows = np.arange(len(literals))
        else:
            offsets = np.zeros(len(literals), dtype=np.int64)
            grams, rows = _pairs(literals)
        bits = max(12, min(20, (64 * len(grams)).bit_length()))
        self._shift = np.uint32(32 - bits)
        keys = ((grams * _SPREAD + _salt(groups[rows])) >> self._shift).astype(np.int64)
        order = np.argsort(keys, kind="stable")
        rows = rows[order]
        self._number, self._group = numbers[rows], groups[rows]
        self._offset, self._length = offsets[rows], lengths[rows]
        per_bucket = np.bincount(keys, minlength=1 << bits)
        self._known = per_bucket > 0
        self._first = np.concatenate(([0], np.cumsum(per_bucket))).astype(np.int32)
        self._literals = [literals[row] for row in rows.tolist()]
        self._head = np.frombuffer(b"".join(one[:_WORD].ljust(_WORD, b"\0") for one in self._literals), "<u8")
        self._tail = np.frombuffer(b"".join(one[-_WORD:].ljust(_WORD, b"\0") for one in self._literals), "<u8")

    def buckets(self, grams: npt.NDArray[np.uint32], salt: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
        """Give the bucket of what stands at each place."""
        found = grams * _SPREAD if self._by_four else (grams & _PAIR) * _SPREAD
        found += salt
        found >>= self._shift
        return found

    def hits(
        self, text: bytes, ends: Ints, groups: npt.NDArray[np.int32], buckets: npt.NDArray[np.uint32]
    ) -> Iterator[tuple[Ints, Ints]]:
        """Give (value, literal) where a literal stands; ``text`` goes on for two words after its last value."""
        length = len(buckets)
        places = np.flatnonzero(self._known.take(buckets))
        buckets = buckets[places]
        first = self._first[buckets].astype(np.int64)
        counts = self._first[buckets + 1] - first
        owners = np.searchsorted(ends, places, side="right")
        steps = np.cumsum(counts)
        begin = 0
        while begin < len(places):
            done = int(steps[begin - 1]) if begin else 0
            end = max(int(np.searchsorted(steps, done + _PAIRS, side="right")), begin + 1)
            part = slice(begin, end)
            several = counts[part]
            total = int(steps[end - 1]) - done
            entries = np.repeat(first[part] - (steps[part] - several - done), several) + np.arange(total)
            owner = np.repeat(owners[part], several)
            same = np.flatnonzero(self._group[entries] == groups[owner])
            place = np.repeat(places[part], several)[same]
            entries, owner = entries[same], owner[same]
            yield self._compared(text, length, place - self._offset[entries], entries, owner)
            begin = end

    def _compared(self, text: bytes, length: int, starts: Ints, entries: Ints, owners: Ints) -> tuple[Ints, Ints]:
        """Keep the places where the whole literal stands."""
        words = np.ndarray((length + _WORD,), "<u8", buffer=text, strides=(1,))
        inside = np.flatnonzero((starts >= 0) & (starts + self._length[entries] <= length))
        starts, entries, owners = starts[inside], entries[inside], owners[inside]
        lengths = self._length[entries]
        # Two words, which may overlap, decide the most: where a literal begins, and where it ends.
        same = words[starts] & _MASKS[np.minimum(lengths, _WORD)] == self._head[entries]
        same &= (lengths <= _WORD) | (words[starts + np.maximum(lengths - _WORD, 0)] == self._tail[entries])
        open_ = np.flatnonzero(same & (lengths > 2 * _WORD))
        same[open_] = [
            text[start : start + len(literal)] == literal
            for start, literal in zip(
                starts[open_].tolist(), map(self._literals.__getitem__, entries[open_].tolist()), strict=True
            )
        ]
        return owners[same], self._number[entries[same]]


def _grams(text: bytes, length: int) -> npt.NDArray[np.uint32]:
    """Give the four bytes that stand at each place, the first one lowest."""
    quarters = length // _GRAM + 1
    grams = np.empty(quarters * _GRAM, dtype=np.uint32)
    for start in range(_GRAM):
        grams[start::_GRAM] = np.frombuffer(text, "<u4", count=quarters, offset=start)
    return grams[:length]


def _rarest(literals: list[bytes], lengths: Ints) -> tuple[Ints, npt.NDArray[np.uint32]]:
    """Give of each literal the four bytes that are rarest among all literals: where they begin, and what they are."""
    text = b"".join(literals) + bytes(_WORD)
    total = int(lengths.sum())
    raw = np.frombuffer(text, np.uint8).astype(np.uint32)
    grams = raw[:total] | raw[1 : total + 1] << np.uint32(8) | raw[2 : total + 2] << np.uint32(16)
    grams |= raw[3 : total + 3] << np.uint32(24)
    begins = np.cumsum(lengths) - lengths
    within = np.arange(total) - np.repeat(begins, lengths)
    usable = within <= np.repeat(lengths, lengths) - _GRAM
    _, inverse, counts = np.unique(grams[usable], return_inverse=True, return_counts=True)
    weight = np.full(total, np.iinfo(np.int64).max)
    # Of several that are as rare, the last one: beginnings are more alike than ends.
    weight[usable] = (counts[inverse] << 32) + (1 << 31) - within[usable]
    best = np.minimum.reduceat(weight, begins)
    offsets = (1 << 31) - (best & ((1 << 32) - 1))
    return offsets, grams[begins + offsets]


def _pairs(literals: list[bytes]) -> tuple[npt.NDArray[np.uint32], Ints]:
    """Give (two bytes, literal): a literal of one byte stands under all that begin with it."""
    grams: list[int] = []
    rows: list[int] = []
    for row, literal in enumerate(literals):
        found = range(literal[0], 1 << 16, 256) if len(literal) == 1 else (literal[0] | literal[1] << 8,)
        grams += found
        rows += [row] * len(found)
    return np.array(grams, dtype=np.uint32), np.array(rows, dtype=np.int64)


def _salt(groups: npt.NDArray[np.int32]) -> npt.NDArray[np.uint32]:
    """Set the same bytes apart by group: a text meets the literals of its own group only, but for chance."""
    salt: npt.NDArray[np.uint32] = (groups.astype(np.uint32) + np.uint32(1)) * np.uint32(0x9E3779B1 ^ 0x5BD1E995)
    return salt


def _joined(values: Sequence[str] | pa.Array) -> Iterator[tuple[int, bytes, Ints]]:
    """Join values in their sentinels, folded: the first value's position, the text, and where each value ends in it."""
    if isinstance(values, pa.Array):
        values = values.cast(pa.binary())
        lengths = pc.binary_length(values).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    else:
        lengths = np.fromiter(map(len, values), np.int64, len(values))
    ends = np.cumsum(lengths + 2)
    first = 0
    while first < len(values):
        before = int(ends[first - 1]) if first else 0
        last = max(int(np.searchsorted(ends, before + _CHUNK, side="right")), first + 1)
        text, inner = _folded(values[first:last], ends[first:last] - before)
        yield first, text + bytes(2 * _WORD), inner
        first = last


def _folded(values: Sequence[str] | pa.Array, ends: Ints) -> tuple[bytes, Ints]:
    if isinstance(values, pa.Array):
        raw = _join_array(values)
        if raw.isascii() and raw.count(b"\x02") == raw.count(b"\x03") == len(values):
            return raw.lower(), ends
        values = [_text(value) for value in values.to_pylist()]
    text = _join(values)
    if text.count(BEGIN) == text.count(END) == len(values):
        if text.isascii():
            return text.lower().encode(), ends
        text = _join([value if value.isascii() else fold(value) for value in values])
    else:
        text = _join([fold(value).translate(_NO_SENTINELS) for value in values])
    joined = text.encode().lower()  # of ASCII alone
    return joined, np.flatnonzero(np.frombuffer(joined, dtype=np.uint8) == ord(END)) + 1


def _join(values: Sequence[str]) -> str:
    return f"{BEGIN}{(END + BEGIN).join(values)}{END}"


def _join_array(values: pa.Array) -> bytes:
    one = pa.ListArray.from_arrays(pa.array([0, len(values)], pa.int32()), values.fill_null(b""))
    joined: bytes = pc.binary_join(one, b"\x03\x02")[0].as_buffer().to_pybytes()
    return b"\x02" + joined + b"\x03"


def _text(value: str | bytes | None) -> str:
    return "" if value is None else value if isinstance(value, str) else value.decode(errors="replace")
