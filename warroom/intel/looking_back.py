"""Looks for new indicators in the events of the last days: what was there before anybody knew it to be hostile.

It runs behind the worker's other work, file by file, newest first. Of each file only the columns are read in which
such a value may stand, and each distinct value of it is compared once; the few events that may match are then compared
as those are that come now, so the alerts are the same, with the same ids.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from warroom.errors import LeaseError, StoreError
from warroom.machine.log import log
from warroom.model import Alert
from warroom.store.database import State, now_us
from warroom.store.intel import look_backs
from warroom.store.intel.findings import Findings
from warroom.store.intel.look_backs import LookBack, Step
from warroom.store.intel.past_events import Bounds, PastFile, Piece, drills, open_piece, resolve
from warroom.store.lease import Lease

#: Files that are looked through between two commits.
_FILES_AT_ONCE: Final = 64
_THREADS: Final = 2
#: Events that are compared at a time, of those that may match.
_ROWS_AT_ONCE: Final = 32_768
#: Alerts after which a look back ends: whoever lists half of the world tells nothing.
MOST_ALERTS: Final = 250_000
#: Alerts between two commits, which others wait for; of a single file as many as of all.
_ALERTS_AT_ONCE: Final = 20_000
#: Where files bring more than that, so many times fewer are looked through at once from then on.
_FEWER: Final = 8
#: While others wait for their turn, it rests for so many times as long as it works, but not longer than this.
_REST: Final = 3
_LONGEST_REST_SECONDS: Final = 1.0


class Finder(Protocol):
    """Compares events with the new indicators, as far as they still count."""

    @property
    def columns(self) -> Sequence[str]:
        """Give the columns that are compared; ``fields`` for any field."""
        ...

    def rows(self, batch: pa.RecordBatch) -> npt.NDArray[np.int64]:
        """Tell which rows of a batch match; columns that are not in it have no values, strings are dictionaries."""
        ...

    def found(
        self, events: pa.RecordBatch, known: Callable[[list[str]], set[str]], *, drill: bool
    ) -> tuple[list[Alert], Findings]:
        """Give the alerts of some events, and what they rest on; those that are ``known`` are left out."""
        ...


class _Room:
    """How many alerts more some files may bring; for several threads."""

    def __init__(self, most: int) -> None:
        self._left, self._lock = most, threading.Lock()

    def take(self, count: int) -> None:
        """Use up some of it."""
        with self._lock:
            self._left -= count

    @property
    def is_full(self) -> bool:
        """Whether more came than may."""
        return self._left < 0


@dataclass(slots=True)
class _Result:
    """What some files held."""

    events: int
    alerts: list[Alert]
    findings: list[Findings]


class LookingBack:
    """Runs the look backs of one store, one at a time, in the order in which they were made.

    Args:
        state, data_dir, lease: the store.
        current: gives the finder of a look back, by the index that is in use at the moment.
        busy: tells whether others wait.
        stop: set when the worker ends; the look back goes on at the next start.
    """

    def __init__(
        self,
        state: State,
        data_dir: Path,
        lease: Lease,
        current: Callable[[LookBack, pa.Table], Finder],
        busy: Callable[[], bool],
        stop: threading.Event,
    ) -> None:
        self._state, self._data_dir, self._lease = state, data_dir, lease
        self._current, self._busy, self._stop = current, busy, stop

    def run(self) -> int:
        """Run what waits; how many alerts are new. Returns early when ``stop`` is set.

        Raises:
            LeaseError: another worker took over.
            StoreError: the store takes no commits.
        """
        raised = 0
        while not self._stop.is_set():
            waiting = look_backs.unfinished(self._state)
            if not waiting:
                break
            raised += self._run(waiting[0])
        return raised

    def _run(self, look_back: LookBack) -> int:
        """Run one to its end, or until it is stopped or cancelled."""
        try:
            indicators, files = look_backs.contents(self._data_dir, look_back)
        except StoreError as problem:
            self._finish(look_back, str(problem))
            return 0
        raised, failed = look_back.alerts, 0
        began = raised
        bounds = Bounds(look_back.since, look_back.before_id)
        drill = drills(self._state)
        with ThreadPoolExecutor(_THREADS, thread_name_prefix="look-back") as threads:
            done, at_once = look_back.files_done, _FILES_AT_ONCE
            while step := files[done : done + at_once]:
                room = _Room(_ALERTS_AT_ONCE if len(step) > 1 else MOST_ALERTS)
                finder = self._current(look_back, indicators)
                look = partial(self._look, look_back, finder, bounds, drill, room)
                jobs = [threads.submit(look, piece) for piece in resolve(self._state, step)]
                try:
                    result, lost = self._gather(jobs)
                finally:
                    for job in jobs:
                        job.cancel()
                if self._stop.is_set():
                    return raised - began
                if room.is_full and len(step) > 1:
                    at_once = max(1, len(step) // _FEWER)
                    continue
                failed += lost
                told = Step(len(step), step[-1], result.events)
                at = max(now_us(), look_back.made_at)
                found = result.alerts, _together(result.findings)
                new = look_backs.advance(self._state, self._lease, look_back, told, found, at)
                if new is None:  # cancelled: its files go as those of one that is over
                    self._finish(look_back, None)
                    return raised - began
                raised, done = raised + new, done + len(step)
                if raised >= MOST_ALERTS or room.is_full:
                    self._finish(look_back, f"{raised:,} alerts: the indicators are too broad, the rest was left out")
                    return raised - began
        self._finish(look_back, f"{failed} files could not be read: see the log" if failed else None)
        return raised - began

    def _gather(self, jobs: Iterable[Future[_Result | None]]) -> tuple[_Result, int]:
        """Put together what the files of a step held, in their order; and how many could not be read."""
        whole, lost = _Result(0, [], []), 0
        for job in jobs:
            result = job.result()
            if result is None:
                lost += 1
                continue
            whole.events += result.events
            whole.alerts += result.alerts
            whole.findings += result.findings
        return whole, lost

    def _look(
        self, look_back: LookBack, finder: Finder, bounds: Bounds, drill: frozenset[str], room: _Room, piece: Piece
    ) -> _Result | None:
        """Look through a piece, as far as there is room; None where it cannot be read, which is told."""
        result = _Result(0, [], [])
        if self._stop.is_set():
            return result
        began = time.monotonic()
        known = partial(look_backs.raised_before, self._state, look_back.made_at)
        try:
            for file, part in open_piece(self._state, self._data_dir, piece):
                count, rows = _suspicious(file, part, finder, bounds)
                result.events += count
                for start in range(0, len(rows), _ROWS_AT_ONCE):
                    if room.is_full:
                        return result
                    events = file.events(rows[start : start + _ROWS_AT_ONCE])
                    alerts, findings = finder.found(events, known, drill=part.feed_id in drill)
                    room.take(len(alerts))
                    result.alerts += alerts
                    result.findings.append(findings)
        except LeaseError:
            raise
        except StoreError as problem:
            log().error("stored events could not be looked through", look_back=look_back.id, reason=str(problem))
            return None
        if self._busy():
            self._stop.wait(min(_LONGEST_REST_SECONDS, _REST * (time.monotonic() - began)))
        return result

    def _finish(self, look_back: LookBack, failure: str | None) -> None:
        look_backs.finish(self._state, self._data_dir, self._lease, look_back, now_us(), failure)
        if failure:
            log().warning("look back ended early", look_back=look_back.id, reason=failure)
        else:
            log().info("look back done", look_back=look_back.id, indicators=look_back.indicators)


def _suspicious(file: PastFile, piece: Piece, finder: Finder, bounds: Bounds) -> tuple[int, npt.NDArray[np.int64]]:
    """Give how many events of a file are looked at, and the rows of those that may match, ascending."""
    wanted = file.wanted(bounds, piece.ids)
    some = np.zeros(len(wanted), np.bool_)
    for first, batch in file.batches(finder.columns):
        some[finder.rows(batch) + first] = True
    return int(wanted.sum()), np.flatnonzero(some & wanted).astype(np.int64)


def _together(findings: Sequence[Findings]) -> Findings:
    """Put findings together; what was held back is added up."""
    counts: Counter[str] = Counter()
    examples: dict[str, str] = {}
    for one in findings:
        for name, (count, example) in one.held_back.items():
            counts[name] += count
            examples[name] = example
    return Findings(
        matches=[match for one in findings for match in one.matches],
        sightings=[sighting for one in findings for sighting in one.sightings],
        held_back={name: (count, examples[name]) for name, count in counts.items()},
    )
