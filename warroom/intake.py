"""Intake: chunks become events, alerts and a commit; what waits at the same time goes together.

Any number of threads hand over a chunk each. Each parses its own; then one after the other they are matched, for the
windows of correlations are one, and committed: all that waited by then in one transaction, so that two hundred small
feeds cost little more than one large one.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from warroom.catalog import Feed
from warroom.collect.chunk import Chunk, ProbeResult
from warroom.collect.reading import parse_context
from warroom.detect import Detector, RuleSet
from warroom.enrich.countries import countries
from warroom.enrich.envelope import Origin, add_envelope
from warroom.enrich.skew import SkewWatch
from warroom.learning import usual_of
from warroom.parse import Parsed
from warroom.parse.guard import parse_guarded
from warroom.settings import Settings
from warroom.store import feedlife, left_out
from warroom.store.commit import Batch, EventIds, commit_all
from warroom.store.database import State, to_us
from warroom.store.lease import Lease
from warroom.store.pulse import Durations
from warroom.store.rules.late import Late
from warroom.store.segments import newest_events, read_matches
from warroom.turns import Turns
from warroom.weights import Weights

if TYPE_CHECKING:
    from warroom.intel.index import Index

#: What goes into one commit at most: a larger one would keep others waiting for longer than it saves.
_MOST_CHUNKS: Final = 256
_MOST_BYTES: Final = 8 << 20
#: Bytes of lines that are parsed or wait, of all feeds together; as events they are some times as large.
_IN_FLIGHT: Final = 64 << 20


@dataclass(slots=True)
class _Brought:
    """A chunk that waits for its commit. ``over`` is set when it is in the store, or ``failed`` says why it is not."""

    feed: Feed
    chunk: Chunk
    read_from: str | None
    parsed: Parsed
    now: datetime
    over: bool = False
    failed: BaseException | None = field(default=None)

    @property
    def bytes(self) -> int:
        return int(self.chunk.lines.nbytes)


class Intake:
    """Brings chunks into the store of one data folder; ``turns`` says who matches and commits, and how many wait."""

    def __init__(self, settings: Settings, state: State, lease: Lease, skews: SkewWatch) -> None:
        self._settings, self._state, self._lease, self._skews = settings, state, lease, skews
        self._ids = EventIds(state)
        self._rules: RuleSet | None = None
        self._detector: Detector | None = None  # None: the windows have to be rebuilt from the store
        self._index: Index | None = None
        self._usual = usual_of(settings.data_dir)
        self.turns = Turns()
        self._weights = Weights(_IN_FLIGHT)
        self._lock = threading.Lock()
        self._waiting: list[_Brought] = []
        self._late, self._dropped = 0, Counter[str]()  # what correlations left out since it was written down
        self.commits = Durations()

    def use(self, rules: RuleSet) -> None:
        """Detect with these rules from now on; windows that mean something else are rebuilt from the store."""
        detector = Detector(rules, usual=self._usual)
        with self.turns:
            taken = self._detector is not None and detector.take_over(self._detector)
            self._rules, self._detector = rules, detector if taken else None

    def use_intel(self, index: Index | None, noted: Callable[[int], object] | None = None) -> int:
        """Compare events with this index from now on, or with none.

        Gives the boundary: events with ids up to this one were compared with what was in use before. ``noted`` is
        told it before anything is compared with the new one; what it raises leaves the old one in use.
        """
        with self.turns:
            if noted is not None:
                noted(self._ids.last)
            self._index = index
            return self._ids.last

    def take(self, feed: Feed, chunk: Chunk, read_from: str | None) -> int:
        """Bring one chunk into the store: the main job; how many records it has.

        Args:
            feed: whose it is; no other chunk of its source may be on its way.
            chunk: what was read.
            read_from: the committed position that it was read from; None for a source never met.

        Raises whatever a step raises: nothing of the chunk is in the store then.
        """
        with self._weights.of(int(chunk.lines.nbytes)):
            now = datetime.now(UTC)
            parsed = parse_guarded(chunk.lines, parse_context(feed, now, chunk.header))
            brought = _Brought(feed, chunk, read_from, parsed, now)
            with self._lock:
                self._waiting.append(brought)
            with self.turns:
                if not brought.over:
                    self._enter(self._next(brought))
        if brought.failed is not None:
            raise brought.failed
        return chunk.received

    def write_left_out(self) -> left_out.LeftOut:
        """Write down which events correlations left out, and give those that were not written down before.

        A worker that is killed forgets what it has not written down.
        """
        with self.turns:
            told = left_out.LeftOut(self._late, dict(self._dropped))
            if told:
                left_out.add(self._state, told)
                self._late, self._dropped = 0, Counter()
        return told

    def _next(self, first: _Brought) -> list[_Brought]:
        """Take from what waits: the one whose turn it is, and others as far as they fit into a commit."""
        with self._lock:
            self._waiting.remove(first)
            together, size = [first], first.bytes
            for one in list(self._waiting):
                if len(together) == _MOST_CHUNKS or size + one.bytes > _MOST_BYTES:
                    break
                self._waiting.remove(one)
                together.append(one)
                size += one.bytes
        return together

    def _enter(self, together: list[_Brought]) -> None:
        """Commit chunks together; where that fails, each alone, so that none fails for another's sake."""
        try:
            self._commit(together)
        except BaseException as problem:  # noqa: BLE001 — told to the thread whose chunk it is
            if len(together) == 1:
                together[0].failed, together[0].over = problem, True
                return
            for one in together:
                self._enter([one])

    def _commit(self, together: list[_Brought]) -> None:
        detector = self._ready_detector()
        # until the commit is through, the windows hold what the store does not
        self._detector = None
        found = [self._matched(one, detector) for one in together]
        began = time.monotonic()
        commit_all(self._state, self._settings.data_dir, [batch for batch, _, _ in found], self._ids, self._lease)
        self.commits.count(time.monotonic() - began)
        self._detector = detector
        for one, (batch, late, dropped) in zip(together, found, strict=True):
            one.over = True
            self._skews.observe(batch.events, one.feed, one.now)
            self._late += late
            self._dropped.update(dropped)

    def _matched(self, one: _Brought, detector: Detector) -> tuple[Batch, int, dict[str, int]]:
        """Give what is to be committed of a chunk, and what correlations left out of it."""
        feed, chunk = one.feed, one.chunk
        path = printable_path(chunk.path)
        events = self._events(one, path)
        found = detector.detect(events, drill=feed.drill)
        shadow = self._rules.shadow if self._rules else frozenset()
        counted = [alert for alert in found.alerts if alert.rule_id in shadow] if shadow else []
        alerts = [alert for alert in found.alerts if alert.rule_id not in shadow] if counted else found.alerts
        findings = None
        if self._index is not None:
            from warroom.comparing import compare  # noqa: PLC0415  loads what only indicators need

            listed, findings = compare(events, self._index, one.now, drill=feed.drill)
            alerts = [*alerts, *listed]
        batch = Batch(
            feed_id=feed.id,
            source=chunk.source,
            read_from=one.read_from,
            position=chunk.position,
            received=chunk.received,
            events=events,
            evaluated=events.num_rows,  # detect evaluates a batch whole or raises
            rejects=_rejects(one, path),
            alerts=alerts,
            matches=found.matches,
            lag_bytes=chunk.lag_bytes,
            deliveries=chunk.deliveries,
            lost=chunk.lost,
            probes=[_probed(probe) for probe in chunk.probes],
            intel=findings,
            shadow=counted,
            late=Late(found.late, *found.late_span) if found.late_span else None,
        )
        return batch, found.late, dict(found.dropped)

    def _events(self, one: _Brought, path: str) -> pa.RecordBatch:
        feed, chunk, parsed = one.feed, one.chunk, one.parsed
        source = feed.log_product, feed.log_category, feed.log_service
        events = add_envelope(
            parsed.events,
            Origin(feed.id, feed.platform_id, *source, chunk.source, path),
            chunk.offsets.take(parsed.rows),
            self._ids.take(parsed.events.num_rows),
            one.now,
            timedelta(minutes=self._settings.future_minutes),
        )
        if (known := countries()) is not None:
            events = known.add(events)
        if chunk.paths is None:
            return events
        place = events.schema.get_field_index("log_file_path")
        return events.set_column(place, "log_file_path", chunk.paths.take(parsed.rows))

    def _ready_detector(self) -> Detector:
        if self._detector is None:
            assert self._rules is not None, "use() comes before take()"  # noqa: S101 — our own callers
            detector = Detector(self._rules, usual=self._usual)
            newest = newest_events(self._state)
            spans = {name: span // timedelta(microseconds=1) for name, span in detector.horizons().items()}
            detector.restore(read_matches(self._state, self._settings.data_dir, newest, spans), newest)
            self._detector = detector
        return self._detector


def _rejects(one: _Brought, path: str) -> list[tuple[str, int, str, bytes]]:
    """Give every record that is no event: path, place, reason, bytes."""
    chunk = one.chunk
    found = [(path, offset, reason, raw) for offset, raw, reason in chunk.rejects]
    for refused in one.parsed.rejects:
        row = refused.row
        where = path if chunk.paths is None else chunk.paths[row].as_py()
        found.append((where, chunk.offsets[row].as_py(), refused.reason, chunk.lines[row].as_py()))
    return found


def _probed(one: ProbeResult) -> feedlife.Probed:
    until = None if one.certificate_until is None else to_us(one.certificate_until)
    return feedlife.Probed(one.target, one.up, one.status, one.latency_us, until, one.addresses, one.reason)


def printable_path(path: str) -> str:
    """A file's name as text, whatever bytes are in it."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
