"""Joins the rows of what is the same indicator, said more than once in a document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from warroom.indicators import INDICATORS, Tlp

MOST_TAGS: Final = 2_000
#: What makes an indicator of an origin another one.
_KEY: Final = ("value", "kind", "pattern", "origin")
_STRICTNESS: Final = {str(tlp): rank for rank, tlp in enumerate(Tlp)}
_BEST: Final[Mapping[str, Callable[..., Any]]] = {
    "first_seen": min, "last_seen": max, "valid_from": min, "confidence": max,
}  # fmt: skip
#: What has no end, compared with ends.
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
#: Rows that are joined one by one at a time: as objects they take fifty times as much memory.
_AT_ONCE: Final = 1 << 13


def once(pieces: list[pa.Table], *, first: bool = False) -> pa.Table:
    """Join the rows of what is the same indicator (kind, value, pattern) of the same origin, at its first place.

    Args:
        pieces: of INDICATORS, one behind the other, of one chunk each. They are taken out of the list, so that what is
            done with needs no memory; those in which nothing is joined are not copied.
        first: the others say nothing beyond the first, which stays as it is.
    """
    offsets = np.cumsum([0, *map(len, pieces)])
    doubtful = _doubtful(pieces)
    if len(doubtful):
        places, joined = _joined(_picked(pieces, offsets, doubtful), doubtful, first=first)
        for number, (start, end) in enumerate(pairwise(offsets.tolist())):
            pieces[number] = _replaced(
                pieces[number], _within(doubtful, start, end) - start, *_those_within(places, joined, start, end)
            )
    whole = pa.concat_tables(pieces) if pieces else INDICATORS.empty_table()
    pieces.clear()
    return pa.Table.from_arrays([_unified(column) for column in whole.columns], schema=whole.schema)


def join_tags(tags: Iterable[str]) -> str:
    """Write tags, parted by blanks, as many as fit."""
    kept: list[str] = []
    left = MOST_TAGS
    for tag in tags:
        left -= len(tag) + 1
        if left < 0:
            break
        kept.append(tag)
    return " ".join(kept)


def _doubtful(pieces: list[pa.Table]) -> npt.NDArray[np.int64]:
    """Give the places of the rows that are not alone, and perhaps, as hashes may be the same, of others."""
    hashes = np.concatenate([np.empty(0, np.uint64), *(_hashes(piece) for piece in pieces)])
    ordered = np.sort(hashes)
    repeated = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(repeated):
        return np.empty(0, np.int64)
    nearest = np.minimum(np.searchsorted(repeated, hashes), len(repeated) - 1)
    return np.flatnonzero(repeated[nearest] == hashes)


def _hashes(piece: pa.Table) -> npt.NDArray[np.uint64]:
    return pl.DataFrame({name: _hashed(piece, name) for name in _KEY}).hash_rows().to_numpy()


def _hashed(piece: pa.Table, name: str) -> pl.Series:
    """Give what a column is told apart by: texts, or the hashes of the words that its numbers stand for."""
    column = piece[name].combine_chunks()
    if not pa.types.is_dictionary(column.type):
        return pl.Series(column, dtype=pl.String)
    words = pl.Series(column.dictionary, dtype=pl.String).hash()
    return words.gather(pl.Series(column.indices, dtype=pl.UInt32))


def _within(places: npt.NDArray[np.int64], start: int, end: int) -> npt.NDArray[np.int64]:
    first, last = np.searchsorted(places, (start, end))
    return places[first:last]


def _those_within(
    places: npt.NDArray[np.int64], rows: pa.Table, start: int, end: int
) -> tuple[npt.NDArray[np.int64], pa.Table]:
    """Give the rows whose places are in a piece, and their places in it."""
    first, last = np.searchsorted(places, (start, end))
    return places[first:last] - start, rows.slice(first, last - first)


def _picked(pieces: list[pa.Table], offsets: npt.NDArray[np.int64], places: npt.NDArray[np.int64]) -> pa.Table:
    """Give the rows at some places."""
    parts = [
        piece.take(pa.array(_within(places, start, end) - start))
        for piece, (start, end) in zip(pieces, pairwise(offsets.tolist()), strict=True)
    ]
    return pa.concat_tables(parts).unify_dictionaries().combine_chunks()


def _replaced(
    piece: pa.Table, doubtful: npt.NDArray[np.int64], places: npt.NDArray[np.int64], joined: pa.Table
) -> pa.Table:
    """Put joined rows at their places in a piece, instead of those that are doubtful."""
    if not len(doubtful):
        return piece
    single = np.setdiff1d(np.arange(len(piece)), doubtful, assume_unique=True)
    behind = np.arange(len(piece), len(piece) + len(joined))
    order = np.argsort(np.concatenate((single, places)))
    wanted = pa.array(np.concatenate((single, behind))[order])
    both = pa.concat_tables([piece, joined])
    columns = [
        column.slice(0, len(wanted)) if column.null_count == len(column) else _unified(column).take(wanted)
        for column in both.columns
    ]
    return pa.Table.from_arrays(columns, schema=piece.schema)


def _unified(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give a column one dictionary for all of its chunks; where they have the same one there is nothing to copy."""
    if not pa.types.is_dictionary(column.type) or not column.num_chunks:
        return column
    words = column.chunk(0).dictionary
    return column if all(one.dictionary.equals(words) for one in column.chunks) else column.unify_dictionaries()


