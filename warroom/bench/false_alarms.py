"""Events of false alarms as samples: what the rule asks and what tells the pattern, without personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from warroom.detect.taxonomy import load_taxonomy
from warroom.detect.unanswered import asked_fields
from warroom.model import CORE, FIELDS
from warroom.privacy import mask
from warroom.store.database import to_us

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import pyarrow as pa

    from warroom.detect.rules import Rule
    from warroom.detect.ruleset import RuleSet

#: Samples that are kept of a false alarm, and characters of each of their values.
MOST: Final = 20
_LONGEST: Final = 500
_MOST_FIELDS: Final = 40
#: Columns that tell a pattern whatever the rule asks.
TELLING: Final = (
    *("event_action", "event_outcome", "event_reason", "source_ip", "host_hostname", "user_name", "device_id"),
    *("http_request_method", "http_response_status_code", "url_path", "user_agent_original"),
    *("process_name", "process_executable", "process_parent_executable", "file_path", "dns_question_name", "rule_name"),
)
#: Columns that name people or their devices, and what labels their values get; machines keep their names.
_PEOPLE: Final = {"user_name": "user", "user_id": "user", "device_id": "device"}
_MACHINES: Final = ("svc-", "kiosk-")
_SOURCE: Final = {"log_product": "product", "log_category": "category", "log_service": "service"}


def rules_below(ruleset: RuleSet, rule_id: str) -> list[Rule]:
    """Give the rules over single events that a rule or correlation rests on; none where it is not loaded."""
    whole = ruleset.whole
    left: list[int] = [place for place, one in enumerate(whole.rules) if one.id == rule_id]
    left += [~place for place, one in enumerate(whole.correlations) if one.id == rule_id]
    found: dict[int, Rule] = {}
    while left:
        place = left.pop()
        if place < 0:
            left += whole.correlations[~place].members
        else:
            found[place] = whole.rules[place]
    return [found[place] for place in sorted(found)]


def names_asked(ruleset: RuleSet, rule_id: str) -> tuple[frozenset[str], frozenset[str]]:
    """Give the core columns and the sources' own fields that a rule looks at."""
    asked: set[str] = set()
    wanted = {rule.id for rule in rules_below(ruleset, rule_id)}
    for rule, fields in zip(ruleset.whole.rules, asked_fields(ruleset.whole), strict=True):
        if rule.id in wanted:
            asked |= set(fields)
    taxonomy = load_taxonomy()
    columns = {column for name in asked if (column := taxonomy.column_of(name)) in CORE}
    return frozenset(columns), frozenset(native for name in asked for native in taxonomy.natives_of(name))


def samples(events: pa.Table, columns: Collection[str], natives: Collection[str]) -> list[dict[str, Any]]:
    """Make samples of events.

    Args:
        events: as stored, in the order of their ids.
        columns: core columns that the rule looks at.
        natives: fields of the source that it looks at.

    Returns:
        For each event ``at`` (microseconds since 1970), ``logsource``, ``columns`` and ``fields`` with what they hold,
        and ``masked``: the names whose values are not what they were.
    """
    labels: dict[tuple[str, str], str] = {}
    return [_sample(row, columns, natives, labels) for row in events.slice(0, MOST).to_pylist()]


def _sample(
    row: Mapping[str, Any], columns: Collection[str], natives: Collection[str], labels: dict[tuple[str, str], str]
) -> dict[str, Any]:
    masked: set[str] = set()
    told: dict[str, str | int] = {}
    for name in CORE:
        value = row.get(name)
        if value is None or name not in {*TELLING, *columns}:
            continue
        told[name] = value if isinstance(value, int) else _text(name, str(value), labels, masked)
    own: dict[str, str] = {}
    for name, value in _fields(row.get(FIELDS)):
        if name in natives and len(own) < _MOST_FIELDS:
            own[name] = _text(name, value, labels, masked)
    return {
        "at": to_us(row["ts"]),
        "logsource": {key: row[name] for name, key in _SOURCE.items() if row.get(name)},
        "columns": told,
        "fields": own,
        "masked": sorted(masked),
    }


def _text(name: str, value: str, labels: dict[tuple[str, str], str], masked: set[str]) -> str:
    """Give a value without what names a person; different people stay different."""
    label = _PEOPLE.get(name)
    if label is not None and not value.startswith(_MACHINES):
        masked.add(name)
        count = sum(own == label for own, _ in labels) + 1
        return labels.setdefault((label, value), f"{label}-{count}")
    shown = mask(value)[:_LONGEST]
    if shown != value:
        masked.add(name)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in shown)


def _fields(told: object) -> Iterator[tuple[str, str]]:
    """Give the source's own fields: stored as a list of pairs, a list of values where it had several."""
    pairs = told.items() if isinstance(told, dict) else told if isinstance(told, list) else ()
    for name, value in pairs:
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                yield str(name), str(one)
