"""The detector: events in, alerts out; it carries the correlations' windows from batch to batch."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from warroom.detect.alerts import Onset, correlation_alerts, onsets, rows_by_rule, rule_alerts
from warroom.detect.clocks import LATENESS, PATIENCE, Clocks
from warroom.detect.correlate import Windows
from warroom.detect.limits import Limits
from warroom.detect.matching import match
from warroom.detect.member_rows import MATCHES, chained_rows, member_rows
from warroom.detect.members import Members
from warroom.detect.questions import question
from warroom.detect.reports import Raised
from warroom.model import UTC_MICROSECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy.typing as npt

    from warroom.detect.reports import Reports
    from warroom.detect.rules import Correlation
    from warroom.detect.ruleset import RuleSet
    from warroom.detect.usual import Usual
    from warroom.model import Alert

_MICROSECOND: Final = timedelta(microseconds=1)
_LATENESS: Final = LATENESS // _MICROSECOND


@dataclass(frozen=True, slots=True)
class Detection:
    """What a batch gave: its alerts, the rows that rebuild the windows (``MATCHES``), and every match (``MATCHED``).

    ``late`` and ``dropped`` are what correlations left out meanwhile, counted as by the ``Detector``; ``late_span``
    are the times of the first and last late event, in microseconds since 1970.
    """

    alerts: list[Alert]
    matches: pa.RecordBatch
    matched: pa.RecordBatch
    late: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    late_span: tuple[int, int] | None = None


class Detector:
    """Detects with one rule set; the same events give the same alerts, in whatever batches they come.

    ``late`` counts events that came too late, behind others of their own feed, to count in a correlation.
    Without ``usual`` nothing is known of what is usual, and baselines are left out of account.
    """

    def __init__(self, ruleset: RuleSet, limits: Limits | None = None, usual: Usual | None = None) -> None:
        self._ruleset = ruleset
        self._served = _served(ruleset)
        self._windows: list[Windows] = []
        delays: list[timedelta] = []  # how far behind the clocks a correlation may match
        for place, correlation in enumerate(ruleset.correlations):
            chained = [member < 0 for member in correlation.members]
            ids = [
                ruleset.correlations[~member].id if member < 0 else ruleset.rules[member].id
                for member in correlation.members
            ]
            asked = question(correlation, ids, chained)
            delay = max([LATENESS, *(delays[~member] for member in correlation.members if member < 0)])
            self._windows.append(
                Windows(asked, delay, limits or Limits(), served=bool(self._served[place]), usual=usual)
            )
            delays.append(delay + timedelta(seconds=0 if asked.growing else correlation.seconds))
        self._clocks = Clocks()
        self._most = (limits or Limits()).bytes_of_all
        self.late = 0
        self._late_span: tuple[int, int] | None = None  # of those of the last batch that had any

    def horizons(self) -> dict[str, timedelta]:
        """Give by correlation how far back in each feed's own event time ``restore`` needs its stored rows."""
        reaches = [windows.reach for windows in self._windows]
        for place in reversed(range(len(reaches))):
            # What it told others of has to be told them again, as far back as they can still count it.
            span = timedelta(seconds=self._ruleset.correlations[place].seconds)
            reaches[place] = max([reaches[place], *(reaches[outer] + span for outer, _ in self._served[place])])
        return {
            correlation.id: reach + PATIENCE
            for correlation, reach in zip(self._ruleset.correlations, reaches, strict=True)
        }

    @property
    def held(self) -> int:
        """How many events the correlations hold in memory."""
        return sum(windows.held for windows in self._windows)

    @property
    def dropped(self) -> dict[str, int]:
        """Events that a correlation's memory had no room for, by correlation id."""
        return {
            correlation.id: windows.dropped
            for correlation, windows in zip(self._ruleset.correlations, self._windows, strict=True)
            if windows.dropped
        }

    def detect(self, batch: pa.RecordBatch, *, drill: bool) -> Detection:
        """Evaluate a batch of events.

        Args:
            batch: events with the envelope columns; ``ts`` is never null.
            drill: the feed is marked as a drill; its events are never counted together with real ones.
        """
        late, dropped = self.late, self.dropped
        matched = match(batch, self._ruleset)
        by_rule = rows_by_rule(matched)
        alerts: list[Alert] = []
        for number, rows in by_rule.items():
            if number not in self._ruleset.silent:
                alerts += rule_alerts(batch, rows, self._ruleset.rules[number], drill=drill)
        found = self._members(batch, by_rule, drill=drill)
        alerts += self._alerts(found)
        parts = [part for members in found for part in members]
        return Detection(
            alerts,
            pa.concat_batches(parts) if parts else _nothing(),
            matched,
            self.late - late,
            {name: more for name, now in self.dropped.items() if (more := now - dropped.get(name, 0))},
            self._late_span if self.late > late else None,
        )

    def correlate(self, batch: pa.RecordBatch, matched: pa.RecordBatch, *, drill: bool) -> list[Onset]:
        """Say where correlations raise alerts, and no more: for callers who report the matches that they have."""
        found = self._members(batch, rows_by_rule(matched), drill=drill)
        return [onset for correlation, parts in self._absorb(found) for onset in onsets(correlation, parts)]

    @property
    def settles(self) -> bool:
        """Whether some correlation waits until no event can change its windows any more."""
        return not all(windows.asked.growing for windows in self._windows)

    def follow(self, rows: pa.RecordBatch, clocks: Mapping[str | None, int]) -> list[Alert]:
        """Give the alerts of correlations for events that were matched, and found to be in time, before.

        Args:
            rows: of ``MATCHES``, in the order in which their events came.
            clocks: how far feeds have come in event time by then, in microseconds; of events nothing matched, too.
        """
        for feed, time in clocks.items():
            self._clocks.advance(feed, time)
        return self._alerts(self._split(rows))

    def restore(self, batches: Iterable[pa.RecordBatch], clocks: Mapping[str, int] | None = None) -> None:
        """Rebuild the windows from stored rows; what they raised is not raised again.

        Args:
            batches: rows of ``MATCHES``, of each feed and correlation those of the last ``horizons`` of the feed's
                event time, in the order in which they were stored.
            clocks: the newest event time of each feed, in microseconds: of events that nothing matched, too.
        """
        # The clocks stand until all is there: nothing may go or be settled before every feed has spoken.
        heard: list[tuple[str | None, int]] = []
        for batch in batches:
            told = batch.column("clock").cast(pa.int64()).to_numpy()
            heard += [(feed, int(told[rows].max())) for feed, rows in _by_feed(batch)]
            for _ in self._absorb(self._split(batch), stored=True):
                pass
        for feed, time in heard:
            self._clocks.advance(feed, time)
        for name, time in (clocks or {}).items():
            self._clocks.reached(name, time)
        for _ in self._absorb([[] for _ in self._windows], stored=True):
            pass

    def take_over(self, other: Detector) -> bool:
        """Go on where another detector is, if each correlation is what it was there; say whether it is.

        The other is of no further use then. Where it is not so, ``restore`` rebuilds the windows.
        """
        before = {correlation.id: place for place, correlation in enumerate(other._ruleset.correlations)}
        if before.keys() != {correlation.id for correlation in self._ruleset.correlations}:
            return False
        places = [before[correlation.id] for correlation in self._ruleset.correlations]
        if any(_meaning(self._ruleset, new) != _meaning(other._ruleset, old) for new, old in enumerate(places)):
            return False
        for place, windows in enumerate(self._windows):
            other._windows[places[place]].asked = windows.asked
        self._windows = [other._windows[place] for place in places]
        self._clocks, self.late = other._clocks, other.late
        return True

    def finish(self) -> list[Alert]:
        """Settle every window: for a stream that has ended, where conditions such as ``lt`` wait for no late event."""
        self._clocks.end()
        return self._alerts([[] for _ in self._windows])

    def _alerts(self, found: list[list[pa.RecordBatch]]) -> list[Alert]:
        return [alert for correlation, parts in self._absorb(found) for alert in correlation_alerts(correlation, parts)]

    def _split(self, batch: pa.RecordBatch) -> list[list[pa.RecordBatch]]:
        """Give the stored rows of each correlation."""
        known = pa.array([correlation.id for correlation in self._ruleset.correlations], pa.string())
        numbers = pc.fill_null(pc.index_in(batch.column("correlation_id"), value_set=known), -1).to_numpy()
        return [
            [batch.take(pa.array(rows))] if len(rows := np.flatnonzero(numbers == place)) else []
            for place in range(len(known))
        ]

    def _members(
        self, batch: pa.RecordBatch, by_rule: Mapping[int, npt.NDArray[np.int32]], *, drill: bool
    ) -> list[list[pa.RecordBatch]]:
        """Give for each correlation the rows that count, without those that come too late."""
        nothing: list[list[pa.RecordBatch]] = [[] for _ in self._windows]
        if not batch.num_rows:
            return nothing
        in_time, clocks = self._in_time(batch)
        wanted = {member for one in self._ruleset.correlations for member in one.members if member in by_rule}
        if not wanted:
            return nothing
        kept = {number: by_rule[number] for number in wanted}
        if not in_time.all():
            late = [rows[~in_time[rows]] for rows in kept.values()]
            gone = np.unique(np.concatenate(late))
            if len(gone):
                times = batch.column("ts").cast(pa.int64()).to_numpy()[gone]
                self._late_span = int(times.min()), int(times.max())
            self.late += len(gone)
            kept = {number: rows[in_time[rows]] for number, rows in kept.items()}
        return [
            member_rows(batch, kept, correlation, self._ruleset, clocks, drill=drill)
            for correlation in self._ruleset.correlations
        ]

    def _in_time(self, batch: pa.RecordBatch) -> tuple[npt.NDArray[np.bool_], pa.Array]:
        """Move the clocks; say which events were not too late for their feed, and where its clock stands after all."""
        times = batch.column("ts").cast(pa.int64()).to_numpy()
        in_time = np.ones(len(times), dtype=np.bool_)
        clocks = np.zeros(len(times), dtype=np.int64)
        for feed, rows in _by_feed(batch):
            newest = np.maximum.accumulate(np.append(self._clocks.of(feed), times[rows]))
            in_time[rows] = times[rows] >= newest[:-1] - _LATENESS
            clocks[rows] = newest[-1]
            self._clocks.advance(feed, int(newest[-1]))
        return in_time, pa.array(clocks).cast(UTC_MICROSECONDS)

    def _absorb(
        self, found: list[list[pa.RecordBatch]], *, stored: bool = False
    ) -> Iterator[tuple[Correlation, list[Reports]]]:
        """Give new rows to each correlation, and what it tells of to those that refer to it; they come after it."""
        chained: defaultdict[int, list[Members]] = defaultdict(list)
        for place, (correlation, windows) in enumerate(zip(self._ruleset.correlations, self._windows, strict=True)):
            raised = Raised()
            own = [Members(rows, stored=stored) for rows in found[place]]
            windows.add([*own, *chained.pop(place, ())], self._clocks, raised)
            if raised.reports and not correlation.silent:
                yield correlation, raised.reports
            for outer, reference in self._served[place]:
                for matches in raised.matches:
                    rows = chained_rows(matches, correlation, self._ruleset.correlations[outer], reference)
                    chained[outer].append(Members(rows, like=matches.like))
        while sum(windows.size for windows in self._windows) > self._most:
            max(self._windows, key=lambda windows: windows.size).forget_some(self._clocks)


