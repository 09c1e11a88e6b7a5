"""Finding indicators: each way of asking, over files as feeds leave them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from warroom.errors import StoreError
from warroom.indicators import INDICATORS
from warroom.store.database import State
from warroom.store.intel import search
from warroom.store.intel.search import Wanted, find, listings, mark
from warroom.store.intel.tables import intel_files

AT = datetime(2026, 11, 20, tzinfo=UTC)
_PLAIN = pa.schema([pa.field(one.name, getattr(one.type, "value_type", one.type), one.nullable) for one in INDICATORS])
LISTED = {
    "one": [
        ("ipv4", "198.51.100.7", "attack.t1071 emotet", "Seen in PHISHING"),
        ("ipv4", "198.51.100.0/24", None, None),
        ("ipv4", "203.0.113.9", None, None),
        ("domain", "evil.example", "emotet", None),
    ],
    "two": [
        ("ipv4", "198.51.100.7", None, None),
        ("url", "http://evil.example/a", None, None),
        ("url", "https://cdn.evil.example:8443/b", None, None),
        ("url", "http://notevil.example/", None, None),
        ("user_agent", "100%_'; DROP TABLE intel_feeds; --", None, None),
    ],
}


def keep(state: State, folder: Path, feed: str, rows: list[tuple[str, str, str | None, str | None]]) -> Path:
    """Write a feed's indicators as polling does: the newest last."""
    table = pa.Table.from_pylist(
        [
            {"kind": kind, "value": value, "origin": "x", "tags": tags, "comment": comment,
             "added_at": AT + timedelta(minutes=place)}
            for place, (kind, value, tags, comment) in enumerate(rows)
        ], schema=_PLAIN,
    ).cast(INDICATORS)  # fmt: skip
    path = f"intel/{feed}/a.parquet"
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, folder / path)
    with state.write() as connection:
        row = {
            "path": path,
            "feed_id": feed,
            "holds": "indicators",
            "rows": len(rows),
            "bytes": 1,
            "sha256": "",
            "at": 1,
        }
        connection.execute(insert(intel_files).values(**row))
    return folder / path


@pytest.fixture
def listed(state: State, data_dir: Path) -> State:
    for feed, rows in LISTED.items():
        keep(state, data_dir, feed, rows)
    return state


def values(state: State, data_dir: Path, wanted: Wanted) -> list[str]:
    return [some[0].value for some in find(state, data_dir, wanted).shown]


def test_a_value_comes_once_with_every_feed_that_lists_it(listed: State, data_dir: Path) -> None:
    found = find(listed, data_dir, Wanted(values=("198.51.100.7",)))
    assert [[(one.feed_id, one.tags) for one in some] for some in found.shown] == [
        [("one", "attack.t1071 emotet"), ("two", None)]
    ]
    assert (found.values, found.cut) == (1, False)
    assert found.shown[0][0].added_at == int(AT.timestamp()) * 1_000_000


def test_what_was_asked_for_first_stands_first(listed: State, data_dir: Path) -> None:
    wanted = Wanted(values=("203.0.113.9", "198.51.100.0/24", "198.51.100.7"))
    assert values(listed, data_dir, wanted) == ["203.0.113.9", "198.51.100.0/24", "198.51.100.7"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(inside=(0xC6336400, 0xC63364FF)), {"198.51.100.7", "198.51.100.0/24"}),
        (Wanted(inside=(0xC6000000, 0xCBFFFFFF)), {"198.51.100.7", "198.51.100.0/24", "203.0.113.9"}),
        (Wanted(host="evil.example"), {"http://evil.example/a", "https://cdn.evil.example:8443/b"}),
        (Wanted(text="EVIL.exam"), {"evil.example", *(row[1] for row in LISTED["two"][1:4])}),
        (Wanted(text="phishing"), {"198.51.100.7"}),
        (Wanted(starts="198.51."), {"198.51.100.7", "198.51.100.0/24"}),
        (Wanted(tag="Emotet"), {"198.51.100.7", "evil.example"}),
        (Wanted(tag="emo"), set()),
        (Wanted(kind="domain"), {"evil.example"}),
        (Wanted(text="evil", feed="one"), {"evil.example"}),
        (Wanted(text="evil", kind="url", feed="one"), set()),
        (Wanted(text="100%_"), {"100%_'; DROP TABLE intel_feeds; --"}),
        (Wanted(text="' OR 1=1 --"), set()),
        (Wanted(values=("x') UNION SELECT 1 --",), kind="' OR ''='", feed="../../etc"), set()),
    ],
)
def test_each_way_of_asking(listed: State, data_dir: Path, wanted: Wanted, found: set[str]) -> None:
    assert set(values(listed, data_dir, wanted)) == found


def test_nothing_asked_gives_what_came_last(listed: State, data_dir: Path) -> None:
    found = find(listed, data_dir, Wanted(), rows=2)
    assert len(found.shown) == 2
    assert {some[0].value for some in find(listed, data_dir, Wanted()).shown} == {
        row[1] for rows in LISTED.values() for row in rows
    }


def test_many_are_counted_and_few_shown(state: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(state, data_dir, "many", [("domain", f"h{number}.example", None, None) for number in range(500)])
    found = find(state, data_dir, Wanted(text="example"), rows=10)
    assert (len(found.shown), found.values, found.cut) == (10, 500, False)
    monkeypatch.setattr(search, "MOST_HITS", 100)
    found = find(state, data_dir, Wanted(text="example"), rows=10)
    assert (len(found.shown), found.cut) == (10, True)


def test_no_feed_and_a_file_that_is_gone_are_nothing(state: State, data_dir: Path) -> None:
    assert find(state, data_dir, Wanted(text="evil")).shown == ()
    keep(state, data_dir, "one", LISTED["one"]).unlink()
    assert find(state, data_dir, Wanted(text="evil")).shown == ()
    assert listings(state, data_dir, "domain", "evil.example") == []


def test_a_file_that_is_none_is_said(state: State, data_dir: Path) -> None:
    keep(state, data_dir, "one", LISTED["one"]).write_bytes(b"PAR1 no more")
    with pytest.raises(StoreError, match="could not be searched"):
        find(state, data_dir, Wanted(text="evil"))


def test_who_lists_one_value(listed: State, data_dir: Path) -> None:
    assert [one.feed_id for one in listings(listed, data_dir, "ipv4", "198.51.100.7")] == ["one", "two"]
    assert listings(listed, data_dir, "domain", "198.51.100.7") == []


def test_the_mark_changes_with_the_files(state: State, data_dir: Path) -> None:
    before = mark(state, "indicators")
    keep(state, data_dir, "one", LISTED["one"])
    assert mark(state, "indicators") != before


@given(st.integers(0, (1 << 32) - 1), st.integers(0, 32))
def test_what_all_addresses_of_a_network_begin_with(number: int, bits: int) -> None:
    first = number >> bits << bits
    last = first | ((1 << bits) - 1)
    shared = search._shared_octets(first, last)  # noqa: SLF001
    for one in (first, last, number):
        assert ".".join(map(str, one.to_bytes(4, "big"))).startswith(shared)
