"""Named columns of text become events: what all formats share whose fields a feed's file names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from warroom.parse import native
from warroom.parse.shapes import Part

if TYPE_CHECKING:
    from warroom.parse.shapes import Columns, ParseContext


def events(rows: pa.Array, columns: Columns, context: ParseContext) -> list[Part]:
    """Give the events of some lines: ``rows`` ascending, each column a value a row; empty texts count as absent."""
    if not len(rows):
        return []
    ts, core = native.to_core(columns, len(rows), context)
    return [Part(rows, ts, core, columns)]
