"""Each type of correlation finds what it asks for, and nothing else."""

from __future__ import annotations

from detect.counting import Log, Seen, batches, rules

from warroom.detect import Detector


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
