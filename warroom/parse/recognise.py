"""Recognises the format of a log by its first lines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import pyarrow as pa

from warroom.errors import UsageError
from warroom.parse.formats import FORMATS, parse
from warroom.parse.shapes import ParseContext

#: Lines that are tried: enough to see past a few damaged or continued ones.
_LINES: Final = 200
#: The part of the lines that must be understood: messages of many lines leave the rest.
_SHARE: Final = 0.05
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def recognise(sample: bytes) -> str:
    """Give the format whose parser understands most lines of a sample; the first of equals.

    Args:
        sample: the beginning of a file, some KiB; a last line without its end is left out if there are others.

    Raises:
        UsageError: no parser understands one line in twenty.
    """
    lines = [line for line in sample.split(b"\n")[:_LINES] if line.strip()]
    if len(lines) > 1 and not sample.endswith(b"\n"):
        lines.pop()
    array = pa.array(lines, pa.binary())
    understood = {name: _understood(name, array) for name in FORMATS}
    best = max(understood, key=lambda name: understood[name])
    if not lines or understood[best] < len(lines) * _SHARE:
        raise UsageError(f"format not recognised: name it with --format, one of {', '.join(FORMATS)}")
    return best


def _understood(name: str, lines: pa.Array) -> int:
    events = parse(lines, ParseContext(name, "UTC", _EPOCH)).events
    if name == "syslog":  # many formats begin with a time and a word: a program makes it syslog
        return len(events) - int(events.column("process_name").null_count)
    return len(events)
