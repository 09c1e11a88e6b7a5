"""Keeps threat intelligence: polls its feeds, compares events with what they list now, looks back for what is new.

Nothing here stands in the way of events that come: an index is made beside the one that is in use, and takes its place
between two commits. What was listed by then and is new is looked for in the events up to there, and every later event
is compared with it: so nothing is compared twice, and nothing never.

At a start the index is made before the first event is read. Reading first and looking back later would lose nothing
either, but whoever restarts a worker would then wait for the look back to hear of what is listed already.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.catalog.assets import load_assets
from warroom.catalog.intel_feeds import IntelFeed, load_intel_feeds
from warroom.catalog.intel_ways import Folder
from warroom.errors import Fault, LeaseError
from warroom.incidents.intel_news import tell_intel_feeds
from warroom.intel.assembling import Basis, assemble, basis, has_indicators
from warroom.intel.exposing import raise_exposures
from warroom.intel.looking_back import LookingBack
from warroom.intel_finder import Finders
from warroom.machine.log import log
from warroom.net import networks, proxy_from
from warroom.reserve import Reserve
from warroom.settings import Settings
from warroom.store.database import State, now_us
from warroom.store.intel import feeds, look_backs, polls, sightings, snapshots, swaps
from warroom.store.intel.findings import TOPIC
from warroom.store.intel.past_events import remember_drills
from warroom.store.lease import Lease

if TYPE_CHECKING:
    from warroom.intel.index import Index
    from warroom.pipeline import Pipeline

#: Scores fall with time: an index is made anew at least so often.
_AGE_SECONDS: Final = 3600.0
#: A feed that fails is asked again after twice as long each time, but not later than this …
_LONGEST_WAIT_SECONDS: Final = 6 * 3600.0
#: … and a folder of ours, which costs nobody anything, not later than this.
_LONGEST_FOLDER_WAIT_SECONDS: Final = 600.0
#: A poll comes later by a part of its interval, so that not all are asked at once.
_JITTER: Final = 0.1
#: The format of what must raise no alarm.
_LISTS: Final = "warninglist"
_DAY_US: Final = 86_400_000_000
_SECOND: Final = 1_000_000
_LONGEST_REASON: Final = 500
_NONE: Final = pa.table({"kind": pa.array([], pa.string()), "value": pa.array([], pa.string())})


@dataclass(slots=True)
class _Due:
    """When a feed is asked next, by the steady clock; of the feed as it was then."""

    feed: IntelFeed
    at: float


class IntelKeeper:
    """What the worker does about threat intelligence; each of its methods is a job, or a step of one."""

    def __init__(
        self,
        settings: Settings,
        state: State,
        lease: Lease,
        pipeline: Pipeline,
        reserve: Reserve,
        ended: threading.Event,
    ) -> None:
        self._settings, self._state, self._lease, self._pipeline = settings, state, lease, pipeline
        self._reserve, self._ended = reserve, ended
        self._data_dir = settings.data_dir
        self._allowed, self._proxy = networks(settings.outbound), proxy_from(settings)
        self._feeds: dict[str, IntelFeed] = {}
        self._due: dict[str, _Due] = {}
        self._index: Index | None = None
        self._basis: Basis | None = None
        self._made_at = 0.0
        self._making = threading.Lock()
        self._exposed: object = None
        self._finders = Finders()
        self._looking_back = LookingBack(
            state, self._data_dir, lease, self._finders.current, lambda: pipeline.waiting > 0, ended
        )

    @property
    def feeds(self) -> list[IntelFeed]:
        """The feeds that are switched on."""
        return [feed for feed in self._feeds.values() if feed.enabled]

    def load(self) -> tuple[list[IntelFeed], list[Fault]]:
        """Read the feeds' files and make the store know them; all feeds, and what is wrong with files."""
        from warroom.intel.polling import registered  # noqa: PLC0415  loads what only feeds need

        found, faults = load_intel_feeds(self._settings.feeds, self._data_dir)
        feeds.register(self._state, [registered(one) for one in found])
        self._feeds = {one.id: one for one in found}
        with self._state.write() as connection:
            self._lease.hold(connection)
            remember_drills(connection)
        return found, faults

    def begin(self) -> None:
        """Compare with what is listed, before the first event is read.

        Raises:
            LeaseError: another worker took over.
        """
        look_backs.sweep(self._state, self._data_dir, self._lease, now_us(), swaps.compared_path(self._state))
        self.look()

    def look(self) -> bool:
        """Make another index where anything that it rests on changed, or it is old; whether one came into use.

        Raises:
            LeaseError: another worker took over.
        """
        with self._making:
            now = now_us()
            rests_on = basis(self._state, now)
            old = time.monotonic() - self._made_at > _AGE_SECONDS
            if rests_on == self._basis and not (old and self._index is not None):
                return False
            if self._waits_for_lists():
                return False
            index = assemble(self._state, self._data_dir, now) if has_indicators(self._state) else None
            if index is None and self._index is None and not swaps.compared_path(self._state):
                self._basis = rests_on
                return False
            self._use(index, now)
            self._basis, self._made_at = rests_on, time.monotonic()
        pa.default_memory_pool().release_unused()
        return True

    def _waits_for_lists(self) -> bool:
        """Whether a warning list was never asked for: what would be raised for want of it could not be taken back.

        Events are compared as before meanwhile, and looked through later for what is new. Where something was compared
        with before, and nothing is any more, as at a start, that goes first: it is not looked for again.
        """
        lists = {feed.id for feed in self.feeds if feed.format == _LISTS}
        if not lists or (self._index is None and swaps.compared_path(self._state)):
            return False
        with self._state.read() as connection:
            return any(row.feed_id in lists and row.tried_at is None for row in feeds.rows(connection))

    def poll(self, feed: IntelFeed) -> None:
        """Ask a feed for what it has now, if it is its time.

        Raises:
            StoreError: the state database cannot be written.
        """
        due = self._due.get(feed.id)
        if due is None or due.feed != feed:
            due = self._due[feed.id] = _Due(feed, self._first_at(feed))
        if time.monotonic() < due.at or self._reserve.why_stopped() is not None:
            return
        self._poll(feed)
        due.at = self._next_at(feed)

    def look_back(self) -> int:
        """Look for what is new in stored events; how many alerts are new.

        Raises:
            LeaseError: another worker took over.
        """
        if raised := self._looking_back.run():
            log().warning("stored events match what is listed now", alerts=raised)
        return raised

    def expose(self) -> int:
        """Raise alerts for assets with vulnerabilities that are known to be exploited; how many are new.

        Raises:
            LeaseError: another worker took over.
        """
        path = self._settings.assets
        if path is None:
            return 0
        with self._state.read() as connection:
            files = tuple(one.path for one in snapshots.files(connection, holds="exploited"))
        try:
            told = path.stat()
        except OSError as problem:
            log().error("the file of assets cannot be read", reason=str(problem))
            return 0
        seen = (files, told.st_mtime_ns, told.st_size)
        if not files or seen == self._exposed:
            return 0
        assets, faults = load_assets(path)
        for fault in faults:
            log().warning("content fault", fault=str(fault))
        raised = raise_exposures(self._state, self._data_dir, self._lease, assets, now_us())
        self._exposed = seen  # last: what fails half-way is repeated
        if raised:
            log().warning("assets have vulnerabilities that are known to be exploited", alerts=raised)
        return raised

    def tell(self) -> None:
        """Tell people which feeds fail or grow stale, or are back.

        Raises:
            LeaseError: another worker took over.
        """
        if told := tell_intel_feeds(self._state, self._lease):
            log().warning("feeds of intelligence fail or grow stale, or are back", feeds=told)

    def forget(self) -> None:
        """Once a day: drop what nobody looks at any more."""
        with self._state.write() as connection:
            sightings.forget(connection, now_us())

    # -- polls ---------------------------------------------------------------------------------------------

    def _poll(self, feed: IntelFeed) -> None:
        """Ask a feed now; what goes wrong is written down with it."""
        from warroom.intel.polling import poll  # noqa: PLC0415
        from warroom.intel.sources.opening import open_source  # noqa: PLC0415

        at = now_us()
        try:
            source = open_source(feed, self._allowed, self._proxy)
            result = poll(feed, source, self._state, self._data_dir, at)
        except LeaseError:
            raise
        except Exception as problem:  # noqa: BLE001 - a feed that breaks us must not do so in silence
            reason = f"{type(problem).__name__}: {problem}"[:_LONGEST_REASON]
            log().error("a feed of intelligence was given up", feed=feed.id, reason=reason)
            with self._state.write(TOPIC) as connection:
                feeds.failed(connection, feed.id, at, reason)
                polls.note(connection, polls.Poll(feed.id, at, now_us() - at, polls.FAILED, reason))
            return
        if result.failed:
            log().warning("a feed of intelligence was not had", feed=feed.id, why=result.outcome, reason=result.reason)
        elif result.outcome == polls.CHANGED:
            log().info("a feed of intelligence changed", feed=feed.id, added=result.added, removed=result.removed)

    def _first_at(self, feed: IntelFeed) -> float:
        """Give when a feed is asked first, by the steady clock: as if the worker had not been started anew."""
        with self._state.read() as connection:
            row = feeds.one(connection, feed.id)
        if row is None or row.tried_at is None:
            return time.monotonic()
        passed = max(0.0, (now_us() - row.tried_at) / _SECOND)
        return time.monotonic() + max(0.0, wait_seconds(feed, row.failures) - passed)

    def _next_at(self, feed: IntelFeed) -> float:
        with self._state.read() as connection:
            row = feeds.one(connection, feed.id)
        wait = wait_seconds(feed, 0 if row is None else row.failures)
        return time.monotonic() + wait * (1 + _JITTER * _share(feed.id))

    # -- the index -----------------------------------------------------------------------------------------

    def _use(self, index: Index | None, now: int) -> None:
        """Let an index take the place of the one in use, with a look back for what is new in it."""
        known = _NONE if index is None else listed_values(index)
        before = swaps.compared(self._state, self._data_dir)
        new = pc.invert(pc.is_in(swaps.keys_of(known), value_set=swaps.keys_of(before).combine_chunks()))
        fresh = known.filter(new)
        if not fresh.num_rows and known.num_rows == before.num_rows:
            self._put(index, lambda _: None)
            return
        days = self._settings.look_back_days
        wanted = fresh if days else fresh.slice(0, 0)
        names = () if index is None else feeds_of(index, wanted)
        swap = swaps.prepare(self._state, self._data_dir, known, wanted, names, now - days * _DAY_US, now)
        self._put(index, lambda last: swaps.swap(self._state, self._data_dir, self._lease, swap, last))
        log().info("events are compared with what is listed now", indicators=known.num_rows, new=fresh.num_rows)

    def _put(self, index: Index | None, noted: Callable[[int], object]) -> None:
        self._pipeline.use_intel(index, noted)
        self._index = index
        self._finders.use(index)


