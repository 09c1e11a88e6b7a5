"""TAXII servers that are odd, broken or hostile: no object is lost, and what is wrong is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from intel.fetching import Poller, feed_of
from intel.taxii_server import indicator
from loopback import Handler, plain, serving, talking

from warroom.errors import OutboundError, Refusal

ROOT = {"title": "odd", "versions": ["application/taxii+json;version=2.1"], "max_content_length": 1 << 20}
FIRST, SECOND = "6f9c5a3e-0000-4000-8000-000000000001", "6f9c5a3e-0000-4000-8000-000000000002"
Answers = dict[str, Callable[[Handler], None]]


class Odd:
    """A server by the specification's letter, that names no next page unless ``names_next``."""

    def __init__(self) -> None:
        self.collections: list[dict[str, object]] = [{"id": FIRST, "title": "one", "alias": "a", "can_read": True}]
        self.objects: list[tuple[str, dict[str, object]]] = []  # when it was added, and the object
        self.tells_time = True
        self.names_next = False
        self.instead: Answers = {}

    def get(self, path: str, _default: object) -> Callable[[Handler], None]:
        parts = urlsplit(path)
        if parts.path in self.instead:
            return self.instead[parts.path]
        if parts.path == "/api/":
            return given(ROOT)
        if parts.path == "/api/collections/":
            return given({"collections": self.collections})
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        after, limit, skip = asked.get("added_after", ""), int(asked["limit"]), int(asked.get("next", "0"))
        found = sorted((at, number) for number, (at, _) in enumerate(self.objects) if at > after)[skip:]
        page = found[:limit]
        envelope: dict[str, object] = {"more": len(found) > limit} if found else {}
        if page:
            envelope["objects"] = [self.objects[number][1] for _, number in page]
        if self.names_next and len(found) > limit:
            envelope["next"] = str(skip + limit)
        times = {"X-TAXII-Date-Added-Last": page[-1][0]} if page and self.tells_time else {}
        return given(envelope, **times)


def given(told: object, status: int = 200, **headers: str) -> Callable[[Handler], None]:
    return plain(json.dumps(told).encode(), status, **headers)


@pytest.fixture
def odd() -> Odd:
    return Odd()


@pytest.fixture
def polling(odd: Odd, tmp_path: Path) -> Iterator[Poller]:
    with serving(odd) as (url, _):  # type: ignore[arg-type]
        yield Poller(feed_of(tmp_path, f"{{way: taxii, url: '{url}/api/', page_size: 2}}"), tmp_path / "work")


def ids(polling: Poller) -> list[object]:
    came = polling.poll()
    return [one["id"] for page in came.documents.values() for one in json.loads(page)["objects"]] if came else []


def added(odd: Odd, *times: str) -> list[object]:
    first = len(odd.objects)
    new = [(at, indicator(f"198.51.100.{first + number}")) for number, at in enumerate(times)]
    odd.objects += new
    return [one["id"] for _, one in new]


SAME = "2024-01-01T00:00:00.000000Z"


@pytest.mark.parametrize("names_next", [False, True])
@pytest.mark.parametrize("count", [1, 2, 3, 5, 9])
def test_objects_of_one_time_all_come_and_each_once(odd: Odd, polling: Poller, count: int, *, names_next: bool) -> None:
    odd.names_next = names_next
    new = added(odd, "2023-12-31T00:00:00.000000Z", *[SAME] * count, "2024-01-02T00:00:00.000000Z")
    assert sorted(ids(polling)) == sorted(new)
    assert polling.poll() is None
    # one more of the last time, behind our back
    late = added(odd, "2024-01-02T00:00:00.000000Z")
    assert ids(polling) == late
    assert polling.poll() is None


@pytest.mark.parametrize("names_next", [False, True])
def test_a_poll_that_takes_long_ends_and_the_next_goes_on(
    odd: Odd, polling: Poller, monkeypatch: pytest.MonkeyPatch, *, names_next: bool
) -> None:
    monkeypatch.setattr("warroom.intel.sources.asking._POLL_SECONDS", 0.0)
    odd.names_next = names_next
    new = added(odd, *(f"2024-01-0{day}T00:00:00.000000Z" for day in range(1, 6)))
    found = [ids(polling) for _ in range(4)]
    assert [len(one) for one in found] == [2, 1, 1, 1]  # the last one of a page is asked for again
    assert [one for some in found for one in some] == new
    assert polling.poll() is None


def test_a_server_that_tells_no_time_is_read_from_its_beginning(odd: Odd, polling: Poller) -> None:
    odd.tells_time, odd.names_next = False, True
    new = added(odd, *[SAME] * 3)
    assert sorted(ids(polling)) == sorted(new)
    assert polling.poll() is None
    late = added(odd, SAME)
    assert ids(polling) == late


def test_a_time_that_is_yet_to_come_does_not_end_the_feed(odd: Odd, polling: Poller) -> None:
    first = added(odd, "9999-12-31T23:59:59.999999Z")
    assert ids(polling) == first
    late = added(odd, SAME)
    assert ids(polling) == late


def test_a_server_that_has_more_and_does_not_say_where(odd: Odd, polling: Poller) -> None:
    odd.tells_time = False
    added(odd, *[SAME] * 3)
    with pytest.raises(OutboundError, match="names no `next`") as told:
        polling.poll()
    assert (told.value.why, polling.cursor) == (Refusal.PROTOCOL, "")


