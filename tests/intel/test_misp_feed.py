"""Of a MISP feed only the events that are new or changed are fetched, and those that went are told to be gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from intel.fetching import Poller, feed_of
from intel.misp_feed_server import JAPANESE, PASSWORD, USER, Feed, handing_out

from warroom.errors import OutboundError, Refusal
from warroom.intel.sources import asking, misp_feed


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    return Feed(tmp_path / "served")


@pytest.fixture
def polling(feed: Feed, tmp_path: Path) -> Iterator[Poller]:
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    with handing_out(feed) as url:
        collect = f"{{way: misp_feed, url: '{url}', auth: basic, user: {USER}, secret_file: {secret}}}"
        yield Poller(feed_of(tmp_path, collect, format_="misp"), tmp_path / "work")


def test_all_events_come_first_and_later_those_that_changed(feed: Feed, polling: Poller) -> None:
    came = polling.poll()
    assert came is not None
    assert {uuid: json.loads(body) for uuid, body in came.documents.items()} == feed.events
    assert len(came.documents) == 4
    assert feed.asked[0] == "/feed/manifest.json"

    feed.asked.clear()
    assert polling.poll() is None
    assert feed.asked == ["/feed/manifest.json"]

    feed.change(JAPANESE)
    came = polling.poll()
    assert came is not None
    assert (list(came.documents), came.gone, came.whole) == ([JAPANESE], (), False)
    assert polling.poll() is None


def test_events_that_are_withdrawn_are_gone(feed: Feed, polling: Poller) -> None:
    polling.poll()
    withdrawn = feed.events.pop(JAPANESE)
    feed.write()
    came = polling.poll()
    assert came is not None
    assert (came.documents, came.gone) == ({}, (JAPANESE,))
    assert polling.poll() is None
    feed.events[JAPANESE] = withdrawn
    feed.write()
    came = polling.poll()
    assert came is not None
    assert (list(came.documents), came.gone) == ([JAPANESE], ())


def test_an_event_that_is_not_there_yet_is_asked_for_again(feed: Feed, polling: Poller) -> None:
    (feed.folder / f"{JAPANESE}.json").unlink()
    came = polling.poll()
    assert came is not None
    assert len(came.documents) == 3
    assert "named in the manifest, but 127.0.0.1 answers 404" in came.refused[JAPANESE]
    feed.write()
    came = polling.poll()
    assert came is not None
    assert list(came.documents) == [JAPANESE]
    assert polling.poll() is None


def test_half_an_event_leaves_all_as_it_was(feed: Feed, polling: Poller) -> None:
    feed.cut = JAPANESE
    with pytest.raises(OutboundError) as told:
        polling.poll()
    assert (told.value.why, polling.cursor) == (Refusal.PROTOCOL, "")
    assert feed.asked[-2:] == [f"/feed/{JAPANESE}.json"] * 2  # once more: it could have been a moment's trouble
    feed.cut = ""
    came = polling.poll()
    assert came is not None
    assert len(came.documents) == 4


def test_who_is_not_believed_and_a_feed_that_moved_are_told(feed: Feed, polling: Poller, tmp_path: Path) -> None:
    (feed.folder / "manifest.json").unlink()
    with pytest.raises(OutboundError, match=r"answers 404: there is nothing at this address: has it moved\?"):
        polling.poll()
    (tmp_path / "secret").write_text("of-nobody")
    with pytest.raises(OutboundError, match="answers 401: who we are is not believed") as told:
        polling.poll()
    assert told.value.why == Refusal.STATUS
    assert "of-nobody" not in str(told.value)


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd", "x", "", f"{JAPANESE}.json", f"/{JAPANESE}", JAPANESE[:-1], f"{JAPANESE}\n", f"{JAPANESE}?x="],
)
def test_what_is_no_uuid_never_becomes_an_address(feed: Feed, polling: Poller, name: str) -> None:
    manifest = json.loads((feed.folder / "manifest.json").read_text())
    manifest[name] = {"timestamp": "1551686770"}
    (feed.folder / "manifest.json").write_text(json.dumps(manifest))
    came = polling.poll()
    assert came is not None
    assert (len(came.documents), came.refused) == (4, {name: "no UUID of an event"})
    assert {Path(path).parent for path in feed.asked} == {Path("/feed")}
    assert len(feed.asked) == 5


@pytest.mark.parametrize("body", ["", "{", '"text"', "[1]", "7", '{"a": {}}', '{"Event": {"uuid": "x"}}', "<html>"])
def test_a_manifest_that_is_none_is_told(feed: Feed, polling: Poller, body: str) -> None:
    polling.poll()
    before = polling.cursor
    (feed.folder / "manifest.json").write_text(body)
    with pytest.raises(OutboundError) as told:
        polling.poll()
    assert (told.value.why, polling.cursor) == (Refusal.CONTENT, before)


@pytest.mark.parametrize("body", ["{}", "[]"])
def test_a_manifest_without_events_says_that_all_are_gone(feed: Feed, polling: Poller, body: str) -> None:
    polling.poll()
    (feed.folder / "manifest.json").write_text(body)
    came = polling.poll()
    assert came is not None
    assert set(came.gone) == set(feed.events)


def test_many_events_come_in_several_polls(polling: Poller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misp_feed, "_MOST_NEW", 3)
    first, second = polling.poll(), polling.poll()
    assert first is not None
    assert second is not None
    assert (len(first.documents), len(second.documents), second.whole, second.gone) == (3, 1, False, ())
    assert polling.poll() is None
    monkeypatch.setattr(misp_feed, "_MOST_EVENTS", 3)
    with pytest.raises(OutboundError, match="names 4 events: more than 3") as told:
        polling.poll()
    assert told.value.why == Refusal.TOO_LARGE


def test_a_poll_that_takes_long_ends_and_the_next_goes_on(
    feed: Feed, polling: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "_POLL_SECONDS", 0.0)
    came = [polling.poll() for _ in feed.events]
    assert [len(one.documents) for one in came if one] == [1] * 4
    assert {uuid for one in came if one for uuid in one.documents} == set(feed.events)
    assert polling.poll() is None
