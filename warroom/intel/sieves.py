"""What sets ordinary texts aside at once: for each kind of text a field of bits that says which may be listed."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warroom.machine.texts import Spans, fixed, spans

#: Bits a value: of texts that are not listed, one in three hundred is compared for nothing.
_BITS: Final = 32
_LEAST: Final = 1 << 12


class Sieve(Enum):
    """What is looked for."""

    AGENT = "agent"
    DIGEST = "digest"
    MAILBOX = "mailbox"
    NAME = "name"
    SITE = "site"  # the host of a URL


class Bits(NamedTuple):
    """Two bits for each value: at its hash and at the other half of it."""

    bits: npt.NDArray[np.uint8]
    mask: np.uint64
    seed: np.uint64


Sieves = Mapping[Sieve, Bits]


def sieves_of(values: Iterable[tuple[Sieve, Iterable[pa.Array]]]) -> Sieves:
    """Make sieves for values, in parts; compiled. A sieve of nothing lets nothing pass."""
    found: dict[Sieve, Bits] = {}
    for sieve, texts in values:
        seed = np.uint64(secrets.randbits(64))
        hashes = np.concatenate([np.zeros(0, np.uint64), *(_hashes(sieve, spans(some), seed) for some in texts)])
        found[sieve] = _bits(hashes, seed)
    return found


def hosts_of(where: Spans) -> tuple[Spans, npt.NDArray[np.bool_]]:
    """Give where the hosts of URLs stand, and which of them have to be looked at one by one; compiled."""
    from warroom.intel import sieve_kernel  # noqa: PLC0415  loads a compiler

    count = len(where.begins)
    found = np.empty((2, count), np.int32)
    odd = np.empty(count, np.bool_)
    sieve_kernel.hosts(*where, found[0], found[1], odd)
    return Spans(where.data, fixed(found[0]), fixed(found[1])), odd


def passing(sieve: Sieve, known: Bits, where: Spans, *, parents: bool = False) -> npt.NDArray[np.int32]:
    """Give the texts that may be listed, or hold what is, ascending; compiled.

    ``parents``: of names, what they end in counts, too.
    """
    from warroom.intel import sieve_kernel  # noqa: PLC0415  loads a compiler

    out = np.empty(len(where.begins), np.int32)
    if sieve in (Sieve.NAME, Sieve.SITE):
        count = sieve_kernel.names(*where, parents, *known, out)
    else:
        way = {
            Sieve.AGENT: sieve_kernel.texts,
            Sieve.DIGEST: sieve_kernel.digests,
            Sieve.MAILBOX: sieve_kernel.mailboxes,
        }[sieve]
        count = way(*where, *known, out)
    return out[:count]


def _hashes(sieve: Sieve, where: Spans, seed: np.uint64) -> npt.NDArray[np.uint64]:
    from warroom.intel import sieve_kernel  # noqa: PLC0415  loads a compiler

    if sieve is Sieve.SITE:
        where, odd = hosts_of(where)
        where = Spans(where.data, fixed(where.begins[~odd]), fixed(where.ends[~odd]))
    out = np.empty(len(where.begins), np.uint64)
    if sieve in (Sieve.NAME, Sieve.SITE):
        sieve_kernel.name_hashes(*where, seed, out)
    else:
        sieve_kernel.hashes(*where, sieve is not Sieve.AGENT, seed, out)
    return out


def _bits(hashes: npt.NDArray[np.uint64], seed: np.uint64) -> Bits:
    size = max(_LEAST, 1 << (_BITS * len(hashes)).bit_length())
    mask = np.uint64(size - 1)
    there = np.zeros(size, np.bool_)
    there[hashes & mask] = True
    there[(hashes >> np.uint64(32)) & mask] = True
    return Bits(np.packbits(there, bitorder="little"), mask, seed)
