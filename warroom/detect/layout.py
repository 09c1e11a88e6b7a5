"""Matches batches of one shape with one plan: columns to classes, rows to signatures, signatures to rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.detect.classes import ABSENT, Classes
from warroom.detect.columns import Chain, Column, Schema, read_chain
from warroom.model import RAW

if TYPE_CHECKING:
    import numpy.typing as npt

    from warroom.detect.atoms import Reference
    from warroom.detect.plan import Plan

#: Signatures remembered; beyond, memory starts anew.
_MEMORY: Final = 200_000


@dataclass(slots=True)
class Slot:
    """One column of the signature: where its values come from, and which leaves of their classes count.

    ``leaves`` None means all: every field of the group is answered by this column.
    """

    chain: Chain
    classes: Classes
    leaves: frozenset[int] | None


class Layout:
    """A plan bound to the columns of a shape of batch."""

    def __init__(self, plan: Plan, schema: Schema) -> None:
        self._plan = plan
        self._slots = _slots(plan, schema)
        self._references = [
            (leaf, schema.chain(field), schema.chain(reference.field), reference)
            for leaf, field, reference in plan.references
        ]
        self._known: dict[bytes, tuple[int, ...]] = {}

    def clear(self) -> None:
        """Forget every signature: classes changed their numbers."""
        self._known.clear()

    def match(self, batch: pa.RecordBatch) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Give (row, rule) pairs, ascending by row, then rule; rules are positions in the rule set."""
        columns = [_row_classes(slot, batch) for slot in self._slots]
        columns += [_related(batch, left, right, atom) for _, left, right, atom in self._references]
        firsts, inverse = _distinct(columns, batch.num_rows)
        found = [
            self._rules(np.array([column[first] for column in columns], dtype=np.int32)) for first in firsts.tolist()
        ]
        counts = np.array([len(rules) for rules in found], dtype=np.int64)
        per_row = counts[inverse]
        rows = np.repeat(np.arange(batch.num_rows, dtype=np.int32), per_row)
        if not len(rows):
            return rows, np.zeros(0, dtype=np.int32)
        flat = np.array([rule for rules in found for rule in rules], dtype=np.int32)
        begins = (np.cumsum(counts) - counts)[inverse]
        within = np.arange(len(rows)) - np.repeat(np.cumsum(per_row) - per_row, per_row)
        return rows, flat[np.repeat(begins, per_row) + within]

    def _rules(self, signature: npt.NDArray[np.int32]) -> tuple[int, ...]:
        key = signature.tobytes()
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _MEMORY:
                self._known.clear()
            known = self._known[key] = self._plan.matching(self._leaves(signature.tolist()))
        return known

    def _leaves(self, signature: list[int]) -> frozenset[int]:
        true: set[int] = set()
        for slot, number in zip(self._slots, signature, strict=False):
            content = slot.classes.contents[number]
            true |= content if slot.leaves is None else content & slot.leaves
        related = signature[len(self._slots) :]
        true.update(leaf for (leaf, *_), number in zip(self._references, related, strict=True) if number)
        return frozenset(true)


def _slots(plan: Plan, schema: Schema) -> list[Slot]:
    by_group: dict[str, dict[Chain, list[str]]] = {}
    for field, group in plan.fields.items():
        by_group.setdefault(group, {}).setdefault(schema.chain(field), []).append(field)
    slots: list[Slot] = []
    searched: set[Column] = set()
    for group, chains in by_group.items():
        for chain, fields in chains.items():
            leaves = None if len(chains) == 1 else frozenset().union(*(plan.leaves_of[field] for field in fields))
            slots.append(Slot(chain, plan.groups[group], leaves))
            if len(chain) == 1:
                searched.update(chain)
    if plan.keywords is not None:
        for column in schema.texts():
            if column not in searched:
                known = None if column.native else plan.groups.get(column.name)
                if known is not None:
                    slots.append(Slot((column,), known, plan.keyword_leaves))
                else:
                    slots.append(Slot((column,), plan.keywords, None))
    return slots


def _row_classes(slot: Slot, batch: pa.RecordBatch) -> npt.NDArray[np.int32]:
    array = read_chain(batch, slot.chain)
    if array.null_count == len(array):
        return np.full(len(array), ABSENT, dtype=np.int32)
    if pa.types.is_list(array.type):
        return _list_classes(slot.classes, array)
    if slot.chain[0].name == RAW and not slot.chain[0].native and not array.null_count:
        return slot.classes.classify(array)  # hardly two lines are alike
    encoded = array.dictionary_encode()
    classes = np.append(slot.classes.classify(encoded.dictionary), np.int32(ABSENT))
    places: npt.NDArray[np.int32] = encoded.indices.fill_null(len(encoded.dictionary)).to_numpy(zero_copy_only=False)
    return classes[places]


def _list_classes(classes: Classes, array: pa.Array) -> npt.NDArray[np.int32]:
    """Give each list the union of its values' classes; a list without values is absent."""
    parents = pc.list_parent_indices(array)
    values = pc.list_flatten(array)
    valid = values.is_valid()
    encoded = values.filter(valid).dictionary_encode()
    known = classes.classify(encoded.dictionary)
    met: dict[int, set[int]] = {}
    for row, place in zip(parents.filter(valid).to_pylist(), encoded.indices.to_pylist(), strict=True):
        met.setdefault(row, set()).add(int(known[place]))
    result = np.full(len(array), ABSENT, dtype=np.int32)
    for row, numbers in met.items():
        result[row] = classes.union(numbers)
    return result


def _related(batch: pa.RecordBatch, left: Chain, right: Chain, atom: Reference) -> npt.NDArray[np.int32]:
    """Compare two columns row by row: 1 where some value of one stands in the relation to some value of the other."""
    result = np.zeros(batch.num_rows, dtype=np.int32)
    if left and right:
        pairs = zip(read_chain(batch, left).to_pylist(), read_chain(batch, right).to_pylist(), strict=True)
        for row, (value, other) in enumerate(pairs):
            if value is not None and other is not None:
                result[row] = any(atom.related(one, two) for one in _several(value) for two in _several(other))
    return result


def _several(value: str | list[str | None]) -> list[str]:
    return [value] if isinstance(value, str) else [item for item in value if item is not None]


def _distinct(columns: list[npt.NDArray[np.int32]], rows: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Number distinct rows: the first row of each, and each row's number."""
    keys = np.zeros(rows, dtype=np.int64)
    size = 1
    for column in columns:
        lowest, highest = int(column.min()), int(column.max())
        if lowest == highest:
            continue
        width = highest - lowest + 1
        if size * width > 1 << 62:
            keys, size = _numbered(keys)
        keys = keys * width + (column - lowest)
        size *= width
    inverse, count = _numbered(keys)
    firsts = np.full(count, rows, dtype=np.int64)
    # Written backwards, so that the first row of each number stays.
    firsts[inverse[::-1]] = np.arange(rows - 1, -1, -1)
    return firsts, inverse


def _numbered(keys: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], int]:
    encoded = pa.array(keys).dictionary_encode()
    return encoded.indices.to_numpy().astype(np.int64), len(encoded.dictionary)
