"""Finds the columns of a batch that answer the fields of rules."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from warroom.detect.taxonomy import load_taxonomy
from warroom.model import CORE, FIELDS, RAW

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Columns by which an event's text can be found without naming a field.
_TEXTS = tuple(name for name, kind in CORE.items() if pa.types.is_string(kind))


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a batch: a child of ``fields`` (``native``) or a column of its own."""

    name: str
    native: bool

    def stored(self, batch: pa.RecordBatch) -> pa.Array:
        """Give the column as it is."""
        if not self.native:
            return batch.column(self.name)
        fields = batch.column(FIELDS)
        # Only flattening a child takes over the nulls of the struct itself.
        return pc.struct_field(fields, self.name) if fields.null_count else fields.field(self.name)

    def read(self, batch: pa.RecordBatch) -> pa.Array:
        """Give the column as strings, lists of strings, or binary for the raw line."""
        array = self.stored(batch)
        if pa.types.is_string(array.type) or pa.types.is_list(array.type) or pa.types.is_binary(array.type):
            return array
        return array.cast(pa.string())


#: The columns that answer a field, the first non-null one first.
Chain = tuple[Column, ...]


#: What tells one shape of batch from another: the names of its columns, and those of its native fields in order.
Shape = tuple[frozenset[str], tuple[str, ...]]


class Schema:
    """The columns that batches of one shape have."""

    def __init__(self, schema: pa.Schema) -> None:
        self._own = frozenset(name for name in schema.names if name != FIELDS)
        self._natives: dict[str, str] = {}
        names: tuple[str, ...] = ()
        if FIELDS in schema.names:
            names = tuple(field.name for field in schema.field(FIELDS).type.fields)
        self.key: Shape = (self._own, names)
        if names:
            self._natives = {name.replace(" ", ""): name for name in reversed(names)} | {name: name for name in names}

    def chain(self, field: str) -> Chain:
        """Give the columns that answer a rule's field: the source's own first, then the core column."""
        natives = self._natives
        found = {natives.get(name) or natives.get(bare): None for name, bare in _names(field)}
        chain = [Column(name, native=True) for name in found if name]
        core = load_taxonomy().column_of(field)
        if core is not None and core in self._own:
            chain.append(Column(core, native=False))
        return tuple(chain)

    def texts(self) -> Iterator[Column]:
        """Give every column of text, which keywords search: the source's own fields, core columns, the raw line."""
        for name in (*_TEXTS, RAW):
            if name in self._own:
                yield Column(name, native=False)
        for name in dict.fromkeys(self._natives.values()):
            yield Column(name, native=True)


@functools.lru_cache(maxsize=1 << 14)
def _names(field: str) -> tuple[tuple[str, str], ...]:
    """Give the names that a source may have for a rule's field, each also without blanks."""
    return tuple((name, name.replace(" ", "")) for name in load_taxonomy().natives_of(field))


def read_chain(batch: pa.RecordBatch, chain: Chain) -> pa.Array:
    """Give the first non-null value of each row; strings, or lists of strings where one column has lists."""
    arrays = [column.read(batch) for column in chain]
    if not arrays:
        return pa.nulls(batch.num_rows, pa.string())
    if len(arrays) > 1 and any(pa.types.is_list(array.type) for array in arrays):
        arrays = [_listed(array) for array in arrays]
    return arrays[0] if len(arrays) == 1 else pc.coalesce(*arrays)


def _listed(array: pa.Array) -> pa.Array:
    if pa.types.is_list(array.type):
        return array
    values: list[str | None] = array.to_pylist()
    return pa.array([None if value is None else [value] for value in values], pa.list_(pa.string()))
