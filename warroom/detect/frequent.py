"""Says which entities alerts are about, the most frequent ones, for many alerts at once."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from warroom.detect.runs import opening
from warroom.model import ENTITY_COLUMNS, Entity

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

#: How many entities an alert carries.
ENTITIES: Final = 20
_KINDS: Final = tuple(ENTITY_COLUMNS)
_NAMES: Final = ("alert", "kind", "different", "rank", "value")


def frequent(columns: Sequence[pa.Array], of: npt.NDArray[np.int64], count: int) -> list[tuple[Entity, ...]]:
    """Give the most frequent entities of each alert; of two as frequent the one that came first.

    Kinds with few values go first, so that many of one never hide the other's one; kinds stand in the model's order.

    Args:
        columns: the entities of events in the order of ``model.ENTITY_COLUMNS``; null or empty: there is none.
        of: for each event the number of its alert.
        count: how many alerts there are.
    """
    entities: list[Entity] = []
    parts = [
        _ranked(column, number, of, entities)
        for number, column in enumerate(columns)
        if column.null_count < len(column)
    ]
    found = {name: np.concatenate([np.zeros(0, np.int64), *(part[name] for part in parts)]) for name in _NAMES}
    # An alert carries so many of all kinds together …
    order = np.lexsort([found[name] for name in ("rank", "kind", "different", "alert")])
    found = {name: column[order] for name, column in found.items()}
    kept = _places(found["alert"]) < ENTITIES
    # … and tells them kind by kind.
    found = {name: column[kept] for name, column in found.items()}
    order = np.lexsort([found[name] for name in ("rank", "kind", "alert")])
    told = [entities[number] for number in found["value"][order].tolist()]
    edges = np.searchsorted(found["alert"], np.arange(count + 1)).tolist()
    return [tuple(told[first:last]) for first, last in pairwise(edges)]


def _ranked(
    column: pa.Array, kind: int, of: npt.NDArray[np.int64], entities: list[Entity]
) -> dict[str, npt.NDArray[np.int64]]:
    """Rank each alert's values of one kind, and add those that may be told to ``entities``."""
    encoded = column.dictionary_encode()
    given = np.flatnonzero(encoded.is_valid().to_numpy(zero_copy_only=False))
    codes = encoded.indices.take(pa.array(given)).to_numpy().astype(np.int64)
    values = len(encoded.dictionary)
    pairs, first, numbers = np.unique(of[given] * values + codes, return_index=True, return_counts=True)
    order = np.lexsort((first, -numbers, pairs // values))
    alert, code = np.divmod(pairs[order], values)
    rank = _places(alert)
    different = np.bincount(alert)[alert]
    # One more than an alert carries: one of them may be the empty text.
    may = rank <= ENTITIES
    alert, code, rank, different = alert[may], code[may], rank[may], different[may]
    codes, place = np.unique(code, return_inverse=True)
    texts: list[str] = encoded.dictionary.take(pa.array(codes)).to_pylist()
    full = np.array([bool(text) for text in texts])[place]
    value = place + len(entities)
    entities += [Entity(_KINDS[kind], text) for text in texts]
    columns = (alert, np.full(len(alert), kind), different, rank, value)
    return {name: column[full] for name, column in zip(_NAMES, columns, strict=True)}


def _places(ascending: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Give each place's number among those of equal value."""
    first = np.flatnonzero(opening(ascending))
    places: npt.NDArray[np.int64] = np.arange(len(ascending)) - np.repeat(first, np.diff(first, append=len(ascending)))
    return places
