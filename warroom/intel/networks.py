"""Listed addresses and networks, and which of them hold an event's address."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warroom.machine.ip_numbers import Numbers, ip_numbers

Ints = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]

#: Bits of the widest networks that say anything about who is in them.
WIDEST_FOUR: Final = 8
WIDEST_SIX: Final = 16
_FOUR: Final = 32
_SIX: Final = 128
#: IPv4 addresses are first looked up by so many of their bits.
_BLOCK: Final = 24
#: Likewise of IPv6, or by as many as the widest network has.
_TOP: Final = 32
_HALF: Final = 64


@dataclass(frozen=True, slots=True)
class Networks:
    """Entries by address; made by ``networks_of``.

    Attributes:
        count: how many there are.
        blocks: a bit for each /24 of IPv4 of which some address is listed.
        keys: of IPv4: bits << 32 | network, ascending; ``entries`` goes with them.
        lengths: of the IPv4 networks in it.
        sixes: bits → IPv6 network as a number of 128 bits → entry.
        tops: the first ``top_bits`` bits of IPv6 networks, ascending.
    """

    count: int
    blocks: npt.NDArray[np.uint8]
    keys: Words
    entries: Ints
    lengths: tuple[int, ...]
    sixes: dict[int, dict[int, int]]
    tops: Words
    top_bits: int

    def find(self, addresses: Numbers) -> tuple[Places, Ints]:
        """Give which addresses are in which entries, as places and entries side by side."""
        places: list[Places] = [np.zeros(0, np.int64)]
        entries: list[Ints] = [np.zeros(0, np.int32)]
        for some in (self._fours(addresses), self._sixes(addresses)):
            for one, other in some:
                places.append(one)
                entries.append(other)
        return np.concatenate(places), np.concatenate(entries)

    def _fours(self, addresses: Numbers) -> Iterable[tuple[Places, Ints]]:
        if not len(self.keys):
            return
        blocks = (addresses.low >> np.uint64(_FOUR - _BLOCK)) & np.uint64((1 << _BLOCK) - 1)
        near = (self.blocks[blocks >> np.uint64(3)] >> (blocks & np.uint64(7)).astype(np.uint8)) & 1
        places = np.flatnonzero(near.view(np.bool_) & (addresses.family == 4))  # noqa: PLR2004  IPv4
        if not len(places):
            return
        distinct, of = np.unique(addresses.low[places], return_inverse=True)
        for bits in self.lengths:
            shift = np.uint64(_FOUR - bits)
            keys = np.uint64(bits << _FOUR) | ((distinct >> shift) << shift)
            found = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
            listed = np.where(self.keys[found] == keys, self.entries[found], -1)[of]
            there = np.flatnonzero(listed >= 0)
            yield places[there], listed[there].astype(np.int32)

    def _sixes(self, addresses: Numbers) -> Iterable[tuple[Places, Ints]]:
        if not self.sixes:
            return
        places = np.flatnonzero(addresses.family == 6)  # noqa: PLR2004  IPv6
        tops = addresses.high[places] >> np.uint64(_HALF - self.top_bits)
        at = np.minimum(np.searchsorted(self.tops, tops), len(self.tops) - 1)
        places = places[self.tops[at] == tops]
        known: dict[tuple[int, int], list[int]] = {}
        found: list[tuple[int, int]] = []
        for place, high, low in zip(
            places.tolist(), addresses.high[places].tolist(), addresses.low[places].tolist(), strict=True
        ):
            listed = known.get((high, low))
            if listed is None:
                listed = known[high, low] = self._six(high << _HALF | low)
            found += [(place, entry) for entry in listed]
        if found:
            one, other = zip(*found, strict=True)
            yield np.array(one, np.int64), np.array(other, np.int32)

    def _six(self, number: int) -> list[int]:
        listed = (known.get(number >> (_SIX - bits) << (_SIX - bits)) for bits, known in self.sixes.items())
        return [entry for entry in listed if entry is not None]


def networks_of(values: Iterable[tuple[pa.Array, Ints]]) -> tuple[Networks, int]:
    """Lay out addresses and networks, given as texts with their entries; and how many were left out as too wide."""
    keys, entries, left_out = [np.zeros(0, np.uint64)], [np.zeros(0, np.int32)], 0
    sixes: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for texts, own in values:
        found = ip_numbers(texts, networks=True)
        four = (found.family == 4) & (found.bits >= WIDEST_FOUR)  # noqa: PLR2004  IPv4
        six = (found.family == 6) & (found.bits >= WIDEST_SIX)  # noqa: PLR2004  IPv6
        left_out += len(own) - int(np.count_nonzero(four | six))
        bits = found.bits[four].astype(np.uint64)
        shift = np.uint64(_FOUR) - bits
        keys.append(bits << np.uint64(_FOUR) | ((found.low[four] >> shift) << shift))
        entries.append(own[four])
        rows = (column[six].tolist() for column in (found.bits, found.high, found.low, own))
        for length, high, low, entry in zip(*rows, strict=True):
            sixes[length][(high << _HALF | low) >> (_SIX - length) << (_SIX - length)] = entry
    merged, of = np.concatenate(keys), np.concatenate(entries)
    order = np.argsort(merged)
    merged, of = merged[order], of[order]
    lengths = tuple(np.unique(merged >> np.uint64(_FOUR)).tolist())
    top_bits = min([_TOP, *sixes])
    tops = np.unique(np.array([number >> (_SIX - top_bits) for some in sixes.values() for number in some], np.uint64))
    count = len(merged) + sum(map(len, sixes.values()))
    return Networks(count, _blocks(merged), merged, of, lengths, dict(sixes), tops, top_bits), left_out


def _blocks(keys: Words) -> npt.NDArray[np.uint8]:
    """Set a bit for each /24 that holds a network, or that one holds."""
    if not len(keys):
        return np.zeros(0, np.uint8)
    there = np.zeros(1 << _BLOCK, np.bool_)
    bits = (keys >> np.uint64(_FOUR)).astype(np.int64)
    begins = ((keys & np.uint64(0xFFFF_FFFF)) >> np.uint64(_FOUR - _BLOCK)).astype(np.int64)
    there[begins] = True
    for place in np.flatnonzero(bits < _BLOCK).tolist():
        there[begins[place] : begins[place] + (1 << (_BLOCK - int(bits[place])))] = True
    return np.packbits(there, bitorder="little")
