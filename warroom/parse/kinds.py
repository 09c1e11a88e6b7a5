"""What a feed says that its fields hold: a value of another kind makes the line no event of that feed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse import timestamps
from warroom.parse.address import ip_column
from warroom.parse.native import plain
from warroom.parse.shapes import Part, Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from warroom.parse.shapes import ParseContext
    from warroom.reading import Kind

_PATTERNS: Final[Mapping[str, str]] = {
    "integer": r"^[+-]?[0-9]{1,18}$",
    "number": r"^[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,4})?$",
    "flag": r"^(?i:true|false|yes|no|on|off|t|f|y|n|0|1)$",
}
_MEANT: Final[Mapping[str, str]] = {
    "integer": "a whole number", "number": "a number", "flag": "true or false", "address": "an IP address",
    "time": "a time",
}  # fmt: skip
_SHOWN: Final = 60


def wanted_kinds(context: ParseContext) -> Mapping[str, Kind]:
    """Give the fields whose values are looked at: a time in a notation of the feed's own is one."""
    kinds = {name: kind for name, kind in context.options.kinds.items() if kind != "text"}
    if context.options.time_format and "ts" in context.mapping:
        kinds.setdefault(context.mapping["ts"], "time")
    return kinds


def checked(parts: list[Part], kinds: Mapping[str, Kind], context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Give the events whose fields hold what they should, and the other lines, each with its first wrong value."""
    kept: list[Part] = []
    rejects: list[Reject] = []
    for part in parts:
        wrong: dict[int, str] = {}
        for name, kind in kinds.items():
            if (column := part.fields.get(name)) is not None:
                for row, value in _others(column, _fits(kind, context)):
                    shown = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
                    wrong.setdefault(row, f"`{name}` is not {_MEANT[kind]}: {shown}")
        if not wrong:
            kept.append(part)
            continue
        rows = part.rows.to_pylist()
        rejects += [Reject(rows[row], reason) for row, reason in sorted(wrong.items())]
        kept += _without(part, wrong)
    return kept, rejects


def _fits(kind: Kind, context: ParseContext) -> Callable[[pa.Array], pa.Array]:
    if kind == "address":
        return lambda texts: ip_column(texts).is_valid()
    if kind == "time":
        read = timestamps.reader(context)
        return lambda texts: read(texts).is_valid()
    return lambda texts: pc.match_substring_regex(pc.utf8_trim_whitespace(texts), _PATTERNS[kind])


def _others(column: pa.Array, fits: Callable[[pa.Array], pa.Array]) -> list[tuple[int, str]]:
    """Give the rows of a column with a value that does not fit, and that value; nulls are no values."""
    column = plain(column)
    if pa.types.is_list(column.type):
        parents, values = pc.list_parent_indices(column), pc.list_flatten(column)
    else:
        parents, values = pa.arange(0, len(column), 1), column
    there = values.is_valid()
    coded = values.filter(there).dictionary_encode()
    if not len(coded) or not (bad := pc.invert(fits(coded.dictionary).fill_null(False))).true_count:
        return []
    wrong = bad.take(coded.indices)
    return list(zip(parents.filter(there).filter(wrong).to_pylist(), coded.filter(wrong).to_pylist(), strict=True))


def _without(part: Part, wrong: Mapping[int, str]) -> list[Part]:
    good = pa.array([row not in wrong for row in range(len(part.rows))])
    if not good.true_count:
        return []
    core = {name: column.filter(good) for name, column in part.core.items()}
    fields = {name: column.filter(good) for name, column in part.fields.items()}
    return [replace(part, rows=part.rows.filter(good), ts=part.ts.filter(good), core=core, fields=fields)]
