"""Correlations agree with brute force, whatever the batches; lateness, restart and memory."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from detect import events as making
from detect.counting import LATENESS, Log, Seen, batches, correlation, named, rules, run, total

from warroom.detect import Detector, load_rules
from warroom.detect.correlate import Limits


def test_an_alert_tells_who_when_and_how_often() -> None:
    detector = Detector(rules({"gte": 3}))
    log: Log = [
        Seen(10, "192.0.2.1", "u1"),
        Seen(20, "192.0.2.1", "u2"),
        Seen(30, "192.0.2.2"),
        Seen(40, "192.0.2.1", "u3"),
    ]
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
    alerts = Detector(ruleset).detect(*batches([Seen(10, "192.0.2.1")], []), drill=False).alerts
    assert [alert.rule_title_th for alert in alerts] == ["ฐาน", "หลายครั้ง"]
    assert [rule.author for rule in (*ruleset.rules, *ruleset.correlations)] == ["", "A. Nan"]
    assert making.ruleset(base | {"custom": {"title_th": 7}}).rules[0].title_th == ""


def test_a_name_is_no_entity_of_failures_unless_grouped_by() -> None:
    log: Log = [Seen(10, "192.0.2.1", "victim"), Seen(20, "192.0.2.1", "victim")]
    for grouped, expected in ((["c-ip"], ["address"]), (["c-ip", "cs-username"], ["address", "user"])):
        (batch,) = batches(log, [])
        place = batch.schema.get_field_index("event_outcome")
        batch = batch.set_column(place, "event_outcome", pa.array(["failure"] * 2))
        (alert,) = Detector(rules({"gte": 2}, group_by=grouped)).detect(batch, drill=False).alerts
        assert [entity.kind for entity in alert.entities] == expected


def test_restored_windows_go_on_and_raise_nothing_again() -> None:
    randomness = random.Random(7)
    log: Log = [
        Seen(second, f"192.0.2.{randomness.randrange(3)}")
        for second in sorted(randomness.randrange(1200) for _ in range(120))
    ]
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
    first, second = batches([Seen(10, "192.0.2.1"), Seen(20, "192.0.2.1")], [1])
    detector = Detector(rules({"gte": 2}))
    assert not detector.detect(first, drill=True).alerts
    assert not detector.detect(second, drill=False).alerts


def test_events_too_late_are_counted_and_left_out() -> None:
    log: Log = [Seen(1000, "192.0.2.1"), Seen(1000 - LATENESS - 1)]
    detector = Detector(rules({"gte": 1}))
    (batch,) = batches(log, [])
    detection = detector.detect(batch, drill=False)
    assert (len(detection.alerts), detection.matches.num_rows, detector.late) == (1, 1, 1)


def test_memory_is_bounded_and_what_went_is_counted() -> None:
    ruleset = rules({"gte": 2})
    detector = Detector(ruleset, Limits(events=100, events_of_group=10, groups=50))
    log: Log = [Seen(number // 10, f"192.0.2.{number}") for number in range(200)]
    for batch in batches(log, list(range(0, 200, 10))):
        detector.detect(batch, drill=False)
    assert detector.dropped == {ruleset.correlations[0].id: 150}
    (flood,) = batches([Seen(30, "198.51.100.1")] * 25, [])
    detector.detect(flood, drill=False)
    assert detector.dropped[ruleset.correlations[0].id] >= 165


def test_all_correlations_together_are_bounded_and_what_went_is_counted() -> None:
    ruleset = rules({"gte": 2})
    most = 20_000
    detector = Detector(ruleset, Limits(bytes_of_all=most))
    for minute in range(20):
        (batch,) = batches([Seen(minute, f"192.0.2.{number}.{minute}") for number in range(100)], [])
        detector.detect(batch, drill=False)
        assert detector.held * 40 <= most
    assert detector.held
    assert detector.held + sum(detector.dropped.values()) == 2_000


def test_windows_go_on_where_another_rule_changed_and_not_where_their_own_did() -> None:
    """A reload: the second half of a window is counted with the first, nothing twice, nothing lost."""
    both = correlation("event_count", {"gte": 4}, id="00000000-0000-4000-8000-00000000000a", rules=["x"])
    stay = [{"id": "00000000-0000-4000-8000-00000000000b"} | named("x")[0]]
    before = making.ruleset(both, *stay, *named("y"))
    other = making.ruleset(*named("z"), both, *stay)
    changed = making.ruleset(both, stay[0] | {"detection": {"s": {"kind": "other"}, "condition": "s"}})
    log: Log = [Seen(second, "192.0.2.1") for second in (1, 2, 3, 4, 5, 6)]
    first, second = batches(log, [3])
    old = Detector(before)
    alerts = old.detect(first, drill=False).alerts
    assert not Detector(changed).take_over(old)
    assert not Detector(making.ruleset(*stay)).take_over(old)
    new = Detector(other)
    assert new.take_over(old)
    alerts += new.detect(second, drill=False).alerts + new.finish()
    assert list(total(alerts).values()) == list(run(before, log, []).values()) == [6]


def test_base_rules_are_silent_unless_they_generate() -> None:
    (batch,) = batches([Seen(10, "192.0.2.1")], [])
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


def found(condition: object, log: Log, **more: object) -> list[tuple[int, int, int]]:
    """(first second, last second, events) of each alert."""
    detector = Detector(rules(condition, **more))
    alerts = [alert for batch in batches(log, []) for alert in detector.detect(batch, drill=False).alerts]
    alerts = [alert for alert in alerts + detector.finish() if alert.rule_title == "Many"]
    return sorted((int(one.first_at.timestamp()), int(one.last_at.timestamp()), one.count) for one in alerts)


def kinds(letters: str, step: int = 10) -> Log:
    return [Seen(place * step, kind=letter) for place, letter in enumerate(letters)]


def sizes(*texts: str) -> Log:
    return [Seen(place * 10, size=text, user=text) for place, text in enumerate(texts)]


def test_value_count_counts_different_values_and_several_fields_together() -> None:
    log = [Seen(1, user="u1", size="1"), Seen(2, user="u1", size="2"), Seen(3, user="u1", size="2"), Seen(4, size="3")]
    assert found({"field": "cs-username", "gte": 2}, log, kind="value_count") == []
    assert found({"field": "size", "gte": 2}, log, kind="value_count") == [(1, 4, 4)]
    assert found({"field": ["cs-username", "size"], "gte": 2}, log, kind="value_count") == [(1, 3, 3)]


def test_temporal_needs_all_rules_in_any_order() -> None:
    asked = {"kind": "temporal", "rules": ["a", "b", "c"]}
    assert found(None, kinds("cab"), **asked) == [(0, 20, 3)]
    assert found(None, kinds("aab"), **asked) == []
    assert found(None, kinds("cab", step=31), **asked) == []
    assert found({"gte": 2}, kinds("aab"), **asked) == [(0, 20, 3)]


def test_temporal_ordered_needs_the_order_too() -> None:
    asked = {"kind": "temporal_ordered", "rules": ["a", "b", "c"]}
    assert found(None, kinds("cbacba"), **asked) == []
    assert found(None, kinds("bcabac"), **asked) == [(0, 50, 6)]
    assert found(None, kinds("abxxxxxc"), **asked) == []
    assert found(None, [Seen(5, kind="c"), Seen(5, kind="a"), Seen(5, kind="b")], **asked) == [(5, 5, 3)]


def test_an_expression_says_which_rules_must_have_matched() -> None:
    asked = {"kind": "temporal", "rules": None}
    assert found("a and b", kinds("ab"), **asked) == [(0, 10, 2)]
    assert found("a and not b", kinds("ab"), **asked) == []
    assert found("a and not b", kinds("ac"), **asked) == [(0, 0, 1)]
    assert found("a and (b or c)", kinds("ac"), **asked) == [(0, 10, 2)]


def test_value_sum_adds_up_exactly() -> None:
    asked = {"kind": "value_sum"}
    assert found({"field": "size", "gte": 1}, sizes(*["0.1"] * 6), **asked) == []
    assert found({"field": "size", "gte": 0.6}, sizes(*["0.1"] * 6), **asked) == [(0, 50, 6)]
    assert found({"field": "size", "gt": 0.6}, sizes(*["0.1"] * 6), **asked) == []
    assert found({"field": "size", "gt": 5e12}, sizes("5e12", "junk", "1"), **asked) == [(0, 20, 2)]


def test_value_avg_is_the_sum_by_the_number() -> None:
    asked = {"kind": "value_avg"}
    assert found({"field": "size", "gt": 2}, sizes("1", "3", "3", "junk"), **asked) == [(0, 20, 3)]
    assert found({"field": "size", "gt": 2.5}, sizes("1", "3", "3"), **asked) == []


def test_value_percentile_is_the_nearest_rank() -> None:
    asked = {"kind": "value_percentile"}
    log = sizes("1", "2", "3", "4", "50")
    assert found({"field": "size", "percentile": 50, "eq": 3}, log, **asked) == [(0, 40, 5)]
    assert found({"field": "size", "percentile": 81, "gte": 50}, log, **asked) == [(0, 40, 5)]
    assert found({"field": "size", "percentile": 80, "gte": 50}, log, **asked) == []


def test_without_a_percentile_it_is_the_share_of_the_events_value() -> None:
    log = [Seen(second, user="usual") for second in range(49)] + [Seen(49, user="rare")]
    assert found({"field": "cs-username", "lte": 2}, log, kind="value_percentile") == [(49, 49, 1)]
    assert found({"field": "cs-username", "lt": 2}, log, kind="value_percentile") == []


def test_an_event_that_two_rules_match_is_one() -> None:
    assert found({"gte": 2}, [Seen(1, kind="ab")], rules=["a", "b"]) == []
    assert found({"gte": 2}, [Seen(1, kind="ab"), Seen(2, kind="b")], rules=["a", "b"]) == [(1, 2, 2)]


def test_an_attack_across_the_end_of_a_bucket_counts_each_event_once() -> None:
    log = [Seen(290 + number) for number in range(20)]
    assert found({"gte": 3}, log) == [(290, 299, 10), (290, 309, 10)]
    assert [count for *_, count in found({"gte": 12}, log)] == [20]


def test_what_came_late_moves_between_alerts_and_is_counted_once() -> None:
    log = [Seen(295), Seen(301), Seen(302), Seen(294), Seen(293)]
    detector = Detector(rules({"gte": 3}))
    counts = [[one.count for one in detector.detect(batch, drill=False).alerts] for batch in batches(log, [3, 4])]
    assert counts == [[3], [1], [3, -2]]


def failed_logins(successes: Log) -> list[str]:
    """The specification's example of a chain."""
    chain = making.ruleset(
        correlation("temporal_ordered", None, title="In", rules=["many", "s"], group_by=["cs-username"]),
        correlation("event_count", {"gte": 3}, name="many", rules=["f"], group_by=["cs-username"], generate=False),
        *named("f", "s"),
    )
    detector = Detector(chain)
    log = [Seen(second, user="u1", kind="f") for second in (1, 2, 3)] + successes
    alerts = [alert for batch in batches(log, [1, 2, 3]) for alert in detector.detect(batch, drill=False).alerts]
    return [f"{alert.rule_title} {alert.count}" for alert in alerts]


