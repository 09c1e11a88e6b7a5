"""Collections of a real TAXII 2.1 server are read page by page, and later only what was added."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from collect.authority import Authority
from intel.fetching import LOOPBACK, Came, Poller, feed_of
from intel.taxii_server import FOR_ADDING, HIGH_VALUE, PASSWORD, USER, Server, indicator, taxii_server

from warroom.errors import OutboundError, Refusal
from warroom.intel.sources.opening import open_source

pytestmark = pytest.mark.slow

VALUES = [f"198.51.100.{number}" for number in range(1, 8)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over TLS that every test of this file may ask; what is added stays."""
    folder = tmp_path_factory.mktemp("taxii")
    authority = Authority(folder / "authority")
    with taxii_server(folder, authority.issue("server"), authority.ca) as server:
        yield server


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text(f"{PASSWORD}\n")
    path.chmod(0o600)
    return path


def poller(tmp_path: Path, server: Server, secret: Path, more: str = "", path: str = "/taxii2/") -> Poller:
    trust = f", ca: {server.ca}" if server.ca else ""
    who = f"auth: basic, user: {USER}, secret_file: {secret}"
    return Poller(
        feed_of(tmp_path, f"{{way: taxii, url: '{server.url}{path}', {who}{trust}{more}}}"), tmp_path / "work"
    )


def objects(came: Came | None) -> list[str]:
    """The ids of the objects that came, in their order."""
    pages = [json.loads(page) for page in came.documents.values()] if came else []
    return [one["id"] for page in pages for one in page["objects"]]


def failed(polling: Poller) -> OutboundError:
    with pytest.raises(OutboundError) as told:
        polling.poll()
    assert PASSWORD not in str(told.value)
    return told.value


