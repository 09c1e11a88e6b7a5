"""The risk is a sum of parts that are shown, never falls when more is at stake, and orders the queue."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.incidents.risk import MOST, Stakes, assess
from warroom.incidents.stakes import risk_of
from warroom.model import Severity
from warroom.store.folding import Facts

CRITICALITIES = ("low", "medium", "high", "critical")
NOTHING = Stakes(Severity.INFORMATIONAL, "low", 0, 0, 1, personal_data=False, sensitive_data=False)

stakes = st.builds(
    Stakes,
    severity=st.sampled_from(Severity),
    criticality=st.sampled_from(CRITICALITIES),
    people=st.integers(0, 5000),
    hosts=st.integers(0, 200),
    platforms=st.integers(0, 38),
    personal_data=st.booleans(),
    sensitive_data=st.booleans(),
    indicator_confidence=st.none() | st.integers(0, 100),
)


@given(stakes)
def test_the_score_is_the_sum_of_its_parts_and_stays_between_0_and_100(one: Stakes) -> None:
    risk = assess(one)
    assert set(risk.parts) == set(MOST)
    assert all(0 <= points <= MOST[part] for part, points in risk.parts.items())
    assert risk.score == sum(risk.parts.values()) <= 100


@given(stakes, stakes)
def test_nothing_that_grows_lowers_the_risk(one: Stakes, other: Stakes) -> None:
    more = Stakes(
        severity=max(one.severity, other.severity, key=lambda level: level.rank),
        criticality=max(one.criticality, other.criticality, key=CRITICALITIES.index),
        people=max(one.people, other.people),
        hosts=max(one.hosts, other.hosts),
        platforms=max(one.platforms, other.platforms),
        personal_data=one.personal_data or other.personal_data,
        sensitive_data=one.sensitive_data or other.sensitive_data,
        indicator_confidence=max(one.indicator_confidence or 0, other.indicator_confidence or 0),
    )
    assert assess(more).score >= assess(one).score


def test_the_worst_there_is_has_100_and_nothing_at_all_next_to_none() -> None:
    worst = Stakes(
        Severity.CRITICAL, "critical", 9999, 99, 9, personal_data=True, sensitive_data=True, indicator_confidence=100
    )
    assert assess(worst).score == 100 == sum(MOST.values())
    assert assess(NOTHING).score == 4


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"severity": Severity.LOW}, "severity"),
        ({"criticality": "high"}, "criticality"),
        ({"people": 2}, "spread"),
        ({"hosts": 2}, "spread"),
        ({"platforms": 2}, "spread"),
        ({"personal_data": True}, "personal_data"),
        ({"indicator_confidence": 50}, "indicators"),
    ],
)
def test_each_stake_counts_in_its_part(change: dict[str, object], part: str) -> None:
    before, after = assess(NOTHING), assess(replace(NOTHING, **change))  # type: ignore[arg-type]
    assert {name for name in MOST if before.parts[name] != after.parts[name]} == {part}
    assert after.parts[part] > before.parts[part]


def test_what_is_at_stake_on_a_platform_comes_from_the_reference() -> None:
    score, parts = risk_of(Facts(Severity.HIGH, "tang_rat", {"user": 12, "host": 3}, 1))
    told = {"severity": 29, "criticality": 20, "spread": 6, "personal_data": 10, "indicators": 0}
    assert (score, dict(parts)) == (65, told)
    listed, parts = risk_of(Facts(Severity.HIGH, "tang_rat", {"user": 12, "host": 3}, 1, listed=80))
    assert (listed, dict(parts)["indicators"]) == (65 + 8, 8)
    unknown, _ = risk_of(Facts(Severity.HIGH, "no such platform", {}, 1))
    assert unknown == 29 + 9
