"""Rules that ask fields which a source never carries."""

from __future__ import annotations

from typing import Any

import pytest
from detect import events as making

from warroom.detect.unanswered import Gap, gaps

EVENTS = [{"a": "1", "c": "x"}, {"a": "2"}]


def gap(selection: object, condition: str = "s", **more: object) -> tuple[int, list[Gap]]:
    document: dict[str, Any] = {"detection": {"s": selection, "condition": condition, **more}}
    return gaps(making.ruleset(document), making.batch(EVENTS))


def test_a_rule_that_needs_an_absent_field_can_never_match() -> None:
    met, (found,) = gap({"a": "1", "b|contains": "x"})
    assert (met, found.fields, found.can_match) == (1, ("b",), False)


@pytest.mark.parametrize(
    ("selection", "condition", "more", "can_match"),
    [
        ([{"a": "1"}, {"b": "1"}], "s", {}, True),  # one of them is enough
        ({"a": "1"}, "s and not f", {"f": {"b": "1"}}, True),  # the filter never excludes
        ({"a": "1", "b": None}, "s", {}, True),  # an absent field is null
        ({"a": "1"}, "s and f", {"f": {"b|exists": False}}, True),
        ({"a": "1"}, "s and not f", {"f": {"b": None}}, False),
        ({"a|fieldref": "b"}, "s", {}, False),
    ],
)
def test_a_rule_may_match_without_a_field(
    selection: object, condition: str, more: dict[str, Any], *, can_match: bool
) -> None:
    _, (found,) = gap(selection, condition, **more)
    assert (found.fields, found.can_match) == (("b",), can_match)


def test_a_rule_whose_fields_are_there_is_no_gap() -> None:
    assert gap([{"a": "1"}, {"c": "x"}, "keyword"]) == (1, [])


def test_what_a_correlation_counts_is_asked_of_its_rule() -> None:
    base = {"name": "base", "detection": {"s": {"a": "1"}, "condition": "s"}}
    counting = {
        "id": "00000000-0000-4000-8000-00000000000c",
        "correlation": {
            "type": "value_count", "rules": ["base"], "group-by": ["who"], "timespan": "1m",
            "aliases": {"who": {"base": "b"}}, "condition": {"gte": 2, "field": "c"},
        },
    }  # fmt: skip
    _, (found,) = gaps(making.ruleset(base, counting), making.batch(EVENTS))
    assert (found.fields, found.can_match) == (("b",), True)


def test_what_is_certain_is_there_without_a_value() -> None:
    rules = making.ruleset({"detection": {"s": {"c-ip": "192.0.2.1"}, "condition": "s"}})
    assert len(gaps(rules, making.batch(EVENTS))[1]) == 1
    assert gaps(rules, making.batch(EVENTS), ["source_ip"]) == (1, [])


def test_rules_of_other_log_sources_do_not_count() -> None:
    rules = making.ruleset({"logsource": {"product": "zeek"}, "detection": {"s": {"b": "1"}, "condition": "s"}})
    assert gaps(rules, making.batch(EVENTS)) == (0, [])


def test_a_field_counts_in_the_events_that_the_rule_meets() -> None:
    channel = "Microsoft-Windows-Sysmon/Operational"
    events = [
        {"Channel": channel, "EventID": "1", "Image": "x"},
        {"Channel": channel, "EventID": "22", "QueryName": "y"},
    ]
    rules = making.ruleset(
        {"logsource": {"category": "process_creation"}, "detection": {"s": {"QueryName": "y"}, "condition": "s"}}
    )
    met, (found,) = gaps(rules, making.batch(events))
    assert (met, found.can_match) == (1, False)