def wait_seconds(feed: IntelFeed, failures: int) -> float:
    """Give how long after a poll a feed is asked again, where its last polls failed so many times."""
    if not failures:
        return feed.every_seconds
    most = _LONGEST_FOLDER_WAIT_SECONDS if isinstance(feed.collect, Folder) else _LONGEST_WAIT_SECONDS
    return min(most, feed.every_seconds * 2.0 ** min(failures, 20))


def listed_values(index: Index) -> pa.Table:
    """Give ``kind`` and ``value`` of all that an index has, each once."""
    tables = [part.table.select(["kind", "value"]).cast(_NONE.schema) for part in index.parts]
    return pa.concat_tables([_NONE, *tables]).group_by(["kind", "value"]).aggregate([])


def feeds_of(index: Index, values: pa.Table) -> tuple[str, ...]:
    """Give the feeds that list some of these values, the one that lists most of them first."""
    keys = swaps.keys_of(values).combine_chunks()
    counts: Counter[str] = Counter()
    for part in index.parts:
        own = part.table.select(["kind", "value"]).cast(_NONE.schema)
        counts[part.feed.id] += pc.sum(pc.is_in(swaps.keys_of(own), value_set=keys)).as_py() or 0
    return tuple(name for name, count in counts.most_common() if count)


def _share(feed_id: str) -> float:
    """Give a number from 0 to 1, another each time, by which feeds of one interval come apart."""
    return zlib.crc32(f"{feed_id} {now_us()}".encode()) / 0xFFFFFFFF
