"""Proposes a feed for some lines of a log: its format, the names of its fields, and what would become of the lines."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson
import pyarrow as pa

from warroom.collect.proposing_fields import fields
from warroom.collect.proposing_text import quoted
from warroom.collect.trying import MOST_BYTES, Preview, try_feed
from warroom.log_formats import FORMATS
from warroom.parse import ParseContext, UnrecognisedError, parse, recognise
from warroom.parse.csv_lines import values_of
from warroom.parse.key_values import REST
from warroom.reading import Options

if TYPE_CHECKING:
    from datetime import datetime

_LINES: Final = 200
#: Signs that separate values, most usual first.
_SIGNS: Final = (",", "\t", ";", "|")
#: A format counts as understood where it reads so much of the lines, and a generic one where it reads so much.
_SHARE: Final = 0.5
_MOST_PAIRED: Final = 0.8
_LEAST_COLUMNS: Final = 3
#: A name in a header; vowels and tone marks of Thai are no letters to `\\w`.
_NAME: Final = re.compile(r"[^\W\d][\w\u0e31\u0e34-\u0e3a\u0e47-\u0e4e .()/-]{0,60}")
_ENVELOPES: Final = {
    "docker": re.compile(rb'\{"log":"'),
    "cri": re.compile(rb"[0-9-]{10}T[0-9:.]{8,18}(?:Z|[+-][0-9:]{5}) (?:stdout|stderr) [FP] "),
    "syslog": re.compile(rb"<[0-9]{1,3}>(?:1 )?[A-Z0-9]"),
}
_PLATFORM: Final = "tang_rat"
_HEAD: Final = """title:
  th: {title}
  en: {title}
platform: {platform}
collect:
  transport: file
  paths: [{path}]
"""
_PATH: Final = "/var/log/CHANGE_ME/*.log*"
#: What is proposed for a log that nothing else reads, and what a person makes of it.
_TEXT: Final = (
    "  # docs/feeds.md: name the parts of a line, such as '^\\[(?P<time>[^]]+)\\] (?P<src_ip>\\S+) (?P<message>.*)$'",
    "  pattern: '^(?P<message>.*)$'",
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A feed's YAML, to be looked over by a person, and what becomes of the lines with it."""

    yaml: str
    preview: Preview


@dataclass(frozen=True, slots=True)
class _Guess:
    """What the lines seem to be: the format, and further lines under ``parse``."""

    format: str
    lines: tuple[str, ...] = ()
    understood: int = 0


def propose(lines: bytes, now: datetime, platform: str | None = None, path: str = _PATH) -> Proposal:
    """Propose a feed for pasted lines; never fails, but the preview may say that not one line is understood.

    ``path`` is where the log lies, a pattern of paths.
    """
    lines = lines[:MOST_BYTES]
    sample = [line for line in lines.replace(b"\r\n", b"\n").split(b"\n", _LINES + 1)[:_LINES] if line.strip()]
    envelope, within = _unpacked(sample, now)
    guess = _guess(within or sample, now)
    parse_lines = [f"  format: {guess.format}", "  timezone: Asia/Bangkok", *guess.lines]
    if envelope and guess.format != "syslog":
        parse_lines.append(f"  envelope: {envelope}")
    product, category, service = FORMATS[guess.format].logsource
    source = {"product": product, "category": category, "service": service}
    told = [f"  {key}: {value}" for key, value in source.items() if value] or ["  product: govplatform"]
    text = _HEAD.format(
        title=f'"New feed ({guess.format})"', platform=platform or _PLATFORM, path=orjson.dumps(path).decode()
    )
    text += "\n".join(["parse:", *parse_lines, "logsource:", *told, "enabled: false", ""])
    return Proposal(text, try_feed(text, lines, now))


def _unpacked(sample: list[bytes], now: datetime) -> tuple[str, list[bytes]]:
    """Say which envelope most lines stand in, and give what is within."""
    for name, begins in _ENVELOPES.items():
        if sum(begins.match(line) is not None for line in sample) > len(sample) * _SHARE:
            return name, _within(sample, name, now)
    return "", []


