"""JSON Lines: one object a line, any names.

Format: RFC 8259, one value a line. Of a name that stands twice in an object the last value counts, as in every
common reader; ``raw`` keeps both. Large batches go through the compiled tokeniser, and the lines that it leaves
through the exact reader, as small batches do altogether; a test holds the two together.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from warroom.machine.compiling import LARGE, can_compile
from warroom.parse import native
from warroom.parse.flatten import MAX_CELLS, MAX_NAMES, Fields
from warroom.parse.json_objects import objects
from warroom.parse.shapes import Part, Reject

if TYPE_CHECKING:
    from collections.abc import Callable

    from warroom.parse.json_columns import Paths
    from warroom.parse.shapes import Columns, ParseContext

#: What was asked for → the paths met then. Any thread may take one out; who uses one has it alone.
_PATHS: Final[dict[tuple[frozenset[str] | None, str, tuple[str, ...]], Paths]] = {}
_MOST_KEPT: Final = 16


def parse(
    text: pa.Array,
    context: ParseContext,
    named: Callable[[Columns], Columns] = dict,
    seen: Callable[[Columns], Columns] = dict,
) -> tuple[list[Part], list[Reject]]:
    """Read JSON objects; rows are indices into ``text``.

    ``named`` gives the fields the names that they are to have; ``seen`` says what the core columns are chosen from.
    """
    found = by_tokens(text, context) if text.nbytes >= LARGE and can_compile() else None
    rows, columns, rejects, names = found or exactly(text, context)
    if not len(rows):
        return [], rejects
    columns = dict(named(columns))
    ts, core = native.to_core(seen(columns), len(rows), context)
    if not context.coded:
        columns = {name: native.plain(column) for name, column in columns.items()}
        core = {name: native.plain(column) for name, column in core.items()}
    return [Part(rows, ts, core, columns, names)], rejects


#: Rows, columns, rejects, and the names in the lines where every value is in a column.
_Found = tuple[pa.Array, dict[str, pa.Array], list[Reject], bytes | None]


def exactly(text: pa.Array, context: ParseContext) -> _Found:
    """Read every line as a Python object."""
    rows: list[int] = []
    rejects: list[Reject] = []
    fields = Fields(len(text))
    fields.add(itertools.count(), objects(text, rows, rejects))
    wanted = _wanted(context)
    columns = {name: column for name, column in fields.columns(len(rows)).items() if wanted(name)}
    return pa.array(rows, pa.int32()), columns, rejects, None


def by_tokens(text: pa.Array, context: ParseContext) -> _Found | None:
    """Read every line by the compiled tokeniser; None where a batch has too many names for it."""
    from warroom.parse.json_columns import Paths, read  # noqa: PLC0415  loads a compiler
    from warroom.parse.json_grid import TooManyNamesError  # noqa: PLC0415
    from warroom.parse.json_room import free_room  # noqa: PLC0415

    key = (context.wanted, context.format, tuple(sorted(context.mapping.values())))
    paths = _PATHS.pop(key, None) or Paths(_wanted(context))
    room = free_room()
    try:
        found = read(text, paths, room, max(64, min(MAX_NAMES, MAX_CELLS // max(len(text), 1))))
    except TooManyNamesError:
        return None
    room.keep()
    if len(_PATHS) < _MOST_KEPT:
        _PATHS[key] = paths
    if not len(found.left):
        return found.rows, found.columns, [], paths.keys_met() if context.wanted is None else None
    places = pa.array(found.left, pa.int32())
    rows, columns, refused, _ = exactly(text.take(places), context)
    rejects = [Reject(places[reject.row].as_py(), reject.reason) for reject in refused]
    rows = pa.concat_arrays([found.rows, places.take(rows)])
    order = pa.array(np.argsort(rows.to_numpy()))
    counts = len(found.rows), len(rows) - len(found.rows)
    joined = {
        name: _joined(found.columns.get(name), columns.get(name), *counts).take(order)
        for name in found.columns | columns
    }
    return rows.take(order), joined, rejects, None


def _joined(first: pa.Array | None, second: pa.Array | None, before: int, after: int) -> pa.Array:
    """Put the rows of two columns behind each other; lists stay lists."""
    columns = [column for column in (first, second) if column is not None]
    lists = any(pa.types.is_list(column.type) for column in columns)
    kind = pa.list_(pa.string()) if lists else pa.dictionary(pa.int32(), pa.string())
    pieces = [
        pa.nulls(count, kind) if column is None else _listed(column) if lists else column.dictionary_encode()
        for column, count in ((first, before), (second, after))
    ]
    return pa.chunked_array(pieces).unify_dictionaries().combine_chunks()


def _listed(column: pa.Array) -> pa.Array:
    if pa.types.is_list(column.type):
        return column
    values = native.plain(column)
    ends = np.concatenate([[0], np.cumsum(values.is_valid().to_numpy(zero_copy_only=False))])
    mask = values.is_null() if values.null_count else None
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), values.drop_null(), mask=mask)


def _wanted(context: ParseContext) -> Callable[[str], bool]:
    """Say which native names are kept."""
    if context.wanted is None:
        return lambda _: True
    bare = frozenset(name.replace(" ", "") for name in context.wanted | native.needed(context))
    return lambda name: name.replace(" ", "") in bare
