"""Recognises the format of a log by its beginning."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import pyarrow as pa

from warroom.errors import UsageError
from warroom.log_formats import FORMATS
from warroom.parse.formats import parse
from warroom.parse.json_documents import Splitter, begins_documents
from warroom.parse.json_shapes import shape_of
from warroom.parse.shapes import HEADER_LINE, ParseContext

#: Lines that are tried: enough to see past a few damaged or continued ones.
_LINES: Final = 200
#: The part of the lines that must be understood: messages of many lines leave the rest.
_SHARE: Final = 0.05
#: Bytes of a line that tell whether a record begins with it.
_LOOK: Final = 1024
#: How an EVTX file begins.
_EVTX: Final = b"ElfFile\0"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class UnrecognisedError(UsageError):
    """No parser understands a file: it may be no log at all."""


def recognise(sample: bytes) -> str:
    """Give the format whose parser understands most lines of a sample; the first of equals.

    Args:
        sample: the beginning of a file, some KiB; a last line without its end is left out if there are others.

    Raises:
        UnrecognisedError: no parser understands one line in twenty.
    """
    if sample.startswith(_EVTX):
        return "evtx"
    lines = _records(sample)
    read = [_object(line) for line in lines]
    others = pa.array([line for line, value in zip(lines, read, strict=True) if value is None], pa.binary())
    understood: dict[str, int] = {}
    for name, one in FORMATS.items():
        if one.recognised and not one.json:
            understood[name] = _understood(name, others) if len(others) else 0
            if understood[name] == len(lines):  # no other can understand more
                break
    shapes = Counter(shape_of(value) for value in read if value is not None)
    if shapes:
        understood[shapes.most_common(1)[0][0]] = shapes.total()
    best = max(understood, key=lambda name: understood[name])
    if not lines or understood[best] < len(lines) * _SHARE:
        raise UnrecognisedError(f"format not recognised: name it with --format, one of {', '.join(FORMATS)}")
    return best


def _records(sample: bytes) -> list[bytes]:
    if begins_documents(sample):
        splitter = Splitter()
        # the sample may end within its first document
        return splitter.feed(sample, last=False)[:_LINES] or splitter.feed(b"", last=True)
    lines = [line for line in sample.split(b"\n")[:_LINES] if line.strip()]
    if len(lines) > 1 and not sample.endswith(b"\n"):
        lines.pop()
    return lines


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _understood(name: str, lines: pa.Array) -> int:
    if begins := FORMATS[name].begins:
        return _understood_records(name, lines.to_pylist(), re.compile(begins))
    parsed = parse(lines, ParseContext(name, "UTC", _EPOCH))
    events = parsed.events
    if name == "syslog":  # many formats begin with a time and a word: a program makes it syslog
        return len(events) - int(events.column("process_name").null_count)
    return len(events) + sum(one.reason == HEADER_LINE for one in parsed.rejects)


def _understood_records(name: str, lines: list[bytes], begins: re.Pattern[bytes]) -> int:
    """Count the lines of the records of several lines that are understood."""
    records: list[list[bytes]] = []
    for line in lines:
        if not records or begins.match(line, 0, _LOOK):
            records.append([])
        records[-1].append(line)
    joined = pa.array([b"\n".join(record) for record in records], pa.binary())
    rows = parse(joined, ParseContext(name, "UTC", _EPOCH)).rows.to_pylist()
    return sum(len(records[row]) for row in rows)
