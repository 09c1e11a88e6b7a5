"""One document at an address comes when it is another than before, unpacked, and under a name without secrets."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from intel.fetching import Poller, feed_of
from loopback import Handler, serving
from proxying import proxying

from warroom.errors import OutboundError, Refusal, UsageError
from warroom.intel.sources.opening import open_source
from warroom.net import proxy_from
from warroom.settings import Settings


class Site:
    """A document, and by what it is known again."""

    def __init__(self) -> None:
        self.body = b"198.51.100.1\n"
        self.status = 200
        self.tag = self.modified = ""
        self.sent = 0

    def get(self, _path: str, _default: object) -> object:
        return self._answer

    def _answer(self, handler: Handler) -> None:
        same = self.tag and handler.headers["if-none-match"] == self.tag
        same = same or (self.modified and handler.headers["if-modified-since"] == self.modified)
        if same:
            handler.answer(b"", 304)
            return
        self.sent += 1
        told = {"ETag": self.tag, "Last-Modified": self.modified}
        handler.answer(self.body, self.status, **{name: value for name, value in told.items() if value})


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def polling(site: Site, tmp_path: Path) -> Iterator[Poller]:
    with serving(site) as (url, _):  # type: ignore[arg-type]
        collect = f"{{way: http, url: '{url}/key-of-ours/list.csv?key=of-ours'}}"
        yield Poller(feed_of(tmp_path, collect, format_="list"), tmp_path / "work")


@pytest.mark.parametrize(("tag", "modified"), [("", ""), ('"v"', ""), ("", "then"), ('"v"', "then")])
def test_a_document_comes_once_and_again_when_it_is_another(
    site: Site, polling: Poller, tag: str, modified: str
) -> None:
    site.tag, site.modified = tag and f"{tag}1", modified and f"{modified}1"
    came = polling.poll()
    assert came is not None
    assert (came.documents, came.whole) == ({"list.csv": site.body}, True)
    assert "of-ours" not in polling.cursor
    assert polling.poll() is None
    assert site.sent == (1 if tag or modified else 2)
    site.body, site.tag, site.modified = b"198.51.100.2\n", tag and f"{tag}2", modified and f"{modified}2"
    came = polling.poll()
    assert came is not None
    assert came.documents == {"list.csv": site.body}


def test_the_same_under_another_tag_is_the_same(site: Site, polling: Poller) -> None:
    site.tag = '"1"'
    polling.poll()
    site.tag = '"2"'
    assert polling.poll() is None


def test_what_is_packed_is_unpacked(site: Site, polling: Poller) -> None:
    site.body = gzip.compress(b"198.51.100.3\n")
    came = polling.poll()
    assert came is not None
    assert came.documents == {"list.csv": b"198.51.100.3\n"}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "198.51.100.4")
        archive.writestr("../b.txt", "198.51.100.5")
    site.body = packed.getvalue()
    came = polling.poll()
    assert came is not None
    assert came.documents == {"list.csv/a.txt": b"198.51.100.4", "list.csv/../b.txt": b"198.51.100.5"}


def test_what_is_packed_is_unpacked_whatever_its_name(site: Site, tmp_path: Path) -> None:
    site.body = gzip.compress(b"198.51.100.3\n")
    with serving(site) as (url, _):  # type: ignore[arg-type]
        for path, name in (("", "document"), ("/list", "list"), ("/scores.csv.gz?a=b.c", "scores.csv.gz")):
            feed = feed_of(tmp_path, f"{{way: http, url: '{url}{path}'}}", format_="list")
            came = Poller(feed, tmp_path / "work").poll()
            assert came is not None
            assert came.documents == {name: b"198.51.100.3\n"}


@pytest.mark.parametrize("body", [gzip.compress(b"x" * 1000, mtime=0)[:-9], b"PK\x03\x04 and no more"])
def test_what_is_damaged_leaves_all_as_it_was(site: Site, polling: Poller, body: bytes) -> None:
    polling.poll()
    before, site.body = polling.cursor, body
    with pytest.raises(OutboundError, match="damaged") as told:
        polling.poll()
    assert (told.value.why, polling.cursor) == (Refusal.CONTENT, before)


@pytest.mark.parametrize("status", [204, 404, 500])
def test_what_is_no_document_is_told(site: Site, polling: Poller, status: int) -> None:
    site.status, site.body = status, b""
    with pytest.raises(OutboundError, match=f"answers {status}: ") as told:
        polling.poll()
    assert told.value.why == Refusal.STATUS
    assert "of-ours" not in str(told.value)


def test_a_cursor_that_cannot_be_read_is_none(site: Site, polling: Poller) -> None:
    site.tag = '"1"'
    polling.poll()
    for cursor in ("no cursor", "[]", '{"etag": 7}'):
        polling.cursor = cursor
        assert polling.poll() is not None


def test_private_addresses_are_asked_only_where_they_are_allowed(polling: Poller) -> None:
    polling.allowed = ""
    with pytest.raises(OutboundError, match="WARROOM_OUTBOUND") as told:
        polling.poll()
    assert told.value.why == Refusal.ADDRESS


def test_a_feed_goes_by_the_proxy(site: Site, polling: Poller, tmp_path: Path) -> None:
    port = str(polling.feed.collect.url).rpartition(":")[2].partition("/")[0]  # type: ignore[union-attr]
    with proxying() as seen:
        seen.names["feeds.example"] = "127.0.0.1"
        collect = f"{{way: http, url: 'http://feeds.example:{port}/list.txt'}}"
        feed = feed_of(tmp_path, collect, format_="list", name="proxied")
        came = Poller(feed, tmp_path / "work", allowed="", proxy=proxy_from(Settings(proxy=seen.url))).poll()
    assert came is not None
    assert came.documents == {"list.txt": site.body}
    assert seen.asked == [("GET", f"http://feeds.example:{port}/list.txt")]


def test_a_certificate_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    feed = feed_of(tmp_path, f"{{way: http, url: 'https://feeds.example/', ca: {tmp_path}/none.pem}}", format_="list")
    with pytest.raises(UsageError, match=r"none\.pem"):
        open_source(feed)
