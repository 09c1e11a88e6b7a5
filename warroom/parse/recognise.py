"""Recognises the format of a log by its beginning."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast

import orjson
import pyarrow as pa

from warroom.errors import UsageError
from warroom.log_formats import FORMATS
from warroom.parse.envelopes import within
from warroom.parse.formats import parse
from warroom.parse.json_documents import Splitter, begins_documents
from warroom.parse.json_shapes import shape_of
from warroom.parse.shapes import HEADER_LINE, ParseContext
from warroom.reading import PLAIN, Envelope, Options

#: Lines that are tried: enough to see past a few damaged or continued ones.
_LINES: Final = 200
#: The part of the lines that must be understood: messages of many lines leave the rest.
_SHARE: Final = 0.05
#: Bytes of a line that tell whether a record begins with it.
_LOOK: Final = 1024
#: How a message of syslog begins as it is sent, even where it names no program.
_SENT: Final = re.compile(rb"<[0-9]{1,3}>(?:1 )?(?:[A-Z][a-z]{2} [ 0-9][0-9] |[0-9]{4}-[0-9]{2}-[0-9]{2}T)")
#: How an EVTX file begins.
_EVTX: Final = b"ElfFile\0"
#: Formats that are envelopes, too, and the part of the texts within that one format must understand to be theirs.
_ENVELOPES: Final = ("cri", "docker", "syslog")
_WITHIN: Final = 0.5
#: Formats of anything: they say nothing of what is within that the envelope's own parser does not.
_GENERIC: Final = (*_ENVELOPES, "jsonl", "netfilter")
#: Stands between an envelope and what is within: `cri+nginx`.
_IN: Final = "+"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class UnrecognisedError(UsageError):
    """No parser understands a file: it may be no log at all."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A format, and the envelope that its lines stand in, if they do."""

    format: str
    envelope: Envelope = ""

    @classmethod
    def read(cls, text: str) -> Recognised:
        """Read a name such as ``nginx`` or ``cri+nginx``. Raises UsageError."""
        envelope, sign, name = text.rpartition(_IN)
        if name not in FORMATS:
            raise UsageError(f"there is no format `{name}`: use auto, {', '.join(FORMATS)}")
        if sign and envelope not in _ENVELOPES:
            raise UsageError(f"there is no envelope `{envelope}`: use one of {', '.join(_ENVELOPES)}, as in cri+nginx")
        return cls(name, cast("Envelope", envelope))

    def __str__(self) -> str:
        """Write as ``read`` reads it."""
        return f"{self.envelope}{_IN}{self.format}" if self.envelope else self.format

    @property
    def options(self) -> Options:
        """What a feed of such lines says."""
        return Options(envelope=self.envelope) if self.envelope else PLAIN

    @property
    def begins(self) -> bytes | None:
        """How records of several lines begin; in an envelope every line is one."""
        return None if self.envelope else FORMATS[self.format].begins


def look_within(sample: bytes) -> Recognised:
    """Recognise a format as ``recognise`` does, and one that stands in an envelope: a web server's in a container.

    What is within must be most of the lines: a mixed log is read by what stands around it.
    """
    outer = recognise(sample)
    if outer not in _ENVELOPES:
        return Recognised(outer)
    lines = [line for line in _records(sample) if b"\0" not in line]
    found = Recognised(outer, cast("Envelope", outer))
    text = pa.array([line.decode("utf-8", "replace") for line in lines], pa.string())
    texts = within(text, ParseContext(outer, "UTC", _EPOCH, options=found.options)).cast(pa.binary()).to_pylist()
    understood = _all_understood(texts, joined=False)
    inner = max(understood, key=lambda name: understood[name], default=outer)
    if inner in _GENERIC or understood[inner] <= len(lines) * _WITHIN:
        return Recognised(outer)
    return Recognised(inner, found.envelope)


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
    understood = _all_understood(lines, joined=True)
    best = max(understood, key=lambda name: understood[name], default="")
    if not best or understood[best] < len(lines) * _SHARE:
        if any(map(_SENT.match, lines)):
            return "syslog"
        raise UnrecognisedError(f"format not recognised: name it with --format, one of {', '.join(FORMATS)}")
    return best


def _all_understood(lines: list[bytes], *, joined: bool) -> dict[str, int]:
    """Count the lines that each format understands, ``joined`` to records where it has such."""
    read = [_object(line) for line in lines]
    others = pa.array([line for line, value in zip(lines, read, strict=True) if value is None], pa.binary())
    understood: dict[str, int] = {}
    for name, one in FORMATS.items():
        if one.recognised and not one.json:
            understood[name] = _understood(name, others, joined=joined) if len(others) else 0
            if understood[name] == len(lines):  # no other can understand more
                break
    shapes = Counter(shape_of(value) for value in read if value is not None)
    if shapes:
        understood[shapes.most_common(1)[0][0]] = shapes.total()
    return understood


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


def _understood(name: str, lines: pa.Array, *, joined: bool) -> int:
    if joined and (begins := FORMATS[name].begins):
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
