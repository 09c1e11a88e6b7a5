"""How far indicators are believed, and how that fades."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.catalog.intel_weights import load_intel_weights
from warroom.indicators import INDICATORS, VOCABULARY, Kind
from warroom.intel.formats.reading import Told
from warroom.intel.formats.taxonomy import read_taxonomy
from warroom.intel.scoring import ADDED, FEED, LISTED, OWN, SEEN, SIGHTED, TAGS, FeedWeight, explain, numbers, scores
from warroom.settings import REFERENCE

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
US = int(NOW.timestamp()) * 1_000_000
DAY = 86_400_000_000
WEIGHTS = load_intel_weights()
WORDS = {
    'admiralty-scale:source-reliability="b"': 75.0,
    'admiralty-scale:information-credibility="3"': 50.0,
    "other:x": 5.0,
}


def table(*rows: dict[str, Any]) -> pa.Table:
    usual = {"kind": "domain", "value": "evil.example", "origin": "a", "added_at": NOW}
    return pa.Table.from_pylist([usual | row for row in rows], schema=INDICATORS)


def score(row: dict[str, Any], weight: FeedWeight | None = None, seen: pa.Table | None = None) -> int:
    return int(scores(table(row), weight or FeedWeight(80), WORDS, WEIGHTS, seen=seen, now=US)[0])


def test_what_is_new_has_its_base() -> None:
    assert score({}) == 80
    assert score({"confidence": 55}) == 55
    assert score({"confidence": 0}) == 0


def test_it_fades_as_the_polynomial_model_of_misp_says() -> None:
    # domain: 120 days, speed 2: 80 * (1 - (30/120) ** (1/2)) = 40
    assert score({"last_seen": NOW - timedelta(days=30)}) == 40
    assert score({"last_seen": NOW - timedelta(days=120)}) == 0
    assert score({"last_seen": NOW - timedelta(days=9_000)}) == 0
    # sha256: 1825 days, speed 0.3: nearly nothing is lost in a year
    assert score({"kind": "sha256", "value": "a" * 64, "last_seen": NOW - timedelta(days=365)}) == 80


def test_a_feed_may_say_how_long_its_indicators_live() -> None:
    month = FeedWeight(80, lifetime_seconds=30 * 86_400)
    assert score({"last_seen": NOW - timedelta(days=30)}, month) == 0
    assert score({"last_seen": NOW - timedelta(days=7.5)}, month) == 40


def test_it_counts_from_the_last_time_that_anybody_saw_it() -> None:
    old = {"last_seen": NOW - timedelta(days=100), "added_at": NOW - timedelta(days=90)}
    assert score(old) < 30
    seen = pa.table(
        {"kind": ["domain", "url"], "value": ["evil.example", "evil.example"], "last_at": [US - 30 * DAY, US]}
    )
    assert score(old, seen=seen) == 40
    listed = FeedWeight(80, whole_list=True, succeeded_at=US - 30 * DAY)
    assert score(old, listed) == 40
    assert score(old, FeedWeight(80, whole_list=True)) == score(old)  # no poll went well yet
    assert score({"added_at": NOW - timedelta(days=30)}) == 40
    assert score({"added_at": None}) == 80


def test_a_time_that_is_to_come_keeps_nothing_fresh_for_ever() -> None:
    future = {"last_seen": NOW + timedelta(days=3_000), "added_at": NOW - timedelta(days=30)}
    assert score(future) == 40


def test_outside_of_its_validity_it_counts_for_nothing() -> None:
    assert score({"valid_until": NOW}) == 0
    assert score({"valid_until": NOW + timedelta(seconds=1)}) == 80
    assert score({"valid_from": NOW + timedelta(seconds=1)}) == 0
    assert score({"valid_from": NOW}) == 80


def test_tags_say_the_base_where_the_indicator_does_not() -> None:
    reliable = 'admiralty-scale:source-reliability="b"'
    assert score({"tags": reliable}) == 75
    assert score({"tags": f'tlp:green {reliable} admiralty-scale:information-credibility="3"'}) == 62
    assert score({"tags": reliable.upper()}) == 75
    assert score({"tags": reliable, "confidence": 20}) == 20
    assert score({"tags": "other:x"}) == 80  # a taxonomy that says nothing about confidence
    assert score({"tags": 'admiralty-scale:source-reliability="z"'}) == 80


def test_the_numbers_of_the_shipped_taxonomies() -> None:
    path = REFERENCE / "taxonomies" / "admiralty-scale" / "machinetag.json"
    found = numbers(read_taxonomy(path.read_bytes(), Told("a")).tables["vocabulary"])
    assert found['admiralty-scale:source-reliability="b"'] == 75
    blank = pa.Table.from_pylist([{"tag": 'A:b="c d"', "number": 5.0}, {"tag": "a:c"}], schema=VOCABULARY)
    assert numbers(blank) == {'a:b="c_d"': 5}


def test_rows_are_scored_each_by_its_own() -> None:
    rows = [
        {"kind": "ipv4", "value": "198.51.100.7", "last_seen": NOW - timedelta(days=15)},  # 60 days, speed 2
        {"confidence": 100},
        {"tags": 'admiralty-scale:source-reliability="b"'},
        {"kind": "mutex", "value": "m", "last_seen": NOW - timedelta(days=73)},  # 365 days, speed 1
    ]
    found = scores(table(*rows), FeedWeight(80), WORDS, WEIGHTS, seen=None, now=US)
    assert found.tolist() == [40, 100, 75, 64]
    assert found.dtype == "int8"
    parts = pa.concat_tables([table(row) for row in rows])
    assert scores(parts, FeedWeight(80), WORDS, WEIGHTS, seen=None, now=US).tolist() == [40, 100, 75, 64]
    assert len(scores(INDICATORS.empty_table(), FeedWeight(80), WORDS, WEIGHTS, seen=None, now=US)) == 0


def test_an_explanation_says_what_a_score_is_made_of() -> None:
    row = table({"last_seen": NOW - timedelta(days=30), "tags": 'admiralty-scale:source-reliability="b"'})
    told = explain(row, FeedWeight(80), WORDS, WEIGHTS, seen=None, now=US)
    assert (told.score, told.base, told.base_from) == (38, 75, TAGS)
    assert (told.since, told.since_what, told.age) == (NOW - timedelta(days=30), SEEN, timedelta(days=30))
    assert (told.lifetime, told.speed, told.valid) == (timedelta(days=120), 2, True)

    listed = FeedWeight(80, whole_list=True, succeeded_at=US)
    assert explain(row, listed, {}, WEIGHTS, seen=None, now=US).since_what == LISTED
    assert explain(row, listed, {}, WEIGHTS, seen=None, now=US).base_from == FEED
    seen = pa.table({"kind": ["domain"], "value": ["evil.example"], "last_at": [US]})
    assert explain(row, FeedWeight(80), {}, WEIGHTS, seen=seen, now=US).since_what == SIGHTED
    fresh = explain(table({"confidence": 9, "valid_until": NOW}), FeedWeight(80), {}, WEIGHTS, seen=None, now=US)
    assert (fresh.since_what, fresh.base_from, fresh.valid, fresh.score) == (ADDED, OWN, False, 0)


@given(
    kind=st.sampled_from(list(Kind)),
    base=st.integers(0, 100),
    ages=st.lists(st.integers(0, 5_000 * DAY), min_size=2, max_size=5),
)
def test_it_never_grows_with_age_nor_leaves_its_bounds(kind: Kind, base: int, ages: list[int]) -> None:
    rows = [{"kind": kind, "confidence": base, "last_seen": NOW - timedelta(microseconds=age)} for age in sorted(ages)]
    found = scores(table(*rows), FeedWeight(1), {}, WEIGHTS, seen=None, now=US).tolist()
    assert found == sorted(found, reverse=True)
    assert all(0 <= one <= base for one in found)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_fades(kind: Kind) -> None:
    assert score({"kind": kind, "last_seen": NOW - timedelta(days=3_650)}) == 0
