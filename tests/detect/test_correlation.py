"""Correlations agree with brute force, whatever the batches; lateness, restart and memory."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from detect import events as making
from detect.counting import LATENESS, Log, batches, brute_force, rules, run, total
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.detect import Detector, load_rules
from warroom.detect.correlate import Limits

LOGS = st.lists(
    st.tuples(
        st.integers(0, 900), st.sampled_from(["192.0.2.1", "192.0.2.2"]), st.sampled_from(["u1", "u2", "u3", None])
    ),
    min_size=1,
    max_size=40,
)
CONDITIONS = st.sampled_from(
    [{"gte": 3}, {"gt": 1}, {"lt": 3}, {"lte": 2}, {"eq": 2}, {"neq": 1}, {"gte": 2, "lte": 3}]
)


@settings(max_examples=100, deadline=None)
@given(
    log=LOGS,
    condition=CONDITIONS,
    distinct=st.booleans(),
    cuts=st.lists(st.integers(0, 40), max_size=6),
    ordered=st.booleans(),
)
def test_windows_agree_with_brute_force_whatever_the_batches(
    *, log: Log, condition: dict[str, int], distinct: bool, cuts: list[int], ordered: bool
) -> None:
    if ordered:
        log = sorted(log, key=lambda entry: entry[0])
    ruleset = rules(condition | {"field": "cs-username"}, kind="value_count") if distinct else rules(condition)
    found = run(ruleset, log, [min(cut, len(log)) for cut in cuts])
    assert sorted(found.values()) == sorted(brute_force(log, condition, distinct=distinct).values())
    assert found == run(ruleset, log, [])
    assert all(title == "Many" for title, _ in found)


def test_an_alert_tells_who_when_and_how_often() -> None:
    detector = Detector(rules({"gte": 3}))
    log: Log = [(10, "192.0.2.1", "u1"), (20, "192.0.2.1", "u2"), (30, "192.0.2.2", None), (40, "192.0.2.1", "u3")]
    (alert,) = detector.detect(*batches(log, []), drill=False).alerts
    assert (alert.count, alert.event_ids, alert.feed_id, alert.platform_id) == (3, (1, 2, 4), "feed", "platform")
    assert (alert.first_at.second, alert.last_at.second, str(alert.severity)) == (10, 40, "high")
    assert (alert.entities[0].kind, alert.entities[0].value) == ("address", "192.0.2.1")


def test_alerts_carry_the_rules_own_thai_title() -> None:
    base = {"name": "base", "detection": {"s": {"kind": "x"}, "condition": "s"}, "custom": {"title_th": "ฐาน"}}
    many = {
        "title": "Many",
        "author": "A. Nan",
        "custom": {"title_th": "หลายครั้ง"},
        "correlation": {
            "type": "event_count",
            "rules": ["base"],
            "group-by": ["c-ip"],
            "timespan": "1m",
            "condition": {"gte": 1},
            "generate": True,
        },
    }
    ruleset = making.ruleset(base, many)
    alerts = Detector(ruleset).detect(*batches([(10, "192.0.2.1", None)], []), drill=False).alerts
    assert [alert.rule_title_th for alert in alerts] == ["ฐาน", "หลายครั้ง"]
    assert [rule.author for rule in (*ruleset.rules, *ruleset.correlations)] == ["", "A. Nan"]
    assert making.ruleset(base | {"custom": {"title_th": 7}}).rules[0].title_th == ""


def test_a_name_is_no_entity_of_failures_unless_grouped_by() -> None:
    log: Log = [(10, "192.0.2.1", "victim"), (20, "192.0.2.1", "victim")]
    for grouped, expected in ((["c-ip"], ["address"]), (["c-ip", "cs-username"], ["address", "user"])):
        (batch,) = batches(log, [])
        place = batch.schema.get_field_index("event_outcome")
        batch = batch.set_column(place, "event_outcome", pa.array(["failure"] * 2))
        (alert,) = Detector(rules({"gte": 2}, **{"group-by": grouped})).detect(batch, drill=False).alerts
        assert [entity.kind for entity in alert.entities] == expected


def test_restored_windows_go_on_and_raise_nothing_again() -> None:
    randomness = random.Random(7)
    log: Log = sorted((randomness.randrange(1200), f"192.0.2.{randomness.randrange(3)}", None) for _ in range(120))
    ruleset = rules({"gte": 4})
    whole = run(ruleset, log, [])
    for cut in (1, 40, 77, 119):
        first, second = batches(log, [cut])
        before = Detector(ruleset)
        detection = before.detect(first, drill=False)
        after = Detector(ruleset)
        after.restore([detection.matches])
        assert total(detection.alerts + after.detect(second, drill=False).alerts) == whole


def test_drill_and_real_events_never_count_together() -> None:
    first, second = batches([(10, "192.0.2.1", None), (20, "192.0.2.1", None)], [1])
    detector = Detector(rules({"gte": 2}))
    assert not detector.detect(first, drill=True).alerts
    assert not detector.detect(second, drill=False).alerts


def test_events_too_late_are_counted_and_left_out() -> None:
    log: Log = [(1000, "192.0.2.1", None), (1000 - LATENESS - 1, "192.0.2.1", None)]
    detector = Detector(rules({"gte": 1}))
    (batch,) = batches(log, [])
    detection = detector.detect(batch, drill=False)
    assert (len(detection.alerts), detection.matches.num_rows, detector.late) == (1, 1, 1)


def test_memory_is_bounded_and_what_went_is_counted() -> None:
    ruleset = rules({"gte": 2})
    detector = Detector(ruleset, Limits(events=100, events_of_group=10, groups=50))
    log: Log = [(number // 10, f"192.0.2.{number}", None) for number in range(200)]
    for batch in batches(log, list(range(0, 200, 10))):
        detector.detect(batch, drill=False)
    assert detector.dropped == {ruleset.correlations[0].id: 150}
    (flood,) = batches([(30, "198.51.100.1", None)] * 25, [])
    detector.detect(flood, drill=False)
    assert detector.dropped[ruleset.correlations[0].id] >= 165


def test_base_rules_are_silent_unless_they_generate() -> None:
    (batch,) = batches([(10, "192.0.2.1", None)], [])
    assert not Detector(rules({"gte": 2})).detect(batch, drill=False).alerts
    (alert,) = Detector(rules({"gte": 2}, generate=True)).detect(batch, drill=False).alerts
    assert alert.rule_title == "A rule"


def test_aliases_name_a_field_for_each_rule() -> None:
    one = {"name": "one", "detection": {"s": {"kind": "x"}, "condition": "s"}}
    two = {"name": "two", "detection": {"s": {"kind": "y"}, "condition": "s"}}
    both = {
        "title": "Both",
        "correlation": {
            "type": "event_count",
            "rules": ["one", "two"],
            "group-by": ["who"],
            "aliases": {"who": {"one": "from", "two": "to"}},
            "timespan": "1m",
            "condition": {"gte": 2},
        },
    }
    batch = making.batch([{"kind": "x", "from": "m"}, {"kind": "y", "from": "n", "to": "m"}, {"kind": "y", "to": "k"}])
    (alert,) = Detector(making.ruleset(one, two, both)).detect(batch, drill=False).alerts
    assert (alert.rule_title, alert.event_ids) == ("Both", (1, 2))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"type": "temporal", "condition": None}, "temporal are not supported"),
        ({"timespan": "0s"}, "greater than zero"),
        ({"rules": ["nobody"]}, "no loaded rule"),
        ({"condition": {"gte": "many"}}, "count"),
    ],
)
def test_what_cannot_be_counted_is_refused(change: dict[str, Any], reason: str, tmp_path: Path) -> None:
    body = {"type": "event_count", "rules": ["base"], "group-by": ["c-ip"], "timespan": "1m", "condition": {"gte": 2}}
    document = {
        "title": "Many",
        "correlation": {key: value for key, value in (body | change).items() if value is not None},
    }
    (tmp_path / "rule.yml").write_text(yaml.safe_dump(document))
    (fault,) = load_rules([tmp_path]).refused
    assert reason in fault.reason
