"""More than usual: a correlation with a baseline holds where a group has more than at this hour of the weeks before."""

from __future__ import annotations

import pyarrow as pa
import pytest
from detect import events as making
from detect.counting import SECOND, SPAN, Log, Seen, batches, correlation, named
from hypothesis import given
from hypothesis import strategies as st

from warroom.detect import Detector, RuleSet
from warroom.detect.heading import RefusedError
from warroom.detect.usual import FIRST_MONDAY_US, HOUR_US, LEARNING_US, LEARNT, WEEK_US, Usual, lesson_name, week_of

#: A Wednesday, and the week whose lessons count then.
WEEK = 2960
MOMENT = (FIRST_MONDAY_US + WEEK * WEEK_US + 50 * HOUR_US) // SECOND
HOUR = 50
Learnt = dict[int, list[tuple[str | None, int, float]]]


def ruleset(
    kind: str = "event_count", *, times: float = 3, weeks: int = 2, unlearnt: str = "floor", **condition: object
) -> RuleSet:
    document = correlation(kind, {"gte": 2} | condition, id="0a3d3c53-0b52-4f0e-9f3e-6a6b6c9c6f11")
    return making.ruleset(
        document | {"custom": {"baseline": {"times": times, "weeks": weeks, "unlearnt": unlearnt}}}, *named("x")
    )


def usual(learnt: Learnt, asked: list[tuple[str, int]] | None = None) -> Usual:
    def read(name: str, week: int) -> pa.Table | None:
        if asked is not None:
            asked.append((name, week))
        rows = learnt.get(week)
        if rows is None:
            return None
        return pa.table([[[key] for key, _, _ in rows], [h for _, h, _ in rows], [m for _, _, m in rows]], LEARNT)

    return Usual(read)


