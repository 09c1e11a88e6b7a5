"""Runs a detector's samples, the log lines that it must and must not match, through the real parser and engine.

``<detector>.samples.yaml`` lies beside ``<detector>.yml``::

    format: jsonl                                        # as in a feed
    logsource: {product: govplatform, service: authn}
    timezone: UTC                                        # where the format writes local time
    fields: {source_ip: src_ip}                          # core column: native name, as in a feed
    must_match:
        - why: thirty accounts from one address
          events:                                        # or `line:` alone for one event
              - {line: '{"ts": "$time", "user": "u$n"}', times: 40, every: 2s}
    must_not_match: […]

A filter has samples, too: they run through the rules that it names.

In a line ``$time`` is the event's time as the format writes it and ``$n`` counts the repetitions from 1. A case
begins at the same moment whenever it is run, so its outcome never changes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa

from warroom.catalog import Document, read_yaml
from warroom.detect.detector import Detector
from warroom.detect.load import load_rules
from warroom.detect.ruleset import RuleSet
from warroom.errors import ContentError, Fault
from warroom.log_formats import FORMATS
from warroom.model import CORE, ENVELOPE
from warroom.parse import ParseContext, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX: Final = ".samples.yaml"
_BEGINS_AT: Final = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
_KEYS: Final = ("format", "logsource", "timezone", "fields", "must_match", "must_not_match")
_MAX_LINES: Final = 20_000  # of one case
_EVERY: Final = re.compile(r"(\d{1,6})(ms|s|m|h)")
_TIME: Final = re.compile(r"\$time\b")
_COUNTER: Final = re.compile(r"\$n\b")
_UNITS: Final = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours"}
#: How each format writes a time.
_TIMES: Final = {
    "nginx": "%d/%b/%Y:%H:%M:%S %z",
    "apache": "%d/%b/%Y:%H:%M:%S %z",
    "syslog": "%b %d %H:%M:%S",
    "jsonl": "%Y-%m-%dT%H:%M:%S.%f%z",
}


@dataclass(frozen=True, slots=True)
class Case:
    """Events in the order of their times, and whether the detector must raise an alert for them."""

    why: str
    expected: bool
    lines: tuple[str, ...]
    ends_at: datetime
    at: int  # line in the samples file


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of one detector, and how their lines are read."""

    file: Path
    format: str
    timezone: str
    logsource: dict[str, str]
    mapping: dict[str, str] = field(default_factory=dict)
    cases: tuple[Case, ...] = ()


def samples_of(rule_file: Path) -> Path:
    """Say where a detector's samples lie."""
    return rule_file.with_name(rule_file.stem + SUFFIX)


def rules_under_test(file: Path, folder: Path) -> RuleSet:
    """Load what a file's samples are about: its rules, or the rules of a folder that its filters apply to."""
    alone = load_rules([file])
    if alone.rules or alone.correlations:
        return alone
    whole = load_rules([folder] if file.resolve().is_relative_to(folder.resolve()) else [folder, file])
    here = file.resolve()
    rules = [rule for rule in whole.rules if any(Path(one.file).resolve() == here for one in rule.filters)]
    return RuleSet(rules, refused=[fault for fault in whole.refused if Path(fault.file).resolve() == here])


def read_samples(path: Path) -> Samples:
    """Read a samples file. Raises ContentError with file, line and reason."""
    documents = read_yaml(path)
    if len(documents) != 1:
        raise ContentError(Fault(str(path), 0, f"expected one YAML document, found {len(documents)}"))
    (document,) = documents
    data = document.data
    for key in data:
        if key not in _KEYS:
            raise _error(document, f"unknown key `{key}`: use {', '.join(_KEYS)}", key)
    if data.get("format") not in FORMATS:
        raise _error(document, f"`format` must be one of {', '.join(FORMATS)}", "format")
    logsource, mapping = data.get("logsource", {}), data.get("fields", {})
    if not logsource or not _is_texts(logsource) or not set(logsource) <= {"product", "category", "service"}:
        raise _error(document, "`logsource` needs product, category or service", "logsource")
    if not _is_texts(mapping) or not set(mapping) <= set(CORE):
        raise _error(document, "`fields` maps core columns to native names", "fields")
    timezone = data.get("timezone", "UTC")
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, TypeError) as problem:
        raise _error(
            document, f"`timezone` must be a name such as Asia/Bangkok, not {timezone!r}", "timezone"
        ) from problem
    cases = tuple(
        _case(document, key, place, zone)
        for key in ("must_match", "must_not_match")
        for place in range(len(_entries(document, key)))
    )
    return Samples(path, data["format"], timezone, logsource, mapping, cases)


