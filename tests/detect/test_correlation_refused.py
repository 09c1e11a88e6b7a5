"""Correlations that mean nothing are refused, with file, line and reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from detect import events as making
from detect.counting import correlation, named

from warroom.detect import load_rules

BODY = {"type": "event_count", "rules": ["x"], "group-by": ["c-ip"], "timespan": "1m", "condition": {"gte": 2}}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "near"}, "no type of correlation `near`"),
        ({"type": None}, "no type"),
        ({"timespan": "0s"}, "greater than zero"),
        ({"timespan": "5 minutes"}, "such as 90m"),
        ({"timespan": "367d"}, "at most a year"),
        ({"timespan": None}, "such as 90m"),
        ({"rules": ["nobody"]}, "`nobody`, which is no loaded rule"),
        ({"rules": ["x", "x"]}, "twice"),
        ({"rules": []}, "name at least one"),
        ({"rules": [7]}, "in quotes"),
        ({"rules": None}, "name at least one"),
        ({"rules": ["many"]}, "refers back to this correlation"),
        ({"group-by": 7}, "is a list"),
        ({"group_by": ["c-ip"]}, "did you mean `group-by`"),
        ({"condition": None}, "needs a `condition`"),
        ({"condition": {}}, "no limit"),
        ({"condition": {"gte": "many"}}, "no number"),
        ({"condition": {"gte": True}}, "no number"),
        ({"condition": {"gte": float("inf")}}, "no number"),
        ({"condition": {"gte": 1 << 60}}, "too large"),
        ({"condition": {"atleast": 3, "gte": 3}}, "no `atleast`"),
        ({"condition": {"gte": 2, "field": "size"}}, "counts no values"),
        ({"condition": {"gte": 2, "percentile": 50}}, "has no `percentile`"),
        ({"condition": "x and y"}, "is for type temporal"),
        ({"type": "temporal", "condition": "x and y"}, "`y` in the condition is not among"),
        ({"type": "temporal", "condition": "x and", "rules": None}, "names no rule before"),
        ({"type": "temporal", "condition": "(x", "rules": None}, "not closed"),
        ({"type": "temporal", "condition": "x y", "rules": None}, "is missing before `y`"),
        ({"type": "temporal", "condition": "(" * 99 + "x" + ")" * 99, "rules": None}, "nested deeper"),
        ({"type": "temporal", "condition": "not " * 99 + "x", "rules": None}, "nested deeper"),
        ({"type": "temporal_ordered", "condition": "x"}, "is for type temporal"),
        ({"type": "value_count"}, "needs `field`"),
        ({"type": "value_sum", "condition": {"gte": 2, "field": ["size", "user"]}}, "takes one field"),
        ({"type": "value_percentile", "condition": {"gte": 2, "field": "size", "percentile": 101}}, "from 0 to 100"),
        ({"aliases": ["who"]}, "holds for each alias"),
        ({"aliases": {"who": {"y": "c-ip"}}}, "not among the rules"),
        ({"aliases": {"who": {"x": 7}}}, "names one field"),
        ({"generate": "yes"}, "true or false"),
    ],
)
def test_what_cannot_be_counted_is_refused(change: dict[str, Any], reason: str, tmp_path: Path) -> None:
    body = {key: value for key, value in (BODY | change).items() if value is not None}
    document = {"title": "Many", "name": "many", "correlation": body}
    x = making.TITLE | named("x")[0]
    (tmp_path / "rule.yml").write_text(yaml.safe_dump_all([x, document]))
    (fault,) = load_rules([tmp_path]).refused
    assert reason in fault.reason
    assert fault.line > 1


def test_what_rests_on_a_refused_correlation_is_refused_too() -> None:
    chain = [
        correlation("event_count", {"gte": 3}, name="one", rules=["two"]),
        correlation("event_count", {"gte": 3}, name="two", rules=["three"], title="Two"),
        correlation("event_count", {"gte": 3}, name="three", rules=["one", "x"], title="Three"),
        correlation("event_count", {"gte": 3}, name="four", rules=["x"], title="Four"),
    ]
    ruleset = making.ruleset(*chain, *named("x"))
    assert [one.name for one in ruleset.correlations] == ["four"]
    assert len(ruleset.refused) == 3


def test_a_rule_named_by_its_id_and_its_name_is_one() -> None:
    x = named("x")[0] | {"id": "53ba33fd-3a50-4468-a5ef-c583635cfa92"}
    ruleset = making.ruleset(x, correlation("temporal", None, rules=["x", "53ba33fd-3a50-4468-a5ef-c583635cfa92"]))
    assert [fault.reason for fault in ruleset.refused if "twice" in fault.reason]
