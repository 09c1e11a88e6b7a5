"""OpenTelemetry's own exporter, and what speaks Splunk's HTTP Event Collector, deliver to the receiver."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from collect.delivering import TOKEN, curl, receiving
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource

from warroom.collect.receiver import SETTLING_SECONDS

BEARER = {"Authorization": f"Bearer {TOKEN}"}
PROTOBUF = {**BEARER, "Content-Type": "application/x-protobuf"}
JSON = {**BEARER, "Content-Type": "application/json"}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEED_TOKEN", TOKEN)


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip, Compression.Deflate])
def test_what_opentelemetry_exports_is_taken_whole(tmp_path: Path, compression: Compression) -> None:
    with receiving(tmp_path) as place:
        exporter = OTLPLogExporter(
            f"http://127.0.0.1:{place.port}/v1/logs", headers=dict(BEARER), compression=compression
        )
        provider = LoggerProvider(Resource({"service.name": "kyc", "host.name": "k1"}), shutdown_on_exit=False)
        provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
        provider.get_logger("app.audit", "1.2").emit(
            LogRecord(
                timestamp=1_795_330_800_123_456_789,
                observed_timestamp=1_795_330_801_000_000_000,
                trace_id=0xABC,
                span_id=0xDEF,
                severity_number=SeverityNumber.WARN,
                severity_text="WARN",
                body={"what": "face", "tries": [1, 2.5, True]},
                attributes={"client.address": "203.0.113.9", "user": {"id": 7}},
                event_name="kyc.failed",
            )
        )
        provider.shutdown()
        (record,) = [json.loads(line) for line in place.keeper.lines]
    assert record["resource"]["service.name"] == "kyc"
    assert record["scope"] == {"name": "app.audit", "version": "1.2"}
    del record["resource"], record["scope"]
    assert record.pop("flags", 0) in {0, 1}
    assert record == {
        "time": "2026-11-22T07:00:00.123456789Z",
        "observed_time": "2026-11-22T07:00:01.000000000Z",
        "severity_number": 13,
        "severity_text": "WARN",
        "body": {"what": "face", "tries": [1, 2.5, True]},
        "event_name": "kyc.failed",
        "trace_id": "00000000000000000000000000000abc",
        "span_id": "0000000000000def",
        "attributes": {"client.address": "203.0.113.9", "user": {"id": 7}},
    }


AS_JSON = {
    "resourceLogs": [
        {
            "resource": {"attributes": [{"key": "host.name", "value": {"stringValue": "k1"}}]},
            "scopeLogs": [
                {
                    "scope": {"name": "lib"},
                    "logRecords": [
                        {
                            "timeUnixNano": "1795330800123456789",
                            "severityNumber": 9,
                            "severityText": "INFO",
                            "traceId": "5B8EFFF798038103D269B633813FC60C",
                            "spanId": "EEE19B7EC3C1B174",
                            "body": {"stringValue": "signed in"},
                            "attributes": [
                                {"key": "n", "value": {"intValue": "42"}},
                                {"key": "x", "value": {"doubleValue": 1.5}},
                                {"key": "b", "value": {"bytesValue": "AAE="}},
                                {"key": "l", "value": {"arrayValue": {"values": [{"boolValue": True}]}}},
                                {"key": "m", "value": {"kvlistValue": {"values": [{"key": "k", "value": {}}]}}},
                            ],
                        }
                    ],
                }
            ],
        }
    ]
}


def test_json_says_the_same(tmp_path: Path) -> None:
    with receiving(tmp_path) as place:
        url = f"http://127.0.0.1:{place.port}/v1/logs"
        answer = curl(url, json.dumps(AS_JSON).encode(), headers=JSON)
        assert (answer.status, answer.told) == (200, {})
        assert json.loads(place.keeper.lines[0]) == {
            "time": "2026-11-22T07:00:00.123456789Z",
            "severity_number": 9,
            "severity_text": "INFO",
            "body": "signed in",
            "trace_id": "5b8efff798038103d269b633813fc60c",
            "span_id": "eee19b7ec3c1b174",
            "attributes": {"n": 42, "x": 1.5, "b": "AAE=", "l": [True], "m": {"k": None}},
            "resource": {"host.name": "k1"},
            "scope": {"name": "lib"},
        }


def a_request(*records: dict[str, object]) -> bytes:
    request = ExportLogsServiceRequest()
    scope = request.resource_logs.add().scope_logs.add()
    for record in records:
        scope.log_records.add(**record)
    return request.SerializeToString()


def test_a_format_of_lines_takes_bodies_that_are_text_and_tells_of_the_others(tmp_path: Path) -> None:
    with receiving(tmp_path, text="syslog") as place:
        body = a_request(
            {"body": AnyValue(string_value="<34>Oct 11 22:14:15 host su: failed")}, {"body": AnyValue(int_value=7)}
        )
        answer = curl(f"http://127.0.0.1:{place.port}/v1/logs", body, headers=PROTOBUF)
        told = ExportLogsServiceResponse.FromString(answer.body).partial_success
        assert (answer.status, told.rejected_log_records) == (200, 1)
        assert "reads lines" in told.error_message
        assert place.keeper.lines == [b"<34>Oct 11 22:14:15 host su: failed"]
        assert len(place.keeper.kept.rejects) == 1


def test_ids_of_the_wrong_length_are_told(tmp_path: Path) -> None:
    with receiving(tmp_path) as place:
        body = a_request({"trace_id": b"short"}, {"severity_text": "INFO"})
        answer = curl(f"http://127.0.0.1:{place.port}/v1/logs", body, headers=PROTOBUF)
        told = ExportLogsServiceResponse.FromString(answer.body).partial_success
        assert (told.rejected_log_records, "trace_id" in told.error_message) == (1, True)
        assert place.keeper.lines == [b'{"severity_text":"INFO"}']


def nested(depth: int) -> AnyValue:
    value = AnyValue(string_value="in")
    for _ in range(depth):
        outer = AnyValue()
        outer.array_value.values.append(value)
        value = outer
    return value


def test_what_is_no_export_is_refused_and_deep_values_are_cut(tmp_path: Path) -> None:
    with receiving(tmp_path) as place:
        url = f"http://127.0.0.1:{place.port}/v1/logs"
        answer = curl(url, b"\xff\xff rubbish", headers=PROTOBUF)
        assert (answer.status, answer.body[:1]) == (400, b"\x12")
        assert "x-protobuf" in answer.headers
        for wrong in (b"{", b"[]", b'{"resourceLogs": 7}', b"[" * 5000):
            answer = curl(url, wrong, headers=JSON)
            assert answer.status == 400
            assert "message" in answer.told  # type: ignore[operator]
        assert curl(url, b"x", headers={**BEARER, "Content-Type": "text/plain"}).status == 415
        assert curl(url, b"", headers={"Content-Type": "application/json", "X-Feed": "tested"}).status == 401
        assert curl(url, a_request({"body": nested(45)}), headers=PROTOBUF).status == 200
        value = {"stringValue": "in"}
        for _ in range(200):
            value = {"arrayValue": {"values": [value]}}  # type: ignore[dict-item]
        logs = {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"body": value}]}]}]}
        assert curl(url, json.dumps(logs).encode(), headers=JSON).status == 200
        assert [line.count(b"[") for line in place.keeper.lines] == [32, 32]


HEC = {"Authorization": f"Splunk {TOKEN}"}


def test_events_for_splunk_are_taken(tmp_path: Path) -> None:
    with receiving(tmp_path) as place:
        root = f"http://127.0.0.1:{place.port}/services/collector"
        assert curl(f"{root}/health").status == 200
        body = (
            b'{"time": 1795330800.5, "host": "k1", "fields": {"zone": "a"}, "event": {"user": "u1", "host": "own"}}'
            b'{"event": "a text"}\n{"event": {"n": 123456789012345678901234567890}} {"noevent": 1}'
        )
        answer = curl(f"{root}/event", body, headers=HEC)
        assert (answer.status, answer.told) == (200, {"text": "Success", "code": 0})
        assert [json.loads(line) for line in place.keeper.lines] == [
            {"user": "u1", "host": "own", "time": 1795330800.5, "zone": "a", "hec": {"host": "k1"}},
            {"message": "a text"},
        ]
        assert len(place.keeper.kept.rejects) == 2
        assert curl(f"{root}/raw", b"one\ntwo", headers=HEC).status == 200
        assert place.keeper.lines[2:] == [b"one", b"two"]
        place.keeper.collector._receiver.opened_at -= SETTLING_SECONDS  # noqa: SLF001 - time goes by
        assert curl(f"{root}/event", b"{", headers={"Authorization": "Splunk wrong"}).status == 401


def test_events_of_a_format_of_lines_are_lines(tmp_path: Path) -> None:
    with receiving(tmp_path, text="nginx") as place:
        url = f"http://127.0.0.1:{place.port}/services/collector"
        assert curl(url, b'{"event": "203.0.113.9 - - [x]"}{"event"', headers=HEC).status == 200
        assert place.keeper.lines == [b"203.0.113.9 - - [x]"]
        assert [data for _, data, _ in place.keeper.kept.rejects] == [b'{"event"']


def test_a_token_of_several_feeds_needs_a_name(tmp_path: Path) -> None:
    with receiving(tmp_path) as place:
        collector = place.keeper.collector
        desk = collector._desk  # noqa: SLF001 - a second feed at the same door
        collector._receiver.enter("other", desk.access, desk.shape, desk.delivered)  # noqa: SLF001
        url = f"http://127.0.0.1:{place.port}/services/collector/raw"
        answer = curl(url, b"x", headers=HEC)
        assert (answer.status, b"X-Feed" in answer.body) == (400, True)
        assert curl(url, b"x", headers={**HEC, "X-Feed": "tested"}).status == 200
        assert place.keeper.lines == [b"x"]
