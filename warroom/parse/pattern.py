"""Lines that a feed's own regular expression reads: its named groups are the fields.

The engine is Rust's: its time is linear in the line, whatever the expression and whoever wrote the line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from warroom.parse.columns import events
from warroom.parse.shapes import Reject

if TYPE_CHECKING:
    from warroom.parse.shapes import ParseContext, Part


def parse(text: pa.Array, context: ParseContext) -> tuple[list[Part], list[Reject]]:
    """Read lines that match from the beginning to the end as the expression says; rows are indices into ``text``."""
    pattern = context.options.pattern
    lines = pl.Series(text, dtype=pl.String)
    try:
        matched = lines.str.contains(pattern) if pattern else pl.Series([False] * len(text), dtype=pl.Boolean)
        groups = lines.str.extract_groups(pattern).to_arrow() if matched.any() else None
    except pl.exceptions.PolarsError as problem:
        told = " ".join(str(problem).split())[-200:]
        reason = f"`parse.pattern` cannot be used: {told}"
        return [], [Reject(row, reason) for row in range(len(text))]
    good = matched.to_numpy()
    reason = "it does not match `parse.pattern`" if pattern else "`parse.pattern` is missing: what its fields are"
    rejects = [Reject(row, reason) for row in np.flatnonzero(~good).tolist()]
    if groups is None:
        return [], rejects
    mask = pa.array(good)
    columns = {
        kind.name: _filled(groups.field(number).cast(pa.string()).filter(mask))
        for number, kind in enumerate(groups.type)
        if not kind.name.isdecimal()  # groups without a name
    }
    return events(pa.array(np.flatnonzero(good), pa.int32()), columns, context), rejects


def _filled(column: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
