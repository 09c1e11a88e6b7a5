"""Reads samples: the log lines that a detector must and must not match, in ``<detector>.samples.yaml`` beside it.

::

    format: jsonl                                        # as in a feed
    logsource: {product: govplatform, service: authn}
    timezone: UTC                                        # where the format writes local time
    fields: {source_ip: src_ip}                          # core column: native name, as in a feed
    must_match:
        - why: thirty accounts from one address
          events:                                        # or `line:` alone for one event
              - {line: '{"ts": "$time", "user": "u$n"}', times: 40, every: 2s}
              - line: '203.0.113.9 - - [$time] "GET /login HTTP/1.1" 200 12 "-" "-"'
                after: 1m                                # its first event, after the case begins
                format: nginx                            # each entry may come from a source of its own
                logsource: {product: nginx, category: webserver}
    must_not_match: […]

In a line ``$time`` is the event's time as the format writes it and ``$n`` counts the repetitions from 1. A case
begins at the same moment whenever it is run, so its outcome never changes.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from warroom.catalog import Document, read_yaml
from warroom.errors import ContentError, Fault
from warroom.log_formats import FORMATS
from warroom.model import CORE

if TYPE_CHECKING:
    from collections.abc import Mapping

SUFFIX: Final = ".samples.yaml"
_BEGINS_AT: Final = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
_OF_SOURCE: Final = ("format", "logsource", "timezone", "fields")
_KEYS: Final = (*_OF_SOURCE, "must_match", "must_not_match")
_OF_CASE: Final = ("why", "line", "events")
_OF_EVENT: Final = ("line", "times", "every", "after", *_OF_SOURCE)
_MAX_LINES: Final = 20_000  # of one case
_LENGTH: Final = re.compile(r"(\d{1,6})(ms|s|m|h|d)")
_TIME: Final = re.compile(r"\$time\b")
_COUNTER: Final = re.compile(r"\$n\b")
_UNITS: Final = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
#: How formats write a time; those of JSON write ISO 8601, all others as databases and W3C logs do.
_TIMES: Final = {
    "nginx": "%d/%b/%Y:%H:%M:%S %z",
    "nginx_custom": "%d/%b/%Y:%H:%M:%S %z",
    "apache": "%d/%b/%Y:%H:%M:%S %z",
    "apache_custom": "%d/%b/%Y:%H:%M:%S %z",
    "syslog": "%b %d %H:%M:%S",
    "netfilter": "%b %d %H:%M:%S",
}
#: Formats besides those of JSON that write ISO 8601.
_IN_ISO: Final = ("csv", "kv")
_OTHERWISE: Final = "%Y-%m-%d %H:%M:%S"
#: auditd counts seconds since 1970, with milliseconds.
_IN_SECONDS: Final = ("auditd", "zeek")


@dataclass(frozen=True, slots=True)
class Source:
    """Where lines come from: how they are read, and Sigma's log source, which says what rules look at them."""

    format: str
    timezone: str
    logsource: Mapping[str, str]
    mapping: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """Lines of one source that follow each other."""

    source: Source
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """Events in the order of their times, and whether the detector must raise an alert for them."""

    why: str
    expected: bool
    runs: tuple[Run, ...]
    ends_at: datetime
    at: int  # line in the samples file


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of one detector."""

    file: Path
    cases: tuple[Case, ...]


def samples_of(rule_file: Path) -> Path:
    """Say where a detector's samples lie."""
    return rule_file.with_name(rule_file.stem + SUFFIX)


def read_samples(path: Path) -> Samples:
    """Read a samples file. Raises ContentError with file, line and reason."""
    return samples_in(read_yaml(path), path)


def samples_in(documents: list[Document], path: Path) -> Samples:
    """Take the samples from a file's documents. Raises ContentError with file, line and reason."""
    if len(documents) != 1:
        raise ContentError(Fault(str(path), 0, f"expected one YAML document, found {len(documents)}"))
    (document,) = documents
    _known(document, document.data, _KEYS)
    source = _source(document, document.data, Source("", "UTC", {}))
    cases = tuple(
        _case(document, key, place, source)
        for key in ("must_match", "must_not_match")
        for place in range(len(_entries(document, key)))
    )
    return Samples(path, cases)