@pytest.mark.parametrize("size", [1, 2, 4, 5, 100])
def test_every_object_comes_once_whatever_the_pages(running: Server, tmp_path: Path, secret: Path, size: int) -> None:
    polling = poller(tmp_path, running, secret, f", collection: {HIGH_VALUE}, page_size: {size}")
    came = polling.poll()
    assert came is not None
    assert (len(objects(came)), len(set(objects(came)))) == (5, 5)
    assert len(came.documents) == -(-5 // size)
    assert (came.whole, came.refused) == (True, {})
    # two objects of it were added at the same time: asked again, none of them is new
    assert polling.poll() is None


@pytest.mark.parametrize("size", [1, 3, 100])
def test_only_what_was_added_comes_later(running: Server, tmp_path: Path, secret: Path, size: int) -> None:
    values = [f"203.0.{size}.{number}" for number in range(1, 8)]
    polling = poller(tmp_path, running, secret, f", collection: {FOR_ADDING}, page_size: {size}")
    polling.poll()
    running.add(*(indicator(value) for value in values[:4]))
    assert sorted(objects(polling.poll())) == sorted(str(indicator(value)["id"]) for value in values[:4])
    assert polling.poll() is None
    running.add(*(indicator(value) for value in values[4:]))
    cursor = polling.cursor
    came = polling.poll()
    assert came is not None
    assert not came.whole
    polling.cursor = cursor
    assert sorted(objects(polling.poll())) == sorted(str(indicator(value)["id"]) for value in values[4:])
    running.add(indicator(values[0], 30))  # a new version of an old object
    assert objects(polling.poll()) == [indicator(values[0])["id"]]
    assert polling.poll() is None


def test_without_a_name_every_collection_that_may_be_read_is_read(
    running: Server, tmp_path: Path, secret: Path
) -> None:
    running.add(indicator("192.0.2.77"))
    polling = poller(tmp_path, running, secret)
    came = polling.poll()
    assert came is not None
    assert {origin.partition("/")[0] for origin in came.documents} == {HIGH_VALUE, FOR_ADDING}
    assert indicator("192.0.2.77")["id"] in objects(came)
    assert polling.poll() is None


@pytest.mark.parametrize(
    "path", ["/taxii2/", "/taxii2", "", "/", "/trustgroup1/", "/trustgroup1", "/trustgroup1/collections/"]
)
def test_the_address_may_be_that_of_the_server_of_the_discovery_or_of_an_api_root(
    running: Server, tmp_path: Path, secret: Path, path: str
) -> None:
    came = poller(tmp_path, running, secret, ", collection: High Value Indicator Collection", path).poll()
    assert len(objects(came)) == 5


@pytest.mark.parametrize(
    ("path", "more", "why", "says"),
    [
        ("/nowhere/", "", Refusal.STATUS, "answers 404: there is nothing at this address"),
        ("/api1/", "", Refusal.STATUS, "no collection that we may read"),
        ("/taxii2/", ", collection: missing", Refusal.CONTENT, "no collection 'missing': it has 'This data collection"),
        ("/taxii2/", ", collection: Secret Indicators", Refusal.STATUS, "may not read collection 'Secret Indicators'"),
    ],
)
def test_what_is_not_there_is_told(
    running: Server, tmp_path: Path, secret: Path, path: str, more: str, why: Refusal, says: str
) -> None:
    problem = failed(poller(tmp_path, running, secret, more, path))
    assert (problem.why, says in str(problem)) == (why, True), problem


def test_who_is_not_believed_is_told(running: Server, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("of-nobody")
    wrong.chmod(0o600)
    problem = failed(poller(tmp_path, running, wrong))
    assert (problem.why, str(problem)) == (
        Refusal.STATUS, "127.0.0.1 answers 401: who we are is not believed: is the secret right, has it ended?",
    )  # fmt: skip
    assert "of-nobody" not in str(problem)


def test_an_address_that_speaks_another_version_is_told(
    running: Server, tmp_path: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warroom.intel.sources.taxii_server.ACCEPT", "application/taxii+json;version=2.0")
    problem = failed(poller(tmp_path, running, secret))
    assert (problem.why, "answers 406: it does not give what is asked for" in str(problem)) == (Refusal.STATUS, True)


def test_a_certificate_of_others_is_not_believed(running: Server, tmp_path: Path, secret: Path) -> None:
    polling = Poller(
        feed_of(
            tmp_path,
            f"{{way: taxii, url: '{running.url}/taxii2/', auth: basic, user: {USER}, secret_file: {secret}}}",
        ),
        tmp_path / "work",
    )
    assert failed(polling).why == Refusal.TLS


def test_a_server_that_goes_away_and_comes_back(tmp_path: Path, secret: Path) -> None:
    folder = tmp_path / "server"
    folder.mkdir()
    with taxii_server(folder) as server:
        polling = poller(tmp_path, server, secret, f", collection: {HIGH_VALUE}")
        assert len(objects(polling.poll())) == 5
        server.stop()
        before = polling.cursor
        assert failed(polling).why == Refusal.UNREACHABLE
        assert polling.cursor == before
        server.start()
        assert polling.poll() is None
        server.add(indicator("198.51.100.1"), collection=HIGH_VALUE)
        assert objects(polling.poll()) == [indicator("198.51.100.1")["id"]]


def test_a_page_that_the_server_forgot_is_gone_round(tmp_path: Path, secret: Path) -> None:
    """The server keeps the rest of a list only so long; a reader may take longer for a page."""
    folder = tmp_path / "server"
    folder.mkdir()
    with taxii_server(folder) as server:
        config = json.loads((folder / "config.json").read_text())
        config["backend"] |= {"session_timeout": 0, "check_interval": 0.05}
        (folder / "config.json").write_text(json.dumps(config))
        server.stop()
        server.start()
        polling = poller(tmp_path, server, secret, f", collection: {HIGH_VALUE}, page_size: 2")
        polling.work.mkdir()

        fetched = open_source(polling.feed, LOOPBACK).fetch("", polling.work)
        assert fetched is not None
        found = []
        for document in fetched.documents:
            found += [one["id"] for one in json.loads(document.path.read_bytes())["objects"]]
            time.sleep(0.5)
        assert (len(found), len(set(found))) == (5, 5)