def test_a_correlation_of_a_correlation_is_found_and_the_inner_one_is_silent() -> None:
    assert failed_logins([]) == []
    assert failed_logins([Seen(4, user="u1", kind="s")]) == ["In 2"]
    assert failed_logins([Seen(4, user="u2", kind="s")]) == []
    assert failed_logins([Seen(2, user="u1", kind="s")]) == []


def test_a_restart_knows_how_far_feeds_had_come_that_nothing_matched() -> None:
    ruleset = rules({"lt": 2})
    first, second, third = batches([Seen(1), Seen(5000, kind="none"), Seen(5001, kind="none")], [1, 2])
    before, after = Detector(ruleset), Detector(ruleset)
    stored = [before.detect(batch, drill=False) for batch in (first, second)]
    assert [len(one.alerts) for one in stored] == [0, 1]
    after.restore([one.matches for one in stored], {"feed": 5000 * 1_000_000})
    assert not after.detect(third, drill=False).alerts + after.finish()


def test_stored_rows_of_another_form_of_the_correlation_are_left_out() -> None:
    (batch,) = batches([Seen(1), Seen(2)], [])
    stored = Detector(rules({"gte": 9}, id="4d0a2c83-c62c-4ed4-b475-c7e23a9269b8")).detect(batch, drill=False).matches
    changed = rules({"gte": 1}, id="4d0a2c83-c62c-4ed4-b475-c7e23a9269b8", group_by=["c-ip", "cs-username"])
    detector = Detector(changed)
    detector.restore([stored])
    assert (stored.num_rows, detector.held) == (2, 0)