def test_a_page_without_end_is_left(odd: Odd, polling: Poller) -> None:
    endless = {"more": True, "next": "again", "objects": [indicator("198.51.100.1")]}
    odd.instead[f"/api/collections/{FIRST}/objects/"] = given(endless)
    with pytest.raises(OutboundError, match="again and again") as told:
        polling.poll()
    assert told.value.why == Refusal.PROTOCOL


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"text"',
        b'{"objects": {}}',
        b'{"objects": [], "more": "yes"}',
        b'{"objects": [], "more": true, "next": 7}',
        b'{"objects": [], "more": true, "next": "' + b"x" * 5000 + b'"}',
        b"<html>",
        b"",
        b'{"objects": [',
        b'{"objects": ' + b"[" * 2000,
    ],
)
@pytest.mark.parametrize("place", ["/api/", "/api/collections/", f"/api/collections/{FIRST}/objects/"])
def test_answers_that_are_not_what_they_should_be(odd: Odd, polling: Poller, place: str, body: bytes) -> None:
    if place.endswith("collections/"):
        body = body.replace(b"objects", b"collections")
    odd.instead[place] = plain(body)
    if place.endswith("collections/") and b'"collections": []' in body:
        with pytest.raises(OutboundError, match="no collection that we may read"):
            polling.poll()
        return
    with pytest.raises(OutboundError, match="answers with") as told:
        polling.poll()
    assert told.value.why == Refusal.CONTENT


@pytest.mark.parametrize("one", [{}, {"id": ""}, {"id": "x" * 300}, "text", {"id": ".."}])
def test_collections_that_are_none(odd: Odd, polling: Poller, one: object) -> None:
    odd.collections = [one]  # type: ignore[list-item]
    with pytest.raises(OutboundError, match="names a collection") as told:
        polling.poll()
    assert told.value.why == Refusal.CONTENT


def test_the_id_of_a_collection_does_not_lead_elsewhere(odd: Odd, polling: Poller) -> None:
    odd.collections = [{"id": "../../admin?x=#y", "can_read": True}]
    odd.instead["/api/collections/..%2F..%2Fadmin%3Fx%3D%23y/objects/"] = given({"objects": [indicator("192.0.2.1")]})
    assert len(ids(polling)) == 1


@pytest.mark.parametrize(
    ("status", "headers", "says"),
    [
        (401, {}, "is the secret right"),
        (406, {}, "another version"),
        (416, {}, "make `page_size` smaller"),
        (429, {"Retry-After": "30"}, "make `every` longer (it says: not before 30 seconds)"),
        (429, {"Retry-After": "\x07" * 9}, "make `every` longer"),
        (500, {}, "it is in trouble itself"),
        (503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, "not before Wed, 21 Oct 2026 07:28:00 GMT"),
        (302, {"Location": "http://127.0.0.1:1/"}, ""),
    ],
)
def test_what_a_server_says_no_with_is_told(
    odd: Odd, polling: Poller, status: int, headers: dict[str, str], says: str
) -> None:
    odd.instead[f"/api/collections/{FIRST}/objects/"] = given({}, status, **headers)
    with pytest.raises(OutboundError) as told:
        polling.poll()
    assert told.value.why == (Refusal.UNREACHABLE if status == 302 else Refusal.STATUS)
    assert says in str(told.value)


def test_one_collection_that_says_no_does_not_lose_the_others(odd: Odd, polling: Poller) -> None:
    odd.collections = [{"id": SECOND, "title": "two", "can_read": True}, *odd.collections]
    odd.instead[f"/api/collections/{SECOND}/objects/"] = given({}, 403)
    new = added(odd, SAME)
    came = polling.poll()
    assert came is not None
    assert list(came.refused) == [SECOND]
    assert "answers 403: we may not read this" in came.refused[SECOND]
    assert [json.loads(page)["objects"][0]["id"] for page in came.documents.values()] == new


def test_api_roots_are_asked_at_the_host_that_we_know(odd: Odd, tmp_path: Path) -> None:
    added(odd, SAME)
    secret = tmp_path / "secret"
    secret.write_text("of-ours")
    secret.chmod(0o600)
    with serving({}) as (elsewhere, reached), serving(odd) as (url, asked):  # type: ignore[arg-type]
        away = elsewhere.replace("127.0.0.1", "localhost")
        odd.instead["/taxii2/"] = given({"title": "x", "api_roots": ["http://127.0.0.1:1/api/", f"{away}/api/"]})
        collect = f"{{way: taxii, url: '{url}/taxii2/', auth: bearer, secret_file: {secret}}}"
        came = Poller(feed_of(tmp_path, collect), tmp_path / "work").poll()
    assert came is not None
    assert len(came.documents) == 1
    assert list(came.refused) == [f"{away}/api/"]
    assert "on another host" in came.refused[f"{away}/api/"]
    assert reached == []
    assert {headers["authorization"] for _, headers in asked} == {"Bearer of-ours"}


def test_a_server_that_is_silent_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("warroom.intel.sources.asking._SECONDS", 0.3)
    with talking(lambda link: link.recv(1)) as url:
        poller = Poller(feed_of(tmp_path, f"{{way: taxii, url: '{url}/api/'}}"), tmp_path / "work")
        with pytest.raises(OutboundError, match=r"not done within 0\.3 seconds") as told:
            poller.poll()
    assert told.value.why == Refusal.TIME


def test_a_cursor_that_cannot_be_read_is_none(odd: Odd, polling: Poller) -> None:
    new = added(odd, SAME)
    for cursor in ("{", "[]", '{"collections": 7}', '{"collections": {"x": 7}}'):
        polling.cursor = cursor
        assert ids(polling) == new
