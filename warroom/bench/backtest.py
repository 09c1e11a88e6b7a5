"""Back-tests rules: what they would have raised on the events that are stored, exactly as live detection does.

Files are looked through side by side, each only as far as the rules ask (``backtest_looking``). Rules over single
events need no order. Correlations are given the events in the order in which they were committed, with the feeds'
clocks as they stood then (``backtest_following``), from so far before the span that their windows are full when it
begins. Where files that were merged overlap, the events of a stretch of ids are taken from all of them, so that
memory does not grow with the store.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from warroom.bench.backtest_choice import alerting, members_alone
from warroom.bench.backtest_entities import grouped_kinds, main_entity
from warroom.bench.backtest_figures import Found, RuleFigures, Tally
from warroom.bench.backtest_following import Following
from warroom.bench.backtest_looking import Looker, Spans
from warroom.bench.backtest_slices import Slices
from warroom.bench.rates import DAY_US
from warroom.detect.detector import Detector
from warroom.learning import usual_of
from warroom.store.database import to_us
from warroom.store.event_files import event_segments
from warroom.store.intel.past_events import drills

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from warroom.bench.backtest_looking import Look, Share
    from warroom.detect.ruleset import RuleSet
    from warroom.detect.usual import Usual
    from warroom.model import Alert
    from warroom.store.database import State
    from warroom.store.segments import Segment

_THREADS: Final = 2
#: Files that are looked through ahead of those whose turn it is.
_AHEAD: Final = 4


@dataclass(frozen=True, slots=True)
class BackTest:
    """What a back-test found.

    Attributes:
        since: events of these times count, microseconds since 1970; ``until`` is outside.
        days: that were looked at, of these: from the oldest event that is stored of the feeds that the rules look at;
            to the end, unless the feeds had been silent for a day or more by then: to their newest event.
        events: stored events of these times, those among them that no rule of the set can match.
        passed: all events of the files looked through: of correlations, those around these times are, too.
        files: so many.
        files_read: those of which more than the description was read.
        rules: figures by rule id.
        late: events that came too late to count in a correlation.
        dropped: events that a correlation's memory had no room for, by its id.
        complete: it was not cancelled.
    """

    since: int
    until: int
    days: float
    events: int
    passed: int
    files: int
    files_read: int
    cpu_seconds: float
    wall_seconds: float
    rules: Mapping[str, RuleFigures]
    late: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    complete: bool = True


def back_test(
    state: State,
    data_dir: Path,
    ruleset: RuleSet,
    since_us: int,
    until_us: int,
    *,
    cancelled: threading.Event | None = None,
    progress: Callable[[float, int], object] | None = None,
    usual: Usual | None = None,
) -> BackTest:
    """Say what the rules of a set would have raised.

    Args:
        state: the state database.
        data_dir: the state folder.
        ruleset: the rules; those that are not silent get figures (see ``backtest_choice.chosen``).
        since_us: alerts count that have events of these times, microseconds since 1970 …
        until_us: … before this one.
        cancelled: ends it when set; what was found so far is given.
        progress: told, on the caller's thread, the part done (0 to 1) and the events passed so far.
        usual: what is usual, for correlations with a baseline; default: what the worker has learnt here.

    Raises:
        StoreError: stored events cannot be read.
    """
    return _BackTest(state, data_dir, ruleset, (since_us, until_us), usual or usual_of(data_dir)).run(
        cancelled or threading.Event(), progress or (lambda _part, _events: None)
    )


class _BackTest:
    def __init__(
        self, state: State, data_dir: Path, ruleset: RuleSet, span: tuple[int, int], usual: Usual | None
    ) -> None:
        self._began, self._cpu = time.monotonic(), time.thread_time()
        since, until = self._span = span
        horizon = _horizon(ruleset)
        self._spans = Spans(since, until, since - horizon, until + horizon)
        stored = event_segments(state)
        files = [one for one in stored if one.max_ts >= self._spans.first and one.min_ts < self._spans.last]
        if not ruleset.correlations:
            files = [one for one in stored if one.max_ts >= since and one.min_ts < until]
        self._stored = stored
        lock, marked = threading.Lock(), drills(state)
        self._looker = Looker(state, data_dir, ruleset, self._spans, marked, lock)
        self._before = self._looker
        if ruleset.correlations and any(one.max_ts < since or one.min_ts >= until for one in files):
            self._before = Looker(state, data_dir, members_alone(ruleset), self._spans, marked, lock)
        self._following: Following | None = None
        if ruleset.correlations:
            here = {one.path for one in files}
            passed = ((one.max_id, one.feed_id, one.max_ts) for one in stored if one.path not in here)
            self._following = Following(ruleset, usual, passed)
        self._slices = Slices(files, in_order=bool(ruleset.correlations))
        self._files = files
        self._tallies = {name: Tally(name) for name in alerting(ruleset)}
        self._kinds = {one.id: grouped_kinds(one) for one in ruleset.correlations}
        self._cpu_of_threads = 0.0
        self._read: set[str] = set()
        self._fed: set[str] = set()
        self._events = self._passed = 0

    def run(self, cancelled: threading.Event, progress: Callable[[float, int], object]) -> BackTest:
        whole = max(1, sum(one.rows for one in self._files))
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="back-test") as threads:
            for high, shares in self._slices:
                looks: list[Look] = []
                for look in self._looked(threads, shares, cancelled):
                    self._take(look)
                    if self._following is not None:
                        looks.append(look)
                    progress(min(1.0, self._passed / whole), self._passed)
                if cancelled.is_set():
                    break
                if self._following is not None:
                    self._slices.held(sum(part.num_rows for look in looks for part in look.members))
                    for alerts in self._following.take(looks, high):
                        self._count(alerts)
                        if cancelled.is_set():
                            break
        if not cancelled.is_set():
            progress(1.0, self._passed)
        return self._told(complete=not cancelled.is_set())

    def _looked(self, threads: ThreadPoolExecutor, shares: list[Share], cancelled: threading.Event) -> Iterator[Look]:
        """Look through shares, a few ahead; what they hold is given in their order."""
        waiting = [threads.submit(self._look, share) for share in shares[:_AHEAD]]
        for number in range(len(shares)):
            if cancelled.is_set():
                break
            look = waiting.pop(0).result()
            if number + _AHEAD < len(shares):
                waiting.append(threads.submit(self._look, shares[number + _AHEAD]))
            yield look
        for job in waiting:
            job.cancel()

    def _look(self, share: Share) -> Look:
        since, until = self._span
        outside = share.segment.max_ts < since or share.segment.min_ts >= until
        return (self._before if outside else self._looker).look(share)

    def _take(self, look: Look) -> None:
        for found in look.singles:
            self._tallies[found.rule_id].add(found)
        look.singles.clear()
        self._cpu_of_threads += look.cpu_seconds
        segment = look.share.segment
        if look.read:
            self._read.add(segment.path)
            self._fed.add(segment.feed_id)
        self._events += look.inside
        if look.share.high >= segment.max_id:
            self._passed += segment.rows

    def _count(self, alerts: list[Alert]) -> None:
        since, until = self._span
        for alert in alerts:
            first, last = to_us(alert.first_at), to_us(alert.last_at)
            if first < until and last >= since:
                main = main_entity(alert, self._kinds.get(alert.rule_id, frozenset()))
                self._tallies[alert.rule_id].add(
                    Found(alert.rule_id, alert.alert_id, alert.count, first, last, main, alert.event_ids, alert.drill)
                )

    def _told(self, *, complete: bool) -> BackTest:
        days = _days([one for one in self._stored if one.feed_id in self._fed] or self._stored, *self._span)
        return BackTest(
            since=self._span[0],
            until=self._span[1],
            days=days,
            events=self._events,
            passed=self._passed,
            files=len(self._files),
            files_read=len(self._read),
            cpu_seconds=time.thread_time() - self._cpu + self._cpu_of_threads,
            wall_seconds=time.monotonic() - self._began,
            rules={name: tally.figures(days) for name, tally in self._tallies.items()},
            late=self._following.late if self._following else 0,
            dropped=self._following.dropped if self._following else {},
            complete=complete,
        )


def _horizon(ruleset: RuleSet) -> int:
    """Say how far before an event others may lie that count with it, in microseconds."""
    spans = Detector(ruleset).horizons().values() if ruleset.correlations else ()
    return max(spans, default=timedelta()) // timedelta(microseconds=1)


def _days(stored: list[Segment], since: int, until: int) -> float:
    """Say how many days of a span can be looked at: a silence of less than a day is one in which nothing happened."""
    if not stored:
        return 0
    newest = max(one.max_ts + 1 for one in stored)
    first = max(since, min(one.min_ts for one in stored))
    last = until if until - newest < DAY_US else newest
    return max(0, last - first) / DAY_US