def failures(samples: Samples, ruleset: RuleSet) -> Iterator[Fault]:
    """Give a fault for each case that does not hold with the rules of one detector's file."""
    for case in samples.cases:
        lines = pa.array([line.encode() for line in case.lines], pa.binary())
        context = ParseContext(samples.format, samples.timezone, case.ends_at, samples.mapping)
        parsed = parse(lines, context)
        if parsed.rejects:
            reason = f"“{case.why}”: the line does not parse as {samples.format}: {parsed.rejects[0].reason}"
            yield Fault(str(samples.file), case.at, reason)
            continue
        detector = Detector(ruleset)
        found = detector.detect(with_envelope(parsed.events, samples), drill=False).alerts
        if bool(found) != case.expected:
            wanted = "must match and does not" if case.expected else f"must not match and does: {found[0].rule_title}"
            yield Fault(str(samples.file), case.at, f"“{case.why}” {wanted}")


def _case(document: Document, key: str, place: int, zone: ZoneInfo) -> Case:
    entry = document.data[key][place]
    if not isinstance(entry, dict) or not isinstance(entry.get("why"), str) or not {"line", "events"} & set(entry):
        raise _error(document, "a case needs `why` and either `line` or `events`", key, place)
    events = entry.get("events", [{"line": entry.get("line")}])
    if not isinstance(events, list):
        raise _error(document, "`events` must be a list", key, place)
    notation = _TIMES[document.data["format"]]
    timed: list[tuple[datetime, str]] = []
    for event in events:
        if not isinstance(event, dict) or not isinstance(event.get("line"), str):
            raise _error(document, "each event needs a `line`", key, place)
        times = event.get("times", 1)
        if not isinstance(times, int) or not 1 <= times <= _MAX_LINES - len(timed):
            raise _error(document, f"`times` must be 1 or more, and a case at most {_MAX_LINES} lines", key, place)
        step = _duration(document, event.get("every", "1s"), key, place)
        for number in range(times):
            at = _BEGINS_AT + number * step
            written = at.astimezone(zone).strftime(notation)
            timed.append((at, _COUNTER.sub(str(number + 1), _TIME.sub(written, event["line"]))))
    if not timed:
        raise _error(document, "a case needs at least one event", key, place)
    timed.sort(key=lambda pair: pair[0])
    return Case(
        entry["why"], key == "must_match", tuple(line for _, line in timed), timed[-1][0], document.line_of(key, place)
    )


def _entries(document: Document, key: str) -> list[Any]:
    entries = document.data.get(key)
    if not isinstance(entries, list) or not entries:
        raise _error(document, f"`{key}` needs at least one case: no rule without a hit and a miss", key)
    return entries


def _duration(document: Document, text: object, key: str, place: int) -> timedelta:
    found = _EVERY.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise _error(document, f"`every` must be a time such as 50ms, 2s, 5m or 1h, not {text!r}", key, place)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def with_envelope(events: pa.RecordBatch, samples: Samples) -> pa.RecordBatch:
    """Add what the pipeline would: identity and log source."""
    count = events.num_rows
    values: dict[str, pa.Array] = {
        "event_id": pa.array(range(1, count + 1), pa.int64()),
        "ingested_at": events.column("ts"),
        "feed_id": pa.repeat(samples.file.name.removesuffix(SUFFIX), count),
        "platform_id": pa.repeat("samples", count),
    }
    for name, kind in ENVELOPE.items():
        given = samples.logsource.get(name.removeprefix("log_"))
        if name not in values and name != "ts":
            values[name] = pa.repeat(given, count) if given else pa.nulls(count, kind)
    for name, column in values.items():
        events = events.append_column(name, column)
    return events


def _is_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(part, str) for pair in value.items() for part in pair)


def _error(document: Document, reason: str, *path: str | int) -> ContentError:
    return ContentError(Fault(str(document.file), document.line_of(*path), reason))
