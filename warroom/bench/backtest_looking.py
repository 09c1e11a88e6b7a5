"""Looks through one file of stored events: what rules match, and what correlations count of it.

Nothing is read of a file that the rules do not ask for, and nothing of its events but what they ask until one matches.
"""

from __future__ import annotations

import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from warroom.bench.backtest_asked import ROUTED, TOLD, Wanted, members_ask
from warroom.bench.backtest_singles import found_of
from warroom.detect.clocks import NEVER
from warroom.detect.matching import match
from warroom.detect.member_rows import member_rows
from warroom.model import UTC_MICROSECONDS
from warroom.store.event_files import EventFile, piece_of
from warroom.store.intel.past_events import located

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from warroom.bench.backtest_figures import Found
    from warroom.detect.ruleset import RuleSet
    from warroom.store.database import State
    from warroom.store.intel.past_events import Piece
    from warroom.store.segments import Segment

    Places = npt.NDArray[np.int64]
    Rows = npt.NDArray[np.int32]

_NOTHING: Final = np.zeros(0, np.int64)
_NO_ROWS: Final = np.zeros(0, np.int32)


@dataclass(frozen=True, slots=True)
class Share:
    """The events of one file that are looked at together with those of others.

    Attributes:
        segment: the file.
        low: events with ids from this one on …
        high: … up to this one.
        tangled: another file of the same feed has events between these.
    """

    segment: Segment
    low: int
    high: int
    tangled: bool

    @property
    def whole(self) -> bool:
        """Whether these are all events of the file."""
        return self.low <= self.segment.min_id and self.high >= self.segment.max_id


@dataclass(slots=True)
class Look:
    """What was found in a share.

    Attributes:
        singles: alerts of rules over single events.
        members: rows of ``MATCHES``; ``clock`` is how far the file's events had come by then.
        clock: how far all of them have come, in microseconds.
        marks: the last id of each commit among them, and how far they had come with it.
        ids: of all events, where the share is tangled; and their times.
        inside: events of the span that alerts count of.
    """

    share: Share
    singles: list[Found] = field(default_factory=list)
    members: list[pa.RecordBatch] = field(default_factory=list)
    clock: int = NEVER
    marks: list[tuple[int, int]] = field(default_factory=list)
    ids: Places = field(default_factory=lambda: _NOTHING)
    times: Places = field(default_factory=lambda: _NOTHING)
    inside: int = 0
    cpu_seconds: float = 0.0
    read: bool = False


@dataclass(frozen=True, slots=True)
class Spans:
    """Times that count, in microseconds since 1970, the second of each outside: of alerts, and of correlated events."""

    since: int
    until: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class _Matched:
    """Which rules (by position) matched which rows of a file; ``read``: some rule of the set could."""

    read: bool
    rows: Rows = field(default_factory=lambda: _NO_ROWS)
    rules: Rows = field(default_factory=lambda: _NO_ROWS)


