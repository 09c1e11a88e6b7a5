"""The pipeline: one line in, one incident on the wall.

    collect → parse → enrich → detect → COMMIT → group

What a pass over a feed brings is parsed, enriched and matched in memory, committed in one transaction and only then
acknowledged to its collector. Whatever fails before the commit is read again.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warroom.catalog import Feed, load_shared_networks
from warroom.catalog.transports import TRANSPORTS
from warroom.catalog.transports.files import Files
from warroom.collect.collector import Collector, Finishing, Surroundings, open_collector
from warroom.collect.doors import Doors
from warroom.collect.finished import finished
from warroom.detect import RuleSet
from warroom.enrich.skew import SkewWatch
from warroom.errors import WarroomError
from warroom.incidents.grouping import group
from warroom.intake import Intake
from warroom.intel.index import Index
from warroom.net import networks, proxy_from
from warroom.settings import Settings
from warroom.store import feedlife, ledger, left_out
from warroom.store.database import State
from warroom.store.lease import Lease
from warroom.store.pulse import Durations


class Pipeline:
    """Brings feeds into the store of one data folder; any number of threads may read, one feed each at a time."""

    def __init__(self, settings: Settings, state: State, lease: Lease, skews: SkewWatch | None = None) -> None:
        self._settings, self._state = settings, state
        self._intake = Intake(settings, state, lease, skews or SkewWatch())
        self._readers: dict[str, tuple[Feed, Collector, dict[str, str]]] = {}
        self._reading: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._aside: list[tuple[str, Collector]] = []  # whose pass failed: closed when another takes over
        self._doors = Doors()
        self._surroundings = Surroundings(
            line_limit=settings.line_limit,
            allowed=networks(settings.outbound),
            doors=self._doors,
            delivered=lambda feed_id, ids: feedlife.delivered(state, feed_id, ids),
            receiver=settings.receiver,
            receiver_certificate=_path(settings.receiver_certificate),
            receiver_key=_path(settings.receiver_key),
            receiver_clients=_path(settings.receiver_clients),
            proxy=proxy_from(settings),
        )

    def use(self, rules: RuleSet) -> None:
        """Detect with these rules from now on."""
        self._intake.use(rules)

    def use_intel(self, index: Index | None, noted: Callable[[int], object]) -> None:
        """Compare events with what this index has from now on: see ``Intake.use_intel``."""
        self._intake.use_intel(index, noted)

    @property
    def waiting(self) -> int:
        """How many chunks wait for their turn to be matched and committed."""
        return self._intake.turns.waiting

    @property
    def commits(self) -> Durations:
        """How long the commits took."""
        return self._intake.commits

    def read(self, feed: Feed, stop: threading.Event) -> tuple[int, list[str]]:
        """Everything the feed's sources have now, chunk by chunk: lines received, and what could not be read.

        Ends between two chunks when ``stop`` is set. Raises whatever a step raises; the next call then begins at the
        committed positions.
        """
        # after a reload an old pass may still run: one reader a feed, and the commit checks it again
        with self._reading[feed.id]:
            collector, positions = self._reader(feed)
            received = self._pass(feed, collector, positions, stop)
        return received, collector.problems

    def open_doors(self, feeds: Collection[Feed]) -> None:
        """Open the doors through which logs are sent, all at once, so that no feed gets what is for another."""
        for feed in feeds:
            if TRANSPORTS[feed.transport].receives:
                with self._reading[feed.id], suppress(WarroomError):  # its own pass tells
                    self._reader(feed)

    def keep(self, feeds: Collection[Feed]) -> None:
        """Close the collectors of feeds that are not among these any more."""
        wanted = {feed.id for feed in feeds}
        held = {*self._readers, *(feed_id for feed_id, _ in self._aside)}
        for feed_id in held - wanted:
            with self._reading[feed_id]:
                known = self._readers.get(feed_id)
                if known is not None and isinstance(known[1], Finishing):
                    known[1].finish()
                    self._pass(*known, threading.Event())
                self._put_aside(feed_id)
                self._close_aside(feed_id)

    def finish(self) -> None:
        """Let the doors take nothing new, and bring in what no sender sends again."""
        last = [(feed, collector) for feed, collector, _ in self._readers.values() if isinstance(collector, Finishing)]
        for _, collector in last:
            collector.finish()
        for feed, _ in last:
            self.read(feed, threading.Event())

    def close(self) -> None:
        """Close every collector, and the doors through which logs are sent."""
        for feed_id in list(self._readers):
            self._put_aside(feed_id)
        for feed_id, _ in list(self._aside):
            self._close_aside(feed_id)
        self._doors.close()

    def forget_finished(self, feed: Feed) -> int:
        """Drop the positions of the feed's files that are long gone; how many."""
        with self._reading[feed.id]:
            if not isinstance(feed.collect, Files):
                return 0
            over = finished(feed.collect, ledger.source_positions(self._state, feed.id), datetime.now(UTC))
            if over:
                ledger.forget_sources(self._state, feed.id, over)
                self._put_aside(feed.id)
        return len(over)

    def group(self) -> int:
        """Group what alerts there are; how many were new or had grown."""
        window = timedelta(minutes=self._settings.grouping_minutes)
        return group(self._state, window, load_shared_networks(self._settings.shared_networks))

    def write_left_out(self) -> left_out.LeftOut:
        """Write down which events correlations left out, and give those that were not written down before."""
        return self._intake.write_left_out()

    def _reader(self, feed: Feed) -> tuple[Collector, dict[str, str]]:
        """The feed's collector with the positions it stands at; a new one begins at the committed ones."""
        known = self._readers.get(feed.id)
        if known is None or known[0] != feed:
            if known is not None and isinstance(known[1], Finishing):
                self._pass(*known, threading.Event())  # what came for it as it was
            positions = ledger.source_positions(self._state, feed.id)
            collector = open_collector(feed, dict(positions), self._surroundings)
            # the new one before the old one goes: a door that both use stays open
            self._put_aside(feed.id)
            self._close_aside(feed.id)
            known = self._readers[feed.id] = feed, collector, positions
        return known[1:]

    def _pass(self, feed: Feed, collector: Collector, positions: dict[str, str], stop: threading.Event) -> int:
        """Take what a collector has now; how many records."""
        received = 0
        try:
            for chunk in collector.poll(datetime.now(UTC)):
                received += self._intake.take(feed, chunk, positions.get(chunk.source))
                collector.accept(chunk)
                positions[chunk.source] = chunk.position
                if stop.is_set():
                    break
        except BaseException:
            self._put_aside(feed.id)
            raise
        return received

    def _put_aside(self, feed_id: str) -> None:
        """Read on from the committed positions next time; until then what the collector holds stays open."""
        if (known := self._readers.pop(feed_id, None)) is not None:
            self._aside.append((feed_id, known[1]))

    def _close_aside(self, feed_id: str) -> None:
        for one in [one for one in self._aside if one[0] == feed_id]:
            self._aside.remove(one)
            one[1].close()


def _path(path: Path | None) -> str | None:
    return None if path is None else str(path.expanduser())
