"""JSON Lines: any object, bounded."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from parse.reading import NOW, event, read

from warroom.parse.flatten import MAX_NAMES, MORE


def test_a_sign_in_log_by_the_vocabulary() -> None:
    found = event(
        "jsonl",
        b'{"ts":"2026-11-21T09:00:00.123+07:00","user_id_hash":"u1","method":"otp","aal":2,"result":"fail",'
        b'"reason":"expired","src_ip":"203.0.113.9","device_id":"d1","geo":"TH","ok":true,"none":null}',
    )
    assert found["ts"] == datetime(2026, 11, 21, 2, 0, 0, 123_000, tzinfo=UTC)
    expected = {
        "user_name": "u1", "user_id": "u1", "event_outcome": "failure", "event_reason": "expired",
        "source_ip": "203.0.113.9", "device_id": "d1", "source_geo_country_iso_code": "TH",
    }  # fmt: skip
    assert expected.items() <= found.items()
    assert "http_request_method" not in found  # a sign-in method is no HTTP method
    assert found["fields"] == {
        "ts": "2026-11-21T09:00:00.123+07:00", "user_id_hash": "u1", "method": "otp", "aal": "2", "result": "fail",
        "reason": "expired", "src_ip": "203.0.113.9", "device_id": "d1", "geo": "TH", "ok": "true",
    }  # fmt: skip


def test_a_gateway_log_by_the_vocabulary() -> None:
    found = event(
        "jsonl", b'{"time":1790000000,"host":"api.go.th","uri":"/v1/x?y=1","method":"get","status":503,"latency_ms":12}'
    )
    expected = {
        "ts": datetime.fromtimestamp(1_790_000_000, UTC), "url_domain": "api.go.th", "url_path": "/v1/x",
        "url_query": "y=1", "http_request_method": "GET", "http_response_status_code": 503, "event_outcome": "failure",
        "event_duration": 12_000_000,
    }  # fmt: skip
    assert expected.items() <= found.items()
    assert "host_hostname" not in found


def test_the_feeds_own_mapping_comes_first() -> None:
    mapping = {"source_ip": "peer.addr", "ts": "seen", "user_name": "who"}
    found = event(
        "jsonl", b'{"src_ip":"192.0.2.1","peer":{"addr":"192.0.2.2"},"seen":"2026-01-01 00:00:00,5","who":"a"}',
        timezone="Asia/Bangkok", mapping=mapping,
    )  # fmt: skip
    assert found["source_ip"] == "192.0.2.2"
    assert found["ts"] == datetime(2025, 12, 31, 17, 0, 0, 500_000, tzinfo=UTC)
    assert found["fields"]["peer.addr"] == "192.0.2.2"


def test_nested_objects_and_lists() -> None:
    found = event("jsonl", b'{"a":{"b":{"c":1.5}},"l":[1,"x",null,{"k":true},{"k":[2]}],"e":[],"o":{}}')
    assert found["fields"] == {"a.b.c": "1.5", "l": ["1", "x"], "l.k": ["true", "2"]}


def test_an_event_without_a_time_happened_when_it_was_read() -> None:
    assert event("jsonl", b'{"a":1}')["ts"] == NOW
    assert event("jsonl", b'{"ts":"yesterday"}')["ts"] == NOW


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (b"123456789012345678901234567890", "123456789012345678901234567890"),
        (b"1e400", "1e400"),
        (b"9007199254740993", "9007199254740993"),
        (b"-0.5", "-0.5"),
    ],
)
def test_numbers_are_kept_as_they_are(written: bytes, kept: str) -> None:
    assert event("jsonl", b'{"n":' + written + b"}")["fields"] == {"n": kept}


def test_of_a_doubled_name_the_last_counts() -> None:
    assert event("jsonl", b'{"a":1,"a":2}')["fields"] == {"a": "2"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"[1]", "no JSON object"),
        (b'{"a":', "no JSON"),
        (b'{"a":NaN}', "no JSON"),
        (b"[" * 5000 + b"]" * 5000, "no JSON"),
        (b'{"a":' * 3000 + b"1" + b"}" * 3000, "no JSON"),
    ],
)
def test_what_is_no_object_is_refused(line: bytes, reason: str) -> None:
    parsed = read("jsonl", line)
    assert len(parsed.events) == 0
    assert reason in parsed.rejects[0].reason


def test_depth_is_bounded_and_nothing_is_lost() -> None:
    found = event("jsonl", b'{"a":' * 40 + b'"deep"' + b"}" * 40)
    ((name, text),) = found["fields"].items()
    assert name.count(".") <= 16
    assert "deep" in text


def test_a_name_per_line_cannot_grow_the_batch() -> None:
    lines = [b'{"n%d":"v%d"}' % (number, number) for number in range(MAX_NAMES * 2)]
    parsed = read("jsonl", *lines)
    fields = parsed.events.column("fields")
    assert len(parsed.events) == len(lines)
    assert isinstance(fields.type, pa.StructType)
    assert fields.type.num_fields <= MAX_NAMES + 1
    assert fields.field(MORE)[-1].as_py() == [f"n{len(lines) - 1}=v{len(lines) - 1}"]


def test_different_lines_keep_their_own_fields() -> None:
    parsed = read("jsonl", b'{"a":"1"}', b'{"b":"2","a":["x"]}', b'{"a":"3","b":null}')
    rows = [{k: v for k, v in row.items() if v is not None} for row in parsed.events.column("fields").to_pylist()]
    assert rows == [{"a": ["1"]}, {"a": ["x"], "b": "2"}, {"a": ["3"]}]


def test_half_a_surrogate_pair_hides_no_line() -> None:
    lines = [rb'{"cmd":"whoami \ud800","list":["\udfff"]}', rb'{"cmd":"\ud83d\ude00 \\ud800"}']
    parsed = read("jsonl", *lines)
    assert parsed.rejects == []
    fields = parsed.events.column("fields").to_pylist()
    assert [row["cmd"] for row in fields] == ["whoami \ufffd", "\U0001f600 \\ud800"]
