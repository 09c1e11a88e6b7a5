"""The one way into all parsers."""

from __future__ import annotations

import functools
import importlib
from typing import Protocol, cast

import pyarrow as pa
import pyarrow.compute as pc

from warroom.errors import UsageError
from warroom.log_formats import FORMATS
from warroom.parse.eras import in_this_era
from warroom.parse.kinds import checked, wanted_kinds
from warroom.parse.proxies import behind_proxies
from warroom.parse.shapes import ParseContext, Parsed, Part, Reject, assemble
from warroom.parse.text import decode
from warroom.reading import PLAIN


class Parser(Protocol):
    """Reads the text of lines; rows of the answer are indices into ``text``."""

    def __call__(self, text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
        """Give the events, in one part or more, and the other lines."""
        ...


def parse(lines: pa.Array, context: ParseContext) -> Parsed:
    """Turn the lines of one source into events.

    Args:
        lines: binary array; one line each, without line ends, neither blank nor null.
        context: the format and what the lines leave out.

    Returns:
        The events in the order of the lines, and the rejects in the same order: together every line once.

    Raises:
        UsageError: there is no such format.
    """
    if context.format not in FORMATS:
        raise UsageError(f"there is no format `{context.format}`: use one of {', '.join(FORMATS)}")
    text, kept, rejects = decode(lines, clean=context.clean)
    parts, refused = _read(text, context)
    places = kept.to_pylist() if len(kept) < len(lines) else None
    if places is not None:
        rejects += [Reject(places[reject.row], reject.reason) for reject in refused]
        rejects.sort(key=lambda reject: reject.row)
        parts = [Part(kept.take(part.rows), part.ts, part.core, part.fields) for part in parts]
    else:
        rejects += sorted(refused, key=lambda reject: reject.row)
    return _join(parts, lines, rejects)


def _read(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines with the parser of their format, and do what a feed says beyond it."""
    options = context.options
    parser = _parser(FORMATS[context.format].parser)
    if options.envelope:
        from warroom.parse import envelopes  # noqa: PLC0415  a fifth of a second, as the others: for such feeds only

        parts, refused = envelopes.parse(text, context, parser)
    else:
        parts, refused = parser(text, context)
    parts = [in_this_era(part, context.timezone) for part in parts]
    if options is PLAIN:
        return parts, refused
    if named := wanted_kinds(context):
        parts, others = checked(parts, named, context)
        refused = refused + others
    if options.proxies:
        parts = [behind_proxies(part, options.proxies) for part in parts]
    return parts, refused


@functools.cache
def _parser(module: str) -> Parser:
    return cast("Parser", importlib.import_module(f"warroom.parse.{module}").parse)


def _join(parts: list[Part], lines: pa.Array, rejects: list[Reject]) -> Parsed:
    parts = [part for part in parts if len(part.rows)]
    if not parts:
        empty = pa.array([], pa.int32())
        parts = [Part(empty, pa.array([], pa.int64()), {}, {})]
    batches = [assemble(part, lines) for part in parts]
    if len(batches) == 1:
        return Parsed(batches[0], parts[0].rows, rejects)
    rows = pa.concat_arrays([part.rows for part in parts])
    order = pc.sort_indices(rows)
    tables = [pa.Table.from_batches([batch]) for batch in batches]
    table = pa.concat_tables(tables, promote_options="permissive")  # the parts' fields differ
    return Parsed(table.combine_chunks().to_batches()[0].take(order), rows.take(order), rejects)
