"""Indicators as events are compared with them: by value, by address, and whatever sets ordinary texts aside at once.

An index is made of what all feeds list and never changes. Each value is in it once, however many feeds list it: an
*entry*, with its listings. The rows stay in the feeds' own tables, so that a million of them take little memory.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from warroom.indicators import HASHES, MATCHED, Kind
from warroom.intel.networks import Networks, networks_of
from warroom.intel.sieves import Sieve, Sieves, sieves_of
from warroom.model import Severity

Ints = npt.NDArray[np.int32]
Words = npt.NDArray[np.uint64]

#: What is kept of each indicator.
_KEPT: Final = (
    "kind", "value", "confidence", "tlp", "last_seen", "added_at", "pattern", "tags", "comment", "reference",
)  # fmt: skip
_KINDS: Final = tuple(Kind)
_NUMBER: Final = {kind: number for number, kind in enumerate(_KINDS)}
#: Indicators from which on the compiled way is worth that its code is loaded.
_WORTH: Final = 4_096
#: Values of which is remembered whether a warning list has them.
_ASKED: Final = 1 << 16
#: Of the rows of a part that list one value so many are told: a feed may have it in ten thousand documents.
_LISTERS: Final = 16
#: Rows that are hashed at a time.
_ROWS: Final = 1 << 17


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """What an alert has to say of a feed.

    Args:
        severity: the most that its alerts may have; None: it raises none.
        mark: what being listed says besides, such as ``tor``; "" for nothing.
        drill: its indicators are compared with events of drills alone.
        fetched_at: when it was last polled with success; None: never.
    """

    id: str
    title_th: str
    title_en: str
    confidence: int
    tlp: str
    severity: Severity | None
    mark: str = ""
    drill: bool = False
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Some of what a feed lists: rows of ``INDICATORS``, and what each one's score is now; what has none never matches.

    A feed may come in any number of parts: what is not kept of one is let go before the next is asked for.
    """

    feed: FeedFacts
    table: pa.Table
    scores: npt.NDArray[np.uint8]


def _never(kind: Kind, value: str) -> str | None:  # noqa: ARG001  holds nothing back
    return None


