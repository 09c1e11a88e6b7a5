"""``match``: which rules are true for which events of a batch; pure, no I/O and no clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from warroom.detect.columns import Schema, read_chain
from warroom.detect.rules import LogSource
from warroom.detect.taxonomy import Origin, load_taxonomy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.detect.ruleset import RuleSet

#: What ``match`` answers: the event's row in the batch, and the rule's position in ``ruleset.rules``.
MATCHED: Final = pa.schema([pa.field("row", pa.int32()), pa.field("rule", pa.int32())])
_SOURCE: Final = ("log_product", "log_category", "log_service")


def match(batch: pa.RecordBatch, ruleset: RuleSet) -> pa.RecordBatch:
    """Match events with rules.

    Args:
        batch: events; the log-source columns choose the rules, a column that is missing counts as null.
        ruleset: what ``load_rules`` gave.

    Returns:
        ``MATCHED``, one row for each rule that is true for an event, ascending by row, then rule.
    """
    rows: list[np.ndarray[tuple[int], np.dtype[np.int32]]] = []
    rules: list[np.ndarray[tuple[int], np.dtype[np.int32]]] = []
    for origin, chosen in _origins(batch):
        layout = ruleset.layout(origin, batch.schema)
        if layout is None:
            continue
        found, numbers = layout.match(batch if chosen is None else batch.take(pa.array(chosen)))
        rows.append(found if chosen is None else chosen[found].astype(np.int32))
        rules.append(numbers)
    if not rows:
        return pa.RecordBatch.from_pylist([], MATCHED)
    row, rule = np.concatenate(rows), np.concatenate(rules)
    if len(rows) > 1:
        order = np.lexsort((rule, row))
        row, rule = row[order], rule[order]
    return pa.RecordBatch.from_arrays([pa.array(row, pa.int32()), pa.array(rule, pa.int32())], schema=MATCHED)


def _origins(batch: pa.RecordBatch) -> Iterator[tuple[Origin, np.ndarray[tuple[int], np.dtype[np.int64]] | None]]:
    """Give each origin of a batch and its rows; None for all of them."""
    if not batch.num_rows:
        return
    numbers = np.zeros(batch.num_rows, dtype=np.int64)
    names: list[list[str | None]] = []
    for array in (*_log_sources(batch), *_looked_at(batch)):
        encoded = array.dictionary_encode(null_encoding="encode")
        names.append(encoded.dictionary.to_pylist())
        numbers = numbers * len(names[-1]) + encoded.indices.to_numpy()
    fields = tuple(load_taxonomy().looked_at)
    for number in np.unique(numbers).tolist():
        place = number
        found: list[str | None] = []
        for known in reversed(names):
            place, index = divmod(place, len(known))
            found.append(known[index])
        product, category, service, *values = reversed(found)
        rows = np.flatnonzero(numbers == number)
        seen = tuple((field, value) for field, value in zip(fields, values, strict=True) if value is not None)
        yield Origin(LogSource(product, category, service), seen), None if len(rows) == batch.num_rows else rows


def _log_sources(batch: pa.RecordBatch) -> Iterator[pa.Array]:
    for column in _SOURCE:
        yield batch.column(column) if column in batch.schema.names else pa.nulls(batch.num_rows, pa.string())


def _looked_at(batch: pa.RecordBatch) -> Iterator[pa.Array]:
    """Give the fields that decide what events also count as; values that decide nothing are null."""
    schema = Schema(batch.schema)
    for field, values in load_taxonomy().looked_at.items():
        array = read_chain(batch, schema.chain(field))
        if pa.types.is_list(array.type) or array.null_count == len(array):
            yield pa.nulls(batch.num_rows, pa.string())
            continue
        encoded = array.dictionary_encode()
        known = [value.lower() if value.lower() in values else None for value in encoded.dictionary.to_pylist()]
        yield pa.array(known, pa.string()).take(encoded.indices)
