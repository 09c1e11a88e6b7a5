"""An index holds each listed value once, with everybody who lists it, and nothing that does not count."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intel.listed import FEED, events, feed, index_of, part, table

from warroom.indicators import Kind
from warroom.intel.index import Part, build
from warroom.intel.matching import compared, match

VALUES = st.sampled_from(
    [("ipv4", "192.0.2.1"), ("domain", "evil.example"), ("md5", "a" * 32), ("url", "http://a.example/")]
)


def test_a_value_of_several_feeds_is_one_entry_with_all_its_listings() -> None:
    index = build([
        part([("ipv4", "192.0.2.1"), ("domain", "evil.example")], 60),
        part([("ipv4", "192.0.2.1")], 90, feed("threatfox"), comment="C2"),
    ])  # fmt: skip
    assert len(index) == 2
    (entry,) = index.find([Kind.IPV4], ["192.0.2.1"]).tolist()
    assert [(one.feed.id, score, row["comment"]) for one, score, row in index.listings([entry])[0]] == [
        ("ipsum", 60, None),
        ("threatfox", 90, "C2"),
    ]


def test_what_does_not_count_is_not_in_it() -> None:
    values = [("ipv4", "192.0.2.1"), ("file_name", "evil.exe"), ("ipv4", "192.0.2.2"), ("cve", "CVE-2024-3400")]
    index = build([Part(FEED, table(values), np.array([75, 75, 0, 75], np.uint8))])
    assert index.names(np.arange(len(index))) == [(Kind.IPV4, "192.0.2.1")]
    assert index.kinds == {Kind.IPV4}


@pytest.mark.parametrize(("kind", "network"), [("ipv4", "0.0.0.0/0"), ("ipv4", "10.0.0.0/7"), ("ipv6", "::/0")])
def test_networks_that_hold_nearly_everybody_match_nobody(kind: str, network: str) -> None:
    index = index_of((kind, network))
    assert index.left_out == 1
    assert not len(match(events([{"source_ip": "10.1.1.1"}, {"source_ip": "2001:db8::1"}]), index))


def test_an_empty_index_finds_nothing() -> None:
    index = build([])
    assert not len(index)
    assert index.find([Kind.IPV4], ["192.0.2.1"]).tolist() == [-1]
    assert not len(match(events([{"source_ip": "192.0.2.1"}]), index))


def test_only_columns_that_may_hold_its_kinds_are_looked_at() -> None:
    assert compared(index_of(("user_agent", "sqlmap/1.0"))) == ("user_agent_original",)
    assert compared(index_of(("md5", "a" * 32))) == ("file_hash_sha256", "fields")


@given(st.lists(st.lists(VALUES, max_size=6), max_size=4), st.booleans())
def test_finds_what_is_in_it_and_nothing_else(lists: list[list[tuple[str, str]]], compiled: bool) -> None:  # noqa: FBT001
    index = build([part(some) for some in lists], compiled=compiled)
    known = {one for some in lists for one in some}
    assert len(index) == len(known)
    asked = [
        ("ipv4", "192.0.2.1"),
        ("ipv4", "evil.example"),
        ("domain", "evil.example"),
        ("md5", "a" * 32),
        ("md5", ""),
    ]
    found = index.find([Kind(kind) for kind, _ in asked], [value for _, value in asked])
    assert [entry >= 0 for entry in found.tolist()] == [one in known for one in asked]
    there = found[found >= 0]
    assert [(str(kind), value) for kind, value in index.names(there)] == [one for one in asked if one in known]
    assert [len(own) for own in index.listings(there.tolist())] == [
        sum(some.count(one) for some in lists) for one in asked if one in known
    ]
