"""OTLP's logs in JSON: names in lower camel case, ids in hexadecimal digits, 64-bit numbers as texts.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import orjson

from warroom.collect.otlp_values import MAX_DEPTH, MalformedError, Record, Told, Value, moment, number

_INTEGER: Final = re.compile(r"-?[0-9]{1,20}")


def read(body: bytes) -> Iterator[Record]:
    """Read a request's records. Raises MalformedError at once where it is none."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise MalformedError("the body is no JSON") from problem
    if not isinstance(found, dict) or not isinstance(found.get("resourceLogs", []), list):
        raise MalformedError("the body is no ExportLogsServiceRequest: an object with `resourceLogs`")
    return _records(found)


def answer(told: Told) -> bytes:
    """Write the answer to a request that was taken."""
    if not told.refused:
        return b"{}"
    return orjson.dumps({"partialSuccess": {"rejectedLogRecords": str(told.refused), "errorMessage": told.reason}})


def failure(reason: str) -> bytes:
    """Write google.rpc.Status with a message."""
    return orjson.dumps({"message": reason})


def _records(request: dict[str, object]) -> Iterator[Record]:
    for of_resource in _objects(request, "resourceLogs"):
        resource = _pairs(_object(of_resource, "resource"))
        for of_scope in _objects(of_resource, "scopeLogs"):
            told = _object(of_scope, "scope")
            scope: Record = {"name": _text(told, "name"), "version": _text(told, "version"), "attributes": _pairs(told)}
            scope = {name: value for name, value in scope.items() if value}
            for record in _objects(of_scope, "logRecords"):
                yield _record(record) | {"resource": resource, "scope": scope}


def _record(record: dict[str, object]) -> Record:
    at, observed = _integer(record.get("timeUnixNano")), _integer(record.get("observedTimeUnixNano"))
    return {
        "time": moment(at or observed),
        "observed_time": moment(observed),
        "severity_number": _integer(record.get("severityNumber")) or None,
        "severity_text": _text(record, "severityText"),
        "body": _value(record.get("body"), 0),
        "event_name": _text(record, "eventName"),
        "trace_id": _text(record, "traceId").lower(),
        "span_id": _text(record, "spanId").lower(),
        "flags": _integer(record.get("flags")) or None,
        "attributes": _pairs(record),
    }


def _pairs(holder: dict[str, object], name: str = "attributes", depth: int = 0) -> dict[str, Value]:
    return {_text(pair, "key"): _value(pair.get("value"), depth) for pair in _objects(holder, name)}


def _value(told: object, depth: int) -> Value:  # noqa: PLR0911 - one for each kind
    if not isinstance(told, dict):
        return None
    for kind, value in told.items():
        match kind, value:
            case "stringValue" | "bytesValue", str():
                return str(value)
            case "boolValue", bool():
                return bool(value)
            case "intValue", str() | int():
                return _integer(value)
            case "doubleValue", int() | float() | str():
                return number(value) if isinstance(value, (int, float)) else value
            case "arrayValue", dict() if depth < MAX_DEPTH:
                return [_value(one, depth + 1) for one in _objects(value, "values")]
            case "kvlistValue", dict() if depth < MAX_DEPTH:
                return _pairs(value, "values", depth + 1)
    return None


def _objects(holder: dict[str, object], name: str) -> list[dict[str, object]]:
    found = holder.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _object(holder: dict[str, object], name: str) -> dict[str, object]:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}


def _text(holder: dict[str, object], name: str) -> str:
    found = holder.get(name)
    return found if isinstance(found, str) else ""


def _integer(told: object) -> int:
    """Give a number or the number that a text is; 0 where it is neither, or more than 64 bits."""
    if isinstance(told, str) and _INTEGER.fullmatch(told):
        told = int(told)
    return told if isinstance(told, int) and -(1 << 63) <= told < 1 << 63 else 0
