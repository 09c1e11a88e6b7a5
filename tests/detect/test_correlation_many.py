"""What many alerts tell at once is what each would tell alone; and where alerts first come up."""

from __future__ import annotations

import random

import pytest
from detect import events as making
from detect.counting import Log, Seen, batches, correlation, named, rules
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.detect import Detector, RuleSet, match
from warroom.model import Alert

ID = "4d0a2c83-c62c-4ed4-b475-c7e23a9269b8"


def a_log(dice: random.Random, events: int, addresses: int) -> Log:
    return [
        Seen(second, f"192.0.2.{dice.randrange(addresses)}", f"u{dice.randrange(30)}", dice.choice(["a", "ab", "b"]))
        for second in sorted(dice.randrange(1500) for _ in range(events))
    ]


def alerts_of(ruleset: RuleSet, log: Log, cuts: list[int]) -> list[Alert]:
    detector = Detector(ruleset)
    return [alert for batch in batches(log, cuts) for alert in detector.detect(batch, drill=False).alerts]


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1 << 30), size=st.sampled_from([40, 150]))
def test_an_alert_among_many_tells_what_it_would_alone(seed: int, size: int) -> None:
    log = a_log(random.Random(seed), 150, 4)
    ruleset = rules({"gte": 3}, rules=["a", "b"], id=ID)
    edges = list(range(size, len(log), size))
    alone: list[Alert] = []
    for address in {seen.address for seen in log}:
        # the other events stay, and match nothing: ids and batches are the same
        own = [seen if seen.address == address else Seen(seen.second, seen.address, kind="none") for seen in log]
        alone += alerts_of(ruleset, own, edges)
    many = alerts_of(ruleset, log, edges)
    assert sorted(map(repr, many)) == sorted(map(repr, alone))


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1 << 30), size=st.sampled_from([10, 50, 150]))
def test_an_onset_is_where_an_alert_is_raised_first(seed: int, size: int) -> None:
    log = a_log(random.Random(seed), 150, 4)
    inner = correlation("event_count", {"gte": 3}, name="inner", rules=["a"])
    outer = correlation("temporal", None, title="Outer", rules=["inner", "b"], timespan="5m", generate=True)
    ruleset = making.ruleset(inner, outer, *named("a", "b"))
    whole, light = Detector(ruleset), Detector(ruleset)
    raised: set[str] = set()
    for batch in batches(log, list(range(size, len(log), size))):
        alerts = [one for one in whole.detect(batch, drill=False).alerts if one.rule_title != making.TITLE["title"]]
        new = [one for one in alerts if one.alert_id not in raised]
        raised |= {one.alert_id for one in new}
        onsets = light.correlate(batch, match(batch, ruleset), drill=False)
        assert [(one.alert_id, one.rule_id, one.last_at, one.event_id) for one in onsets] == [
            (one.alert_id, one.rule_id, one.last_at, one.event_ids[-1]) for one in new
        ]
    assert raised


@pytest.mark.slow
def test_a_flood_of_one_key_among_many_alerts_is_told_whole() -> None:
    """More events than are told of together, and more of one alert than speak for it."""
    flood = [Seen(100 + number // 400, "198.51.100.1", f"u{number % 7}") for number in range(110_000)]
    others = [Seen(100 + number // 100, f"192.0.2.{number % 50}") for number in range(5_000)]
    log = sorted(flood + others, key=lambda seen: seen.second)
    by_address = {
        next(one.value for one in alert.entities if one.kind == "address"): alert
        for alert in alerts_of(rules({"gte": 3}, timespan="20m", id=ID), log, [])
    }
    assert len(by_address) == 51
    large = by_address["198.51.100.1"]
    assert (large.count, len(large.event_ids), len(large.entities)) == (110_000, 20, 8)
    assert (large.event_ids[0], large.event_ids[-1]) == (1, max(n for n, s in enumerate(log, 1) if s in flood[-1:]))
    assert {one.count for address, one in by_address.items() if address != "198.51.100.1"} == {100}
