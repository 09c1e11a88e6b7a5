"""Of a MISP server its published events come, changed ones again, and what is deleted is told to be gone.

No MISP server fits into a test: this one answers as MISP's REST interface does (https://www.misp-project.org/openapi/,
and as its controllers are written).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from intel.fetching import Poller, feed_of
from loopback import Handler, plain, serving

from warroom.errors import OutboundError, Refusal

SAMPLES = Path(__file__).parents[1] / "samples" / "intel" / "misp_feed"
NOW = int(time.time())
KEY = "oF0urs" * 6


class Misp:
    """A server with four events, changed today; ``old`` wraps what it lists, as servers did once."""

    def __init__(self) -> None:
        self.events: dict[str, dict[str, object]] = {}
        self.old = False
        self.instead: Callable[[Handler], None] | None = None
        self.searched: list[dict[str, object]] = []
        for number, path in enumerate(sorted(SAMPLES.glob("*-*.json")), 1):
            document = json.loads(path.read_bytes())
            event = document.get("Event", document)
            self.events[event["uuid"]] = {**event, "id": str(number), "timestamp": str(NOW - 100), "published": True}

    def get(self, path: str, default: Callable[[Handler], None]) -> Callable[[Handler], None]:
        return {"/misp/events/index": self._index, "/misp/events/restSearch": self._search}.get(path, default)

    def _index(self, handler: Handler) -> None:
        asked = self._asked(handler)
        if asked is None:
            return
        assert asked["minimal"] == 1
        names = ("id", "uuid", "timestamp", "published")
        found = [
            {name: event[name] for name in names}
            for event in self.events.values()
            if int(str(event["timestamp"])) >= int(str(asked["timestamp"]))
        ]
        handler.answer(json.dumps([{"Event": one} for one in found] if self.old else found).encode())

    def _search(self, handler: Handler) -> None:
        asked = self._asked(handler)
        if asked is None:
            return
        self.searched.append(asked)
        wanted = {str(number) for number in asked["eventid"]}  # type: ignore[attr-defined]
        found = [{"Event": one} for one in self.events.values() if one["id"] in wanted and one["published"]]
        assert len(found) <= int(str(asked["limit"]))
        handler.answer(json.dumps(found if self.old else {"response": found}).encode())

    def _asked(self, handler: Handler) -> dict[str, object] | None:
        if handler.headers["authorization"] != KEY or handler.headers["accept"] != "application/json":
            handler.answer(json.dumps({"name": "Authentication failed."}).encode(), 403)
            return None
        if self.instead:
            self.instead(handler)
            return None
        return dict(json.loads(handler.body))


@pytest.fixture
def misp() -> Misp:
    return Misp()


@pytest.fixture
def polling(misp: Misp, tmp_path: Path) -> Iterator[Poller]:
    secret = tmp_path / "key"
    secret.write_text(KEY)
    secret.chmod(0o600)
    with serving(misp) as (url, _):  # type: ignore[arg-type]
        who = f"auth: header, header: Authorization, secret_file: {secret}"
        collect = f"{{way: misp, url: '{url}/misp/', page_size: 3, since: 30d, {who}}}"
        yield Poller(feed_of(tmp_path, collect, format_="misp"), tmp_path / "work")


def uuids(polling: Poller) -> list[str]:
    came = polling.poll()
    pages = [json.loads(body) for body in came.documents.values()] if came else []
    events = [one["Event"] for page in pages for one in (page["response"] if isinstance(page, dict) else page)]
    return sorted(event["uuid"] for event in events)


@pytest.mark.parametrize("old", [False, True])
def test_published_events_come_page_by_page_and_later_those_that_changed(
    misp: Misp, polling: Poller, *, old: bool
) -> None:
    misp.old = old
    assert uuids(polling) == sorted(misp.events)
    assert [len(asked["eventid"]) for asked in misp.searched] == [3, 1]  # type: ignore[arg-type]
    assert polling.poll() is None
    changed = sorted(misp.events)[1]
    misp.events[changed]["timestamp"] = str(NOW)
    assert uuids(polling) == [changed]
    assert polling.poll() is None


def test_an_event_is_deleted_and_one_is_published_long_after_it_was_written(misp: Misp, polling: Poller) -> None:
    deleted, late, *_ = sorted(misp.events)
    misp.events[late] |= {"published": False, "timestamp": str(NOW - 20 * 86_400)}
    assert late not in uuids(polling)
    misp.events.pop(deleted)
    came = polling.poll()
    assert came is not None
    assert (came.gone, came.documents) == ((deleted,), {})
    misp.events[late]["published"] = True
    assert uuids(polling) == [late]
    assert polling.poll() is None


def test_an_event_that_is_being_edited_stays_as_it_was(misp: Misp, polling: Poller) -> None:
    uuids(polling)
    edited = min(misp.events)
    misp.events[edited] |= {"published": False, "timestamp": str(NOW)}
    assert polling.poll() is None
    misp.events[edited]["published"] = True
    assert uuids(polling) == [edited]


def test_events_that_are_older_than_the_feed_looks_back_do_not_come(misp: Misp, polling: Poller) -> None:
    old = min(misp.events)
    misp.events[old]["timestamp"] = str(NOW - 31 * 86_400)
    assert old not in uuids(polling)
    misp.events[old]["timestamp"] = str(NOW)
    assert uuids(polling) == [old]


def test_a_key_that_is_not_believed_is_told(polling: Poller, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("of-nobody")
    with pytest.raises(OutboundError, match="answers 403: we may not read this") as told:
        polling.poll()
    assert told.value.why == Refusal.STATUS
    assert "of-nobody" not in str(told.value)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"{}", b'{"response": []}', b"[7]", b'[{"id": "1"}]', b'[{"uuid": 7, "id": 1, "timestamp": 1}]',
     b'[{"uuid": "x", "id": "1; drop", "timestamp": "1"}]', b'[{"uuid": "x", "id": 1, "timestamp": -1}]'],
)  # fmt: skip
def test_a_list_that_is_none_is_told(misp: Misp, polling: Poller, body: bytes) -> None:
    uuids(polling)
    before, misp.instead = polling.cursor, plain(body)
    with pytest.raises(OutboundError) as told:
        polling.poll()
    assert (told.value.why, polling.cursor) == (Refusal.CONTENT, before)


def test_a_server_in_trouble_leaves_all_as_it_was(misp: Misp, polling: Poller) -> None:
    uuids(polling)
    before, misp.instead = polling.cursor, plain(b"", 500)
    with pytest.raises(OutboundError, match="answers 500: it is in trouble itself"):
        polling.poll()
    assert polling.cursor == before
    misp.instead = None
    assert polling.poll() is None


def test_a_poll_that_takes_long_ends_and_the_next_goes_on(
    misp: Misp, polling: Poller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warroom.intel.sources.asking._POLL_SECONDS", 0.0)
    first, second = uuids(polling), uuids(polling)
    assert (len(first), sorted(first + second)) == (3, sorted(misp.events))
    assert polling.poll() is None
