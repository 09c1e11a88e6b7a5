"""A poll brings what a feed has now, changes nothing where nothing changed, and loses nothing where it fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from warroom.catalog.intel_feeds import IntelFeed
from warroom.catalog.intel_ways import Folder
from warroom.errors import DiskFullError, OutboundError, Refusal, WarroomError
from warroom.indicators import Kind, Tlp
from warroom.intel import taking
from warroom.intel.polling import PollResult, poll, registered
from warroom.intel.sources.source import Document, Fetched
from warroom.model import Severity
from warroom.store.database import State
from warroom.store.intel import changes, feeds, polls, snapshots
from warroom.store.intel.feeds import FeedRow

FEED = IntelFeed(
    id="ipsum",
    title_th="ไอพีซัม",
    title_en="IPsum",
    about="https://example.org",
    licence="Unlicense",
    enabled=True,
    format="list",
    way="http",
    collect=Folder(("/x",)),
    every_seconds=60.0,
    stale_after_seconds=3600,
    kind=Kind.IPV4,
    columns={},
    delimiter="",
    confidence=70,
    tlp=Tlp.CLEAR,
    severity=Severity.MEDIUM,
    lifetime_seconds=86_400.0,
    keep_seconds=0.0,
    mark="",
    drill=False,
    file=Path("ipsum.yml"),
)
MISP = replace(FEED, id="misp", format="misp", way="misp", kind=None)
MANY = [f"192.0.2.{number}" for number in range(1, 151)]


@dataclass
class Given:
    """A source that gives what it is told: contents of documents by their names."""

    documents: Mapping[str, str | bytes] = field(default_factory=dict)
    whole: bool = True
    gone: tuple[str, ...] = ()
    cursor: str = "next"
    fails: Exception | None = None
    refused: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    nothing: bool = False

    def fetch(self, cursor: str, work: Path) -> Fetched | None:
        self.asked.append(cursor)
        assert list(work.iterdir()) == []
        if self.nothing:
            return None
        return Fetched(self._given(work), lambda: self.cursor, self.whole, self.gone)

    def _given(self, work: Path) -> Iterator[Document]:
        for name, content in self.documents.items():
            path = work / "document"
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            yield Document(name, path)
            path.unlink()
        for name, reason in self.refused.items():
            yield Document(name, work / "none", refused=reason)
        if self.fails:
            raise self.fails


class Polled:
    """A store whose feed is polled, at times that grow by one."""

    def __init__(self, state: State, data_dir: Path, feed: IntelFeed = FEED) -> None:
        self.state, self.data_dir, self.feed, self.at = state, data_dir, feed, 0

    def poll(self, *lines: str, **told: object) -> PollResult:
        return self.take(Given({"list": "\n".join(lines)}, **told))  # type: ignore[arg-type]

    def take(self, source: Given) -> PollResult:
        self.at += 1
        return poll(self.feed, source, self.state, self.data_dir, self.at)

    def values(self) -> set[str]:
        found = snapshots.indicators(self.state, self.data_dir, self.feed.id)
        return {value for _, batch in found for value in batch.column("value").to_pylist()}

    @property
    def row(self) -> FeedRow:
        with self.state.read() as connection:
            found = feeds.one(connection, self.feed.id)
        assert found is not None
        return found

    def outcomes(self) -> list[str]:
        with self.state.read() as connection:
            return [one.outcome for one in polls.newest(connection, self.feed.id)]

    def files(self) -> set[str]:
        return {str(path) for path in (self.data_dir / "intel").rglob("*") if path.is_file()}


@pytest.fixture
def polled(state: State, data_dir: Path) -> Polled:
    return Polled(state, data_dir)


def test_a_poll_brings_what_the_feed_has(polled: Polled) -> None:
    result = polled.poll("# a list", "198.51.100.1", "198.51.100.2", "nonsense")
    assert result == PollResult("ipsum", "changed", None, read=3, added=2, removed=0, changed=0, refused=1)
    assert polled.values() == {"198.51.100.1", "198.51.100.2"}
    row = polled.row
    assert (row.title_en, row.confidence, row.lifetime_us) == ("IPsum", 70, 86_400_000_000)
    assert (row.items, row.indicators, row.by_kind, row.refused) == (3, 2, {"ipv4": 2}, 1)
    ((item, reason),) = row.refusals
    assert "nonsense" in item
    assert reason
    assert (row.tried_at, row.succeeded_at, row.changed_at, row.failure) == (1, 1, 1, None)
    with polled.state.read() as connection:
        (told,) = polls.newest(connection, "ipsum")
    assert (told.outcome, told.read, told.added, told.refused) == ("changed", 3, 2, 1)
    assert told.took_us > 0


def test_the_same_again_changes_nothing_but_the_time_of_success(polled: Polled) -> None:
    polled.poll("198.51.100.1", "198.51.100.2")
    files, version = polled.files(), snapshots.version(polled.state)
    result = polled.poll("198.51.100.2", "198.51.100.1")
    assert (result.outcome, result.added, result.removed) == ("same", 0, 0)
    assert (polled.files(), snapshots.version(polled.state)) == (files, version)
    assert (polled.row.succeeded_at, polled.row.changed_at, polled.row.indicators) == (2, 1, 2)


def test_where_nothing_is_new_nothing_is_read(polled: Polled) -> None:
    polled.poll("198.51.100.1", cursor="etag")
    source = Given(nothing=True)
    assert polled.take(source).outcome == "same"
    assert source.asked == ["etag"]
    assert (polled.row.succeeded_at, polled.row.changed_at) == (2, 1)
    assert polled.outcomes() == ["same", "changed"]
    assert polled.values() == {"198.51.100.1"}


def test_what_is_no_longer_in_a_whole_feed_is_gone(polled: Polled) -> None:
    polled.poll("198.51.100.1", "198.51.100.2")
    result = polled.poll("198.51.100.2", "198.51.100.3")
    assert (result.added, result.removed) == (1, 1)
    assert polled.values() == {"198.51.100.2", "198.51.100.3"}
    told = changes.history(polled.state, polled.data_dir, "ipv4", "198.51.100.1")
    assert [(one.feed_id, one.at, one.change) for one in told] == [("ipsum", 2, "removed"), ("ipsum", 1, "added")]


def test_what_went_counts_for_as_long_as_the_feed_says(state: State, data_dir: Path) -> None:
    polled = Polled(state, data_dir, replace(FEED, keep_seconds=3600.0))
    polled.poll("198.51.100.1", "198.51.100.2")
    assert polled.poll("198.51.100.2").removed == 1
    assert polled.values() == {"198.51.100.1", "198.51.100.2"}
    assert polled.row.indicators == 1


def test_the_next_poll_begins_where_the_last_one_ended(polled: Polled) -> None:
    first, second = Given({"list": "198.51.100.1"}, cursor="a"), Given({"list": "198.51.100.1"}, cursor="b")
    polled.take(first)
    polled.take(second)
    polled.take(third := Given(fails=OutboundError("no answer")))
    polled.take(fourth := Given({"list": "198.51.100.1"}))
    assert [one.asked for one in (first, second, third, fourth)] == [[""], ["a"], ["b"], ["b"]]


@pytest.mark.parametrize(
    "otherwise", [{"kind": None}, {"format": "csv"}, {"columns": {"a": "value"}}, {"collect": Folder(("/y",))}]
)
def test_a_feed_that_is_read_otherwise_is_asked_from_the_beginning(
    polled: Polled, otherwise: dict[str, object]
) -> None:
    polled.poll("198.51.100.1", cursor="a")
    polled.feed = replace(FEED, **otherwise)  # type: ignore[arg-type]
    source = Given(nothing=True)
    polled.take(source)
    assert source.asked == [""]


def test_another_weight_keeps_the_place(polled: Polled) -> None:
    polled.poll("198.51.100.1", cursor="a")
    polled.feed = replace(FEED, confidence=5)
    polled.take(source := Given(nothing=True))
    assert source.asked == ["a"]
    assert polled.row.confidence == 5


@pytest.mark.parametrize(
    ("problem", "outcome"),
    [
        (OutboundError("it leads to 127.0.0.1", Refusal.ADDRESS), "address"),
        (OutboundError("too slow", Refusal.TIME), "time"),
        (WarroomError("no such folder"), "failed"),
        (DiskFullError("no room"), "failed"),
    ],
)
def test_a_failure_is_told_with_its_reason_and_the_last_good_data_stay(
    polled: Polled, problem: WarroomError, outcome: str
) -> None:
    polled.poll("198.51.100.1")
    files, version = polled.files(), snapshots.version(polled.state)
    for _ in range(2):
        result = polled.take(Given({"list": "198.51.100.9"}, fails=problem))  # in the middle of its documents
        assert (result.outcome, result.reason, result.failed) == (outcome, str(problem), True)
    assert (polled.files(), snapshots.version(polled.state)) == (files, version)
    row = polled.row
    assert (row.failure, row.failing_since, row.failures) == (str(problem), 2, 2)
    assert (row.tried_at, row.succeeded_at, row.indicators) == (3, 1, 1)
    assert polled.outcomes() == [outcome, outcome, "changed"]
    assert not polled.poll("198.51.100.1").failed
    assert (polled.row.failure, polled.row.failing_since, polled.row.failures) == (None, None, 0)


def test_a_feed_that_never_went_well_is_known_to_fail(polled: Polled) -> None:
    polled.take(Given(fails=OutboundError("no answer", Refusal.UNREACHABLE)))
    assert (polled.row.failures, polled.row.succeeded_at) == (1, None)
    assert polled.row.stale(1)


def test_a_document_that_is_refused_does_not_lose_the_others_and_keeps_what_it_said(polled: Polled) -> None:
    polled.take(Given({"a": "198.51.100.1", "b": "198.51.100.2", "c": "198.51.100.3"}))
    result = polled.take(Given({"a": "198.51.100.4", "b": b"\x00\x01\x02"}, refused={"c": "larger than 1 MiB"}))
    assert result.outcome == "changed"
    assert polled.values() == {"198.51.100.4", "198.51.100.2", "198.51.100.3"}
    assert polled.row.refused == 2
    assert [item for item, _ in polled.row.refusals] == ["b", "c"]
    assert polled.row.refusals[1][1] == "larger than 1 MiB"


def test_where_all_documents_are_refused_the_poll_fails(polled: Polled) -> None:
    polled.poll("198.51.100.1")
    result = polled.take(Given({"a": b"\x00", "b": b"\x01"}))
    assert result.failed
    assert result.reason is not None
    assert result.reason.startswith("a: ")
    assert "1 more" in result.reason
    assert polled.values() == {"198.51.100.1"}


@pytest.mark.parametrize(
    "page",
    ["", "\n\n", "<!DOCTYPE html><html><body>Sign in</body></html>", "<html>\n198.51.100.1\n</html>", "# none\n"],
)
def test_an_empty_answer_or_a_page_does_not_empty_a_list(polled: Polled, page: str) -> None:
    polled.poll(*MANY)
    result = polled.poll(page)
    assert result.failed
    assert polled.values() == set(MANY)
    assert polled.row.indicators == len(MANY)


def test_a_list_of_few_may_become_empty(polled: Polled) -> None:
    polled.poll("198.51.100.1")
    result = polled.poll("# nothing at present")
    assert (result.outcome, result.removed) == ("changed", 1)
    assert polled.values() == set()
    assert polled.row.indicators == 0


def test_files_that_are_no_longer_in_a_folder_are_gone(polled: Polled) -> None:
    polled.take(Given({"a": "\n".join(MANY), "b": "198.51.100.1"}))
    polled.take(Given({"b": "198.51.100.1"}))
    assert polled.values() == {"198.51.100.1"}
    polled.take(Given({}))
    assert polled.values() == set()


def event(uuid: str, *addresses: str) -> str:
    attributes = ",".join(
        f'{{"uuid": "{number:08d}-0000-4000-8000-000000000000", "type": "ip-dst", "category": "Network activity", '
        f'"to_ids": true, "value": "{address}"}}'
        for number, address in enumerate(addresses)
    )
    return f'{{"Event": {{"uuid": "{uuid}", "info": "x", "date": "2026-01-01", "Attribute": [{attributes}]}}}}'


ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


def test_events_of_a_server_are_replaced_one_by_one(state: State, data_dir: Path) -> None:
    polled = Polled(state, data_dir, MISP)
    polled.take(Given({ONE: event(ONE, "198.51.100.1"), TWO: event(TWO, "198.51.100.2")}, whole=False))
    result = polled.take(Given({"events/0": event(ONE, "198.51.100.3")}, whole=False))
    assert (result.added, result.removed) == (1, 1)
    assert polled.values() == {"198.51.100.2", "198.51.100.3"}
    assert (polled.row.items, polled.row.indicators) == (2, 2)
    polled.take(Given({}, whole=False, gone=(TWO,)))
    assert polled.values() == {"198.51.100.3"}
    polled.take(Given({"events/0": event(ONE)}, whole=False))  # nothing is left of it
    assert polled.values() == set()


def test_a_server_that_tells_nothing_new_leaves_what_is_known(state: State, data_dir: Path) -> None:
    polled = Polled(state, data_dir, MISP)
    polled.take(Given({"events/0": event(ONE, "198.51.100.1")}, whole=False))
    assert polled.take(Given({}, whole=False)).outcome == "same"
    assert (polled.row.items, polled.row.indicators) == (1, 1)
    result = polled.take(Given({"events/0": "{"}, whole=False))
    assert result.failed
    assert polled.values() == {"198.51.100.1"}


def test_a_poll_that_another_one_got_in_before_merges_once_more(
    polled: Polled, monkeypatch: pytest.MonkeyPatch
) -> None:
    polled.poll("198.51.100.1")
    other = Polled(polled.state, polled.data_dir)
    merge, meddled = taking.merge, []

    def meddle(*given: object) -> object:
        merged = merge(*given)  # type: ignore[arg-type]
        if not meddled:
            meddled.append(1)
            other.poll("198.51.100.2")
        return merged

    monkeypatch.setattr(taking, "merge", meddle)
    result = polled.poll("198.51.100.3")
    assert (result.outcome, result.added, result.removed) == ("changed", 1, 1)
    assert polled.values() == {"198.51.100.3"}
    with polled.state.read() as connection:
        named = {str(polled.data_dir / one.path) for one in snapshots.files(connection)}
    assert len(polled.files() - named) == 2  # of the two polls before, for their readers; none of the first try


def test_a_poll_that_is_always_too_late_fails_and_leaves_nothing(
    polled: Polled, monkeypatch: pytest.MonkeyPatch
) -> None:
    polled.poll("198.51.100.1")
    other = Polled(polled.state, polled.data_dir)
    merge = taking.merge
    numbers = iter(range(2, 9))
    inside: list[int] = []

    def meddle(*given: object) -> object:
        merged = merge(*given)  # type: ignore[arg-type]
        if not inside:
            inside.append(1)
            other.poll(f"198.51.100.{next(numbers)}")
            inside.clear()
        return merged

    monkeypatch.setattr(taking, "merge", meddle)
    result = polled.poll("198.51.100.9")
    assert result.failed
    assert "another poll" in (result.reason or "")
    assert polled.values() == {"198.51.100.3"}


def test_a_first_poll_that_came_too_late_loses_nothing(polled: Polled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its draft became a file already, which the second try reads again."""
    other = Polled(polled.state, polled.data_dir)
    merge, meddled = taking.merge, []

    def meddle(*given: object) -> object:
        merged = merge(*given)  # type: ignore[arg-type]
        if not meddled:
            meddled.append(1)
            other.poll("198.51.100.2")
        return merged

    monkeypatch.setattr(taking, "merge", meddle)
    assert not polled.poll("198.51.100.3").failed
    assert polled.values() == {"198.51.100.3"}
    assert len(polled.files()) == 4  # two of changes, the list, and the other one's for its readers


def test_what_a_file_says_is_registered_whole() -> None:
    told = registered(replace(FEED, severity=None, lifetime_seconds=None, mark="tor", drill=True, enabled=False))
    assert (told.severity, told.lifetime_us, told.mark, told.drill, told.enabled) == (None, None, "tor", True, False)
    assert (told.every_us, told.stale_after_us, told.tlp, told.way) == (60_000_000, 3_600_000_000, "clear", "http")


def test_nothing_of_a_poll_is_left_on_the_disk(polled: Polled) -> None:
    polled.poll("198.51.100.1")
    polled.take(Given(fails=OutboundError("no answer")))
    assert list((polled.data_dir / "intel").glob(".work-*")) == []