@dataclass(frozen=True, slots=True)
class Held:
    """What raises no alarm though it is listed.

    Args:
        why: which warning list has a value of a kind; None: none has.
        ruled: (kind, value) → until when people ruled it harmless, in microseconds; None: for good.
    """

    why: Callable[[Kind, str], str | None] = _never
    ruled: Mapping[tuple[str, str], int | None] | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """All that events are compared with; made by ``build``.

    Attributes:
        parts: the feeds with the rows that match.
        kinds: of which there is any.
        networks: addresses and networks, by entry.
        sieves: what sets ordinary texts aside; None where nothing is compiled.
        held: what raises no alarm.
        left_out: networks that are too wide to mean anything.
    """

    parts: tuple[Part, ...]
    kinds: frozenset[Kind]
    networks: Networks
    sieves: Sieves | None
    held: Held
    left_out: int
    _keys: Words  # of entries, ascending
    _starts: Ints  # of entries in ``_rows``, and one more
    _rows: Ints  # of the parts one after the other
    _firsts: npt.NDArray[np.int64]  # row of each part's first
    _seed: int
    _mixes: Words  # by kind

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def drill_only(self) -> bool:
        """Whether nothing in it concerns real events."""
        return all(part.feed.drill for part in self.parts)

    def find(self, kinds: Sequence[Kind], values: Sequence[str]) -> Ints:
        """Give the entry of each canonical value; -1 where there is none."""
        keys = _hashed(pa.array(values, pa.string()), self._seed)
        keys ^= self._mixes[[_NUMBER[kind] for kind in kinds]]
        places = np.searchsorted(self._keys, keys)
        places[places == len(self._keys)] = 0
        maybe = np.flatnonzero(self._keys[places] == keys) if len(self._keys) else np.zeros(0, np.int64)
        found = np.full(len(values), -1, np.int32)
        for place, (kind, value) in zip(maybe.tolist(), self.names(places[maybe]), strict=True):
            if kind == kinds[place] and value == values[place]:
                found[place] = places[place]
        return found

    def names(self, entries: npt.NDArray[Any]) -> list[tuple[Kind, str]]:
        """Give the kind and value of entries."""
        found: list[tuple[Kind, str]] = [(Kind.IPV4, "")] * len(entries)
        for number, places, rows in self._by_part(self._rows[self._starts[entries]]):
            table = self.parts[number].table
            kinds, values = (table.column(name).take(pa.array(rows)).to_pylist() for name in ("kind", "value"))
            for place, kind, value in zip(places.tolist(), kinds, values, strict=True):
                found[place] = Kind(kind), value
        return found

    def listings(self, entries: Sequence[int]) -> list[list[tuple[Part, int, dict[str, Any]]]]:
        """Give for each entry who lists it: the part, the score, and the row; of a part no more than ``_LISTERS``."""
        edges = [(int(self._starts[entry]), int(self._starts[entry + 1])) for entry in entries]
        of = np.repeat(np.arange(len(entries)), [last - first for first, last in edges])
        rows = np.concatenate([np.zeros(0, np.int32), *(self._rows[first:last] for first, last in edges)])
        found: list[list[tuple[Part, int, dict[str, Any]]]] = [[] for _ in entries]
        for number, places, all_own in self._by_part(rows):
            part, kept = self.parts[number], _foremost(self.parts[number], all_own, of[places])
            own = all_own[kept]
            told = part.table.take(pa.array(own)).to_pylist()
            for place, score, row in zip(of[places[kept]].tolist(), part.scores[own].tolist(), told, strict=True):
                found[place].append((part, score, row))
        return found

    def _by_part(self, rows: Ints) -> Iterable[tuple[int, npt.NDArray[np.int64], npt.NDArray[np.int64]]]:
        """Give each part of some rows, at which places they stand, and which rows of it they are."""
        of = np.searchsorted(self._firsts, rows, side="right") - 1
        for number in np.unique(of).tolist():
            places = np.flatnonzero(of == number)
            yield number, places, rows[places] - self._firsts[number]

    @classmethod
    def made_of(cls, parts: Sequence[Part], held: Held, *, compiled: bool) -> Self | None:
        """Make one; None where two values have the same hash under the seed that was drawn."""
        seed = secrets.randbits(64)
        mixes = np.frombuffer(secrets.token_bytes(8 * len(_KINDS)), np.uint64)
        keys = np.concatenate([np.zeros(0, np.uint64), *(_keys(part.table, seed, mixes) for part in parts)])
        rows = np.argsort(keys, kind="stable").astype(np.int32)
        keys = keys[rows]
        opens = np.ones(len(keys), np.bool_)
        opens[1:] = keys[1:] != keys[:-1]
        starts = np.append(np.flatnonzero(opens), len(keys)).astype(np.int32)
        firsts = np.cumsum([0, *(part.table.num_rows for part in parts)])[:-1]
        if not _alike(parts, rows, starts, opens):
            return None
        entries = np.empty(len(keys), np.int32)  # by row
        entries[rows] = np.cumsum(opens) - 1
        first = np.zeros(len(keys), np.bool_)
        first[rows[starts[:-1]]] = True
        networks, left_out = networks_of(_values(parts, firsts, first, (Kind.IPV4, Kind.IPV6), entries))
        chosen = (
            (sieve, _values(parts, firsts, first, kinds, entries))
            for sieve, kinds in (
                (Sieve.AGENT, (Kind.USER_AGENT,)),
                (Sieve.DIGEST, tuple(HASHES)),
                (Sieve.MAILBOX, (Kind.EMAIL,)),
                (Sieve.NAME, (Kind.DOMAIN,)),
                (Sieve.SITE, (Kind.URL,)),
            )
        )
        sieves = sieves_of((sieve, (texts for texts, _ in some)) for sieve, some in chosen) if compiled else None
        kinds = frozenset(Kind(kind) for part in parts for kind in pc.unique(part.table.column("kind")).to_pylist())
        return cls(
            tuple(parts), kinds, networks, sieves, held, left_out, keys[opens], starts, rows, firsts, seed, mixes
        )


def build(parts: Iterable[Part], held: Held | None = None, *, compiled: bool | None = None) -> Index:
    """Make an index of what feeds list.

    Args:
        parts: of feeds; what is of no kind that is matched, or of score 0, is left out.
        held: what raises no alarm.
        compiled: None: where there is a compiler, and enough to be worth it.
    """
    from warroom.machine.compiling import can_compile  # noqa: PLC0415  loads LLVM

    kept = [one for part in parts if (one := _matching(part)).table.num_rows]
    if compiled is None:
        compiled = sum(part.table.num_rows for part in kept) >= _WORTH and can_compile()
    held = held or Held()
    held = replace(held, why=functools.lru_cache(_ASKED)(held.why))
    while True:
        index = Index.made_of(kept, held, compiled=compiled)
        if index is not None:
            return index