def alarmed(rules: RuleSet, log: Log, known: Usual | None) -> set[str]:
    detector = Detector(rules, usual=known)
    return {
        entity.value
        for batch in batches(log, [len(log) // 2])
        for alert in detector.detect(batch, drill=False).alerts
        for entity in alert.entities
    }


def bursts(**counts: int) -> Log:
    """So many events of each address at one time, two seconds apart."""
    found = [
        Seen(MOMENT + 2 * place, address=f"192.0.2.{name[1:]}") for name, n in counts.items() for place in range(n)
    ]
    return sorted(found, key=lambda seen: seen.second)


def test_more_than_three_times_the_most_of_the_weeks_before_is_unusual() -> None:
    known = usual({WEEK - 1: [("192.0.2.1", HOUR, 2.0), ("192.0.2.2", HOUR, 2.0)], WEEK - 2: [("192.0.2.2", HOUR, 4)]})
    log = bursts(a1=7, a2=7, a3=7)
    assert alarmed(ruleset(), log, known) == {"192.0.2.1", "192.0.2.3"}
    assert alarmed(ruleset(), bursts(a1=6), known) == set()
    assert alarmed(ruleset(), bursts(a2=13), known) == {"192.0.2.2"}
    assert alarmed(ruleset(weeks=1), log, known) == {"192.0.2.1", "192.0.2.2", "192.0.2.3"}


def test_what_is_usual_at_another_hour_does_not_count() -> None:
    known = usual({WEEK - 1: [("192.0.2.1", HOUR + 1, 50.0), ("192.0.2.1", HOUR, 1.0)]})
    assert alarmed(ruleset(), bursts(a1=4), known) == {"192.0.2.1"}


def test_nothing_learnt_leaves_the_rules_own_limits() -> None:
    assert alarmed(ruleset(), bursts(a1=2, a2=1), usual({})) == {"192.0.2.1"}
    assert alarmed(ruleset(), bursts(a1=2, a2=1), None) == {"192.0.2.1"}


def test_or_keeps_a_rule_silent_that_says_so() -> None:
    rules = ruleset(unlearnt="silent")
    assert alarmed(rules, bursts(a1=50), usual({})) == set()
    assert alarmed(rules, bursts(a1=2), usual({WEEK - 1: []})) == {"192.0.2.1"}
    assert alarmed(rules, bursts(a1=2), None) == {"192.0.2.1"}  # samples and scans know no history


def test_the_floor_holds_where_hardly_anything_is_usual() -> None:
    known = usual({WEEK - 1: [("192.0.2.1", HOUR, 0.1)]})
    assert alarmed(ruleset(gte=5), bursts(a1=4, a2=5), known) == {"192.0.2.2"}


def test_different_values_and_sums_are_compared_too() -> None:
    known = usual({WEEK - 1: [("192.0.2.1", HOUR, 3.0)]})
    few = [Seen(MOMENT + place, user=f"u{place % 9}", size="2") for place in range(30)]
    many = [Seen(MOMENT + place, user=f"u{place % 10}", size="2") for place in range(30)]
    counted = ruleset("value_count", field="cs-username")
    assert [bool(alarmed(counted, log, known)) for log in (few, many)] == [False, True]
    added = ruleset("value_sum", field="size", times=19.9)
    assert [bool(alarmed(added, log, known)) for log in (few[:29], many)] == [False, True]


def test_a_day_after_its_end_a_week_counts_and_is_asked_for_once() -> None:
    asked: list[tuple[str, int]] = []
    known = usual({WEEK - 1: [("192.0.2.1", 23, 50.0), ("192.0.2.1", 24, 50.0)], WEEK - 2: []}, asked)
    begin = FIRST_MONDAY_US + WEEK * WEEK_US
    (one,) = ruleset().correlations
    at = [begin + LEARNING_US - 1, begin + LEARNING_US, begin + LEARNING_US + 1]
    for moment, found in zip(at, (True, False, False), strict=True):
        log = [Seen(moment // SECOND, address="192.0.2.1") for _ in range(6)]
        assert bool(alarmed(ruleset(), log, known)) is found
    assert asked.count((lesson_name(one), WEEK - 1)) == 1
    assert week_of(begin) == WEEK
    assert week_of(begin - 1) == WEEK - 1


@given(
    seconds=st.lists(st.integers(0, 4 * SPAN), max_size=40),
    most=st.integers(0, 6),
    times=st.sampled_from([1, 1.5, 3]),
    floor=st.integers(1, 5),
)
def test_it_holds_where_some_window_has_more(seconds: list[int], most: int, times: float, floor: int) -> None:
    log = [Seen(MOMENT + second) for second in sorted(seconds)]
    known = usual({WEEK - 1: [("192.0.2.1", HOUR, float(most))]})
    windows = [sum(end - SPAN <= second <= end for second in seconds) for end in seconds]
    expected = any(count >= floor and count > times * most for count in windows)
    assert bool(alarmed(ruleset(times=times, gte=floor), log, known)) is expected


@pytest.mark.parametrize(
    ("kind", "condition", "baseline", "reason"),
    [
        ("event_count", {"gte": 2}, 3, "holds `times: 3`"),
        ("event_count", {"gte": 2}, {"time": 3}, "did you mean `times`"),
        ("event_count", {"gte": 2}, {}, "no number from 1"),
        ("event_count", {"gte": 2}, {"times": 0.5}, "no number from 1"),
        ("event_count", {"gte": 2}, {"times": 3, "weeks": 13}, "whole number from 1 to 12"),
        ("event_count", {"gte": 2}, {"times": True}, "no number"),
        ("event_count", {"gte": 2}, {"times": 3, "unlearnt": "never"}, "none of floor, silent"),
        ("event_count", {"lt": 2}, {"times": 3}, "with gt or gte"),
        ("value_avg", {"field": "size", "gte": 2}, {"times": 3}, "is for event_count"),
        ("temporal", {"gte": 1}, {"times": 3}, "is for event_count"),
    ],
)
def test_what_means_nothing_is_refused(kind: str, condition: object, baseline: object, reason: str) -> None:
    document = correlation(kind, condition) | {"custom": {"baseline": baseline}}
    with pytest.raises(RefusedError, match=reason):
        making.ruleset(document, *named("x"))
