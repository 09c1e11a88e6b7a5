"""Polls a feed of intelligence: fetches what it has now, and merges it into what is known of it.

On failure the last good data stay, and how long it has been failing is written down.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warroom.catalog.intel_feeds import IntelFeed
from warroom.errors import OutboundError, WarroomError
from warroom.intel.formats.reading import FormatRefusedError, Refused, Told
from warroom.intel.sources.source import Document, Fetched, Source
from warroom.intel.taking import Put, Taking, settle
from warroom.store.database import State
from warroom.store.intel import feeds, polls, snapshots
from warroom.store.intel.incoming import Incoming
from warroom.store.intel.merging import How

#: A whole feed with more indicators than this does not lose all of them at once by itself.
MOST_LOST_AT_ONCE: Final = 100
#: Ways whose documents are pages of something larger, or go by the names of their origins.
_PAGED: Final = frozenset(("misp", "misp_feed", "taxii"))
_SECOND_US: Final = 1_000_000
_LONGEST_REASON: Final = 1_000


@dataclass(frozen=True, slots=True)
class PollResult:
    """What came of a poll.

    Args:
        outcome: ``changed``, ``same``, ``failed``, or why the connector refused.
        reason: for people, where it failed.
        added, removed, changed: see ``warroom.store.intel.merging.Merged``.
    """

    feed_id: str
    outcome: str
    reason: str | None = None
    read: int = 0
    added: int = 0
    removed: int = 0
    changed: int = 0
    refused: int = 0

    @property
    def failed(self) -> bool:
        """Whether it failed: what was known before still counts."""
        return self.reason is not None


def registered(feed: IntelFeed) -> feeds.Registered:
    """Give what a feed's file says as the store keeps it."""
    lifetime = feed.lifetime_seconds
    return feeds.Registered(
        feed_id=feed.id,
        title_th=feed.title_th,
        title_en=feed.title_en,
        way=feed.way,
        format=feed.format,
        licence=feed.licence,
        about=feed.about,
        confidence=feed.confidence,
        tlp=str(feed.tlp),
        severity=None if feed.severity is None else str(feed.severity),
        lifetime_us=None if lifetime is None else int(lifetime * _SECOND_US),
        mark=feed.mark,
        drill=feed.drill,
        every_us=int(feed.every_seconds * _SECOND_US),
        stale_after_us=feed.stale_after_seconds * _SECOND_US,
        enabled=feed.enabled,
    )


def poll(feed: IntelFeed, source: Source, state: State, data_dir: Path, now: int) -> PollResult:
    """Poll a feed once.

    Args:
        feed: as its file says it.
        source: where it comes from.
        state: the state database.
        data_dir: the state folder.
        now: microseconds since 1970.

    Returns:
        what came of it; failures that have to do with the feed, and a full disk, are results, not errors.

    Raises:
        StoreError: the state database cannot be written.
    """
    begun = time.monotonic_ns()
    try:
        with snapshots.workplace(data_dir) as work:
            result = _poll(feed, source, Put(state, data_dir, work, registered(feed), now, begun))
    except WarroomError as problem:
        result = _failed(feed, state, problem, now, begun)
    snapshots.sweep(state, data_dir)
    return result


def _poll(feed: IntelFeed, source: Source, put: Put) -> PollResult:
    with put.state.read() as connection:
        known = feeds.one(connection, feed.id)
    fetch = put.work / "fetched"
    fetch.mkdir()
    fetched = source.fetch(_cursor(feed, known), fetch)
    if fetched is None:
        return _nothing_new(put)
    taking = Taking(Incoming(put.work, put.at, pages=feed.way in _PAGED))
    came = 0
    for document in fetched.documents:
        came += not document.refused
        _take(taking, feed, document)
    _check(taking, fetched, known, came)
    how = How(fetched.whole, int(feed.keep_seconds * _SECOND_US), fetched.gone)
    merged, done = settle(put, taking, how, f"{_digest(feed)}:{fetched.cursor()}")
    return PollResult(
        feed.id, done.outcome, None, done.read, done.added, done.removed, merged.changed, taking.refused_count
    )


def _take(taking: Taking, feed: IntelFeed, document: Document) -> None:
    """Take a document; one that is refused does not lose the others."""
    if document.refused:
        taking.refuse(document.origin, Refused(document.origin, document.refused))
        return
    told = Told(document.origin, feed.kind, feed.columns, feed.delimiter)
    try:
        taking.document(document.path, told, document.format or feed.format)
    except FormatRefusedError:
        return  # it is noted


def _check(taking: Taking, fetched: Fetched, known: feeds.FeedRow | None, documents: int) -> None:
    """Refuse what cannot be all that a feed has, of the documents that came. Raises WarroomError."""
    if documents and not taking.taken:
        item, reason = taking.refused[0]
        more = f", and {documents - 1} more documents likewise" if documents > 1 else ""
        raise WarroomError(f"{item}: {reason}{more}")
    had = known.indicators if known else 0
    came = sum(draft.rows for draft in taking.incoming.drafts().values())
    if fetched.whole and documents and not came and had > MOST_LOST_AT_ONCE:
        raise WarroomError(f"it came empty, and had {had:,} indicators before: it looks like an error page")


def _nothing_new(put: Put) -> PollResult:
    done = polls.Poll(put.feed.feed_id, put.at, (time.monotonic_ns() - put.begun) // 1000, polls.SAME)
    with put.state.write() as connection:
        known = feeds.one(connection, put.feed.feed_id)
        feeds.write(connection, put.feed, known)
        feeds.succeeded(connection, put.feed.feed_id, put.at, known.cursor if known else "", None, changed=False)
        polls.note(connection, done)
    return PollResult(put.feed.feed_id, polls.SAME)


def _failed(feed: IntelFeed, state: State, problem: WarroomError, now: int, begun: int) -> PollResult:
    """Write down that a poll failed; all else stays as it was."""
    outcome = str(problem.why) if isinstance(problem, OutboundError) else polls.FAILED
    reason = str(problem)[:_LONGEST_REASON]
    took = (time.monotonic_ns() - begun) // 1000
    with state.write() as connection:
        feeds.write(connection, registered(feed), feeds.one(connection, feed.id))
        feeds.failed(connection, feed.id, now, reason)
        polls.note(connection, polls.Poll(feed.id, now, took, outcome, reason))
    return PollResult(feed.id, outcome, reason)


def _cursor(feed: IntelFeed, known: feeds.FeedRow | None) -> str:
    """Give where the last poll ended; from the beginning where the feed's file says something else since."""
    digest, _, cursor = (known.cursor if known else "").partition(":")
    return cursor if digest == _digest(feed) else ""


def _digest(feed: IntelFeed) -> str:
    """Give what tells whether a feed's documents are still fetched and read as before."""
    said = (feed.way, feed.collect, feed.format, feed.kind, sorted(feed.columns.items()), feed.delimiter)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]
