"""Makes tables of indicators for tests."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from warroom.indicators import INDICATORS, TABLES


def indicators(rows: Sequence[dict[str, object] | tuple[str, str]]) -> pa.Table:
    """Make a table of indicators: of dicts of columns, or of kinds and values alone, all of the origin ``list``."""
    told = [{"kind": row[0], "value": row[1]} if isinstance(row, tuple) else row for row in rows]
    return made("indicators", [{"origin": "list", **row} for row in told])


def made(holds: str, rows: Sequence[dict[str, object]]) -> pa.Table:
    """Make any table of a feed; columns that are not said are null."""
    schema = INDICATORS if holds == "indicators" else TABLES[holds]
    columns = []
    for one in schema:
        values = [row.get(one.name) for row in rows]
        plain = one.type.value_type if pa.types.is_dictionary(one.type) else one.type
        columns.append(pa.array(values, plain).cast(one.type))
    return pa.table(columns, schema=schema)
