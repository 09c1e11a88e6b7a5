from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Network, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.drill.steps.reading import MAX_CHOICES, MAX_DEPTH, MAX_TEXT, read_value
from warroom.drill.steps.values import NEW, Count, Shifted

NETWORK = ip_network("198.18.7.0/28")


@dataclass
class Scene:
    """A line of an attack with one pool of three."""

    seed: int = 1
    counters: dict[Count, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def named(self, name: str) -> object:
        return {"victim.age": 42, "victim.name": "somchai"}[name]

    def member(self, pool: str, way: str, attribute: str) -> object:
        return f"{way} {pool} {attribute}"

    def own_networks(self) -> tuple[IPv4Network, ...]:
        return (NETWORK,)


def drawn(data: object, times: int = 200, seed: int = 1) -> list[object]:
    value, scene = read_value(data), Scene(seed)
    return [value.draw(scene) for _ in range(times)]


scalars = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.sampled_from(["a", "ภาษี", "", "100%"])
expressions = st.recursive(
    scalars
    | st.builds(lambda ends: {"between": sorted(ends)}, st.lists(st.integers(-999, 999), min_size=2, max_size=2))
    | st.builds(lambda kind: {"new": kind}, st.sampled_from(sorted(NEW)))
    | st.builds(lambda first: {"count": first}, st.integers(0, 999)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.builds(lambda values: {"pick": values}, st.lists(inner, min_size=1, max_size=4))
        | st.builds(lambda fields: {"object": fields}, st.dictionaries(st.sampled_from("abc"), inner, max_size=3))
        | st.builds(lambda values: {"sample": values, "sizes": [0, 2]}, st.lists(inner, max_size=4))
    ),
    max_leaves=8,
)


def depth(data: object) -> int:
    inner = list(data.values()) if isinstance(data, dict) else data if isinstance(data, list) else []
    return 1 + max(map(depth, inner), default=0)


@given(expressions.filter(lambda data: depth(data) <= MAX_DEPTH), st.integers(0, 99))
def test_the_same_seed_draws_the_same(data: object, seed: int) -> None:
    assert drawn(data, 5, seed) == drawn(data, 5, seed)


@given(scalars)
def test_a_scalar_is_itself(value: object) -> None:
    assert drawn(value, 1) == [value]


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**6))
def test_a_range_holds_its_numbers(low: int, width: int) -> None:
    assert all(low <= number <= low + width for number in drawn({"between": [low, low + width]}, 20))


@given(st.dictionaries(st.sampled_from(["a", "b", "c", 1, True]), st.integers(1, 50), min_size=1))
def test_a_choice_by_weight_gives_only_its_values(weights: dict[object, int]) -> None:
    assert set(drawn({"weigh": weights}, 50)) <= set(weights)


def test_weights_are_shares() -> None:
    counted = Counter(drawn({"weigh": {"ok": 9, "fail": 1}}, 5_000))
    assert 0.08 < counted["fail"] / 5_000 < 0.12


def test_every_value_of_a_pick_comes() -> None:
    assert set(drawn({"pick": ["a", 2, None]})) == {"a", 2, None}


def test_names_in_texts_are_filled_in_and_alone_keep_their_type() -> None:
    assert drawn("%{victim.name} is %{victim.age}", 1) == ["somchai is 42"]
    assert drawn("%{victim.age}", 1) == [42]


def test_members_of_pools_are_asked_for_by_their_way() -> None:
    assert drawn({"any": "victim.name"}, 1) == ["any victim name"]
    assert drawn({"next": "victim"}, 1) == ["next victim "]


def test_a_count_goes_on_and_each_place_has_its_own() -> None:
    assert drawn({"count": 10, "step": 5}, 3) == [10, 15, 20]
    assert drawn([{"count": 1}, {"count": 1}], 2) == [[1, 1], [2, 2]]


def test_addresses_are_hosts_of_their_networks() -> None:
    own = {ip_address(str(one)) for one in drawn({"address": "own"})}
    assert all(one in NETWORK for one in own)
    assert len(own) == 14
    assert drawn({"address": "192.0.2.9/32"}, 1) == ["192.0.2.9"]


def test_new_values_are_new() -> None:
    for kind in NEW:
        assert len(set(drawn({"new": kind}, 50))) == 50


def test_moments_are_told_when_the_line_is_written() -> None:
    (before,) = drawn({"ago": "2h"}, 1)
    (after,) = drawn({"ahead": "30d"}, 1)
    assert isinstance(before, Shifted)
    assert isinstance(after, Shifted)
    assert before.at(datetime(2026, 11, 22, 1, tzinfo=UTC)) == "2026-11-21T23:00:00+00:00"
    assert after.at(datetime(2026, 11, 22, 1, tzinfo=UTC)) == "2026-12-22T01:00:00+00:00"


def test_a_sample_has_so_many_values_in_their_order() -> None:
    found = drawn({"sample": ["a", "b", "c"], "sizes": [1, 2]})
    assert {len(one) for one in found if isinstance(one, list)} == {1, 2}
    assert all(one == sorted(one) for one in found if isinstance(one, list))


def test_sizes_lie_around_their_median() -> None:
    sizes = sorted(int(str(one)) for one in drawn({"around": 1000}, 2_000))
    assert 850 < sizes[1_000] < 1_150
    assert 1 <= sizes[0] < 500
    assert sizes[-1] > 2_000


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("one\ntwo", "line ends"),
        ("x" * (MAX_TEXT + 1), "longer than"),
        ({"pick": []}, "needs values"),
        ({"pick": list(range(MAX_CHOICES + 1))}, "at most"),
        ({"weigh": {"a": 0}}, "above 0"),
        ({"weigh": {}}, "value: weight"),
        ({"between": [2, 1]}, "smaller first"),
        ({"between": [1]}, "two numbers"),
        ({"between": [1.0, 2.0], "digits": 99}, "0 to 9"),
        ({"around": -1}, "above 0"),
        ({"count": "one"}, "whole numbers"),
        ({"new": "passport"}, "one of citizen"),
        ({"address": "somewhere"}, "somewhere"),
        ({"any": "Victim Name"}, "names a pool"),
        ({"ago": "yesterday"}, "a time such as"),
        ({"sample": ["a"], "sizes": [2, 1]}, "least and the most"),
        ({"object": ["a"]}, "field: value"),
        ({"shout": "a"}, "begins with one of any"),
        ({"new": "citizen", "twice": True}, "begins with one of"),
        ({}, "found nothing"),
        (float("inf"), "a number up to"),
        ([[[[[[[["deep"]]]]]]]], "nested deeper"),
        (datetime(2026, 11, 22, tzinfo=UTC), "put it in quotes"),
    ],
)
def test_what_is_no_expression_is_refused_with_a_reason(data: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_value(data)