def test_each_correlation_says_how_far_back_its_rows_are_needed() -> None:
    short = correlation("event_count", {"gte": 3}, name="short", timespan="1m")
    alone = correlation("event_count", {"gte": 3}, title="Alone", timespan="1m")
    outer = correlation("event_count", {"gte": 3}, title="Outer", rules=["short"], timespan="30d")
    ruleset = making.ruleset(short, alone, outer, *named("x"))
    spans = Detector(ruleset).horizons()
    by_title = {one.title: spans[one.id].days for one in ruleset.correlations if one.name != "short"}
    inner = next(spans[one.id].days for one in ruleset.correlations if one.name == "short")
    assert by_title["Alone"] == 0
    assert 60 <= by_title["Outer"] <= inner


def test_long_texts_are_bounded_and_what_went_is_counted() -> None:
    ruleset = rules({"gte": 2})
    detector = Detector(ruleset, Limits(bytes=100_000))
    for batch in batches([Seen(number // 10, f"{number:01000}") for number in range(300)], list(range(10, 300, 10))):
        detector.detect(batch, drill=False)
    assert 0 < detector.held < 150
    assert detector.dropped[ruleset.correlations[0].id] == 300 - detector.held


@pytest.mark.slow
def test_half_a_million_keys_stay_within_the_bound() -> None:
    ruleset = rules({"gte": 2})
    detector = Detector(ruleset, Limits(events=20_000, groups=10_000))
    for first in range(0, 500_000, 50_000):
        (batch,) = batches([Seen(first // 50_000, f"{number:x}") for number in range(first, first + 50_000)], [])
        detector.detect(batch, drill=False)
        assert detector.held <= 10_000
    assert detector.dropped[ruleset.correlations[0].id] == 500_000 - detector.held


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
