"""Compares the engine with the plain evaluator, and makes a disagreement small enough to read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import yaml
from detect import events as making
from detect.drawn import Case
from detect.plain_evaluator import matches
from detect.plain_events import events_of

from warroom.detect import RuleSet, match
from warroom.detect.heading import RefusedError

Pairs = list[tuple[int, int]]


def batch_of(case: Case) -> pa.RecordBatch:
    return making.batch(case.events, raw=case.raw, core=case.core)


def with_dictionaries(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give the same events with every column of text as a dictionary, as some parsers hand them over."""
    fields = batch["fields"]
    children = [_dictionary(fields.field(place)) for place in range(fields.type.num_fields)]
    names = [field.name for field in fields.type]
    columns = {name: _dictionary(batch[name]) for name in batch.schema.names}
    columns["fields"] = pa.StructArray.from_arrays(children, names=names) if names else fields
    return pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))


def _dictionary(array: pa.Array) -> pa.Array:
    return array.dictionary_encode() if pa.types.is_string(array.type) else array


def ruleset_of(case: Case) -> RuleSet:
    loaded = making.ruleset(*case.rules, *case.filters, placeholders=case.values)
    assert not loaded.refused, loaded.refused
    return loaded


def pairs(found: pa.RecordBatch) -> Pairs:
    """Give what ``match`` answered as (row, rule)."""
    return list(zip(found["row"].to_pylist(), found["rule"].to_pylist(), strict=True))


def expected(case: Case, batch: pa.RecordBatch) -> Pairs:
    """Give what the plain evaluator answers."""
    return [
        (row, number)
        for row, event in enumerate(events_of(batch))
        for number, rule in enumerate(case.rules)
        if matches(rule, event, case.filters, case.values)
    ]


def assert_agreement(case: Case, context: str = "") -> int:
    """Compare rule by rule and event by event; give the number of hits."""
    batch = batch_of(case)
    wanted = expected(case, batch)
    try:
        found = pairs(match(batch, ruleset_of(case)))
    except RefusedError as problem:
        rule = next(number for number, rule in enumerate(case.rules) if _refused(rule, case))
        raise AssertionError(f"{context}the engine refuses: {problem}\n{_written(_single(case, 0, rule))}") from problem
    assert_same(case, found, wanted, context)
    return len(found)


def assert_same(case: Case, found: Pairs, wanted: Pairs, context: str = "") -> None:
    """Tell the first disagreement, as small as it goes."""
    if found != wanted:
        row, rule = min(set(found) ^ set(wanted))
        says = "only the engine" if (row, rule) in found else "only the plain evaluator"
        one = _smaller(_single(case, row, rule))
        raise AssertionError(f"{context}{says} says yes (rule {rule}, row {row})\n{_written(one)}")


def _refused(rule: dict[str, Any], case: Case) -> bool:
    try:
        making.ruleset(rule, placeholders=case.values)
    except RefusedError:
        return True
    return False


def _single(case: Case, row: int, rule: int) -> Case:
    core = {name: [values[row]] for name, values in case.core.items()}
    return replace(case, rules=[case.rules[rule]], events=[case.events[row]], raw=[case.raw[row]], core=core)


def _disagrees(case: Case) -> bool:
    """Say whether they disagree; a rule that has become invalid is no disagreement."""
    batch = batch_of(case)
    try:
        wanted = expected(case, batch)
    except (ValueError, KeyError, IndexError):
        return False
    try:
        return pairs(match(batch, making.ruleset(*case.rules, *case.filters, placeholders=case.values))) != wanted
    except RefusedError:
        return False


def _smaller(case: Case) -> Case:
    """Leave out what the disagreement does not need."""
    found = True
    while found:
        found = False
        for simpler in _simpler(case):
            if _disagrees(simpler):
                case, found = simpler, True
                break
    return case


def _simpler(case: Case) -> Iterator[Case]:
    if case.filters:
        yield replace(case, filters=[])
    for event in case.events:
        for name in event:
            yield replace(case, events=[{key: value for key, value in event.items() if key != name}])
    for name in case.core:
        if not name.startswith("log_") and case.core[name] != [None]:
            yield replace(case, core=case.core | {name: [None]})
    for detection in _detections(case.rules[0]["detection"]):
        yield replace(case, rules=[case.rules[0] | {"detection": detection}])


def _detections(detection: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, body in detection.items():
        if name == "condition":
            continue
        if detection != {name: body, "condition": name}:
            yield {name: body, "condition": name}
        for less in _less(body):
            yield detection | {name: less}


def _less(body: object) -> Iterator[Any]:
    """Give a search with one thing less."""
    if isinstance(body, dict):
        for key, values in body.items():
            rest = {name: value for name, value in body.items() if name != key}
            if rest:
                yield rest
            if isinstance(values, list):
                yield from (rest | {key: value} for value in values if isinstance(value, str))
    if isinstance(body, list):
        if len(body) > 1:
            yield from ([part] for part in body)
        yield from ([less] for part in body for less in _less(part))


def _written(case: Case) -> str:
    rule = yaml.safe_dump(case.rules[0] | {"filters": case.filters}, allow_unicode=True, sort_keys=False)
    return f"{rule}event: {case.events!r}\nraw: {case.raw!r}\ncolumns: {case.core!r}\nplaceholders: {case.values!r}"
