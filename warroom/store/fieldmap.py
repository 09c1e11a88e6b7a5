"""The ``fields`` column: a struct in memory, a map on disk.

Sources differ in their fields from one to the next; a map keeps one schema for all segments. In memory a struct
gives the engine plain columns.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import FIELDS

ON_DISK: Final = pa.map_(pa.string(), pa.list_(pa.string()))


def to_disk(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Turn the struct of strings and lists of strings into a map; absent values leave no entry."""
    at = batch.schema.get_field_index(FIELDS)
    if at < 0 or pa.types.is_map(batch.schema.field(at).type):
        return batch
    return batch.set_column(at, FIELDS, _as_map(batch.column(at)))


def to_memory(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Turn the map back into a struct of lists of strings, one child for each name in the batch."""
    at = batch.schema.get_field_index(FIELDS)
    if at < 0 or pa.types.is_struct(batch.schema.field(at).type):
        return batch
    return batch.set_column(at, FIELDS, _as_struct(batch.column(at)))


def _as_map(column: pa.StructArray) -> pa.MapArray:
    """Interleave the children row by row: sort all (row, child) pairs that hold a value."""
    names = [field.name for field in column.type]
    rows, keys, values = [], [], []
    for number in range(len(names)):
        child = pc.struct_field(column, [number]) if column.null_count else column.field(number)
        present = np.flatnonzero(pc.is_valid(child).to_numpy(zero_copy_only=False))
        rows.append(present)
        keys.append(np.full(len(present), number, dtype=np.int32))
        values.append(_as_lists(child.take(pa.array(present))))
    if not rows:
        return pa.MapArray.from_arrays(
            pa.array(np.zeros(len(column) + 1, dtype=np.int32)),
            pa.array([], pa.string()),
            pa.array([], ON_DISK.item_type),
        )
    all_rows = np.concatenate(rows)
    order = pa.array(np.argsort(all_rows, kind="stable"))
    offsets = np.concatenate([[0], np.cumsum(np.bincount(all_rows, minlength=len(column)))]).astype(np.int32)
    key_column = pa.DictionaryArray.from_arrays(pa.array(np.concatenate(keys)), pa.array(names, pa.string()))
    return pa.MapArray.from_arrays(
        pa.array(offsets),
        key_column.take(order).dictionary_decode(),
        pa.concat_arrays(values).take(order),
    )


def _as_lists(child: pa.Array) -> pa.ListArray:
    if pa.types.is_list(child.type):
        return child.cast(ON_DISK.item_type)
    offsets = pa.array(np.arange(len(child) + 1, dtype=np.int32))
    return pa.ListArray.from_arrays(offsets, child.cast(pa.string()))


def _as_struct(column: pa.MapArray) -> pa.StructArray:
    lengths = np.diff(column.offsets.to_numpy())
    row_of_item = np.repeat(np.arange(len(column)), lengths)
    first, last = column.offsets[0].as_py(), column.offsets[-1].as_py()
    encoded = column.keys.slice(first, last - first).dictionary_encode()
    items = column.items.slice(first, last - first)
    codes = encoded.indices.to_numpy()
    children, names = [], []
    for code, name in enumerate(encoded.dictionary.to_pylist()):
        at = np.flatnonzero(codes == code)
        where = np.full(len(column), -1, dtype=np.int64)
        where[row_of_item[at]] = at
        children.append(items.take(pa.array(where, mask=where < 0)))
        names.append(name)
    if not names:
        return pa.array([{}] * len(column), pa.struct([]))
    return pa.StructArray.from_arrays(children, names)
