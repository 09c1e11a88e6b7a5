"""The worker: one line in, one incident on the wall.

    collect → parse → enrich → detect → COMMIT → group

Each feed is read on its own schedule. What a pass brings is parsed, enriched and matched in memory, committed in
one transaction and only then acknowledged to its collector. Whatever fails before the commit is read again.
"""

from __future__ import annotations

import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from warroom.catalog import Feed, load_feeds
from warroom.collect.files import Chunk, FileCollector
from warroom.detect import Detector, load_rules
from warroom.enrich.envelope import Origin, add_envelope
from warroom.errors import LeaseError, NotFoundError, WarroomError
from warroom.incidents.grouping import group
from warroom.parse import ParseContext
from warroom.parse.guard import parse_guarded
from warroom.settings import Settings
from warroom.store import feedstate, ledger
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.compaction import Compactor
from warroom.store.database import State
from warroom.store.lease import Lease
from warroom.store.segments import read_matches, sweep_orphans

_LEASE_EVERY_SECONDS: Final = 5
_CONTENT_EVERY_SECONDS: Final = 5
_COMPACTION_EVERY_SECONDS: Final = 60
_IDLE_TOLD_SECONDS: Final = 10
_AT_ONCE: Final = 4  # feeds read at a time; detection and commit are one after the other

log = structlog.get_logger()


