"""The worker: reads every feed on its schedule, keeps the lease, the content and the store in order.

What happens to a line is in ``pipeline.py``. Here is when: one job a feed, and apart from them, so that a backlog
never starves them, the lease, the watch over rules and feeds, and the compaction. What else is done by the clock is in
``routines.py``.
"""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterable
from typing import Final

import structlog

from warroom.bench.rule_care import RuleCare
from warroom.catalog import Feed, load_feeds
from warroom.catalog.intel_ways import Folder
from warroom.catalog.transports import TRANSPORTS
from warroom.errors import DiskFullError, LeaseError, NotFoundError, StoreError, WarroomError
from warroom.feed_care import FeedCare
from warroom.intake import printable_path
from warroom.intel_keeper import IntelKeeper
from warroom.pipeline import Pipeline
from warroom.reserve import Reserve
from warroom.routines import Routines
from warroom.schedule import FEEDS, REMOTE, Schedule
from warroom.settings import Settings
from warroom.store import coverage, feedstate
from warroom.store.compaction import Compactor
from warroom.store.database import State
from warroom.store.keeping import policy
from warroom.store.lease import Lease
from warroom.store.prover import Places, Prover
from warroom.store.retention import Retention
from warroom.store.segments import sweep_orphans
from warroom.watching import Watch
from warroom.wellbeing import Wellbeing

_LEASE_EVERY_SECONDS: Final = 5
_CONTENT_EVERY_SECONDS: Final = 5
_COMPACTION_EVERY_SECONDS: Final = 60
_PROOF_EVERY_SECONDS: Final = 60
_RETENTION_EVERY_SECONDS: Final = 3600
_LEFT_OUT_EVERY_SECONDS: Final = 60
_FINISHED_EVERY_SECONDS: Final = 86_400
_PULSE_EVERY_SECONDS: Final = 10
_GROUPING_EVERY_SECONDS: Final = 0.3
_TOLD_EVERY_SECONDS: Final = 1
_CARE_EVERY_SECONDS: Final = 60
_HEARTBEAT_EVERY_SECONDS: Final = 60
_CLOCK_EVERY_SECONDS: Final = 900
_IDLE_TOLD_SECONDS: Final = 10
#: What the names of jobs that read feeds begin with.
_FEED: Final = "feed:"
#: Likewise those that ask feeds of intelligence; each knows itself when its time is.
_INTEL: Final = "intel:"
_INTEL_LOOK_SECONDS: Final = 5.0

log = structlog.get_logger()


