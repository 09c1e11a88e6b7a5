"""Feeds read hours or days apart: lateness is a feed's own, windows wait, and memory does not wait for ever."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from detect.counting import Log, Seen, batches, expected, rules, run, total
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.detect import Detector

HOUR = 3600
DAY = 24 * HOUR
CONDITIONS: list[dict[str, int]] = [{"gte": 3}, {"gt": 1}, {"lt": 3}, {"eq": 2}, {"neq": 1}, {"gte": 2, "lte": 3}]


def stream(randomness: random.Random, count: int, start: int, hours: float, addresses: list[str]) -> Log:
    """Events of one feed in bursts, mostly in order, some of them too late."""
    moments = sorted(start + randomness.randrange(int(hours * HOUR)) for _ in range(max(1, count // 4)))
    times = sorted(moment + randomness.randrange(120) for moment in moments for _ in range(4))
    late = [time - randomness.choice([0, 0, 0, 30, 500, 700]) for time in times]
    return [Seen(time, randomness.choice(addresses), randomness.choice(["u1", "u2", None])) for time in late]


def interleaved(randomness: random.Random, streams: dict[str, Log]) -> tuple[Log, list[str]]:
    """Any order that keeps each feed's own, in runs as a collector reads them."""
    left = {feed: list(log) for feed, log in streams.items()}
    log: Log = []
    feeds: list[str] = []
    while left:
        feed = randomness.choice(sorted(left))
        count = randomness.choice([1, 3, 10, 1000])
        taken, left[feed] = left[feed][:count], left[feed][count:]
        log += taken
        feeds += [feed] * len(taken)
        if not left[feed]:
            del left[feed]
    return log, feeds


#: What every property is asked of: streams, a condition, and where the batches are cut.
drawn = given(
    seed=st.integers(0, 1 << 30),
    condition=st.sampled_from(CONDITIONS),
    distinct=st.booleans(),
    cuts=st.lists(st.integers(0, 120), max_size=8),
)


@settings(max_examples=25, deadline=None)
@drawn
def test_feeds_hours_apart_meet_in_shared_windows(
    *, seed: int, condition: dict[str, int], distinct: bool, cuts: list[int]
) -> None:
    randomness = random.Random(seed)
    shared = ["192.0.2.1", "192.0.2.2"]
    log, feeds = interleaved(randomness, {name: stream(randomness, 32, 0, 5, shared) for name in ("a", "b", "c")})
    # Windows wait for feeds that have spoken.
    log, feeds = [Seen(-600, "198.51.100.1")] * 3 + log, ["a", "b", "c", *feeds]
    check(log, feeds, condition, cuts, distinct=distinct)


@settings(max_examples=25, deadline=None)
@drawn
def test_a_feed_days_behind_counts_its_own_events(
    *, seed: int, condition: dict[str, int], distinct: bool, cuts: list[int]
) -> None:
    randomness = random.Random(seed)
    streams = {
        name: stream(randomness, 32, number * 2 * DAY, 30, [f"192.0.2.{number}", f"198.51.100.{number}"])
        for number, name in enumerate("abc")
    }
    log, feeds = interleaved(randomness, streams)
    check(log, feeds, condition, cuts, distinct=distinct)


def check(log: Log, feeds: list[str], condition: dict[str, int], cuts: list[int], *, distinct: bool) -> None:
    ruleset = rules(condition | {"field": "cs-username"}, kind="value_count") if distinct else rules(condition)
    found = run(ruleset, log, sorted({min(cut, len(log)) for cut in cuts}), feeds)
    assert found == expected(ruleset, log, feeds)
    assert found == run(ruleset, log, [], feeds)


@pytest.mark.parametrize("condition", [{"gte": 3}, {"eq": 3}])
def test_a_whole_day_of_one_feed_hides_nothing_in_the_next(condition: dict[str, Any]) -> None:
    day: Log = [Seen(second) for second in range(0, DAY, 600)]
    attack: Log = [Seen(HOUR + number, "192.0.2.2") for number in range(3)]
    quiet: Log = [Seen(second, "192.0.2.3") for second in range(2 * HOUR, DAY, 600)]
    log = day + attack + quiet
    feeds = ["a"] * len(day) + ["b"] * len(attack + quiet)
    for cuts in ([len(day)], [len(day), len(day) + 2], list(range(1, len(log)))):
        detector = Detector(rules(condition))
        alerts = [alert for batch in batches(log, cuts, feeds) for alert in detector.detect(batch, drill=False).alerts]
        assert [(alert.feed_id, alert.entities[0].value) for alert in alerts] == [("b", "192.0.2.2")]
        assert detector.late == 0


def test_what_waits_for_later_events_is_settled_by_the_other_feeds() -> None:
    """A feed that falls silent is waited for, but not for ever."""
    detector = Detector(rules({"lt": 2}))
    log: Log = [Seen(0, "192.0.2.1"), Seen(HOUR, "192.0.2.2"), Seen(9 * DAY, "192.0.2.2")]
    raised = [
        [alert.entities[0].value for alert in detector.detect(batch, drill=False).alerts]
        for batch in batches(log, [1, 2], ["a", "b", "b"])
    ]
    assert raised == [[], [], ["192.0.2.1", "192.0.2.2"]]


def test_memory_lets_go_of_what_no_feed_can_change() -> None:
    """Neither groups seen once nor a feed that fell silent for ever keep their events in memory."""
    silent: Log = [Seen(0, f"198.51.100.{number}") for number in range(200)]
    log: Log = [Seen(number * 60, f"192.0.2.{number}") for number in range(10 * 24 * 60)]
    detector = Detector(rules({"gte": 3}))
    for batch in batches(silent + log, list(range(200, len(log), 400)), ["a"] * 200 + ["b"] * len(log)):
        detector.detect(batch, drill=False)
    assert detector.held < 2500
    assert not detector.dropped


@pytest.mark.parametrize("cut", [1, 40, 90, 119])
def test_restored_windows_go_on_in_feeds_apart(cut: int) -> None:
    randomness = random.Random(cut)
    log, feeds = interleaved(
        randomness, {name: stream(randomness, 40, number * HOUR, 3, ["192.0.2.1"]) for number, name in enumerate("abc")}
    )
    ruleset = rules({"gte": 4})
    first, second = batches(log, [cut], feeds)
    whole = Detector(ruleset)
    before = whole.detect(first, drill=False)
    expected = whole.detect(second, drill=False).alerts
    for stored in ([before.matches], list(one_by_feed(before.matches))):
        after = Detector(ruleset)
        after.restore(stored)
        assert total(after.detect(second, drill=False).alerts) == total(expected)


def one_by_feed(matches: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """Rows as compaction leaves them: feed by feed."""
    for feed in ("a", "b", "c"):
        yield matches.filter(pa.array([value == feed for value in matches["feed_id"].to_pylist()]))