class Worker:
    """Reads every feed of one data folder into its store. ``start`` first, ``stop`` at the end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._data_dir = settings.data_dir
        self._state = State(settings.db_url)
        self._lease = Lease(self._state)
        self._compactor = Compactor(self._state, self._data_dir, self._lease)
        self._readers: dict[str, tuple[FileCollector, dict[str, str]]] = {}
        self._reading: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._told: dict[str, tuple[float, str | None]] = {}
        self._feeds: dict[str, Feed] = {}
        self._content = ""
        self._in_turn = threading.Lock()
        self._ended = threading.Event()

    def start(self) -> None:
        """Take the lease, sweep what a crash left, load feeds and rules, rebuild the correlation windows.

        Raises:
            LeaseError: another worker writes this data folder.
        """
        self._data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._state.migrate()
        self._lease.take()
        swept = sweep_orphans(self._state, self._data_dir)
        self._ids = EventIds(self._state)
        self._load_content()
        log.info("worker ready", feeds=len(self._feeds), rules=len(self._rules.rules), orphans_swept=swept)

    def stop(self) -> None:
        """Give the lease back and close the store."""
        self._lease.release()
        self._state.close()

    def run(self) -> None:
        """Work until SIGTERM or SIGINT."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._ended.set())
        scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(_AT_ONCE + 2)})
        self._schedule(scheduler, "lease", _LEASE_EVERY_SECONDS, self._renew_lease)
        self._schedule(scheduler, "content", _CONTENT_EVERY_SECONDS, lambda: self._watch_content(scheduler))
        self._schedule(scheduler, "compaction", _COMPACTION_EVERY_SECONDS, self._compact)
        self._schedule_feeds(scheduler)
        scheduler.start()
        self._ended.wait()
        log.info("worker stops")
        scheduler.shutdown(wait=True)

    def read_once(self, feed_ids: Iterable[str] = ()) -> dict[str, int]:
        """One pass over the feeds named (all where none is): lines received by feed.

        Raises:
            NotFoundError: there is no such feed, or it is not switched on.
        """
        wanted = list(feed_ids) or list(self._feeds)
        if missing := [feed_id for feed_id in wanted if feed_id not in self._feeds]:
            raise NotFoundError(f"no feed is switched on as {', '.join(missing)}: `./run feeds list` shows them")
        received = {feed_id: self._read(self._feeds[feed_id]) for feed_id in wanted}
        group(self._state, timedelta(minutes=self._settings.grouping_minutes))
        return received

    # -- one pass over one feed ----------------------------------------------------------------------------

    def _pass(self, feed: Feed) -> None:
        """One pass that must never end the worker: what goes wrong is told and tried again."""
        try:
            if self._read(feed):
                group(self._state, timedelta(minutes=self._settings.grouping_minutes))
        except LeaseError as problem:
            log.error("lease lost", reason=str(problem))
            self._ended.set()
        except Exception as problem:  # noqa: BLE001 — one of the two loops that must survive; told, logged, retried
            self._failed(feed, problem)

    def _read(self, feed: Feed) -> int:
        """Everything the source has now, chunk by chunk; how many lines came in."""
        received = 0
        # after a reload an old pass may still run: one reader a feed, and the commit checks it again
        with self._reading[feed.id]:
            collector, positions = self._reader(feed)
            for chunk in collector.poll(datetime.now(UTC)):
                with self._in_turn:
                    received += self._take(feed, chunk, positions.get(chunk.source))
                collector.accept(chunk)
                positions[chunk.source] = chunk.position
        self._tell(feed, "; ".join(collector.problems) or None)
        return received

    def _reader(self, feed: Feed) -> tuple[FileCollector, dict[str, str]]:
        """The feed's collector with the positions it stands at; a new one begins at the committed ones."""
        if feed.id not in self._readers:
            positions = ledger.source_positions(self._state, feed.id)
            collector = FileCollector(feed, positions, line_limit=self._settings.line_limit)
            self._readers[feed.id] = collector, positions
        return self._readers[feed.id]

    def _take(self, feed: Feed, chunk: Chunk, read_from: str | None) -> int:
        """Bring one chunk from its bytes into the store: the main job."""
        now = datetime.now(UTC)
        parsed = parse_guarded(chunk.lines, ParseContext(feed.format, feed.timezone, now, feed.mapping))
        origin = Origin(
            feed.id,
            feed.platform_id,
            feed.log_product,
            feed.log_category,
            feed.log_service,
            chunk.source,
            chunk.path,
        )
        events = add_envelope(
            parsed.events,
            origin,
            chunk.offsets.take(parsed.rows),
            self._ids.take(parsed.events.num_rows),
            now,
            timedelta(minutes=self._settings.future_minutes),
        )
        found = self._detector.detect(events, drill=feed.drill)
        rejects = [(chunk.path, offset, reason, raw) for offset, raw, reason in chunk.rejects]
        rejects += [
            (chunk.path, chunk.offsets[one.row].as_py(), one.reason, chunk.lines[one.row].as_py())
            for one in parsed.rejects
        ]
        batch = Batch(
            feed_id=feed.id,
            source=chunk.source,
            read_from=read_from,
            position=chunk.position,
            received=len(chunk.lines) + len(chunk.rejects),
            events=events,
            evaluated=events.num_rows,  # detect evaluates a batch whole or raises
            rejects=rejects,
            alerts=found.alerts,
            matches=found.matches,
            lag_bytes=chunk.lag_bytes,
        )
        try:
            commit(self._state, self._data_dir, batch, self._ids, self._lease)
        except WarroomError:
            # the windows hold what the store does not: rebuild them from the store
            self._renew_detector()
            raise
        return batch.received

    def _failed(self, feed: Feed, problem: Exception) -> None:
        log.error("feed failed", feed=feed.id, reason=str(problem), kind=type(problem).__name__)
        self._readers.pop(feed.id, None)  # the next pass begins at the committed position
        try:
            self._tell(feed, f"{type(problem).__name__}: {problem}")
        except WarroomError as untold:
            log.error("feed state not written", feed=feed.id, reason=str(untold))

    def _tell(self, feed: Feed, error: str | None) -> None:
        """Write how the feed is, when that changed or a while has passed."""
        told_at, told_error = self._told.get(feed.id, (0.0, None))
        if error != told_error or time.monotonic() - told_at > _IDLE_TOLD_SECONDS:
            feedstate.passed(self._state, feed.id, error)
            self._told[feed.id] = (time.monotonic(), error)

    # -- content and schedule ------------------------------------------------------------------------------

    def _load_content(self) -> None:
        """Load feeds and rules; a faulty file is told and does not stop the others."""
        self._content = _fingerprint(self._settings.feeds, self._settings.detectors)
        feeds, faults = load_feeds(self._settings.feeds, self._data_dir)
        self._feeds = {feed.id: feed for feed in feeds if feed.enabled}
        self._readers = {}
        feedstate.register(
            self._state,
            [
                feedstate.Registration(
                    feed.id, feed.platform_id, feed.title_th, feed.title_en, feed.drill, feed.silent_after_seconds
                )
                for feed in self._feeds.values()
            ],
        )
        self._rules = load_rules([self._settings.detectors], self._settings.cache_dir)
        feedstate.tell_faults(self._state, [*faults, *self._rules.refused])
        for fault in [*faults, *self._rules.refused]:
            log.warning("content fault", fault=str(fault))
        self._renew_detector()

    def _renew_detector(self) -> None:
        detector = Detector(self._rules)
        span = detector.horizon // timedelta(microseconds=1)
        detector.restore(read_matches(self._state, self._data_dir, span))
        self._detector = detector

    def _watch_content(self, scheduler: BackgroundScheduler) -> None:
        if _fingerprint(self._settings.feeds, self._settings.detectors) == self._content:
            return
        with self._in_turn:
            self._load_content()
        self._schedule_feeds(scheduler)
        log.info("content reloaded", feeds=len(self._feeds), rules=len(self._rules.rules))

    def _schedule_feeds(self, scheduler: BackgroundScheduler) -> None:
        for job in scheduler.get_jobs():
            if job.id.startswith("feed:"):
                job.remove()
        for feed in self._feeds.values():
            self._schedule(scheduler, f"feed:{feed.id}", feed.every_seconds, self._pass, feed)

    def _schedule(
        self, scheduler: BackgroundScheduler, name: str, seconds: float, job: Callable[..., None], *args: object
    ) -> None:
        scheduler.add_job(
            job,
            "interval",
            seconds=seconds,
            args=args,
            id=name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=datetime.now(UTC),
        )

    def _compact(self) -> None:
        try:
            self._compactor.run()
        except WarroomError as problem:
            log.error("compaction put off", reason=str(problem))

    def _renew_lease(self) -> None:
        try:
            self._lease.renew()
        except LeaseError as problem:
            log.error("lease lost", reason=str(problem))
            self._ended.set()


def _fingerprint(*folders: Path) -> str:
    """Changes whenever a content file does."""
    found = [
        f"{path}:{told.st_mtime_ns}:{told.st_size}"
        for folder in folders
        for path in sorted(folder.rglob("*.yml"))
        if (told := path.stat())
    ]
    return "\n".join(found)
