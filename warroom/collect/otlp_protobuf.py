"""OTLP's logs in protobuf, as OpenTelemetry's own definitions read them."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, InstrumentationScope, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord

from warroom.collect.otlp_values import MAX_DEPTH, MalformedError, Record, Told, Value, moment, number


def read(body: bytes) -> Iterator[Record]:
    """Read a request's records. Raises MalformedError at once where it is none."""
    request = ExportLogsServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError as problem:
        raise MalformedError("the body is no ExportLogsServiceRequest in protobuf") from problem
    return _records(request)


def answer(told: Told) -> bytes:
    """Write the answer to a request that was taken."""
    response = ExportLogsServiceResponse()
    if told.refused:
        response.partial_success.rejected_log_records = told.refused
        response.partial_success.error_message = told.reason
    answered: bytes = response.SerializeToString()
    return answered


def failure(reason: str) -> bytes:
    """Write google.rpc.Status with a message, its field 2."""
    text = reason.encode()[:127]
    return bytes((0x12, len(text))) + text


def _records(request: ExportLogsServiceRequest) -> Iterator[Record]:
    for of_resource in request.resource_logs:
        resource = _pairs(of_resource.resource.attributes)
        for of_scope in of_resource.scope_logs:
            scope = _scope(of_scope.scope)
            for record in of_scope.log_records:
                yield _record(record) | {"resource": resource, "scope": scope}


def _record(record: LogRecord) -> Record:
    return {
        "time": moment(record.time_unix_nano or record.observed_time_unix_nano),
        "observed_time": moment(record.observed_time_unix_nano),
        "severity_number": record.severity_number or None,
        "severity_text": record.severity_text,
        "body": _value(record.body, 0) if record.HasField("body") else None,
        "event_name": record.event_name,
        "trace_id": record.trace_id.hex(),
        "span_id": record.span_id.hex(),
        "flags": record.flags or None,
        "attributes": _pairs(record.attributes),
    }


def _scope(scope: InstrumentationScope) -> Value:
    told: Record = {"name": scope.name, "version": scope.version, "attributes": _pairs(scope.attributes)}
    return {name: value for name, value in told.items() if value}


def _pairs(pairs: Iterable[KeyValue], depth: int = 0) -> dict[str, Value]:
    return {pair.key: _value(pair.value, depth) for pair in pairs}


def _value(value: AnyValue, depth: int) -> Value:  # noqa: PLR0911 - one for each kind
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "int_value":
            return value.int_value
        case "double_value":
            return number(value.double_value)
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode()
        case "array_value" if depth < MAX_DEPTH:
            return [_value(one, depth + 1) for one in value.array_value.values]
        case "kvlist_value" if depth < MAX_DEPTH:
            return _pairs(value.kvlist_value.values, depth + 1)
        case _:
            return None
