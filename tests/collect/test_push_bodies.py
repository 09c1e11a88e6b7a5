"""Whatever bytes are delivered, they become records and rejects, and nothing else."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from warroom.collect import hec, otlp_json, otlp_protobuf
from warroom.collect.otlp_values import MalformedError, records_of
from warroom.collect.push_bodies import Shape
from warroom.collect.records import rule_of
from warroom.collect.unpacking import PackedError, unpack

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "event",
                    "fields",
                    "time",
                    "resourceLogs",
                    "scopeLogs",
                    "logRecords",
                    "body",
                    "attributes",
                    "key",
                    "value",
                    "values",
                    "stringValue",
                    "intValue",
                    "doubleValue",
                    "arrayValue",
                    "kvlistValue",
                    "traceId",
                ]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=20,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())


@given(BODIES, st.booleans(), st.integers(1, 50))
@example(b'{"event": ' + b"[" * 5000, True, 20)
@example(b'{"event": "\\ud800"}', True, 100)
@example(b'{"event": "\\ud800"}', False, 100)
@settings(max_examples=100)
def test_no_body_is_too_odd(body: bytes, json_lines: bool, limit: int) -> None:  # noqa: FBT001 - drawn
    shape = Shape(limit, json=json_lines)
    for records in (shape.read(body, ""), shape.lines(body), hec.read(body, shape)):
        assert all(len(line) <= limit for line in records.lines.to_pylist())
    for reader in (otlp_json, otlp_protobuf):
        try:
            records, told = records_of(reader.read(body), shape)
        except MalformedError:
            continue
        assert told.refused == len(records.rejects)


@given(st.lists(st.binary(max_size=20).filter(lambda line: b"\n" not in line and b"\r" not in line and line.strip())))
@settings(max_examples=50)
def test_every_line_is_a_record_or_a_reject(lines: list[bytes]) -> None:
    found = Shape(10).read(b"\n".join(lines), "text/plain")
    assert found.lines.to_pylist() == [line for line in lines if len(line) <= 10]
    assert [data for data, _ in found.rejects] == [line for line in lines if len(line) > 10]


def test_records_of_several_lines_stay_together() -> None:
    shape = Shape(100, rule=rule_of(rb"\d{4}-"))
    assert shape.lines(b"2026-1 a\n  at b\n2026-2 c\n").lines.to_pylist() == [b"2026-1 a\n  at b", b"2026-2 c"]


@given(st.binary(max_size=2000), st.integers(0, 2100))
@settings(max_examples=50)
def test_what_is_packed_comes_out_whole_or_not_at_all(body: bytes, most: int) -> None:
    for kind, packed in (("gzip", gzip.compress(body)), ("deflate", zlib.compress(body))):
        if len(body) > most:
            with pytest.raises(PackedError) as told:
                unpack(packed, kind, most)
            assert told.value.too_large
        else:
            assert unpack(packed, kind, most) == body
        with pytest.raises(PackedError):
            unpack(packed[:-1], kind, 10_000)


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "zstd", "br", "identity, gzip"]))
@settings(max_examples=50)
def test_rubbish_is_refused_with_a_reason(body: bytes, kind: str) -> None:
    with pytest.raises(PackedError, match=r"the body|not known"):
        unpack(b"\xff" + body, kind, 1000)
