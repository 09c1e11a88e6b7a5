"""Events written a column at a time are what they are written one by one."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from warroom.commands import event_text
from warroom.commands.parse import objects
from warroom.parse import ParseContext, parse

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
JSON = [
    rb'{"ts":"2026-11-21T09:00:00.123456Z","src_ip":"192.0.2.1","Image":"C:\\a \"b\"","n":1,"tags":["x","\u0001"]}',
    '{"src_port":"443","ชื่อ":"ค่า\\n","tags":"one","url":"/a?b","user":null}'.encode(),
    b'{"@timestamp":"2020-01-01T00:00:00Z","event.original":"mine","source.ip":"198.51.100.1","x":{"y":[1,{"z":2}]}}',
    b'{"broken":"\xff"}',
]
WEB = [
    b'192.0.2.1 - - [21/Nov/2026:09:00:00 +0700] "GET /a?b=c HTTP/1.1" 200 5 "-" "UA \xff"',
    b'192.0.2.2 - x [21/Nov/2026:09:00:00 +0700] "GET /\\" HTTP/1.1" 404 - "-" "-"',
]


def events_of(batch: pa.RecordBatch, *, original: bool) -> list[dict[str, object]]:
    columns, rows = event_text.columns_of(batch), np.arange(len(batch), dtype=np.int32)
    records = rows.astype(np.int64) + 7
    tails = event_text.tails(batch, columns, 'a "file"', records, rows, original=original).to_pylist()
    told = [json.loads('{"ts":"' + tail) for tail in tails]
    assert all(tail.endswith("}}\n") for tail in tails)
    assert [one["record"] for one in told] == records.tolist()
    assert {one["source_file"] for one in told} == {'a "file"'}
    assert all(one["ts"] == one["event"]["@timestamp"] for one in told)
    return [one["event"] for one in told]


@pytest.mark.parametrize("coded", [False, True])
@pytest.mark.parametrize(("log_format", "lines"), [("jsonl", JSON), ("jsonl", JSON * 5_000), ("nginx", WEB)])
def test_events_are_written_alike(log_format: str, lines: list[bytes], coded: bool) -> None:  # noqa: FBT001
    batch = parse(pa.array(lines, pa.binary()), ParseContext(log_format, "UTC", NOW, coded=coded)).events
    batch = batch.take(pa.array([*range(min(8, len(batch) - 1)), len(batch) - 1]))
    whole = [json.loads(json.dumps(event)) for event in objects(batch)]
    assert events_of(batch, original=True) == whole
    for event in whole:
        del event["event.original"]
    assert events_of(batch, original=False) == whole
