"""The detector: events in, alerts out; it carries the correlations' windows from batch to batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from warroom.detect.alerts import correlation_alert, rows_by_rule, rule_alerts
from warroom.detect.clocks import LATENESS, Clocks
from warroom.detect.correlate import Limits, Member, Windows
from warroom.detect.matching import match
from warroom.detect.member_rows import MATCHES, member_rows
from warroom.model import ENTITY_COLUMNS, UTC_MICROSECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy.typing as npt

    from warroom.detect.ruleset import RuleSet
    from warroom.model import Alert

_LATENESS: Final = LATENESS // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Detection:
    """What a batch gave: its alerts, the rows that rebuild the windows (``MATCHES``), and every match (``MATCHED``)."""

    alerts: list[Alert]
    matches: pa.RecordBatch
    matched: pa.RecordBatch


class Detector:
    """Detects with one rule set; the same events give the same alerts, in whatever batches they come.

    ``late`` counts events that came too late, behind others of their own feed, to count in a correlation.
    """

    def __init__(self, ruleset: RuleSet, limits: Limits | None = None) -> None:
        self._ruleset = ruleset
        self._windows = {
            correlation.id: (correlation, Windows(correlation, limits or Limits()))
            for correlation in ruleset.correlations
        }
        self._clocks = Clocks()
        self.late = 0

    @property
    def horizon(self) -> timedelta:
        """How far back in each feed's own event time ``restore`` needs stored rows."""
        return max((windows.horizon for _, windows in self._windows.values()), default=timedelta())

    @property
    def held(self) -> int:
        """How many events the correlations hold in memory."""
        return sum(windows.held for _, windows in self._windows.values())

    @property
    def dropped(self) -> dict[str, int]:
        """Events that a correlation's memory had no room for, by correlation id."""
        return {name: windows.dropped for name, (_, windows) in self._windows.items() if windows.dropped}

    def detect(self, batch: pa.RecordBatch, *, drill: bool) -> Detection:
        """Evaluate a batch of events.

        Args:
            batch: events with the envelope columns; ``ts`` is never null.
            drill: the feed is marked as a drill; its events are never counted together with real ones.
        """
        matched = match(batch, self._ruleset)
        by_rule = rows_by_rule(matched)
        alerts: list[Alert] = []
        for number, rows in by_rule.items():
            if number not in self._ruleset.silent:
                alerts += rule_alerts(batch, rows, self._ruleset.rules[number], drill=drill)
        correlated, matches = self._correlate(batch, by_rule, drill=drill)
        return Detection(alerts + correlated, matches, matched)

    def correlate(self, batch: pa.RecordBatch, matched: pa.RecordBatch, *, drill: bool) -> list[Alert]:
        """Give the correlations' alerts alone, for matches that the caller has and reports by itself."""
        return self._correlate(batch, rows_by_rule(matched), drill=drill)[0]

    def restore(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Rebuild the windows from stored rows; what they raised is not raised again.

        Args:
            batches: rows of ``MATCHES``, of each feed those of the last ``horizon`` of its event time, in the
                order in which they were stored.
        """
        heard: list[tuple[str | None, int]] = []
        # The clocks stand until all is there: nothing may go or be settled before every feed has spoken.
        for batch in batches:
            clocks = batch.column("clock").cast(pa.int64()).to_numpy()
            heard += [(feed, int(clocks[rows].max())) for feed, rows in _by_feed(batch)]
            self._raised_before(batch)
        for feed, clock in heard:
            self._clocks.advance(feed, clock)
        self._raised_before(_nothing())

    def finish(self) -> list[Alert]:
        """Settle every window: for a stream that has ended, where conditions such as ``lt`` wait for no late event."""
        self._clocks.end()
        return list(self._absorb(_nothing()))

    def _raised_before(self, matches: pa.RecordBatch) -> None:
        for _ in self._absorb(matches):
            pass

    def _correlate(
        self, batch: pa.RecordBatch, by_rule: dict[int, Any], *, drill: bool
    ) -> tuple[list[Alert], pa.RecordBatch]:
        matches = self._members(batch, by_rule, drill=drill)
        return list(self._absorb(matches)), matches

    def _members(self, batch: pa.RecordBatch, by_rule: dict[int, Any], *, drill: bool) -> pa.RecordBatch:
        """Give the rows that count for correlations, without those that come too late."""
        if not batch.num_rows:
            return _nothing()
        in_time, clocks = self._in_time(batch)
        if not self._windows:
            return _nothing()
        parts: list[pa.RecordBatch] = []
        late: set[int] = set()
        for correlation, _ in self._windows.values():
            members = {number: by_rule[number] for number in correlation.members if number in by_rule}
            kept = {number: rows[in_time[rows]] for number, rows in members.items()}
            for rows in members.values():
                late.update(rows[~in_time[rows]].tolist())
            columns = member_rows(batch, kept, correlation, self._ruleset, drill=drill)
            columns["clock"] = [clocks[feed] for feed in columns["feed_id"]]
            if columns["ts"]:
                arrays = [pa.array(columns[entry.name], _plain(entry.type)).cast(entry.type) for entry in MATCHES]
                parts.append(pa.RecordBatch.from_arrays(arrays, schema=MATCHES))
        self.late += len(late)
        return pa.concat_batches(parts) if parts else _nothing()

    def _in_time(self, batch: pa.RecordBatch) -> tuple[npt.NDArray[np.bool_], dict[str | None, int]]:
        """Move the clocks; say which events were not too late for their feed, and where its clock stands after all."""
        times = batch.column("ts").cast(pa.int64()).to_numpy()
        in_time = np.ones(len(times), dtype=np.bool_)
        clocks: dict[str | None, int] = {}
        for feed, rows in _by_feed(batch):
            newest = np.maximum.accumulate(np.append(self._clocks.of(feed), times[rows]))
            in_time[rows] = times[rows] >= newest[:-1] - _LATENESS
            clocks[feed] = int(newest[-1])
            self._clocks.advance(feed, clocks[feed])
        return in_time, clocks

    def _absorb(self, matches: pa.RecordBatch) -> Iterator[Alert]:
        by_correlation: dict[str, list[Member]] = {}
        for name, member in _read(matches):
            by_correlation.setdefault(name, []).append(member)
        for name, (correlation, windows) in self._windows.items():
            for key, group, report in windows.add(by_correlation.get(name, ()), self._clocks):
                yield correlation_alert(correlation, windows.window, key, group, report)


def _by_feed(batch: pa.RecordBatch) -> Iterator[tuple[str | None, npt.NDArray[np.int64]]]:
    """Give each feed and its rows, in order."""
    encoded = batch.column("feed_id").dictionary_encode(null_encoding="encode")
    numbers = encoded.indices.to_numpy()
    for number, feed in enumerate(encoded.dictionary.to_pylist()):
        yield feed, np.flatnonzero(numbers == number)


def _nothing() -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], MATCHES)


def _plain(kind: pa.DataType) -> pa.DataType:
    return pa.int64() if kind == UTC_MICROSECONDS else kind


def _read(matches: pa.RecordBatch) -> Iterator[tuple[str, Member]]:
    """Give (correlation id, event) of each stored row."""
    columns = {
        name: matches.column(name).to_pylist() for name in MATCHES.names if name not in ("ts", "clock", "rule_id")
    }
    times = matches.column("ts").cast(pa.int64()).to_pylist()
    origins: dict[tuple[object, ...], tuple[object, ...]] = {}
    names = ("feed_id", "platform_id", *ENTITY_COLUMNS.values())
    for place, time in enumerate(times):
        origin = tuple(columns[name][place] for name in names)
        value = columns["value"][place]
        yield (
            columns["correlation_id"][place],
            Member(
                key=(columns["drill"][place], tuple(columns["key"][place])),
                time=time,
                id=columns["event_id"][place],
                value=None if value is None else tuple(value),
                origin=origins.setdefault(origin, origin),
            ),
        )
