"""Builds batches of events for the engine's tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from warroom.detect import RuleSet, assemble
from warroom.detect.placeholders import Placeholders
from warroom.detect.sigma_rule import read_document
from warroom.model import CORE, UTC_MICROSECONDS

TITLE = {"title": "A rule", "logsource": {"category": "test"}}


def ruleset(*documents: dict[str, Any], placeholders: Mapping[str, tuple[str, ...]] | None = None) -> RuleSet:
    """Read rules given as dicts; `title` and `logsource` may be left out."""
    values = Placeholders(placeholders or {})
    return assemble([read_document(TITLE | document, "rule.yml", 1, values) for document in documents])


def batch(
    events: list[dict[str, Any]], *, raw: list[str] | None = None, core: dict[str, list[Any]] | None = None
) -> pa.RecordBatch:
    """Make a batch of native fields, raw lines and core columns (envelope included); the category is `test`."""
    count = len(events)
    columns: dict[str, pa.Array] = {name: pa.nulls(count, kind) for name, kind in CORE.items()}
    columns |= {
        "event_id": pa.array(range(1, count + 1), pa.int64()),
        "ts": pa.array([0] * count, UTC_MICROSECONDS),
        "feed_id": pa.array(["feed"] * count),
        "platform_id": pa.array(["platform"] * count),
        "log_product": pa.nulls(count, pa.string()),
        "log_category": pa.array(["test"] * count),
        "log_service": pa.nulls(count, pa.string()),
    }
    for name, values in (core or {}).items():
        columns[name] = pa.array(values, columns[name].type)
    columns["fields"] = _fields(events)
    columns["raw"] = pa.array([line.encode() for line in raw or [""] * count], pa.binary())
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _fields(events: list[dict[str, Any]]) -> pa.StructArray:
    names = list(dict.fromkeys(name for event in events for name in event))
    if not names:
        return pa.array([{}] * len(events), pa.struct([]))
    children = [[event.get(name) for event in events] for name in names]
    lists = [any(isinstance(value, list) for value in values) for values in children]
    arrays = [
        pa.array([[value] if isinstance(value, str) else value for value in values], pa.list_(pa.string()))
        if listed
        else pa.array(values, pa.string())
        for values, listed in zip(children, lists, strict=True)
    ]
    return pa.StructArray.from_arrays(arrays, names=names)