def _source(document: Document, told: dict[str, Any], usual: Source, *path: str | int) -> Source:
    """Read what says where lines come from; what is not said is as usual."""
    log_format = told.get("format", usual.format)
    if log_format not in FORMATS:
        raise _error(document, f"`format` must be one of {', '.join(FORMATS)}", *path, "format")
    logsource, mapping = told.get("logsource", usual.logsource), told.get("fields", usual.mapping)
    if not logsource or not _is_texts(logsource) or not set(logsource) <= {"product", "category", "service"}:
        raise _error(document, "`logsource` needs product, category or service", *path, "logsource")
    if not _is_texts(mapping) or not set(mapping) <= set(CORE):
        raise _error(document, "`fields` maps core columns to native names", *path, "fields")
    timezone = told.get("timezone", usual.timezone)
    try:
        ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, TypeError) as problem:
        reason = f"`timezone` must be a name such as Asia/Bangkok, not {timezone!r}"
        raise _error(document, reason, *path, "timezone") from problem
    return Source(log_format, timezone, logsource, mapping)


def _case(document: Document, key: str, place: int, usual: Source) -> Case:
    entry = document.data[key][place]
    if not isinstance(entry, dict) or not isinstance(entry.get("why"), str) or not {"line", "events"} & set(entry):
        raise _error(document, "a case needs `why` and either `line` or `events`", key, place)
    _known(document, entry, _OF_CASE, key, place)
    events = entry.get("events", [{"line": entry.get("line")}])
    if not isinstance(events, list):
        raise _error(document, "`events` must be a list", key, place)
    timed: list[tuple[datetime, str, Source]] = []
    for number, event in enumerate(events):
        path = (key, place, "events", number)
        if not isinstance(event, dict) or not isinstance(event.get("line"), str):
            raise _error(document, "each event needs a `line`", *path)
        _known(document, event, _OF_EVENT, *path)
        source = _source(document, event, usual, *path) if set(_OF_SOURCE) & set(event) else usual
        timed += [(at, line, source) for at, line in _repeated(document, event, source, len(timed), *path)]
    if not timed:
        raise _error(document, "a case needs at least one event", key, place)
    timed.sort(key=lambda event: event[0])
    runs = tuple(
        Run(source, tuple(line for _, line, _ in events))
        for source, events in itertools.groupby(timed, key=lambda event: event[2])
    )
    return Case(entry["why"], key == "must_match", runs, timed[-1][0], document.line_of(key, place))


def _repeated(
    document: Document, event: dict[str, Any], source: Source, before: int, *path: str | int
) -> list[tuple[datetime, str]]:
    """Give an entry's lines with their times."""
    times = event.get("times", 1)
    if not isinstance(times, int) or not 1 <= times <= _MAX_LINES - before:
        raise _error(document, f"`times` must be 1 or more, and a case at most {_MAX_LINES} lines", *path)
    step = _length(document, "every", event.get("every", "1s"), *path)
    begins_at = _BEGINS_AT + _length(document, "after", event.get("after", "0s"), *path)
    zone = ZoneInfo(source.timezone)
    found: list[tuple[datetime, str]] = []
    for number in range(times):
        at = begins_at + number * step
        written = time_written(source.format, at.astimezone(zone))
        found.append((at, _COUNTER.sub(str(number + 1), _TIME.sub(written, event["line"]))))
    return found


def time_written(log_format: str, at: datetime) -> str:
    """Write a time as a format does."""
    if log_format in _IN_SECONDS:
        return f"{at.timestamp():.3f}"
    if log_format in _IN_ISO or FORMATS[log_format].json:
        return at.isoformat(timespec="microseconds")
    return at.strftime(_TIMES.get(log_format, _OTHERWISE))


def _entries(document: Document, key: str) -> list[Any]:
    entries = document.data.get(key)
    if not isinstance(entries, list) or not entries:
        raise _error(document, f"`{key}` needs at least one case: no rule without a hit and a miss", key)
    return entries


def _length(document: Document, key: str, text: object, *path: str | int) -> timedelta:
    found = _LENGTH.fullmatch(text) if isinstance(text, str) else None
    if not found:
        raise _error(document, f"`{key}` must be a time such as 50ms, 2s, 5m, 1h or 1d, not {text!r}", *path, key)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _known(document: Document, told: dict[str, Any], allowed: tuple[str, ...], *path: str | int) -> None:
    for key in told:
        if key not in allowed:
            raise _error(document, f"unknown key `{key}`: use {', '.join(allowed)}", *path, key)


def _is_texts(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(part, str) for pair in value.items() for part in pair)


def _error(document: Document, reason: str, *path: str | int) -> ContentError:
    return ContentError(Fault(str(document.file), document.line_of(*path), reason))
