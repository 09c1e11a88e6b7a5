"""What goes into a parser, what comes out of it, and how columns become a batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import pyarrow as pa

from warroom.model import CORE, FIELDS, RAW, RAW_NAMES, UTC_MICROSECONDS
from warroom.reading import PLAIN, Options

#: Why a line is no event that says how the others are to be read: it is understood all the same.
HEADER_LINE: Final = "a line of the log's header: no event"

#: Columns of text: name → array of strings (or of lists of strings, for ``fields``), one value an event.
Columns = Mapping[str, pa.Array]


@dataclass(frozen=True, slots=True)
class ParseContext:
    """How the lines of one source are to be read.

    ``timezone`` counts for formats that write local time; ``now`` supplies the year where a format leaves it
    out, and the time of an event whose source writes none; ``mapping`` is core column → native name; ``header`` is
    what stands at the top of the source and says what its lines hold. Of ``wanted``, where it is given, are the native
    fields that the caller needs, with their blanks or without: a parser may leave others out. ``coded`` allows columns
    of text to be dictionaries (int32 → string; a text may stand in one twice). ``clean`` promises that all lines are
    UTF-8 without control characters other than tabs. ``options`` is what the source says beyond its format.
    """

    format: str
    timezone: str
    now: datetime
    mapping: Mapping[str, str] = field(default_factory=dict)
    header: bytes = b""
    wanted: frozenset[str] | None = None
    coded: bool = False
    clean: bool = False
    options: Options = PLAIN


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that is no event: its index among the lines given, and why."""

    row: int
    reason: str


@dataclass(frozen=True, slots=True)
class Parsed:
    """The events [``ts``, model.CORE, ``fields``, ``raw``], the line each came from, and the other lines."""

    events: pa.RecordBatch
    rows: pa.Int32Array
    rejects: list[Reject]


@dataclass(frozen=True, slots=True)
class Part:
    """Events of some of the lines: ``rows`` (int32) ascending, columns of equal length.

    ``core`` holds the core columns known, in any string or integer type; ``ts`` is never null. ``names`` are what
    ``RAW_NAMES`` tells, where it can be told.
    """

    rows: pa.Array
    ts: pa.Array
    core: Columns
    fields: Columns
    names: bytes | None = None


def assemble(part: Part, lines: pa.Array) -> pa.RecordBatch:
    """Give a part every agreed column, in the agreed order and type."""
    count = len(part.rows)
    columns: dict[str, pa.Array] = {"ts": part.ts.cast(UTC_MICROSECONDS)}
    for name, kind in CORE.items():
        found = part.core.get(name)
        columns[name] = pa.nulls(count, kind) if found is None else _as(found, kind)
    columns[FIELDS] = _struct(part.fields, count)
    columns[RAW] = lines if count == len(lines) else lines.take(part.rows)  # rows ascend: all lines are the lines
    batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    if part.names is None:
        return batch
    place = batch.schema.get_field_index(RAW)
    told = batch.schema.field(place).with_metadata({RAW_NAMES: part.names})
    return pa.RecordBatch.from_arrays(batch.columns, schema=batch.schema.set(place, told))


def _as(column: pa.Array, kind: pa.DataType) -> pa.Array:
    return column if pa.types.is_dictionary(column.type) and pa.types.is_string(kind) else column.cast(kind)


def _struct(fields: Columns, count: int) -> pa.StructArray:
    kept = {name: column for name, column in fields.items() if column.null_count < count}
    if not kept:  # Arrow cannot tell the length of a struct without children
        return pa.Array.from_buffers(pa.struct([]), count, [None])
    return pa.StructArray.from_arrays(list(kept.values()), names=list(kept))
