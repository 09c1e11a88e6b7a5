"""Lays out literals, patterns and terms as the arrays in which the compiled search looks them up."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from warroom.detect.atoms import Wild
from warroom.detect.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from warroom.detect.atoms import Pieces

    Bytes = npt.NDArray[np.uint8]
    Shorts = npt.NDArray[np.int32]
    Ints = npt.NDArray[np.int64]
    Words = npt.NDArray[np.uint64]

BEGIN: Final = "\x02"
END: Final = "\x03"
#: What stands for a sentinel that a value itself holds.
_SUBSTITUTE: Final = "\x1a"
#: Literals with one of these cannot be told from the sentinels: they are tested value by value.
RESERVED: Final = frozenset((BEGIN, END, _SUBSTITUTE))

#: Bytes by which a literal is looked up; shorter ones are by two.
_GRAM: Final = 4
_BUCKETS: Final = 20
_PAIR_BUCKETS: Final = 16
#: Bytes that the search may look beyond a literal.
_BEYOND: Final = 16


class Tables(NamedTuple):
    """Literals as they are looked up: whole values by hash, others by four or two of their bytes, or the only one.

    ``x_known`` has a bit for each bucket that holds any; ``x_first`` says where a bucket's entries begin. What is
    needed of an entry lies together.
    """

    letters: Bytes
    flags: Shorts  # of groups
    steps: Shorts  # of groups: every so many places are looked at
    salts: Words  # of groups
    seeds: Words  # of groups
    gram_known: Words
    gram_shift: np.uint64
    gram_first: Shorts
    grams: Shorts  # entries x ``GRAM, UNIT, GROUP, LENGTH, BEGIN, OFFSET``
    pair_known: Words
    pair_first: Shorts
    pairs: Shorts  # entries x the same; the offset is 0
    one_first: Shorts  # of groups
    one_bytes: Shorts
    one_units: Shorts
    equal_slots: Shorts
    equal_hashes: Words
    equal_units: Shorts
    equal_groups: Shorts
    equal_begins: Ints
    equal_lengths: Shorts


class Patterns(NamedTuple):
    """Texts with wildcards: tried where a literal of theirs is found."""

    tried: Shorts  # unit → its first place in numbers
    numbers: Shorts
    units: Shorts  # of patterns
    cased: Bytes
    parts: Shorts  # pattern → its first part
    begins: Shorts  # of parts
    lengths: Shorts
    characters: Shorts
    letters: Bytes
    one: Bytes  # 1 where any one character fits


class Terms(NamedTuple):
    """Which units make which predicates true: alone, or together with others."""

    plain_first: Shorts
    plain: Shorts
    begun_first: Shorts  # conjunctions, by the unit that is the rarest of theirs
    begun: Shorts
    needed_first: Shorts  # the others of a conjunction
    needed: Shorts
    predicates: Shorts  # of conjunctions
    bits: Words  # predicates x 2


def tables_of(literals: Sequence[str], units: Sequence[int], groups: Sequence[int], flags: Shorts) -> Tables:
    """Lay out literals, folded and with their sentinels.

    Args:
        literals: texts; a literal asked of two groups stands twice.
        units: the number of each.
        groups: the group of each.
        flags: what else is asked of each group; what literals it has is added.
    """
    from warroom.detect.search_kernel import (  # noqa: PLC0415  loads a compiler
        HAS_EQUALS,
        HAS_GRAMS,
        HAS_ONES,
        HAS_PAIRS,
        SPREAD,
    )
    from warroom.detect.text_kernel import text_hash  # noqa: PLC0415  as above

    encoded = [literal.encode() for literal in literals]
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    letters = np.frombuffer(b"".join(encoded) + bytes(_BEYOND), np.uint8).copy()
    begins = np.cumsum(lengths) - lengths
    number = np.array(units, np.int32)
    owner = np.array(groups, np.int32)
    salts = np.array([secrets.randbits(32) for _ in flags], np.uint64)
    seeds = np.array([secrets.randbits(64) for _ in flags], np.uint64)
    whole = np.array([one.startswith(b"\x02") and one.endswith(b"\x03") for one in encoded], np.bool_)
    flags = flags.copy()
    for places, flag in (
        (whole, HAS_EQUALS),
        (~whole & (lengths >= _GRAM), HAS_GRAMS),
        (~whole & (lengths < _GRAM) & (lengths > 1), HAS_PAIRS),
        (~whole & (lengths == 1), HAS_ONES),
    ):
        flags[np.unique(owner[places])] |= flag

    rows = np.flatnonzero(~whole & (lengths >= _GRAM))
    steps = _steps(lengths[rows], owner[rows], len(flags))
    offsets, grams, several = _rarest([encoded[row] for row in rows.tolist()], lengths[rows], steps[owner[rows]])
    rows = rows[several]
    bits = max(12, min(_BUCKETS, (64 * len(grams)).bit_length()))
    hashes = (grams.astype(np.uint64) ^ salts[owner[rows]]) << np.uint64(32)
    shift = np.uint64(64 - bits)
    gram_known, gram_first, order = _buckets((hashes * np.uint64(SPREAD)) >> shift, bits)
    by_gram = _entries(grams, number, owner, lengths, begins, offsets, rows)[order]

    rows = np.flatnonzero(~whole & (lengths < _GRAM) & (lengths > 1))
    pairs = np.array([encoded[row][0] | encoded[row][1] << 8 for row in rows.tolist()], np.uint32)
    keys = pairs.astype(np.uint64) ^ (salts[owner[rows]] & np.uint64(0xFFFF))
    pair_known, pair_first, order = _buckets(keys, _PAIR_BUCKETS)
    by_pair = _entries(pairs, number, owner, lengths, begins, np.zeros(len(rows), np.int64), rows)[order]

    rows = np.flatnonzero(~whole & (lengths == 1))
    ones: list[list[int]] = [[] for _ in flags]
    for row in rows.tolist():
        ones[owner[row]].append(row)
    one_first, by_one = lists_of(ones)

    rows = np.flatnonzero(whole)
    hashes = np.array(
        [text_hash(letters, begins[row] + 1, lengths[row] - 2, seeds[owner[row]]) for row in rows], np.uint64
    )
    slots = np.full(1 << max(4, (2 * len(rows)).bit_length()), -1, np.int32)
    mask = len(slots) - 1
    for place, found in enumerate(hashes.tolist()):
        slot = found & mask
        while slots[slot] >= 0:
            slot = (slot + 1) & mask
        slots[slot] = place
    return Tables(
        letters,
        flags,
        steps,
        salts,
        seeds,
        gram_known,
        shift,
        gram_first,
        by_gram,
        pair_known,
        pair_first,
        by_pair,
        one_first,
        letters[begins[by_one]].astype(np.int32),
        number[by_one],
        slots,
        hashes,
        number[rows],
        owner[rows],
        begins[rows] + 1,
        (lengths[rows] - 2).astype(np.int32),
    )


def _entries(
    grams: npt.NDArray[np.uint32],
    units: Shorts,
    groups: Shorts,
    lengths: Ints,
    begins: Ints,
    offsets: Ints,
    rows: Ints,
) -> Shorts:
    columns = grams.view(np.int32), units[rows], groups[rows], lengths[rows], begins[rows], offsets
    return np.ascontiguousarray(np.stack(columns, axis=1).astype(np.int32))


def patterns_of(patterns: Sequence[tuple[int, Pieces, bool, int]], units: int) -> Patterns:
    """Lay out patterns: (unit, pieces, whether case counts, unit of the literal that makes it worth trying).

    ``units`` is how many there are.
    """
    tried: list[list[int]] = [[] for _ in range(units)]
    parts, begins, lengths, characters = [0], [], [], []
    letters, one = bytearray(), bytearray()
    for place, (_, pieces, cased, trigger) in enumerate(patterns):
        tried[trigger].append(place)
        for part in _parts(pieces):
            begins.append(len(letters))
            count = 0
            for piece in part:
                text = "\0" if piece is Wild.ONE else str(piece) if cased else fold(str(piece))
                encoded = text.encode()
                letters += encoded
                one += bytes([piece is Wild.ONE]) * len(encoded)
                count += len(text)
            lengths.append(len(letters) - begins[-1])
            characters.append(count)
        parts.append(len(begins))
    first, numbers = lists_of(tried)
    return Patterns(
        first,
        numbers,
        np.array([unit for unit, *_ in patterns], np.int32),
        np.array([cased for _, _, cased, _ in patterns], np.uint8),
        np.array(parts, np.int32),
        np.array(begins, np.int32),
        np.array(lengths, np.int32),
        np.array(characters, np.int32),
        np.frombuffer(bytes(letters) or b"\0", np.uint8).copy(),
        np.frombuffer(bytes(one) or b"\0", np.uint8).copy(),
    )


def lists_of(lists: Iterable[Sequence[int]]) -> tuple[Shorts, Shorts]:
    """Put lists of numbers into one array; give where each begins (and the last one ends), and the array."""
    kept = list(lists)
    first = np.zeros(len(kept) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, kept), np.int32, len(kept)), out=first[1:])
    return first, np.fromiter((item for one in kept for item in one), np.int32, int(first[-1]))


def _parts(pieces: Pieces) -> list[list[str | Wild]]:
    """Cut pieces at every ``*``."""
    parts: list[list[str | Wild]] = [[]]
    for piece in pieces:
        if piece is Wild.MANY:
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def _buckets(keys: Words, bits: int) -> tuple[Words, Shorts, Ints]:
    """Give a bit for each bucket that holds any, where buckets begin, and the order of entries."""
    counts = np.bincount(keys.astype(np.int64), minlength=1 << bits)
    first = np.zeros((1 << bits) + 1, np.int32)
    np.cumsum(counts, out=first[1:])
    known = np.packbits(counts > 0, bitorder="little").view("<u8").astype(np.uint64)
    return known, first, np.argsort(keys, kind="stable")


def _steps(lengths: Ints, groups: Shorts, count: int) -> Shorts:
    """Give for each group how many places can be left out: with two grams a literal every second one, and so on."""
    shortest = np.full(count, np.iinfo(np.int64).max)
    np.minimum.at(shortest, groups, lengths)
    return np.select([shortest >= _GRAM + 3, shortest >= _GRAM + 1], [4, 2], 1).astype(np.int32)


def _rarest(literals: list[bytes], lengths: Ints, steps: Shorts) -> tuple[Ints, npt.NDArray[np.uint32], Ints]:
    """Give of each literal the four bytes that are rarest among all literals, for each remainder of its step.

    Returns: where they begin in their literal, what they are, and which literal it is.
    """
    nothing = np.zeros(0, np.int64)
    if not literals:
        return nothing, np.zeros(0, np.uint32), nothing
    text = b"".join(literals) + bytes(_GRAM)
    total = int(lengths.sum())
    raw = np.frombuffer(text, np.uint8).astype(np.uint32)
    grams = raw[:total] | raw[1 : total + 1] << np.uint32(8) | raw[2 : total + 2] << np.uint32(16)
    grams |= raw[3 : total + 3] << np.uint32(24)
    begins = np.cumsum(lengths) - lengths
    within = np.arange(total) - np.repeat(begins, lengths)
    usable = within <= np.repeat(lengths, lengths) - _GRAM
    _, inverse, counts = np.unique(grams[usable], return_inverse=True, return_counts=True)
    never = np.iinfo(np.int64).max
    weight = np.full(total, never)
    # Of several that are as rare, the last one: beginnings are more alike than ends.
    weight[usable] = (counts[inverse] << 32) + (1 << 31) - within[usable]
    offsets, rows = [nothing], [nothing]
    for remainder in range(int(steps.max())):
        step = np.repeat(steps, lengths)
        best = np.minimum.reduceat(np.where(within % step == remainder, weight, never), begins)
        found = np.flatnonzero(steps > remainder)
        rows.append(found)
        offsets.append((1 << 31) - (best[found] & ((1 << 32) - 1)))
    offset, row = np.concatenate(offsets), np.concatenate(rows)
    return offset, grams[begins[row] + offset], row
