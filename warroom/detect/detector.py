"""The detector: events in, alerts out; it carries the correlations' windows from batch to batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa

from warroom.detect.alerts import correlation_alert, rows_by_rule, rule_alerts
from warroom.detect.correlate import LATENESS, Limits, Member, Windows
from warroom.detect.matching import match
from warroom.detect.member_rows import MATCHES, member_rows
from warroom.model import ENTITY_COLUMNS, UTC_MICROSECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from warroom.detect.ruleset import RuleSet
    from warroom.model import Alert

_LATENESS: Final = LATENESS // timedelta(microseconds=1)
#: Before any event, as microseconds: nothing is late.
_NEVER: Final = -(1 << 62)


@dataclass(frozen=True, slots=True)
class Detection:
    """What a batch gave: its alerts, the rows that rebuild the windows (``MATCHES``), and every match (``MATCHED``)."""

    alerts: list[Alert]
    matches: pa.RecordBatch
    matched: pa.RecordBatch


class Detector:
    """Detects with one rule set; the same events give the same alerts, in whatever batches they come.

    ``late`` counts events that came too late to count in a correlation.
    """

    def __init__(self, ruleset: RuleSet, limits: Limits | None = None) -> None:
        self._ruleset = ruleset
        self._windows = {
            correlation.id: (correlation, Windows(correlation, limits or Limits()))
            for correlation in ruleset.correlations
        }
        self._clock = _NEVER
        self.late = 0

    @property
    def horizon(self) -> timedelta:
        """How far back in event time ``restore`` needs stored rows."""
        return max((windows.horizon for _, windows in self._windows.values()), default=timedelta())

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
        """Rebuild the windows from stored rows of the last ``horizon``; what they raised is not raised again."""
        for batch in batches:
            if batch.num_rows:
                newest = batch.column("clock").cast(pa.int64()).to_numpy().max()
                self._clock = max(self._clock, int(newest))
            for _ in self._absorb(batch):
                pass

    def finish(self) -> list[Alert]:
        """Settle every window: for a stream that has ended, where conditions such as ``lt`` wait for no late event."""
        self._clock = 1 << 62
        return list(self._absorb(pa.RecordBatch.from_pylist([], MATCHES)))

    def _correlate(
        self, batch: pa.RecordBatch, by_rule: dict[int, Any], *, drill: bool
    ) -> tuple[list[Alert], pa.RecordBatch]:
        matches = self._members(batch, by_rule, drill=drill)
        return list(self._absorb(matches)), matches

    def _members(self, batch: pa.RecordBatch, by_rule: dict[int, Any], *, drill: bool) -> pa.RecordBatch:
        """Give the rows that count for correlations, without those that come too late."""
        if not batch.num_rows:
            return pa.RecordBatch.from_pylist([], MATCHES)
        times = batch.column("ts").cast(pa.int64()).to_numpy()
        clocks = np.maximum.accumulate(np.maximum(times, self._clock))
        before = np.concatenate([[self._clock], clocks[:-1]])
        self._clock = int(clocks[-1])
        if not self._windows:
            return pa.RecordBatch.from_pylist([], MATCHES)
        in_time = times >= before - _LATENESS
        parts: list[pa.RecordBatch] = []
        late: set[int] = set()
        for correlation, _ in self._windows.values():
            members = {number: by_rule[number] for number in correlation.members if number in by_rule}
            kept = {number: rows[in_time[rows]] for number, rows in members.items()}
            for rows in members.values():
                late.update(rows[~in_time[rows]].tolist())
            columns = member_rows(batch, kept, correlation, self._ruleset, drill=drill)
            columns["clock"] = [self._clock] * len(columns["ts"])
            if columns["ts"]:
                arrays = [pa.array(columns[entry.name], _plain(entry.type)).cast(entry.type) for entry in MATCHES]
                parts.append(pa.RecordBatch.from_arrays(arrays, schema=MATCHES))
        self.late += len(late)
        return pa.concat_batches(parts) if parts else pa.RecordBatch.from_pylist([], MATCHES)

    def _absorb(self, matches: pa.RecordBatch) -> Iterator[Alert]:
        by_correlation: dict[str, list[Member]] = {}
        for name, member in _read(matches):
            by_correlation.setdefault(name, []).append(member)
        for name, (correlation, windows) in self._windows.items():
            for key, group, report in windows.add(by_correlation.get(name, ()), self._clock):
                yield correlation_alert(correlation, windows.window, key, group, report)


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
