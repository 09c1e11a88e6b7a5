"""Comma-separated values, or those that another sign separates: RFC 4180, a record on one line.

The feed names the columns, or the file's first line does. Lines without a quotation mark are cut by the column.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse.columns import events
from warroom.parse.merging import merged
from warroom.parse.shapes import Reject
from warroom.reading import HEADER_LINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from warroom.parse.shapes import ParseContext, Part

#: More columns no log has.
MOST_COLUMNS: Final = 500
_LONGEST_HEADER: Final = 1 << 16
_NAME: Final = re.compile(r"[^\W\d][\w .:/()@#%-]{0,127}")
_NO_COLUMNS: Final = (
    "nobody says what the values are: name them in `parse.columns`, or the file's first line with `parse.header: true`"
)


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines of values; rows are indices into ``text``."""
    options = context.options
    sign = options.delimiter or ","
    names, head = _names(text, context, sign)
    if not names:
        return [], [Reject(row, _NO_COLUMNS) for row in range(len(text))]
    lines = pc.utf8_rtrim(text, "\r\n")
    rejects: list[Reject] = []
    left = np.ones(len(text), np.bool_)
    if head:
        for row in np.flatnonzero(pc.equal(lines, head).to_numpy(zero_copy_only=False)).tolist():
            rejects.append(Reject(row, HEADER_LINE))
            left[row] = False
    quoted = pc.match_substring(lines, '"').to_numpy(zero_copy_only=False)
    parts = _plain(lines, np.flatnonzero(left & ~quoted), names, context, rejects)
    parts += _quoted(lines, np.flatnonzero(left & quoted), names, context, rejects)
    rejects.sort(key=lambda one: one.row)
    return ([merged(parts)] if parts else []), rejects


def values_of(line: str, sign: str) -> list[str] | None:
    """Cut a line into its values; None where a quotation mark is not closed, or stands within a value."""
    expression = _expression(sign)
    found: list[str] = []
    place = 0
    while True:
        match = expression.match(line, place)
        if match is None:
            return None
        inner, bare = match.groups()
        found.append(bare if inner is None else inner.replace('""', '"'))
        if match.end() == len(line) and not match[0].endswith(sign):
            return found
        if len(found) > MOST_COLUMNS:
            return found
        place = match.end()
        if not line.startswith(sign, place - len(sign)):
            return found


@functools.cache
def _expression(sign: str) -> re.Pattern[str]:
    # possessive: a mark that is not closed is found out once
    bare = rf'(?!\s*+")((?:(?!{re.escape(sign)}).)*+)'
    return re.compile(rf'(?:\s*+"([^"]*+(?:""[^"]*+)*+)"\s*?|{bare})(?:{re.escape(sign)}|$)', re.DOTALL)


def _names(text: pa.Array, context: ParseContext, sign: str) -> tuple[Sequence[str], str]:
    """Give the columns' names, and the line that tells them, if one does."""
    options = context.options
    if not options.header:
        return options.columns, ""
    head = context.header[:_LONGEST_HEADER].decode("utf-8-sig", "replace").split("\n")[0].rstrip("\r")
    if not head and not options.columns and len(text):
        first = text[0].as_py().rstrip("\r\n")  # only where it can be nothing else: no value looks like a datum
        head = first if all(map(_NAME.fullmatch, values_of(first[:_LONGEST_HEADER], sign) or [""])) else ""
    told = _unique(values_of(head, sign) or []) if head else []
    return (options.columns or told)[: MOST_COLUMNS + 1], head or sign.join(options.columns)


def _unique(names: list[str]) -> list[str]:
    """Name columns without a name, and a second of the same name, by their place."""
    seen: set[str] = set()
    found: list[str] = []
    for place, name in enumerate(names, 1):
        bare = name.strip()
        given = bare if bare and bare not in seen else f"{bare or 'column'}_{place}"
        seen.add(given)
        found.append(given)
    return found


def _plain(
    lines: pa.Array, rows: np.ndarray, names: Sequence[str], context: ParseContext, rejects: list[Reject]
) -> list[Part]:
    """Read lines without quotation marks, whole columns at once."""
    if not len(rows):
        return []
    pieces = pc.split_pattern(lines.take(pa.array(rows)), context.options.delimiter or ",")
    counts = pc.list_value_length(pieces).to_numpy()
    good = counts == len(names)
    rejects += [
        _miscounted(row, count, names) for row, count in zip(rows[~good].tolist(), counts[~good].tolist(), strict=True)
    ]
    cells = pc.utf8_trim_whitespace(pieces.filter(pa.array(good)).flatten())
    cells = pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells)
    return _part(
        rows[good],
        [cells.take(pa.array(np.arange(place, len(cells), len(names)))) for place in range(len(names))],
        names,
        context,
    )


def _quoted(
    lines: pa.Array, rows: np.ndarray, names: Sequence[str], context: ParseContext, rejects: list[Reject]
) -> list[Part]:
    """Read lines with quotation marks, one by one."""
    sign = context.options.delimiter or ","
    kept: list[int] = []
    cells: list[list[str]] = []
    for row, line in zip(rows.tolist(), lines.take(pa.array(rows)).to_pylist(), strict=True):
        values = values_of(line, sign)
        if values is None:
            rejects.append(Reject(row, 'a quotation mark is not closed, or stands within a value: write `""` for it'))
        elif len(values) != len(names):
            rejects.append(_miscounted(row, len(values), names))
        else:
            kept.append(row)
            cells.append(values)
    columns = [pa.array([one.strip() or None for one in column], pa.string()) for column in zip(*cells, strict=True)]
    return _part(np.array(kept, np.int32), columns, names, context)


def _part(rows: np.ndarray, columns: list[pa.Array], names: Sequence[str], context: ParseContext) -> list[Part]:
    return events(pa.array(rows, pa.int32()), dict(zip(names, columns, strict=False)), context)


def _miscounted(row: int, count: int, names: Sequence[str]) -> Reject:
    return Reject(row, f"{count} values where there are {len(names)} columns: {', '.join(names[:8])[:200]}")