def _joined(part: pa.Table, places: npt.NDArray[np.int64], *, first: bool) -> tuple[npt.NDArray[np.int64], pa.Table]:
    """Join rows at some places, all that are doubtful: give the first place of each indicator, and its row."""
    codes = np.zeros(len(part), np.int64)
    for name in _KEY:
        codes = np.unique(codes * (len(part) + 1) + _codes(part[name]), return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
    firsts = places[order[starts]]
    rows = part.take(pa.array(order[starts])) if first else _all_told(part, order, starts)
    by_place = np.argsort(firsts)
    return firsts[by_place], rows.take(pa.array(by_place)).combine_chunks()


def _codes(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Give each value a number below the count of rows; null has one, too."""
    array = column.combine_chunks()
    encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    return np.asarray(pc.add(pc.fill_null(encoded.indices, -1), 1).cast(pa.int64()))


def _all_told(part: pa.Table, order: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]) -> pa.Table:
    """Give one row for each run of the order, with what all of its rows say."""
    ends = [*starts[1:].tolist(), len(order)]
    made, first = [], 0
    while first < len(starts):
        last = max(int(np.searchsorted(starts, starts[first] + _AT_ONCE)), first + 1)
        begun = int(starts[first])
        rows = part.take(pa.array(order[begun : ends[last - 1]])).to_pylist()
        runs = zip(starts[first:last].tolist(), ends[first:last], strict=True)
        joined = [_of_all(rows[start - begun : end - begun]) for start, end in runs]
        made.append(pa.Table.from_pylist(joined, schema=part.schema))
        first = last
    return pa.concat_tables(made).unify_dictionaries().combine_chunks()


def _of_all(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Give one row for several of the same indicator: the widest times, the strictest marking, all tags."""
    row = dict(rows[0])
    for name, best in _BEST.items():
        row[name] = best((one[name] for one in rows if one[name] is not None), default=None)
    row["valid_until"] = max(one["valid_until"] or _NEVER for one in rows)
    row["valid_until"] = None if row["valid_until"] == _NEVER else row["valid_until"]
    row["tlp"] = max((one["tlp"] for one in rows if one["tlp"] is not None), key=_STRICTNESS.__getitem__, default=None)
    row["tags"] = join_tags(dict.fromkeys(tag for one in rows for tag in (one["tags"] or "").split())) or None
    for name in ("comment", "reference"):
        row[name] = next((one[name] for one in rows if one[name] is not None), None)
    return row
