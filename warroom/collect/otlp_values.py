"""One record of OpenTelemetry's logs as a JSON object, however it was sent.

Data model: https://opentelemetry.io/docs/specs/otel/logs/data-model/. Names are those of its protocol in snake case;
times become RFC 3339 with nanoseconds, trace and span ids hexadecimal digits, bytes base64.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import orjson

from warroom.collect.push_bodies import Records, Shape

#: Values nested deeper are cut off; JSON's writer could not write them either.
MAX_DEPTH: Final = 32
_SECOND_NS: Final = 1_000_000_000
_LATEST_NS: Final = 253_402_300_799 * _SECOND_NS
_IDS: Final = {"trace_id": re.compile(r"(?:[0-9a-f]{32})?"), "span_id": re.compile(r"(?:[0-9a-f]{16})?")}

#: A value as JSON knows it.
Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]
Record = dict[str, Value]


class MalformedError(Exception):
    """What was sent is no request of this protocol; it says why."""


@dataclass(slots=True)
class Told:
    """What the receiver says of an export: how many records it refuses, and why the first of them."""

    refused: int = 0
    reason: str = ""


def moment(nanoseconds: int) -> str | None:
    """Write a time; None where it is not told, or later than the year 9999."""
    if not 0 < nanoseconds <= _LATEST_NS:
        return None
    second, rest = divmod(nanoseconds, _SECOND_NS)
    return f"{datetime.fromtimestamp(second, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def number(value: float) -> Value:
    """Give a number; what JSON has no number for is a text."""
    return value if math.isfinite(value) else str(value)


def records_of(found: Iterator[Record], shape: Shape) -> tuple[Records, Told]:
    """Give records as a feed's format has them: JSON objects, or the text that each body is.

    A record that cannot be one is a reject, and is told to the sender.
    """
    told = Told()
    rejects: list[tuple[bytes, str]] = []
    texts: list[bytes] = []
    for record in found:
        text = orjson.dumps({name: value for name, value in record.items() if value not in (None, "", {}, [])})
        reason = _fault(record, shape)
        if reason:
            rejects.append((text[: shape.limit], reason))
        else:
            texts.append(text if shape.json else str(record["body"]).encode())
    kept = shape.each(texts)
    rejects += kept.rejects
    if rejects:
        told.refused, told.reason = len(rejects), f"the first of them: {rejects[0][1]}"
    return Records(kept.lines, rejects), told


def _fault(record: Record, shape: Shape) -> str:
    for name, form in _IDS.items():
        if not form.fullmatch(str(record.get(name) or "")):
            return f"{name} is not of {32 if name == 'trace_id' else 16} hexadecimal digits"
    body = record.get("body")
    if not shape.json and not (isinstance(body, str) and body.strip()):
        return "the body is no text: this feed's format reads lines; for objects choose a format of JSON"
    return ""
