"""Several parts of one batch become one, in the order of its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from warroom.parse.shapes import Part

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from warroom.parse.shapes import Columns

    _Order = npt.NDArray[np.int64]


def merged(parts: Sequence[Part]) -> Part:
    """Join parts whose columns of one name have one type, apart from dictionaries of it; at least one part.

    A text may stand in a dictionary twice then.
    """
    if len(parts) == 1:
        return parts[0]
    rows = np.concatenate([part.rows.to_numpy() for part in parts])
    order = np.argsort(rows)
    counts = [len(part.rows) for part in parts]
    return Part(
        pa.array(rows[order]),
        _joined([part.ts for part in parts], order),
        _columns([part.core for part in parts], counts, order),
        _columns([part.fields for part in parts], counts, order),
    )


def _columns(parts: Sequence[Columns], counts: Sequence[int], order: _Order) -> Columns:
    names = dict.fromkeys(name for columns in parts for name in columns)
    found: dict[str, pa.Array] = {}
    for name in names:
        kind = next(columns[name].type for columns in parts if name in columns)
        pieces = [columns.get(name, pa.nulls(count, kind)) for columns, count in zip(parts, counts, strict=True)]
        coded = any(pa.types.is_dictionary(piece.type) for piece in pieces)
        found[name] = _coded(pieces, order) if coded else _joined(pieces, order)
    return found


def _joined(pieces: Sequence[pa.Array], order: _Order) -> pa.Array:
    return pa.concat_arrays(pieces).take(pa.array(order))


def _coded(pieces: Sequence[pa.Array], order: _Order) -> pa.Array:
    """Make one dictionary of several, behind each other: no text is looked up in another's."""
    pieces = [piece if pa.types.is_dictionary(piece.type) else piece.dictionary_encode() for piece in pieces]
    before = np.cumsum([0, *(len(piece.dictionary) for piece in pieces)])
    codes = [
        piece.indices.fill_null(-1).to_numpy() + np.int32(first) for piece, first in zip(pieces, before, strict=False)
    ]
    there = np.concatenate([code >= first for code, first in zip(codes, before, strict=False)])[order]
    indices = pa.array(np.concatenate(codes)[order], pa.int32(), mask=~there)
    return pa.DictionaryArray.from_arrays(indices, pa.concat_arrays([piece.dictionary for piece in pieces]))