def _within(sample: list[bytes], envelope: str, now: datetime) -> list[bytes]:
    if envelope == "docker":
        return [text.encode() for line in sample if (text := _log_of(line))]
    if envelope == "cri":
        return [line.split(b" ", 3)[3] for line in sample if line.count(b" ") >= 3]  # noqa: PLR2004
    found = parse(pa.array(sample, pa.binary()), ParseContext("syslog", "UTC", now)).events.column("message")
    return [text.encode() for text in found.to_pylist() if text]


def _log_of(line: bytes) -> str:
    try:
        found = orjson.loads(line)
    except orjson.JSONDecodeError:
        return ""
    log = found.get("log") if isinstance(found, dict) else None
    return log.rstrip("\n") if isinstance(log, str) else ""


def _guess(sample: list[bytes], now: datetime) -> _Guess:
    """Say what lines are: a format that is known, JSON, pairs, values in columns, or else text."""
    if not sample:
        return _Guess("jsonl")
    known = _recognised(sample, now)
    if known is not None and known.understood > len(sample) * _SHARE:
        return known
    paired = _pairs(sample, now)
    return paired or _columns(sample) or known or _Guess("pattern", _TEXT)


def _recognised(sample: list[bytes], now: datetime) -> _Guess | None:
    try:
        name = recognise(b"\n".join(sample) + b"\n")
    except UnrecognisedError:
        return None
    parsed = parse(pa.array(sample, pa.binary()), ParseContext(name, "Asia/Bangkok", now))
    understood = len(parsed.events)
    if name == "syslog":
        understood -= int(parsed.events.column("process_name").null_count)
    if name != "jsonl":
        return _Guess(name, (), understood)
    struct = parsed.events.column("fields")
    columns = {kind.name: struct.field(place) for place, kind in enumerate(struct.type)}
    return _Guess(name, tuple(fields(columns)), understood)


def _pairs(sample: list[bytes], now: datetime) -> _Guess | None:
    best: tuple[int, _Guess] | None = None
    for delimiter in ("", *_SIGNS):
        options = Options(delimiter=delimiter)
        events = parse(pa.array(sample, pa.binary()), ParseContext("kv", "Asia/Bangkok", now, options=options)).events
        struct = events.column("fields")
        columns = {kind.name: struct.field(place) for place, kind in enumerate(struct.type) if kind.name != REST}
        filled = sum(len(column) - column.null_count for column in columns.values())
        loose = sum(
            len(struct) - struct.field(place).null_count for place, kind in enumerate(struct.type) if kind.name == REST
        )
        if len(events) < len(sample) * _MOST_PAIRED or filled < 2 * len(events) or len(columns) > filled:
            continue
        written = (f"  delimiter: {quoted(delimiter)}",) if delimiter else ()
        score = filled - 2 * loose
        if best is None or score > best[0]:
            best = score, _Guess("kv", (*written, *fields(columns)), len(events))
    return best[1] if best else None


def _columns(sample: list[bytes]) -> _Guess | None:
    texts = [line.decode("utf-8", "replace") for line in sample]
    for sign in _SIGNS:
        rows = [values for text in texts if (values := values_of(text, sign)) is not None]
        count = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
        if count[0] < _LEAST_COLUMNS or count[1] < len(sample) * _MOST_PAIRED:
            continue
        first, others = rows[0], [row for row in rows[1:] if len(row) == count[0]]
        named = len(first) == count[0] and len(set(first)) == len(first) and all(map(_NAME.fullmatch, first))
        names = [one.strip() for one in first] if named else [f"column_{place}" for place in range(1, count[0] + 1)]
        cells = others if named else [row for row in rows if len(row) == count[0]]
        columns = {
            name: pa.array([row[place].strip() or None for row in cells], pa.string())
            for place, name in enumerate(names)
        }
        told = [f"  columns: [{', '.join(map(quoted, names))}]"]
        told += ["  header: true"] if named else []
        told += [f"  delimiter: {quoted(sign)}"] if sign != "," else []
        return _Guess("csv", (*told, *fields(columns)), len(cells))
    return None
