"""How senders speak: lines and JSON by our own path, OpenTelemetry's protocol, Splunk's HTTP Event Collector."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Final

import orjson

from warroom.collect import hec, otlp_json, otlp_protobuf
from warroom.collect.otlp_values import MalformedError, Told, records_of
from warroom.collect.push_bodies import Records, Shape
from warroom.collect.push_taking import DeliveryError

_JSON: Final = "application/json"
_PROTOBUF: Final = "application/x-protobuf"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a body is read, and how what became of it is said.

    ``read`` takes body, Content-Type and shape, and raises DeliveryError where the body is none of this dialect.
    ``taken`` takes how many records were kept and what is refused of the others; ``failed`` takes status and reason.
    """

    content_type: str
    read: Callable[[bytes, str, Shape], tuple[Records, Told]]
    taken: Callable[[int, Told], bytes]
    failed: Callable[[int, str], bytes]


def _read_lines(body: bytes, content_type: str, shape: Shape) -> tuple[Records, Told]:
    return _told(shape.read(body, content_type))


def _read_events(body: bytes, _content_type: str, shape: Shape) -> tuple[Records, Told]:
    return _told(hec.read(body, shape))


def _read_raw(body: bytes, _content_type: str, shape: Shape) -> tuple[Records, Told]:
    return _told(shape.lines(body))


def _told(records: Records) -> tuple[Records, Told]:
    return records, Told(len(records.rejects), records.rejects[0][1] if records.rejects else "")


def _taken(kept: int, told: Told) -> bytes:
    return orjson.dumps(
        {"accepted": kept, "rejected": told.refused} | ({"reason": told.reason} if told.refused else {})
    )


def _failed(_status: int, reason: str) -> bytes:
    return orjson.dumps({"error": reason})


def _hec_taken(_kept: int, _told: Told) -> bytes:
    return orjson.dumps({"text": "Success", "code": 0})


def _hec_failed(status: int, reason: str) -> bytes:
    codes = {401: 4, 400: 6, 503: 9}
    return orjson.dumps({"text": reason, "code": codes.get(status, 8)})


def _otlp(module: ModuleType, content_type: str) -> Dialect:
    def read(body: bytes, _content_type: str, shape: Shape) -> tuple[Records, Told]:
        try:
            return records_of(module.read(body), shape)
        except MalformedError as problem:
            raise DeliveryError(400, str(problem)) from problem

    def taken(_kept: int, told: Told) -> bytes:
        answer: bytes = module.answer(told)
        return answer

    def failed(_status: int, reason: str) -> bytes:
        answer: bytes = module.failure(reason)
        return answer

    return Dialect(content_type, read, taken, failed)


LINES: Final = Dialect(_JSON, _read_lines, _taken, _failed)
_EVENTS: Final = Dialect(_JSON, _read_events, _hec_taken, _hec_failed)
_RAW: Final = Dialect(_JSON, _read_raw, _hec_taken, _hec_failed)
#: By path.
DIALECTS: Final[Mapping[str, Dialect]] = {
    "/services/collector": _EVENTS,
    "/services/collector/event": _EVENTS,
    "/services/collector/event/1.0": _EVENTS,
    "/services/collector/raw": _RAW,
    "/services/collector/raw/1.0": _RAW,
}
#: By Content-Type.
OTLP_TYPES: Final[Mapping[str, Dialect]] = {
    _PROTOBUF: _otlp(otlp_protobuf, _PROTOBUF),
    _JSON: _otlp(otlp_json, _JSON),
}
