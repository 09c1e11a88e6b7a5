"""What a poll brings takes the place of what its documents said before: no more, no less, and nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from listing import indicators, made
from making import new_store

from warroom.errors import StoreError
from warroom.store.database import State
from warroom.store.intel import changes, incoming, snapshots
from warroom.store.intel.incoming import Incoming
from warroom.store.intel.merging import How, Merged, merge

WHOLE = How(whole=True)
PART = How(whole=False)
DAY = 86_400 * 1_000_000
A, B, C = ("ipv4", "198.51.100.1"), ("ipv4", "198.51.100.2"), ("domain", "bad.example")
Documents = dict[str, pa.Table]


class Feed:
    """A feed of which polls are merged, one after the other, at times that grow by one."""

    def __init__(self, state: State, data_dir: Path) -> None:
        self.state, self.data_dir, self.at = state, data_dir, 0

    def poll(
        self,
        documents: Documents | Sequence[tuple[str, pa.Table]],
        how: How = WHOLE,
        *,
        pages: bool = False,
        holds: str = "indicators",
        refused: Sequence[str] = (),
        withdrawn: Sequence[str] = (),
        later: int = 1,
    ) -> Merged:
        self.at += later
        with snapshots.workplace(self.data_dir) as work:
            brought = Incoming(work, self.at, pages=pages)
            for name, table in documents.items() if isinstance(documents, dict) else documents:
                brought.take(name, {holds: table}, tuple(withdrawn))
            for name in refused:
                brought.refuse(name)
            with self.state.read() as connection:
                known = snapshots.files(connection, "f")
            merged = merge(self.data_dir, work, "f", known, brought, how)
        with self.state.write() as connection:
            snapshots.swap(connection, "f", known, merged.gone, merged.new)
        return merged

    def rows(self, holds: str = "indicators") -> list[dict[str, Any]]:
        with self.state.read() as connection:
            found = snapshots.files(connection, "f", holds)
        tables = [snapshots.read(self.data_dir / one.path, incoming.STORED[holds]) for one in found]
        return [row for table in tables for row in table.to_pylist()]

    def there(self) -> Counter[tuple[str, str, str]]:
        return Counter((row["kind"], row["value"], row["origin"]) for row in self.rows())

    def added_at(self) -> dict[str, int]:
        return {row["value"]: int(row["added_at"].timestamp() * 1e6) for row in self.rows()}

    def told(self, one: tuple[str, str]) -> list[tuple[int, str]]:
        return [(each.at, each.change) for each in changes.history(self.state, self.data_dir, *one)]


@pytest.fixture
def feed(state: State, data_dir: Path) -> Feed:
    return Feed(state, data_dir)


def counts(merged: Merged) -> tuple[int, int, int]:
    return merged.added, merged.removed, merged.changed


def test_the_first_poll_brings_everything(feed: Feed) -> None:
    merged = feed.poll({"list": indicators([A, B, C])})
    assert counts(merged) == (3, 0, 0)
    assert merged.by_kind == {"domain": 1, "ipv4": 2}
    assert feed.there() == Counter([(*A, "list"), (*B, "list"), (*C, "list")])
    assert feed.added_at() == {A[1]: 1, B[1]: 1, C[1]: 1}


def test_the_same_once_more_changes_nothing_in_whatever_order(feed: Feed) -> None:
    feed.poll({"list": indicators([A, B, C])})
    merged = feed.poll({"list": indicators([C, A, B])})
    assert merged.same
    assert counts(merged) == (0, 0, 0)
    assert merged.by_kind == {"domain": 1, "ipv4": 2}


def test_what_is_no_longer_in_a_whole_feed_is_gone_and_what_stays_keeps_its_time(feed: Feed) -> None:
    feed.poll({"list": indicators([A, B])})
    merged = feed.poll({"list": indicators([B, C])})
    assert counts(merged) == (1, 1, 0)
    assert feed.added_at() == {B[1]: 1, C[1]: 2}
    assert feed.told(A) == [(2, "removed"), (1, "added")]
    assert feed.told(C) == [(2, "added")]


def test_an_indicator_that_counts_otherwise_is_changed_and_keeps_its_time(feed: Feed) -> None:
    feed.poll({"list": indicators([{"kind": A[0], "value": A[1], "confidence": 50}, B])})
    merged = feed.poll({"list": indicators([{"kind": A[0], "value": A[1], "confidence": 90}, B])})
    assert counts(merged) == (0, 0, 1)
    assert feed.added_at() == {A[1]: 1, B[1]: 1}
    assert [row["confidence"] for row in feed.rows() if row["value"] == A[1]] == [90]
    assert feed.told(A) == [(2, "changed"), (1, "added")]


def test_a_newer_comment_is_kept_but_is_no_change_of_the_indicator(feed: Feed) -> None:
    feed.poll({"list": indicators([{"kind": A[0], "value": A[1], "comment": "old"}])})
    merged = feed.poll({"list": indicators([{"kind": A[0], "value": A[1], "comment": "new"}])})
    assert not merged.same
    assert counts(merged) == (0, 0, 0)
    assert [row["comment"] for row in feed.rows()] == ["new"]
    assert feed.told(A) == [(1, "added")]


def test_a_document_that_could_not_be_read_keeps_what_it_said(feed: Feed) -> None:
    feed.poll({"one": indicators([A]), "two": indicators([B])})
    merged = feed.poll({"one": indicators([C])}, refused=["two"])
    assert counts(merged) == (1, 1, 0)
    assert {row["value"] for row in feed.rows()} == {B[1], C[1]}


def test_a_value_of_two_documents_goes_when_both_let_go_of_it(feed: Feed) -> None:
    feed.poll({"one": indicators([A]), "two": indicators([A])})
    assert feed.poll({"one": indicators([]), "two": indicators([A])}).removed == 0
    assert feed.told(A) == [(1, "added")]
    assert feed.poll({"one": indicators([]), "two": indicators([])}).removed == 1
    assert feed.rows() == []


def test_documents_that_stand_for_themselves_replace_only_themselves(feed: Feed) -> None:
    feed.poll({"/a.txt": indicators([A])}, PART)
    feed.poll({"/b.txt": indicators([B])}, PART)
    merged = feed.poll({"/a.txt": indicators([C])}, PART)
    assert counts(merged) == (1, 1, 0)
    assert feed.there() == Counter([(*C, "/a.txt #list"), (*B, "/b.txt #list")])
    assert feed.poll({"/b.txt": indicators([B])}, PART).same


def test_a_finer_origin_cannot_speak_for_another_document(feed: Feed) -> None:
    feed.poll({"/a.txt": indicators([A])}, PART)
    forged = indicators([{"kind": B[0], "value": B[1], "origin": "/a.txt"}])
    feed.poll({"/b.txt": forged}, PART)
    feed.poll({"/c.txt #/a.txt": indicators([C])}, PART)
    assert {row["value"] for row in feed.rows()} == {A[1], B[1], C[1]}
    feed.poll({"/b.txt": indicators([])}, PART)
    feed.poll({"/c.txt": indicators([])}, PART)
    assert {row["value"] for row in feed.rows()} == {A[1], C[1]}


def page(*rows: tuple[str, tuple[str, str]]) -> pa.Table:
    return indicators([{"kind": one[0], "value": one[1], "origin": origin} for origin, one in rows])


def test_pages_replace_the_origins_that_are_in_them(feed: Feed) -> None:
    feed.poll({"page 1": page(("x", A), ("y", B))}, PART, pages=True)
    merged = feed.poll({"page 1": page(("y", C))}, PART, pages=True)
    assert counts(merged) == (1, 1, 0)
    assert feed.there() == Counter([(*A, "x"), (*C, "y")])
    assert feed.poll({}, PART, pages=True).same


def test_of_an_origin_in_two_pages_the_later_one_is_right(feed: Feed) -> None:
    feed.poll({"1": page(("x", A), ("y", B)), "2": page(("x", C))}, PART, pages=True)
    assert feed.there() == Counter([(*C, "x"), (*B, "y")])


def test_what_is_withdrawn_or_gone_is_dropped_at_once(feed: Feed) -> None:
    feed.poll({"1": page(("x", A), ("y", B), ("z", C))}, PART, pages=True)
    feed.poll({"2": page()}, How(whole=False, keep_us=DAY), pages=True, withdrawn=["x"])
    assert feed.there() == Counter([(*B, "y"), (*C, "z")])
    feed.poll({}, How(whole=False, gone=("y",)), pages=True)
    assert feed.there() == Counter([(*C, "z")])


def test_what_is_withdrawn_after_it_came_does_not_stay(feed: Feed) -> None:
    feed.poll([("1", page(("x", A)))], PART, pages=True)
    merged = feed.poll([("1", page(("x", B))), ("2", page())], PART, pages=True, withdrawn=["x"])
    assert counts(merged) == (0, 1, 0)
    assert feed.rows() == []


def test_a_document_of_its_own_name_as_origin_is_replaced_even_by_nothing(feed: Feed) -> None:
    feed.poll({"event": page(("event", A))}, PART, pages=True)
    feed.poll({"event": page()}, PART, pages=True)
    assert feed.rows() == []


def test_what_went_still_counts_for_a_while(feed: Feed) -> None:
    kept = How(whole=True, keep_us=DAY)
    feed.poll({"list": indicators([A, B])}, kept)
    merged = feed.poll({"list": indicators([B])}, kept)
    assert counts(merged) == (0, 1, 0)
    assert merged.by_kind == {"ipv4": 1}
    (went,) = [row for row in feed.rows() if row["value"] == A[1]]
    assert int(went["valid_until"].timestamp() * 1e6) == 2 + DAY
    assert feed.poll({"list": indicators([B])}, kept).same  # its end is not put off by later polls
    merged = feed.poll({"list": indicators([A, B])}, kept)  # it comes again
    assert counts(merged) == (1, 0, 0)
    assert [row["valid_until"] for row in feed.rows()] == [None, None]


def test_what_went_is_dropped_when_its_time_is_over(feed: Feed) -> None:
    kept = How(whole=True, keep_us=DAY)
    feed.poll({"list": indicators([A, B])}, kept)
    feed.poll({"list": indicators([B])}, kept)
    feed.poll({"list": indicators([B, C])}, kept, later=2 * DAY)
    assert {row["value"] for row in feed.rows()} == {B[1], C[1]}


def test_other_tables_are_replaced_by_document_too(feed: Feed) -> None:
    first = made("warnings", [{"list": "resolvers", "matching": "cidr", "value": "192.0.2.1/32"}])
    second = made("warnings", [{"list": "sites", "matching": "hostname", "value": "example.org"}])
    assert counts(feed.poll({"/a": first, "/b": second}, PART, holds="warnings")) == (2, 0, 0)
    assert feed.poll({"/a": first}, PART, holds="warnings").same
    feed.poll({"/a": second}, PART, holds="warnings")
    assert sorted(row["value"] for row in feed.rows("warnings")) == ["example.org", "example.org"]


def test_pages_replace_rows_of_other_tables_by_what_they_are_about(feed: Feed) -> None:
    old = made("techniques", [{"id": "T1", "type": "x", "name": "a"}, {"id": "T2", "type": "x", "name": "b"}])
    feed.poll({"1": old}, PART, pages=True, holds="techniques")
    new = made("techniques", [{"id": "T2", "type": "x", "name": "c"}])
    feed.poll({"1": new}, PART, pages=True, holds="techniques")
    assert sorted((row["id"], row["name"]) for row in feed.rows("techniques")) == [("T1", "a"), ("T2", "c")]


def test_a_file_that_is_lost_comes_anew(feed: Feed) -> None:
    feed.poll({"list": indicators([A])})
    with feed.state.read() as connection:
        for one in snapshots.files(connection, "f"):
            (feed.data_dir / one.path).unlink()
    assert feed.poll({"list": indicators([A])}).added == 1
    assert {row["value"] for row in feed.rows()} == {A[1]}


def test_more_rows_than_a_feed_can_have_are_refused(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    feed.poll({"list": indicators([A])})
    monkeypatch.setattr(incoming, "MOST_ROWS", 2)
    with pytest.raises(StoreError, match="more than 2 indicators"):
        feed.poll({"list": indicators([A, B, C])})
    assert {row["value"] for row in feed.rows()} == {A[1]}
    assert not list((feed.data_dir / "intel").glob(".work-*"))


def test_nothing_is_left_behind_where_merging_fails(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    feed.poll({"list": indicators([A])})
    before = sorted((feed.data_dir / "intel").rglob("*"))

    def fails(*_: object) -> None:
        raise StoreError("no")

    monkeypatch.setattr(changes, "tidied", fails)
    with pytest.raises(StoreError):
        feed.poll({"list": indicators([B])})
    assert sorted((feed.data_dir / "intel").rglob("*")) == before


_VALUES = st.lists(st.tuples(st.sampled_from(["ipv4", "domain"]), st.sampled_from("abcdef")), unique=True, max_size=8)


@settings(max_examples=8)
@given(polls=st.lists(st.dictionaries(st.sampled_from(["x", "y"]), _VALUES), max_size=5), whole=st.booleans())
def test_after_any_polls_is_there_what_the_documents_say(
    polls: list[dict[str, list[tuple[str, str]]]], *, whole: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("feed")
    with new_store(place / "state.db") as state:
        feed = Feed(state, place)
        expected: dict[str, list[tuple[str, str]]] = {}
        for documents in polls:
            before = {one for rows in expected.values() for one in rows}
            expected = documents if whole else expected | documents
            merged = feed.poll({name: indicators(rows) for name, rows in documents.items()}, How(whole=whole))
            now = {one for rows in expected.values() for one in rows}
            if merged.new and before:  # the first poll counts every row
                assert (merged.added, merged.removed) == (len(now - before), len(before - now))
            assert sum(merged.by_kind.values()) == sum(map(len, expected.values()))
            assert feed.there() == Counter((*one, f"{name} #list") for name, rows in expected.items() for one in rows)
            assert feed.poll({name: indicators(rows) for name, rows in documents.items()}, How(whole=whole)).same
