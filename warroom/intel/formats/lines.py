"""Lines of a document as columns: all, or some at a time, which takes a fraction of the memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl
import pyarrow as pa

#: Bytes of a document that are read at a time.
PIECE: Final = 1 << 20
_LINE_END: Final = 10


def numbered(content: bytes, piece: int = PIECE, blanks: str | None = None) -> Iterator[pl.DataFrame]:
    """Give the lines of UTF-8 text some at a time, as ``lines`` does: ``number`` from 1, and ``line``.

    Args:
        content: the text.
        piece: bytes at a time; a longer line comes whole.
        blanks: signs that are no part of a line at its ends; None for all blanks.
    """
    content = _ended(content)
    start, number = 0, 1
    while start < len(content):
        end = content.rfind(b"\n", start, start + piece) + 1 or content.find(b"\n", start + piece) + 1 or len(content)
        found = _column(content[start:end], blanks).to_frame("line").with_row_index("number", number)
        yield found
        start, number = end, number + len(found)


def lines(content: bytes) -> pl.Series:
    """Give the lines of UTF-8 text as strings without blanks at their ends; row 0 is line 1."""
    return _column(_ended(content), None)


def strings(column: pl.Series) -> pa.StringArray:
    """Give a column of strings as Arrow's."""
    return column.to_arrow(compat_level=pl.CompatLevel.newest()).cast(pa.string())


def _ended(content: bytes) -> bytes:
    """Give text whose lines end as they do today: those of old Macintoshes ended with a carriage return alone."""
    return content.replace(b"\r", b"\n") if b"\n" not in content and b"\r" in content else content


def _column(content: bytes, blanks: str | None) -> pl.Series:
    ends = np.flatnonzero(np.frombuffer(content, np.uint8) == _LINE_END) + 1
    offsets = np.concatenate(([0], ends, [] if content.endswith(b"\n") or not content else [len(content)]))
    buffers = [None, pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(content)]
    whole = pa.Array.from_buffers(pa.string(), len(offsets) - 1, buffers, 0)
    return pl.Series("line", whole, dtype=pl.String).str.strip_chars(blanks)
