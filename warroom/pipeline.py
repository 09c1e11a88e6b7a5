"""The pipeline: one line in, one incident on the wall.

    collect → parse → enrich → detect → COMMIT → group

What a pass over a feed brings is parsed, enriched and matched in memory, committed in one transaction and only then
acknowledged to its collector. Whatever fails before the commit is read again.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

from warroom.catalog import Feed, load_shared_networks
from warroom.collect.files import Chunk, FileCollector
from warroom.collect.finished import finished
from warroom.detect import Detector, RuleSet
from warroom.enrich.envelope import Origin, add_envelope
from warroom.incidents.grouping import group
from warroom.parse import ParseContext
from warroom.parse.guard import parse_guarded
from warroom.settings import Settings
from warroom.store import ledger, left_out
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State
from warroom.store.lease import Lease
from warroom.store.pulse import Durations
from warroom.store.segments import newest_events, read_matches


class Pipeline:
    """Brings feeds into the store of one data folder; any number of threads may read, one feed each at a time."""

    def __init__(self, settings: Settings, state: State, lease: Lease) -> None:
        self._settings, self._state, self._lease = settings, state, lease
        self._ids = EventIds(state)
        self._rules: RuleSet | None = None
        self._detector: Detector | None = None  # None: the windows have to be rebuilt from the store
        self._readers: dict[str, tuple[Feed, FileCollector, dict[str, str]]] = {}
        self._reading: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._in_turn = threading.Lock()
        self.commits = Durations()
        self._late, self._dropped = 0, Counter[str]()  # what correlations left out since it was written down

    def use(self, rules: RuleSet) -> None:
        """Detect with these rules from now on; windows that mean something else are rebuilt from the store."""
        detector = Detector(rules)
        with self._in_turn:
            taken = self._detector is not None and detector.take_over(self._detector)
            self._rules, self._detector = rules, detector if taken else None

    def read(self, feed: Feed, stop: threading.Event) -> tuple[int, list[str]]:
        """Everything the feed's sources have now, chunk by chunk: lines received, and what could not be read.

        Ends between two chunks when ``stop`` is set. Raises whatever a step raises; the next call then begins at the
        committed positions.
        """
        received = 0
        # after a reload an old pass may still run: one reader a feed, and the commit checks it again
        with self._reading[feed.id]:
            collector, positions = self._reader(feed)
            try:
                for chunk in collector.poll(datetime.now(UTC)):
                    with self._in_turn:
                        received += self._take(feed, chunk, positions.get(chunk.source))
                    collector.accept(chunk)
                    positions[chunk.source] = chunk.position
                    if stop.is_set():
                        break
            except BaseException:
                self._readers.pop(feed.id, None)
                raise
        return received, collector.problems

    def forget_finished(self, feed: Feed) -> int:
        """Drop the positions of the feed's files that are long gone; how many."""
        with self._reading[feed.id]:
            over = finished(feed, ledger.source_positions(self._state, feed.id), datetime.now(UTC))
            if over:
                ledger.forget_sources(self._state, feed.id, over)
                self._readers.pop(feed.id, None)
        return len(over)

    def group(self) -> int:
        """Group what alerts there are; how many were new or had grown."""
        window = timedelta(minutes=self._settings.grouping_minutes)
        return group(self._state, window, load_shared_networks(self._settings.shared_networks))

    def write_left_out(self) -> left_out.LeftOut:
        """Write down which events correlations left out, and give those that were not written down before.

        A worker that is killed forgets what it has not written down.
        """
        with self._in_turn:
            told = left_out.LeftOut(self._late, dict(self._dropped))
            if told:
                left_out.add(self._state, told)
                self._late, self._dropped = 0, Counter()
        return told

    def _reader(self, feed: Feed) -> tuple[FileCollector, dict[str, str]]:
        """The feed's collector with the positions it stands at; a new one begins at the committed ones."""
        known = self._readers.get(feed.id)
        if known is None or known[0] != feed:
            positions = ledger.source_positions(self._state, feed.id)
            collector = FileCollector(feed, positions, line_limit=self._settings.line_limit)
            known = self._readers[feed.id] = feed, collector, positions
        return known[1:]

    def _take(self, feed: Feed, chunk: Chunk, read_from: str | None) -> int:
        """Bring one chunk from its bytes into the store: the main job."""
        now = datetime.now(UTC)
        path = printable_path(chunk.path)
        parsed = parse_guarded(chunk.lines, ParseContext(feed.format, feed.timezone, now, feed.mapping))
        events = add_envelope(
            parsed.events,
            Origin(
                feed.id,
                feed.platform_id,
                feed.log_product,
                feed.log_category,
                feed.log_service,
                chunk.source,
                path,
            ),
            chunk.offsets.take(parsed.rows),
            self._ids.take(parsed.events.num_rows),
            now,
            timedelta(minutes=self._settings.future_minutes),
        )
        rejects = [(path, offset, reason, raw) for offset, raw, reason in chunk.rejects]
        rejects += [
            (path, chunk.offsets[one.row].as_py(), one.reason, chunk.lines[one.row].as_py()) for one in parsed.rejects
        ]
        detector = self._ready_detector()
        # until the commit is through, the windows hold what the store does not
        self._detector = None
        found = detector.detect(events, drill=feed.drill)
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
        began = time.monotonic()
        commit(self._state, self._settings.data_dir, batch, self._ids, self._lease)
        self.commits.count(time.monotonic() - began)
        self._detector = detector
        self._late += found.late
        self._dropped.update(found.dropped)
        return batch.received

    def _ready_detector(self) -> Detector:
        if self._detector is None:
            assert self._rules is not None, "use() comes before read()"  # noqa: S101 — our own callers
            detector = Detector(self._rules)
            newest = newest_events(self._state)
            spans = {name: span // timedelta(microseconds=1) for name, span in detector.horizons().items()}
            detector.restore(read_matches(self._state, self._settings.data_dir, newest, spans), newest)
            self._detector = detector
        return self._detector


def printable_path(path: str) -> str:
    """A file's name as text, whatever bytes are in it."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
