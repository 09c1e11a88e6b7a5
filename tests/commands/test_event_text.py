"""Events written a column at a time are what they are written one by one."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.commands import event_text
from warroom.commands.parse import objects
from warroom.parse import ParseContext, parse
from warroom.parse.json_text import by_kernel, one_by_one

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


@pytest.mark.parametrize("coded", [False, True])
@pytest.mark.parametrize(("log_format", "lines"), [("jsonl", JSON), ("jsonl", JSON * 5_000), ("nginx", WEB)])
def test_events_are_written_alike(log_format: str, lines: list[bytes], coded: bool) -> None:  # noqa: FBT001
    batch = parse(pa.array(lines, pa.binary()), ParseContext(log_format, "UTC", NOW, coded=coded)).events
    batch = batch.take(pa.array([*range(min(8, len(batch) - 1)), len(batch) - 1]))
    written = [json.loads(f"{{{text}}}") for text in event_text.events(batch).to_pylist()]
    assert written == [json.loads(json.dumps(event)) for event in objects(batch)]


@given(st.lists(st.text(st.characters(max_codepoint=0x2FF)) | st.text(st.sampled_from('"\\\x1f\n\tก')), max_size=6))
def test_texts_are_escaped_alike(texts: list[str]) -> None:
    column = pa.array(["before", *texts], pa.string())[1:]
    for found in (by_kernel(column), one_by_one(column)):
        assert [json.loads(f'"{text}"') for text in found.to_pylist()] == texts