class Looker:
    """Looks through shares with one rule set, from several threads: they read side by side and match in turn."""

    def __init__(
        self, state: State, data_dir: Path, ruleset: RuleSet, spans: Spans, drills: frozenset[str], lock: threading.Lock
    ) -> None:
        self._state, self._data_dir, self._ruleset = state, data_dir, ruleset
        self._spans, self._drills, self._lock = spans, drills, lock
        self._wanted = Wanted(ruleset)
        self._held: dict[tuple[str, str], _Matched] = {}
        self._loud = {place for place in range(len(ruleset.rules)) if place not in ruleset.silent}
        self._members = {member for one in ruleset.correlations for member in one.members if member >= 0}
        self._counting = [(one, frozenset(one.members)) for one in ruleset.correlations]

    def look(self, share: Share) -> Look:
        """Look through a share. Raises StoreError where its file cannot be read."""
        began = time.thread_time()
        look = Look(share)
        one, spans = share.segment, self._spans
        if spans.since <= one.min_ts and one.max_ts < spans.until and share.high >= one.max_id:
            look.inside = one.rows
        for file, piece in located(self._state, self._data_dir, piece_of(share.segment), EventFile):
            with closing(file):
                self._look(file, piece, share, look)
        look.cpu_seconds = time.thread_time() - began
        return look

    def _look(self, file: EventFile, piece: Piece, share: Share, look: Look) -> None:
        key = share.segment.path, piece.path
        held = self._held.pop(key, None)
        if held is None:
            held = self._matched(file)
        if share.high < share.segment.max_id:
            self._held[key] = held  # matching costs the most: what comes of it is kept until the file's last share
        look.read = look.read or held.read
        look.inside += self._cut(file, piece, share)
        if self._ruleset.correlations:
            self._note(file, piece, share, look)
        if len(held.rows):
            self._tell(file, piece, share, look, held.rows, held.rules)

    def _cut(self, file: EventFile, piece: Piece, share: Share) -> int:
        """Count the events of the span in a file that reaches beyond it; 0 in one that is inside or outside."""
        one, (since, until) = share.segment, (self._spans.since, self._spans.until)
        if not (one.min_ts < since <= one.max_ts or one.min_ts < until <= one.max_ts):
            return 0
        _, times = _moments(file, piece, share)
        return int(np.count_nonzero((times >= since) & (times < until)))

    def _matched(self, file: EventFile) -> _Matched:
        """Match all events of a file."""
        with self._lock:
            asked = self._wanted.of(file)
        if asked is None:
            return _Matched(read=False)
        natives = asked.native if any(map(asked.native, file.names())) else None
        rows, rules = [_NO_ROWS], [_NO_ROWS]
        for first, batch in file.batches([*ROUTED, *sorted(asked.columns)], natives):
            with self._lock:
                matched = match(batch, self._ruleset)
            if matched.num_rows:
                rows.append(matched.column("row").to_numpy() + np.int32(first))
                rules.append(matched.column("rule").to_numpy())
        return _Matched(True, np.concatenate(rows), np.concatenate(rules))

    def _note(self, file: EventFile, piece: Piece, share: Share, look: Look) -> None:
        """Take note of how far the file's feed came with each commit."""
        one = share.segment
        commit = one.max_id - one.min_id + 1 == one.rows  # ids of a commit follow each other
        if share.whole and piece.path == one.path and not share.tangled and (commit or not look.read):
            look.clock = max(look.clock, one.max_ts)
            look.marks.append((one.max_id, one.max_ts))
            return
        ids, times = _moments(file, piece, share)
        if len(ids):
            newest = np.maximum.accumulate(times)
            ends = np.append(np.flatnonzero(np.diff(ids) != 1), len(ids) - 1)
            look.marks += zip(ids[ends].tolist(), newest[ends].tolist(), strict=True)
            look.clock = max(look.clock, int(newest[-1]))
        if share.tangled:
            look.ids, look.times = np.append(look.ids, ids), np.append(look.times, times)

    def _tell(self, file: EventFile, piece: Piece, share: Share, look: Look, rows: Rows, rules: Rows) -> None:
        """Read what is told of the events that matched."""
        matched = set(np.unique(rules).tolist())
        more = members_ask(self._ruleset, matched)
        natives = more.native if more.natives and any(map(more.native, file.names())) else None
        newest = NEVER
        drill = share.segment.feed_id in self._drills
        for first, batch in file.batches([*TOLD, *sorted(more.columns)], natives):
            times = batch.column("ts").cast(pa.int64()).to_numpy()
            clocks = np.maximum.accumulate(np.append(newest, times))[1:]
            newest = int(clocks[-1])
            here = (rows >= first) & (rows < first + batch.num_rows)
            own, their = rows[here].astype(np.int64) - first, rules[here].astype(np.int64)
            kept = _within(batch.column("event_id").to_numpy()[own], piece, share)
            own, their = own[kept], their[kept]
            if not len(own):
                continue
            places, position = np.unique(own, return_inverse=True)
            events = batch.take(pa.array(places))
            self._count(look, events, position, their, clocks[places], drill=drill)

    def _count(
        self, look: Look, events: pa.RecordBatch, rows: Places, rules: Places, clocks: Places, *, drill: bool
    ) -> None:
        times = events.column("ts").cast(pa.int64()).to_numpy()[rows]
        spans = self._spans
        here = (times >= spans.since) & (times < spans.until)
        singles = _by_rule(rows[here], rules[here], self._loud)
        look.singles += found_of(events, singles, self._ruleset.rules, look.share.segment.feed_id, drill=drill)
        here = (times >= spans.first) & (times < spans.last)
        counted = _by_rule(rows[here], rules[here], self._members)
        if counted:
            come = pa.array(clocks).cast(UTC_MICROSECONDS)
            for one, members in self._counting:
                if members.isdisjoint(counted):
                    continue
                look.members += member_rows(events, counted, one, self._ruleset, come, drill=drill)


def _moments(file: EventFile, piece: Piece, share: Share) -> tuple[Places, Places]:
    """Give the ids and the times of the events of a share."""
    ids, times = [_NOTHING], [_NOTHING]
    for _, batch in file.batches(("event_id", "ts"), None):
        numbers = batch.column("event_id").to_numpy()
        here = _within(numbers, piece, share)
        ids.append(numbers[here])
        times.append(batch.column("ts").cast(pa.int64()).to_numpy()[here])
    return np.concatenate(ids), np.concatenate(times)


def _within(ids: Places, piece: Piece, share: Share) -> npt.NDArray[np.bool_]:
    """Say which events belong to a share: another back-test may find its file merged with others."""
    inside: npt.NDArray[np.bool_] = (ids >= share.low) & (ids <= share.high)
    some = np.zeros(len(ids), np.bool_)
    for low, high in piece.ids:
        some |= (ids >= low) & (ids <= high)
    return inside & some


def _by_rule(rows: Places, rules: Places, wanted: set[int]) -> dict[int, Places]:
    """Give the rows of each rule that is wanted, ascending."""
    order = np.lexsort((rows, rules))
    numbers, starts = np.unique(rules[order], return_index=True)
    if not len(numbers):
        return {}
    several = zip(numbers.tolist(), np.split(rows[order], starts[1:]), strict=True)
    return {number: own for number, own in several if number in wanted}
