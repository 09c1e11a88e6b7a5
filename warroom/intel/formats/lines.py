"""Lines of a document as a column, without a copy of its bytes."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa

_LINE_END = 10


def lines(content: bytes, blanks: str | None = None) -> pl.Series:
    """Give the lines of UTF-8 text as strings without blanks, or the signs that are told, at their ends.

    Row 0 is line 1.
    """
    if b"\n" not in content and b"\r" in content:
        content = content.replace(b"\r", b"\n")
    ends = np.flatnonzero(np.frombuffer(content, np.uint8) == _LINE_END) + 1
    offsets = np.concatenate(([0], ends, [] if content.endswith(b"\n") or not content else [len(content)]))
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(content)]
    whole = pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers, 0)
    return pl.Series("line", whole, dtype=pl.String).str.strip_chars(blanks)


def strings(column: pl.Series) -> pa.StringArray:
    """Give a column of strings as Arrow's."""
    return column.to_arrow(compat_level=pl.CompatLevel.newest()).cast(pa.string())
