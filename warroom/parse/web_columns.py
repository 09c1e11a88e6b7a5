"""What the logs of web servers and proxies have in common: fields by a pattern, request lines, core columns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import ecs_name
from warroom.parse import native
from warroom.parse.shapes import Part, Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from warroom.parse.shapes import ParseContext

#: The inside of quotes, in which a backslash hides the next character.
QUOTED: Final = r'(?:[^"\\]|\\.)*'
_REQUEST: Final = re.compile(
    r"(?P<method>[!#$%&'*+.^_`|~0-9A-Za-z-]+) (?P<url>.*?)(?: HTTP/(?P<version>[0-9.]+))?", re.DOTALL
)
_SECONDS: Final = r"^[0-9]{1,9}(?:\.[0-9]{1,9})?$"


def extract(text: pa.Array, pattern: str) -> dict[str, pa.Array]:
    """Give the named groups of a pattern (of RE2's kind: linear in the text); null where it does not match."""
    import polars as pl  # noqa: PLC0415  a sixth of a second, for odd lines only

    groups = pl.Series(text, dtype=pl.String).str.extract_groups(pattern).to_arrow()
    return {kind.name: groups.field(number).cast(pa.string()) for number, kind in enumerate(groups.type)}


def absent(column: pa.Array) -> pa.Array:
    """Make a dash or nothing null."""
    if not pa.types.is_string(column.type):
        return column
    blank = pc.or_(pc.equal(column, "-"), pc.equal(column, ""))
    return pc.if_else(blank, pa.scalar(None, pa.string()), column)


def columns_of(names: tuple[str, ...], rows: Sequence[tuple[str | None, ...]]) -> dict[str, pa.Array]:
    """Make columns of rows of as many texts as there are names."""
    if not rows:
        return {name: pa.array([], pa.string()) for name in names}
    return {name: pa.array(column, pa.string()) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def requests(lines: pa.Array) -> dict[str, pa.Array]:
    """Split request lines into method, url and version; what is no request line stays whole under ``request``."""
    coded = lines.dictionary_encode()
    rows: list[tuple[str | None, ...]] = []
    for text in coded.dictionary.to_pylist():
        match = _REQUEST.fullmatch(text)
        rows.append((match["method"], match["url"], match["version"], None) if match else (None, None, None, text))
    columns = columns_of(("method", "url", "version", "request"), rows)
    return {name: column.take(coded.indices) for name, column in columns.items()}


def bare_host(hosts: pa.Array) -> pa.Array:
    """Leave out the port of ``example.com:8080`` and ``[2001:db8::1]:443``."""
    return pc.replace_substring_regex(hosts, r"^([^:]*|\[[^\]]*\]):[0-9]{1,5}$", r"\1")


def nanoseconds(column: pa.Array, unit: int) -> pa.Array:
    """Read durations such as ``0.034``, counted in units of so many nanoseconds; null for anything else (``-1``)."""
    good = pc.match_substring_regex(column, _SECONDS)
    number = pc.if_else(good, column, pa.scalar(None, pa.string())).cast(pa.float64())
    return pc.round(pc.multiply(number, float(unit))).cast(pa.int64())


def web_part(
    rows: pa.Array,
    ts: pa.Array,
    fields: Mapping[str, pa.Array],
    core: Mapping[str, pa.Array | None],
    context: ParseContext,
) -> Part:
    """Make events: ``fields`` as they are, ``core`` columns read as text that may not fit them.

    Of whole URLs come path, query and host, of the status the outcome, of addresses the IP ones. Methods stay as they
    were sent, whatever they are: an attacker's are telling.
    """
    count = len(rows)
    known = {name: absent(column) for name, column in core.items() if column is not None}
    view = {ecs_name(name): column for name, column in known.items() if pa.types.is_string(column.type)}
    view |= {name: fields[name] for name in context.mapping.values() if name in fields}
    found = native.to_core(view, count, context)[1]
    for name, column in known.items():
        if not pa.types.is_string(column.type):
            found[name] = column
    for name in ("http_request_method", "source_address"):
        if name in known and name not in context.mapping:
            found[name] = known[name]
    kept = {name: absent(column) for name, column in fields.items()}
    return Part(rows, ts, found, kept)


def by_pattern(
    text: pa.Array,
    patterns: Sequence[tuple[str, Callable[[pa.Array, dict[str, pa.Array]], Part | None]]],
    reason: str,
) -> tuple[list[Part], list[Reject]]:
    """Read each line by the first pattern that it matches: ``(pattern, read(rows, groups))``.

    ``read`` may leave rows out, whose lines are then tried with the next pattern; lines that none reads are rejects.
    """
    rows = np.arange(len(text), dtype=np.int32)
    parts: list[Part] = []
    for pattern, read in patterns:
        if not len(rows):
            break
        lines = text if len(rows) == len(text) else text.take(pa.array(rows))
        matched = pc.match_substring_regex(lines, _anonymous(pattern)).to_numpy(zero_copy_only=False)
        if not matched.any():
            continue
        found = extract(lines if matched.all() else lines.filter(pa.array(matched)), pattern)
        part = read(pa.array(rows[matched]), found)
        if part is not None and len(part.rows):
            parts.append(part)
            rows = np.setdiff1d(rows, part.rows.to_numpy(), assume_unique=True)
    return parts, [Reject(row, reason) for row in rows.tolist()]


def _anonymous(pattern: str) -> str:
    """Make groups without names of those with: RE2 knows both, but counts the named ones."""
    return re.sub(r"\(\?P<[a-zA-Z_0-9]+>", "(?:", pattern)


def timed(
    part_rows: pa.Array, ts: pa.Array, found: dict[str, pa.Array]
) -> tuple[pa.Array, pa.Array, dict[str, pa.Array]]:
    """Leave out the rows without a time."""
    if not ts.null_count:
        return part_rows, ts, found
    good = ts.is_valid()
    return part_rows.filter(good), ts.filter(good), {name: column.filter(good) for name, column in found.items()}