class Worker:
    """Reads every feed of one data folder into its store: ``start``, ``run`` until ``ended`` is set, ``stop``."""

    def __init__(self, settings: Settings, ended: threading.Event) -> None:
        self._settings = settings
        self._data_dir = settings.data_dir
        self._state = State(settings.db_url)
        self._lease = Lease(self._state, self._data_dir)
        self._care = FeedCare(self._state, self._lease)
        self._compactor = Compactor(self._state, self._data_dir, self._lease)
        kept = policy(settings.retention_days, below_law=settings.retention_below_law)
        self._retention = Retention(self._state, self._data_dir, self._lease, kept)
        self._reserve = Reserve(settings.data_dir, settings.disk_reserve_mib << 20)
        self._wellbeing = Wellbeing(settings, self._state, self._lease, self._reserve)
        self._told: dict[str, tuple[float, str | None]] = {}
        self._untold: dict[str, str | None] = {}
        self._to_group = threading.Event()
        self._feeds: dict[str, Feed] = {}
        self._rule_care = RuleCare(settings, self._state, self._lease)
        self._watch = Watch(settings, self._state, self._lease)
        self._content: object = None
        self._ended = ended
        self._schedule = Schedule(ended)

    def start(self) -> None:
        """Take the lease, begin the proofs, sweep what a crash left, load feeds and rules.

        Raises:
            LeaseError: another worker writes this data folder.
        """
        self._data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._state.migrate()
        self._lease.take()
        places = Places(self._settings.signing_key_file, self._settings.audit_heads, self._settings.audit_syslog)
        self._prover = Prover(self._state, self._data_dir, self._lease, places)
        self._prover.begin()
        swept = sweep_orphans(self._state, self._data_dir)
        self._pipeline = Pipeline(self._settings, self._state, self._lease, self._care.skews)
        if changed := self._watch.tell_settings():
            log.info("settings are not what they were at the last start", settings=changed)
        self._intel = IntelKeeper(self._settings, self._state, self._lease, self._pipeline, self._reserve, self._ended)
        self._routines = Routines(
            self._settings, self._state, self._lease, self._pipeline, self._intel, self._rule_care, self._ended
        )
        self._load_content()
        self._intel.begin()
        gc.freeze()  # modules and rules stay: no collection need look at them again
        log.info("worker ready", feeds=len(self._feeds), orphans_swept=swept)

    def stop(self) -> None:
        """Sign what the last pass brought, give the lease back and close the store."""
        if self._schedule.lost is None:
            self._schedule.guarded("last pass", self._pipeline.finish)
            self._schedule.guarded("proof", self._prover.run)
        self._pipeline.close()
        gc.unfreeze()
        self._lease.release()
        self._state.close()

    def run(self) -> None:
        """Work until ``ended`` is set.

        Raises:
            LeaseError: another worker took the data folder over.
        """
        every = self._schedule.every
        every(_LEASE_EVERY_SECONDS, "lease", self._lease.renew)
        every(_CONTENT_EVERY_SECONDS, "content", self._watch_content)
        every(_COMPACTION_EVERY_SECONDS, "compaction", self._compactor.run)
        every(_PROOF_EVERY_SECONDS, "proof", self._prover.run)
        every(_RETENTION_EVERY_SECONDS, "retention", self._retention.run)
        every(_LEFT_OUT_EVERY_SECONDS, "left out", self._tell_left_out)
        every(_FINISHED_EVERY_SECONDS, "finished", self._forget_finished)
        every(_CARE_EVERY_SECONDS, "feed care", self._care.look)
        every(_GROUPING_EVERY_SECONDS, "grouping", self._group)
        every(_TOLD_EVERY_SECONDS, "feeds", self._tell_all)
        every(_PULSE_EVERY_SECONDS, "pulse", self._look_after)
        self._routines.begin(every)
        if self._settings.heartbeat_url:
            every(_HEARTBEAT_EVERY_SECONDS, "heartbeat", self._beat)
        if self._settings.ntp:
            every(_CLOCK_EVERY_SECONDS, "clock", self._wellbeing.check_clock)
        self._schedule_feeds()
        self._schedule.run()
        self._schedule.guarded("left out", self._tell_left_out)

    def read_once(self, feed_ids: Iterable[str] = ()) -> dict[str, int]:
        """One pass over the feeds named (all where none is): lines received by feed.

        Raises:
            NotFoundError: there is no such feed, or it is not switched on.
            DiskFullError: there is too little room to read anything.
            StoreError: feeds failed; the others were read.
        """
        wanted = list(feed_ids) or [one.id for one in self._feeds.values() if not TRANSPORTS[one.transport].receives]
        if missing := [feed_id for feed_id in wanted if feed_id not in self._feeds]:
            raise NotFoundError(f"no feed is switched on as {', '.join(missing)}: `./run feeds list` shows them")
        if (stopped := self._reserve.why_stopped()) is not None:
            raise DiskFullError(stopped)
        received, failed = {}, {}
        for feed_id in wanted:
            try:
                received[feed_id], problems = self._pipeline.read(self._feeds[feed_id], self._ended)
                self._tell(feed_id, problems)
            except (WarroomError, OSError) as problem:
                failed[feed_id] = problem
                self._failed(feed_id, problem)
        self._pipeline.group()
        self._tell_all()
        self._tell_left_out()
        if failed:
            raise StoreError("; ".join(f"feed {feed_id}: {problem}" for feed_id, problem in failed.items()))
        return received

    # -- feeds ---------------------------------------------------------------------------------------------

    def _pass(self, feed: Feed) -> None:
        """One pass over a feed."""
        if (stopped := self._reserve.why_stopped()) is not None:
            self._tell(feed.id, [stopped])
            return
        try:
            received, problems = self._pipeline.read(feed, self._ended)
        except LeaseError:
            raise
        except Exception as problem:  # noqa: BLE001 — one of the two loops that must survive; told, logged, retried
            self._wellbeing.failed[feed.id] = problem
            self._failed(feed.id, problem)
            return
        self._wellbeing.failed.pop(feed.id, None)
        self._tell(feed.id, problems)
        if received:
            self._to_group.set()

    def _group(self) -> None:
        """Group what feeds brought since the last time: once for all of them."""
        if self._to_group.is_set():
            self._to_group.clear()
            self._pipeline.group()

    def _failed(self, feed_id: str, problem: Exception) -> None:
        log.error("feed failed", feed=feed_id, kind=type(problem).__name__, reason=str(problem))
        self._tell(feed_id, [f"{type(problem).__name__}: {problem}"[:500]])
        self._ended.wait(1)  # a feed that fails every time must not spin

    def _tell(self, feed_id: str, problems: list[str]) -> None:
        """Note how the feed is, when that changed or a while has passed."""
        error = printable_path("; ".join(problems)) or None
        told_at, told_error = self._told.get(feed_id, (0.0, None))
        if error != told_error or time.monotonic() - told_at > _IDLE_TOLD_SECONDS:
            self._told[feed_id] = (time.monotonic(), error)
            self._untold[feed_id] = error

    def _tell_all(self) -> None:
        """Write how feeds are: of all of them at once."""
        told, self._untold = self._untold, {}
        if told:
            try:
                feedstate.passed(self._state, told)
            except WarroomError:
                self._untold = told | self._untold
                raise

    def _tell_left_out(self) -> None:
        """Tell of events that correlations did not count: their alerts may be missing or too small."""
        if told := self._pipeline.write_left_out():
            log.warning("events not counted by correlations", too_late=told.late, no_room=dict(told.dropped))

    def _forget_finished(self) -> None:
        self._care.forget()
        self._routines.forget()
        for feed in list(self._feeds.values()):
            if count := self._pipeline.forget_finished(feed):
                log.info("positions of files long gone dropped", feed=feed.id, files=count)

    def _look_after(self) -> None:
        self._wellbeing.look(list(self._feeds.values()), self._pipeline.commits)

    def _beat(self) -> None:
        self._wellbeing.beat(list(self._feeds.values()), self._pipeline.commits)

    # -- content -------------------------------------------------------------------------------------------

    def _load_content(self) -> None:
        """Load feeds and rules; a faulty file is told and does not stop the others."""
        seen = self._look()
        feeds, faults = load_feeds(self._settings.feeds, self._data_dir)
        self._feeds = {feed.id: feed for feed in feeds if feed.enabled}
        feedstate.register(
            self._state,
            [
                feedstate.Registration(
                    feed.id, feed.platform_id, feed.title_th, feed.title_en, feed.drill, feed.silent_after_seconds
                )
                for feed in self._feeds.values()
            ],
        )
        rules, draft_faults = self._rule_care.load()
        intel, intel_faults = self._intel.load()
        faults = [*faults, *draft_faults, *intel_faults]
        feedstate.tell_faults(self._state, [*faults, *rules.refused])
        coverage.tell(self._state, [*(one.tags for one in rules.rules), *(one.tags for one in rules.correlations)])
        self._care.loaded(rules, self._feeds.values())
        self._rule_care.tell(rules, self._feeds.values())
        for fault in [*faults, *rules.refused]:
            log.warning("content fault", fault=str(fault))
        self._pipeline.use(rules)
        self._routines.use(rules)
        self._pipeline.keep(list(self._feeds.values()))
        if changed := self._watch.tell_content(rules, [*feeds, *intel]):
            log.info("content is not what it was", files=changed)
        self._content = seen  # last: what fails half-way is repeated

    def _look(self) -> object:
        """Give something that is equal as long as no content changes and no rule goes to another stage."""
        return self._watch.look(), self._rule_care.look()

    def _watch_content(self) -> None:
        if self._look() == self._content:
            return
        gc.unfreeze()
        self._load_content()
        gc.collect()  # the rules of before
        gc.freeze()
        self._schedule_feeds()
        log.info("content reloaded", feeds=len(self._feeds))

    # -- schedule ------------------------------------------------------------------------------------------

    def _schedule_feeds(self) -> None:
        self._schedule.guarded("doors", self._pipeline.open_doors, list(self._feeds.values()))
        self._schedule.forget(_FEED)
        self._schedule.forget(_INTEL)
        for feed in self._feeds.values():
            place = REMOTE if TRANSPORTS[feed.transport].remote else FEEDS
            self._schedule.every(feed.every_seconds, f"{_FEED}{feed.id}", self._pass, feed, place=place)
        for source in self._intel.feeds:
            place = FEEDS if isinstance(source.collect, Folder) else REMOTE
            often = min(source.every_seconds, _INTEL_LOOK_SECONDS)
            self._schedule.every(often, f"{_INTEL}{source.id}", self._intel.poll, source, place=place)