def _meaning(ruleset: RuleSet, place: int) -> tuple[object, ...]:
    """Give what a correlation is, wherever it and what it refers to stand."""
    correlation = ruleset.correlations[place]
    members = [
        ruleset.correlations[~member].id if member < 0 else ruleset.rules[member] for member in correlation.members
    ]
    return replace(correlation, members=(), file="", line=0), members


def _served(ruleset: RuleSet) -> list[list[tuple[int, str]]]:
    """Give for each correlation those that refer to it, and as what."""
    found: list[list[tuple[int, str]]] = [[] for _ in ruleset.correlations]
    for place, outer in enumerate(ruleset.correlations):
        for reference, member in zip(outer.rules, outer.members, strict=True):
            if member < 0:
                found[~member].append((place, reference))
    return found


def _by_feed(batch: pa.RecordBatch) -> Iterator[tuple[str | None, npt.NDArray[np.int64]]]:
    """Give each feed and its rows, in order."""
    encoded = batch.column("feed_id").dictionary_encode(null_encoding="encode")
    numbers = encoded.indices.to_numpy()
    feeds = encoded.dictionary.to_pylist()
    for number, feed in enumerate(feeds):
        yield feed, np.flatnonzero(numbers == number) if len(feeds) > 1 else np.arange(len(numbers))


def _nothing() -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], MATCHES)
