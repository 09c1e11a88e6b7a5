"""What correlations remember: late events, restarts, reloads, and memory that is bounded; what went is counted."""

from __future__ import annotations

import random

import pytest
from detect import events as making
from detect.counting import LATENESS, Log, Seen, batches, correlation, named, rules, run, total

from warroom.detect import Detector
from warroom.detect.limits import Limits


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


def test_what_only_late_events_could_still_meet_is_missed_when_one_comes() -> None:
    ruleset = rules({"gte": 2}, timespan="1m")
    (name,) = (one.id for one in ruleset.correlations)
    detector = Detector(ruleset, Limits(groups=10))
    log: Log = [Seen(1000 + 2 * number, f"192.0.2.{number}") for number in range(200)]
    for batch in batches(log, list(range(10, 200, 10))):
        detector.detect(batch, drill=False)
        assert detector.held <= 20
    # what goes after 20 seconds could still have met others in time
    kept = detector.dropped.get(name, 0)
    assert kept > 0
    roomy = Detector(ruleset, Limits(groups=60))
    for batch in batches(log, list(range(10, 200, 10))):
        roomy.detect(batch, drill=False)
    assert roomy.held < len(log)
    assert not roomy.dropped
    (late,) = batches([Seen(1000, "192.0.2.0"), Seen(1398, "192.0.2.199")], [])
    found = roomy.detect(late, drill=False)
    assert (len(found.alerts), found.late, found.dropped) == (1, 0, {name: 1})


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


def test_a_batch_says_what_it_left_out_and_a_rebuilt_window_nothing_again() -> None:
    ruleset = rules({"gte": 2})
    detector = Detector(ruleset, Limits(events=100, events_of_group=10, groups=50))
    log: Log = [Seen(1000 + number // 10, f"192.0.2.{number}") for number in range(200)]
    late: Log = [Seen(1000 - LATENESS, "192.0.2.1")] * 3
    found = [detector.detect(batch, drill=False) for batch in batches(log + late, [100, 200])]
    (name,) = detector.dropped
    assert [one.late for one in found] == [0, 0, 3]
    assert sum(one.dropped.get(name, 0) for one in found) == detector.dropped[name] == 150
    assert found[2].dropped == {}
