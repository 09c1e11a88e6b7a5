"""AWS VPC flow logs, versions 2 to 8: values between blanks, named by a header line, by the feed, or as by default.

Format: https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html. A file in a bucket begins with a line of
its names; what comes over CloudWatch has none: the feed's ``columns`` say them where they are not the default ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse import native, values
from warroom.parse.shapes import Part, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from warroom.parse.shapes import ParseContext

#: The names of version 2, which count where nothing says others.
_DEFAULT: Final = (
    "version", "account-id", "interface-id", "srcaddr", "dstaddr", "srcport", "dstport", "protocol", "packets", "bytes",
    "start", "end", "action", "log-status",
)  # fmt: skip
#: Headers that differ in one batch, and names in one.
_MOST_HEADERS: Final = 64
_MOST_NAMES: Final = 64
_HEADER: Final = r"^[a-z][a-z0-9-]*(?: [a-z][a-z0-9-]*)+ ?$"
_STATES: Final = ("OK", "NODATA", "SKIPDATA")


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read records; rows are indices into ``text``."""
    first = context.options.columns or _names(context.header.decode("utf-8", "replace")) or _DEFAULT
    parts: list[Part] = []
    rejects: list[Reject] = []
    for names, rows in _under_headers(text, tuple(first), rejects):
        lines = pc.split_pattern(pc.utf8_rtrim_whitespace(text.take(pa.array(rows))), " ")
        fits = pc.equal(pc.list_value_length(lines), len(names)).to_numpy(zero_copy_only=False)
        part = _part(names, rows[fits], lines.filter(pa.array(fits)), context) if fits.any() else None
        kept = np.array([], np.int32) if part is None else part.rows.to_numpy()
        reason = f"no VPC flow record of {len(names)} values ({names[0]} … {names[-1]}) with an action or a state"
        rejects += [Reject(row, reason) for row in np.setdiff1d(rows, kept).tolist()]
        if part is not None:
            parts.append(part)
    rejects.sort(key=lambda one: one.row)
    return parts, rejects


def _names(header: str) -> tuple[str, ...]:
    """Read a line of names; empty where it is none."""
    names = tuple(header.strip().removeprefix("#").split())
    known = not {"srcaddr", "dstaddr", "interface-id", "flow-direction", "log-status", "pkt-srcaddr"}.isdisjoint(names)
    return names if known and len(set(names)) == len(names) <= _MOST_NAMES else ()


def _under_headers(
    text: pa.Array, first: tuple[str, ...], rejects: list[Reject]
) -> Iterator[tuple[Sequence[str], npt.NDArray[np.int32]]]:
    """Give the rows below each header, those of equal ones together."""
    found: dict[tuple[str, ...], list[npt.NDArray[np.int32]]] = {}
    names, start = first, 0
    headers = pc.indices_nonzero(pc.match_substring_regex(text, _HEADER)).to_pylist()
    for place in (*headers, len(text)):
        if place > start:
            found.setdefault(names, []).append(np.arange(start, place, dtype=np.int32))
        if place < len(text):
            told = _names(text[place].as_py())
            rejects.append(Reject(place, "a line of names: no record"))
            names = told if told in found or len(found) < _MOST_HEADERS else names
            names = names or first
        start = place + 1
    for one, rows in found.items():
        yield one, np.concatenate(rows)


def _part(names: Sequence[str], rows: npt.NDArray[np.int32], lines: pa.Array, context: ParseContext) -> Part | None:
    columns = {name: _value(pc.list_element(lines, number)) for number, name in enumerate(names)}
    nothing = pa.nulls(len(rows), pa.string())
    told = pc.is_in(columns.get("log-status", nothing), pa.array(_STATES))
    told = pc.or_(told, pc.is_in(columns.get("action", nothing), pa.array(["ACCEPT", "REJECT"])))
    if not {"log-status", "action"}.isdisjoint(names):
        rows = rows[told.to_numpy(zero_copy_only=False)]
        columns = {name: column.filter(told) for name, column in columns.items()}
    elif "srcaddr" in columns:  # a record of one's own choice, without either
        there = columns["srcaddr"].is_valid()
        rows = rows[there.to_numpy(zero_copy_only=False)]
        columns = {name: column.filter(there) for name, column in columns.items()}
    if not len(rows):
        return None
    ts, core = native.to_core(columns, len(rows), context)
    if {"start", "end"} <= columns.keys():
        seconds = pc.subtract(values.whole(columns["end"]), values.whole(columns["start"]))
        sane = pc.and_(pc.greater_equal(seconds, 0), pc.less(seconds, 1_000_000))
        core["event_duration"] = pc.multiply(pc.if_else(sane, seconds, pa.scalar(None, pa.int64())), 1_000_000_000)
    return Part(pa.array(rows), ts, core, columns)


def _value(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(column, "-"), pa.scalar(None, pa.string()), column)
