"""Indicators for tests: a feed's table, and the index of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np
import pyarrow as pa

from warroom.indicators import INDICATORS
from warroom.intel.index import FeedFacts, Held, Index, Part, build
from warroom.model import Severity

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FEED: Final = FeedFacts("ipsum", "ไอพีซัม", "IPsum", 75, "clear", Severity.HIGH, fetched_at=NOW)


def table(values: Sequence[tuple[str, str]], **others: Any) -> pa.Table:  # noqa: ANN401  whatever a column holds
    """A feed's indicators: (kind, value) each, and the same of every other column."""
    given: dict[str, Any] = {"origin": "list", "added_at": NOW} | others
    rows = [{"kind": kind, "value": value} | given for kind, value in values]
    return pa.Table.from_pylist(rows, schema=INDICATORS)


def part(values: Sequence[tuple[str, str]], score: int = 75, feed: FeedFacts = FEED, **others: Any) -> Part:  # noqa: ANN401
    return Part(feed, table(values, **others), np.full(len(values), score, np.uint8))


def feed(name: str, **facts: Any) -> FeedFacts:  # noqa: ANN401
    return replace(FEED, id=name, title_en=name.capitalize(), title_th=f"ไทย {name}", **facts)


def index_of(*values: tuple[str, str], held: Held | None = None, compiled: bool | None = None) -> Index:
    return build([part(values)], held, compiled=compiled)


def events(rows: Sequence[Mapping[str, Any]], fields: Sequence[Mapping[str, Any]] | None = None) -> pa.RecordBatch:
    """Events of some columns; ``fields`` as a struct."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [pa.array([row.get(name) for row in rows]) for name in names]
    columns = [column.cast(pa.string()) if pa.types.is_null(column.type) else column for column in columns]
    if fields is not None:
        names.append("fields")
        columns.append(pa.array(list(fields)))
    return pa.RecordBatch.from_arrays(columns, names)
