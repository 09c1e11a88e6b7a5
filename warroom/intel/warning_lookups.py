"""Looks values up among names, networks and patterns: one by one, and by the million.

Each entry belongs to something with a number; what is found is that number, or NONE.
"""

from __future__ import annotations

import bisect
import functools
from collections.abc import Mapping, Sequence
from socket import AF_INET, AF_INET6, inet_pton
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warroom.intel.warning_entries import Range

Numbers: TypeAlias = npt.NDArray[np.int32]

NONE: Final = -1

#: So long may the alternatives of one expression be together: RE2 gives each expression 8 MiB.
_LONGEST_PATTERN: Final = 16_384
#: An address as bytes that sort as the addresses do.
_DTYPES: Final[Mapping[int, str]] = {AF_INET: ">u4", AF_INET6: "S16"}
_WIDTHS: Final[Mapping[int, int]] = {AF_INET: 4, AF_INET6: 16}


class Names:
    """Texts by which a group is found."""

    def __init__(self, groups: dict[str, int]) -> None:
        self._groups = groups
        self._texts = pa.array(list(groups), pa.string())
        self._numbers = np.array(list(groups.values()), np.int32)
        self.most_labels = max((text.count(".") + 1 for text in groups), default=1)

    def __bool__(self) -> bool:
        return bool(self._groups)

    def one(self, text: str) -> int:
        """Give the number of a text."""
        return self._groups.get(text, NONE)

    def find(self, texts: pa.StringArray) -> Numbers:
        """Give the number of each text."""
        if not self._groups:
            return np.full(len(texts), NONE, np.int32)
        places = pc.fill_null(pc.index_in(texts, value_set=self._texts), NONE).to_numpy()
        return np.where(places == NONE, NONE, self._numbers[places]).astype(np.int32)


class Networks:
    """Networks of one family, the widest of those within each other, in order."""

    def __init__(self, family: int, networks: Sequence[tuple[Range, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []  # of the run of networks that adjoin each other
        groups: list[int] = []
        own = [(one, number) for one, number in networks if one.family == family]
        last = -1
        for one, number in sorted(own, key=lambda entry: (entry[0].first, -entry[0].last)):
            if one.last <= last:
                continue  # within the one before
            self._starts.append(one.first)
            self._ends.append(one.last)
            groups.append(number)
            last = one.last
        for place in range(len(groups) - 1, 0, -1):
            if self._ends[place - 1] + 1 == self._starts[place]:
                self._ends[place - 1] = self._ends[place]
        self._groups = np.array(groups, np.int32)
        self._packed_starts = _numbers(family, self._starts)
        self._packed_ends = _numbers(family, self._ends)

    def __bool__(self) -> bool:
        return bool(self._starts)

    def one(self, asked: Range) -> int:
        """Give the number of what covers a network whole."""
        place = bisect.bisect_right(self._starts, asked.first) - 1
        return int(self._groups[place]) if place >= 0 and asked.last <= self._ends[place] else NONE

    def find(self, packed: npt.NDArray[Any]) -> Numbers:
        """Give the number of what covers each address, as ``packed`` gives them."""
        if not self._starts:
            return np.full(len(packed), NONE, np.int32)
        places = np.searchsorted(self._packed_starts, packed, side="right") - 1
        within = (places >= 0) & (packed <= self._packed_ends[places])
        return np.where(within, self._groups[places], NONE).astype(np.int32)


class Patterns:
    """Parts and expressions, joined so that a million values are looked through a few times only."""

    def __init__(self, patterns: Sequence[tuple[int, str]]) -> None:
        self._banks: list[tuple[str, Sequence[tuple[int, str]]]] = []
        start = size = 0
        for place, (_, pattern) in enumerate(patterns):
            if size + len(pattern) > _LONGEST_PATTERN and place > start:
                self._close(patterns[start:place])
                start, size = place, 0
            size += len(pattern) + 1
        self._close(patterns[start:])

    def __bool__(self) -> bool:
        return bool(self._banks)

    def _close(self, bank: Sequence[tuple[int, str]]) -> None:
        joined = "|".join(pattern for _, pattern in bank)
        if not joined:
            return
        try:
            pc.match_substring_regex(pa.scalar(""), joined)
        except pa.ArrowInvalid:  # too much for RE2 at once, though each alone is not
            middle = len(bank) // 2
            if middle:
                self._close(bank[:middle])
                self._close(bank[middle:])
            return
        self._banks.append((joined, bank))

    def find(self, texts: pa.StringArray) -> Numbers:
        """Give the number of the first pattern that is found in each text."""
        found = np.full(len(texts), NONE, np.int32)
        for joined, bank in self._banks:
            rows = np.flatnonzero((found == NONE) & _matches(texts, joined))
            if rows.size:
                found[rows] = self._which(bank, texts.take(pa.array(rows)))
        return found

    @staticmethod
    def _which(bank: Sequence[tuple[int, str]], texts: pa.StringArray) -> Numbers:
        found = np.full(len(texts), NONE, np.int32)
        by_group: dict[int, list[str]] = {}
        for number, pattern in bank:
            by_group.setdefault(number, []).append(pattern)
        for number, own in by_group.items():
            found[(found == NONE) & _matches(texts, "|".join(own))] = number
        return found


def _matches(texts: pa.StringArray, pattern: str) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(texts, pattern).to_numpy(zero_copy_only=False), np.bool_)


def packed(family: int, texts: Sequence[str]) -> npt.NDArray[Any] | None:
    """Give addresses as numbers that sort as they do; None where one of them is none."""
    try:
        return np.frombuffer(b"".join(map(functools.partial(inet_pton, family), texts)), _DTYPES[family])
    except (OSError, ValueError):
        return None


def _numbers(family: int, addresses: Sequence[int]) -> npt.NDArray[Any]:
    return np.frombuffer(b"".join(one.to_bytes(_WIDTHS[family]) for one in addresses), _DTYPES[family])
