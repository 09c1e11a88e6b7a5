"""Real servers are polled into the store: what they have counts, once, and what they have no longer does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from intel.fetching import LOOPBACK, feed_of
from intel.misp_feed_server import PASSWORD, USER, Feed, handing_out
from intel.taxii_server import FOR_ADDING, HIGH_VALUE, Server, indicator, taxii_server
from intel.taxii_server import PASSWORD as TAXII_PASSWORD
from intel.taxii_server import USER as TAXII_USER

from warroom.catalog.intel_feeds import IntelFeed
from warroom.intel.polling import PollResult, poll
from warroom.intel.sources.opening import open_source
from warroom.store.database import State, now_us
from warroom.store.intel import feeds, polls, snapshots

pytestmark = pytest.mark.slow

MALWARE = "57c4445b-c548-4654-af0b-4be3950d210f"  # one of the events


def polled(feed: IntelFeed, state: State, data_dir: Path) -> PollResult:
    return poll(feed, open_source(feed, LOOPBACK), state, data_dir, now_us())


def values(state: State, data_dir: Path, feed: IntelFeed) -> set[tuple[str, str]]:
    """What a feed lists: kinds and values."""
    batches = [batch for name, batch in snapshots.indicators(state, data_dir, feed.id) if name == feed.id]
    return {(row["kind"], row["value"]) for batch in batches for row in batch.to_pylist()}


def secret(tmp_path: Path, word: str) -> Path:
    path = tmp_path / "secret"
    path.write_text(word)
    path.chmod(0o600)
    return path


@pytest.fixture
def taxii(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "server"
    folder.mkdir()
    with taxii_server(folder) as server:
        yield server


def test_a_taxii_server_is_polled_goes_away_and_comes_back(
    taxii: Server, state: State, data_dir: Path, tmp_path: Path
) -> None:
    password = secret(tmp_path, TAXII_PASSWORD)
    who = f"auth: basic, user: {TAXII_USER}, secret_file: {password}"
    feed = feed_of(
        tmp_path, f"{{way: taxii, url: '{taxii.url}/taxii2/', collection: {HIGH_VALUE}, page_size: 2, {who}}}"
    )
    first = polled(feed, state, data_dir)
    assert (first.outcome, first.read, first.added) == (polls.CHANGED, 5, 2)
    listed = values(state, data_dir, feed)
    assert {kind for kind, _ in listed} == {"url", "sha256"}
    assert polled(feed, state, data_dir).outcome == polls.SAME

    taxii.add(indicator("198.51.100.7"), collection=HIGH_VALUE)
    assert polled(feed, state, data_dir).added == 1
    assert values(state, data_dir, feed) == listed | {("ipv4", "198.51.100.7")}

    taxii.add({**indicator("198.51.100.7", 30), "revoked": True}, collection=HIGH_VALUE)
    assert polled(feed, state, data_dir).removed == 1
    assert values(state, data_dir, feed) == listed

    taxii.stop()
    gone = polled(feed, state, data_dir)
    assert (gone.outcome, values(state, data_dir, feed)) == ("unreachable", listed)
    password.write_text("of-nobody")
    taxii.start()
    assert (polled(feed, state, data_dir).outcome, values(state, data_dir, feed)) == ("status", listed)
    with state.read() as connection:
        row = feeds.one(connection, feed.id)
    assert row is not None
    assert row.failure == "127.0.0.1 answers 401: who we are is not believed: is the secret right, has it ended?"
    password.write_text(TAXII_PASSWORD)
    assert polled(feed, state, data_dir).outcome == polls.SAME


def test_a_misp_feed_is_polled_and_events_go(state: State, data_dir: Path, tmp_path: Path) -> None:
    served = Feed(tmp_path / "served")
    password = secret(tmp_path, PASSWORD)
    with handing_out(served) as url:
        collect = f"{{way: misp_feed, url: '{url}', auth: basic, user: {USER}, secret_file: {password}}}"
        feed = feed_of(tmp_path, collect, format_="misp")
        assert polled(feed, state, data_dir).outcome == polls.CHANGED
        listed = values(state, data_dir, feed)
        assert listed
        assert polled(feed, state, data_dir).outcome == polls.SAME
        withdrawn = served.events.pop(MALWARE)
        served.write()
        fewer = polled(feed, state, data_dir)
        assert fewer.removed > 0
        assert values(state, data_dir, feed) < listed
        served.events[MALWARE] = withdrawn
        served.write()
        assert polled(feed, state, data_dir).added == fewer.removed
        assert values(state, data_dir, feed) == listed
        served.change(MALWARE)
        served.cut = MALWARE
        assert (polled(feed, state, data_dir).outcome, values(state, data_dir, feed)) == ("protocol", listed)


def test_what_another_server_told_is_gone_with_it(taxii: Server, state: State, data_dir: Path, tmp_path: Path) -> None:
    password = secret(tmp_path, TAXII_PASSWORD)
    taxii.add(indicator("198.51.100.7"))
    for collection, count in ((HIGH_VALUE, 2), (FOR_ADDING, 1)):
        who = f"auth: basic, user: {TAXII_USER}, secret_file: {password}"
        feed = feed_of(tmp_path, f"{{way: taxii, url: '{taxii.url}/taxii2/', collection: {collection}, {who}}}")
        assert polled(feed, state, data_dir).outcome == polls.CHANGED
        assert len(values(state, data_dir, feed)) == count
