"""Writes the draft of a filter after a false alarm: what its events have in common, and the events as samples."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from warroom.bench.false_alarms import TELLING
from warroom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from warroom.detect.rules import LogSource, Rule

#: Columns that say how a thing ended, not who did it: alone they except too much.
_NOT_ALONE: Final = frozenset({"event_outcome", "http_request_method", "http_response_status_code", "event_action"})
#: Values that a selection lists at most, where events have not one in common.
_MOST_VALUES: Final = 20
#: An address of nobody (RFC 5737).
_ELSEWHERE: Final = "198.51.100.77"
_NEVER: Final = ("url_query", "url_original", "message", "event_reason")


def filter_text(title: str, incident: int, rules: Sequence[Rule], samples: Sequence[Mapping[str, Any]], by: str) -> str:
    """Write the filter as Sigma: left out is what every event of the false alarm has in common.

    Raises:
        UsageError: the events have nothing in common that was not masked.
    """
    common = _common(samples)
    if not common:
        raise UsageError("these events have nothing in common that may be written down: write the filter by hand")
    lines = [
        f"title: {_quoted(f'Not {title}'[:200])}",
        f"id: {uuid.uuid4()}",
        "description: |",
        f"    Incident {incident} was a false alarm. Left out is what its events had in common: check that no attack",
        "    can look the same, and take away what says too little.",
        f"author: {_quoted(by)}",
        f"date: {datetime.now(UTC):%Y-%m-%d}",
        "logsource:",
        *_source(rule.logsource for rule in rules),
        "filter:",
        "    rules:",
        *(f"        - {_quoted(rule.id)}" for rule in rules),
        "    selection:",
    ]
    for name, values in common.items():
        if len(values) == 1:
            lines.append(f"        {_quoted(name)}: {_value(values[0])}")
        else:
            lines += [f"        {_quoted(name)}:", *(f"            - {_value(one)}" for one in values)]
    lines += [
        "    condition: not selection",
        "custom:",
        f"    title_th: {_quoted(f'ยกเว้นจาก {title}'[:200])}",
        f"    description_th: {_quoted(f'เหตุการณ์ที่ {incident} เป็นการแจ้งเตือนผิด ยกเว้นสิ่งที่เหตุการณ์ในล็อกมีร่วมกัน')}",
    ]
    return "\n".join(lines) + "\n"


def samples_text(incident: int, samples: Sequence[Mapping[str, Any]], asked: Collection[str], *, together: bool) -> str:
    """Write the samples: what must not match any more, and the same without what was common, which must.

    Args:
        incident: whose events they are.
        samples: as ``false_alarms.samples`` made them.
        asked: core columns that the rule looks at.
        together: they are one case, as a correlation saw them; else each is a case of its own.
    """
    why = _quoted(f"incident {incident} was a false alarm")
    columns = sorted({name for one in samples for name in one["columns"]})
    first = samples[0]
    lines = ["format: jsonl", f"logsource: {_flow(first['logsource'])}"]
    lines.append(f"fields: {_flow({name: name for name in columns})}")
    other = {**first, "columns": first["columns"] | _elsewhere(samples, asked)}
    why_still = _quoted("the same from elsewhere is none")
    lines += ["must_match:", f"    - why: {why_still}", f"      line: {_line(other)}", "must_not_match:"]
    begin = min(int(one["at"]) for one in samples)
    for place, one in enumerate(samples):
        entry = [f"line: {_line(one)}"]
        if one["logsource"] != first["logsource"]:
            entry.append(f"logsource: {_flow(one['logsource'])}")
        if together:
            seconds = min(999_999, (int(one["at"]) - begin) // 1_000_000)
            entry.append(f"after: {seconds}s")
        if not together or not place:
            lines += [f"    - why: {why}", "      events:"]
        lines += [f"          {'- ' if not number else '  '}{text}" for number, text in enumerate(entry)]
    return "\n".join(lines) + "\n"


def _common(samples: Sequence[Mapping[str, Any]]) -> dict[str, list[str | int]]:
    """Give what all events have: columns of one value; else the one column with the fewest values."""
    values: dict[str, dict[str | int, None]] = {}
    for name in TELLING:
        if name in _NEVER or any(name in one["masked"] or name not in one["columns"] for one in samples):
            continue
        values[name] = dict.fromkeys(one["columns"][name] for one in samples)
    telling = {name: list(own) for name, own in values.items() if name not in _NOT_ALONE}
    if any(len(own) == 1 for own in telling.values()):
        return {name: list(own) for name, own in values.items() if len(own) == 1}
    few = sorted((len(own), name) for name, own in telling.items() if len(own) <= _MOST_VALUES)
    return {few[0][1]: telling[few[0][1]]} if few else {}


def _elsewhere(samples: Sequence[Mapping[str, Any]], asked: Collection[str]) -> dict[str, str]:
    """Give another value for one of the columns that are common: best for one that the rule does not look at."""
    common = [name for name, values in _common(samples).items() if isinstance(values[0], str)]
    name = min(common, key=lambda one: (one in asked, one in _NOT_ALONE, common.index(one)))
    return {name: _ELSEWHERE if name == "source_ip" else f"{samples[0]['columns'][name]}-other"}


def _line(one: Mapping[str, Any]) -> str:
    """Write an event as a line of JSON, quoted."""
    return _quoted(json.dumps({"ts": "$time", **one["columns"], **one["fields"]}, ensure_ascii=False))


def _source(sources: Iterable[LogSource]) -> list[str]:
    """Write a log source that holds those of all rules."""
    found = list(sources)
    shared = {}
    for key in ("product", "category", "service"):
        own = {getattr(one, key) for one in found}
        if len(own) == 1 and (value := own.pop()) is not None:
            shared[key] = value
    return [f"    {key}: {_quoted(value)}" for key, value in shared.items()] or ["    {}"]


def _flow(pairs: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{_quoted(key)}: {_quoted(value)}" for key, value in pairs.items()) + "}"


def _value(value: str | int) -> str:
    """Write a value as a Sigma rule means it: `*`, `?` and the backslash stand for themselves."""
    if isinstance(value, int):
        return str(value)
    plain = value.replace("\\", "\\\\").replace("*", "\\*").replace("?", "\\?")
    return _quoted(plain)


def _quoted(text: str) -> str:
    """Write a text in double quotes: JSON's are YAML's."""
    clean = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return json.dumps(clean, ensure_ascii=False)
