"""Feeds of the tests that are fetched: what a feed file says, and the documents that come."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from warroom.catalog.intel_feeds import IntelFeed, load_intel_feed
from warroom.intel.sources.opening import open_source
from warroom.net import Proxy, networks

LOOPBACK = networks("127.0.0.0/8")


def feed_of(folder: Path, collect: str, *, format_: str = "stix", name: str = "feed") -> IntelFeed:
    """Read a feed file whose ``collect`` is as given, in YAML's flow style."""
    path = folder / f"{name}.yml"
    lines = ["title: {th: ก, en: A}", "enabled: true", f"format: {format_}", f"collect: {collect}"]
    path.write_text("\n".join(lines), encoding="utf-8")
    feed, faults = load_intel_feed(path, folder)
    assert feed is not None, faults
    return feed


@dataclass
class Came:
    """What a poll brought: documents by origin, those that were refused, and what is gone."""

    documents: dict[str, bytes] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    whole: bool = False


@dataclass
class Poller:
    """Polls a feed as the worker does: a new source each time, from where the last poll that succeeded ended."""

    feed: IntelFeed
    work: Path
    allowed: str = "127.0.0.0/8"
    proxy: Proxy | None = None
    cursor: str = ""

    def poll(self) -> Came | None:
        """Poll once; None where nothing is new."""
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True)
        fetched = open_source(self.feed, networks(self.allowed), self.proxy).fetch(self.cursor, self.work)
        if fetched is None:
            return None
        came = Came(gone=fetched.gone, whole=fetched.whole)
        for document in fetched.documents:
            if document.refused:
                came.refused[document.origin] = document.refused
            else:
                assert document.origin not in came.documents
                came.documents[document.origin] = document.path.read_bytes()
        self.cursor = fetched.cursor()
        return came