def _matching(part: Part) -> Part:
    """Give the rows of a feed that match, and of them what is kept."""
    table = part.table.select(_KEPT)
    kinds = pa.array([str(kind) for kind in sorted(MATCHED)], pa.string())
    known = pa.chunked_array(
        [pc.is_in(chunk.dictionary, value_set=kinds).take(chunk.indices) for chunk in table.column("kind").chunks],
        pa.bool_(),
    )
    wanted = known.to_numpy() & (part.scores > 0)
    scores = part.scores
    if not wanted.all():
        table, scores = table.filter(pa.array(wanted)), scores[wanted]
    table = table.unify_dictionaries().combine_chunks()
    for place, name in enumerate(table.column_names):
        if table.column(name).null_count == len(table):
            table = table.set_column(place, name, pa.nulls(len(table)))  # takes no memory
    return Part(part.feed, table, scores)


def _foremost(part: Part, rows: npt.NDArray[np.int64], of: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Give which of some rows of a part are told, ascending: of a value those where it stands alone, the strongest."""
    if len(rows) <= _LISTERS:
        return np.arange(len(rows))
    in_pattern = part.table.column("pattern").take(pa.array(rows)).is_valid().to_numpy()
    order = np.lexsort((-part.scores[rows].astype(np.int64), in_pattern, of))
    opens = np.searchsorted(of[order], of[order])
    return np.sort(order[np.arange(len(order)) - opens < _LISTERS])


def _keys(table: pa.Table, seed: int, mixes: Words) -> Words:
    """Give the hash of each row's kind and value."""
    found = [np.zeros(0, np.uint64)]
    for batch in table.select(("kind", "value")).to_batches(max_chunksize=_ROWS):
        kinds = batch.column("kind")
        numbers = np.array([_NUMBER[Kind(kind)] for kind in kinds.dictionary.to_pylist()], np.int64)
        found.append(_hashed(batch.column("value"), seed) ^ mixes[numbers[kinds.indices.to_numpy()]])
    return np.concatenate(found)


def _hashed(texts: pa.Array, seed: int) -> Words:
    return pl.Series("", texts, dtype=pl.String).hash(seed).to_numpy().copy()


def _alike(parts: Sequence[Part], rows: Ints, starts: Ints, opens: npt.NDArray[np.bool_]) -> bool:
    """Whether all rows of each entry have the same kind and value."""
    again = np.flatnonzero(~opens)
    if not len(again):
        return True
    of = np.cumsum(opens)[again] - 1
    whole = pa.chunked_array([chunk for part in parts for chunk in part.table.column("value").chunks], pa.string())
    one, other = (whole.take(pa.array(places)) for places in (rows[again], rows[starts[of]]))
    kinds = np.concatenate([np.zeros(0, np.int64), *(_kind_numbers(part.table) for part in parts)])
    return bool(pc.all(pc.equal(one, other)).as_py()) and bool((kinds[rows[again]] == kinds[rows[starts[of]]]).all())


def _kind_numbers(table: pa.Table) -> npt.NDArray[np.int64]:
    found = [np.zeros(0, np.int64)]
    for chunk in table.column("kind").chunks:
        numbers = np.array([_NUMBER[Kind(kind)] for kind in chunk.dictionary.to_pylist()], np.int64)
        found.append(numbers[chunk.indices.to_numpy()])
    return np.concatenate(found)


def _values(
    parts: Sequence[Part],
    firsts: npt.NDArray[np.int64],
    first: npt.NDArray[np.bool_],
    kinds: Sequence[Kind],
    entries: Ints,
) -> Iterable[tuple[pa.Array, Ints]]:
    """Give the values of some kinds, each once, and their entries; part by part."""
    wanted = [_NUMBER[kind] for kind in kinds]
    for part, begin in zip(parts, firsts.tolist(), strict=True):
        table = part.table
        own = first[begin : begin + table.num_rows] & np.isin(_kind_numbers(table), wanted)
        rows = np.flatnonzero(own)
        for start in range(0, len(rows), _ROWS):
            some = rows[start : start + _ROWS]
            values = table.column("value").take(pa.array(some)).combine_chunks()
            yield values, entries[begin + some]
