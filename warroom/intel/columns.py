"""The columns of events that are compared with intelligence: their texts, and the rows where each stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from warroom.machine.texts import spans
from warroom.model import FIELDS as NATIVE

Ints = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]

#: Columns that a source may have written with a port, or an IPv6 address in brackets.
_HOSTS: Final = frozenset(("url_domain", "source_address", "destination_address"))
_WITH_PORT: Final = r"^(?:([^:\[\]]*)|\[([^\[\]]*)\])(?::[0-9]{1,5})?$"


@dataclass(frozen=True, slots=True)
class Column:
    """Texts of a column, and where each stands: a value may be that of many rows, or of none."""

    name: str
    values: pa.Array
    codes: Ints | None = None  # of each row, -1 for none; None: the values are the rows'
    owners: Places | None = None  # of each value, where a row may have several

    def rows(self, places: Places, entries: Ints) -> tuple[Places, Ints, Places]:
        """Give rows, entries and values, side by side, where values have entries."""
        if self.codes is None:
            return (places if self.owners is None else self.owners[places]), entries, places
        order = np.argsort(places, kind="stable")
        places, entries = places[order], entries[order]
        begins = np.searchsorted(places, np.arange(len(self.values)))
        counts = np.diff(begins, append=len(places))
        known = np.flatnonzero((self.codes >= 0) & (counts[self.codes] > 0))
        many = counts[self.codes[known]]
        rows = np.repeat(known, many)
        inner = np.arange(len(rows)) - np.repeat(np.cumsum(many) - many, many)
        at = np.repeat(begins[self.codes[known]], many) + inner
        return (rows if self.owners is None else self.owners[rows]), entries[at], places[at]


def columns(batch: pa.RecordBatch, names: Sequence[str], fields: Sequence[str] = ()) -> Iterator[Column]:
    """Give those columns of a batch that it has and that are not empty."""
    for name in names:
        if name in batch.schema.names and (column := batch.column(name)).null_count < len(column):
            yield _column(name, column)
    if not fields or NATIVE not in batch.schema.names:
        return
    native = batch.column(NATIVE)
    if pa.types.is_map(native.type):
        yield from _of_map(native, fields)
        return
    known = {field.name for field in native.type}
    for name in fields:
        if name in known:
            child = pc.struct_field(native, name) if native.null_count else native.field(name)
            if pa.types.is_list(child.type):
                yield Column(name, texts_of(child.flatten()), owners=pc.list_parent_indices(child).to_numpy())
            elif child.null_count < len(child):
                yield _column(name, child)


def _of_map(native: pa.MapArray, fields: Sequence[str]) -> Iterator[Column]:
    """Give fields as they are stored, of whichever there are any."""
    offsets = native.offsets.to_numpy()
    first, last = int(offsets[0]), int(offsets[-1])
    keys = native.keys.slice(first, last - first)
    numbers = pc.index_in(texts_of(keys), value_set=pa.array(fields, pa.string())).fill_null(-1).to_numpy()
    rows = np.repeat(np.arange(len(native)), np.diff(offsets))
    for number in np.unique(numbers[numbers >= 0]).tolist():
        places = np.flatnonzero(numbers == number)
        items = native.items.slice(first, last - first).take(pa.array(places))
        owners = rows[places]
        if pa.types.is_list(items.type):
            owners = owners[pc.list_parent_indices(items).to_numpy()]
            items = items.flatten()
        yield Column(fields[number], texts_of(items), owners=owners)


def _column(name: str, column: pa.Array) -> Column:
    if pa.types.is_dictionary(column.type):
        codes = column.indices.fill_null(-1).to_numpy().astype(np.int32)
        return Column(name, _bare(name, texts_of(column.dictionary)), codes)
    return Column(name, _bare(name, texts_of(column)))


def _bare(name: str, texts: pa.Array) -> pa.Array:
    """Leave out the ports of ``example.com:8080`` and ``[2001:db8::1]:443``, where a column may have such."""
    if name not in _HOSTS or not len(texts):
        return texts
    where = spans(texts)
    if not (where.data[where.begins[0] : where.ends[-1]] == ord(":")).any():  # most: far quicker than the search
        return texts
    return pc.replace_substring_regex(texts, _WITH_PORT, r"\1\2")


def texts_of(column: pa.Array) -> pa.Array:
    """Give a column as plain strings, whether it came as such or as a dictionary of them."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column if pa.types.is_string(column.type) else column.cast(pa.string())
