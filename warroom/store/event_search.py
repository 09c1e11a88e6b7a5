"""Looks through stored events, newest files first, within bounds of time and memory that it tells about."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
from sqlalchemy import select

from warroom.errors import StoreError
from warroom.store.database import State
from warroom.store.query import Node, event_condition
from warroom.store.segments import read_events
from warroom.store.tables import segments

#: Rows that are shown; the counts beside them are of everything that was looked through.
MOST_ROWS: Final = 200
#: How long a search looks, in seconds, and with how much memory.
BUDGET_SECONDS: Final = 20.0
_MEMORY: Final = "384MB"
_THREADS: Final = 2
#: Rows and files that are looked through between two looks at the clock: what they match is held in memory.
_ROWS_AT_ONCE: Final = 1_000_000
_FILES_AT_ONCE: Final = 64
#: Distinct values of a facet that are counted; what comes later is counted as "others".
_MOST_VALUES: Final = 2_000
FACETS: Final = (
    "platform_id",
    "feed_id",
    "source_ip",
    "user_name",
    "event_action",
    "event_outcome",
    "http_response_status_code",
    "source_geo_country_iso_code",
)
BINS: Final = 60


@dataclass(frozen=True, slots=True)
class Span:
    """Events of these times: from ``since`` to before ``until``, in microseconds since 1970."""

    since: int
    until: int

    @property
    def bin_us(self) -> int:
        """How much time a bar of the histogram stands for."""
        return max(1, -(-(self.until - self.since) // BINS))


@dataclass(slots=True)
class Found:
    """What a search knows so far."""

    span: Span
    listed: bool = False  # whether it is known how many files there are
    files: int = 0  # in the span
    searched: int = 0
    rows: int = 0  # looked at
    matched: int = 0
    newest: list[tuple[int, int]] = field(default_factory=list)  # (time, event id), newest first
    bins: Counter[int] = field(default_factory=Counter)
    facets: dict[str, Counter[str]] = field(default_factory=lambda: {name: Counter() for name in FACETS})
    facets_cut: set[str] = field(default_factory=set)
    reached: int = 0  # only events before this time have not been looked at; 0 once all were
    ended: str = ""  # done | time | cancelled | failed

    @property
    def event_ids(self) -> list[int]:
        """The ids of the events that are shown, newest first."""
        return [event_id for _, event_id in self.newest]


class EventSearch:
    """One search. ``run`` may be called once; ``cancel`` from any thread ends it."""

    def __init__(
        self,
        state: State,
        data_dir: Path,
        node: Node,
        span: Span,
        scope: Iterable[str] | None,
        *,
        rows: int = MOST_ROWS,
    ) -> None:
        self._data_dir, self._span = data_dir, span
        #: Rows that are kept, newest first.
        self.rows = rows
        self._condition, self._values = event_condition(node)
        self._scope = None if scope is None else sorted(scope)
        self._cancelled = threading.Event()
        self._link: duckdb.DuckDBPyConnection | None = None
        self._state = state
        self.found = Found(span)

    def cancel(self) -> None:
        """End it: what was found so far stays."""
        self._cancelled.set()
        if (link := self._link) is not None:
            link.interrupt()

    def run(self, seconds: float = BUDGET_SECONDS) -> Found:
        """Search until everything was looked through, the time is over or somebody cancels.

        Raises:
            StoreError: the events cannot be read.
        """
        deadline = time.monotonic() + seconds
        alarm = threading.Timer(seconds, self.cancel)
        alarm.daemon = True
        alarm.start()
        try:
            for _ in self._steps():
                if self._cancelled.is_set() or time.monotonic() > deadline:
                    break
            if self.found.listed and self.found.searched == self.found.files:
                self.found.ended, self.found.reached = "done", 0
        except duckdb.InterruptException:
            pass
        except duckdb.Error as problem:
            self.found.ended = "failed"
            reason = str(problem).partition("\n")[0]
            raise StoreError(f"the stored events could not be searched: {reason}; narrow the time") from problem
        finally:
            alarm.cancel()
        if not self.found.ended:
            self.found.ended = "time" if time.monotonic() >= deadline else "cancelled"
        return self.found

    def _steps(self) -> Iterator[None]:
        files = self._files()
        self.found.files, self.found.listed = len(files), True
        self.found.reached = self._span.until
        with duckdb.connect() as link:
            self._link = link
            # No file and no address of anywhere but the paths of our own manifest is read, whatever a value says.
            link.execute(f"SET threads={_THREADS}; SET memory_limit='{_MEMORY}'; SET TimeZone='UTC'")
            link.execute("SET preserve_insertion_order=false; SET temp_directory=''")
            for group, rest in _groups(files):
                if self._cancelled.is_set():
                    return
                self._look(link, [path for path, _, _ in group], sum(rows for _, rows, _ in group))
                self.found.reached = min(self.found.reached, rest) if rest else 0
                yield
            self._link = None

    def _files(self) -> list[tuple[str, int, int]]:
        """The files with events of the span, newest first: path, rows, time of the newest event."""
        table = segments.c
        wanted = (
            select(table.path, table.rows, table.max_ts)
            .where(table.kind == "events", table.max_ts >= self._span.since, table.min_ts < self._span.until)
            .order_by(table.max_ts.desc(), table.id.desc())
        )
        with self._state.read() as connection:
            found = connection.execute(wanted).all()
        return [
            (str(self._data_dir / path), rows, newest)
            for path, rows, newest in found
            if (self._data_dir / path).exists()
        ]

    def _look(self, link: duckdb.DuckDBPyConnection, paths: list[str], rows: int) -> None:
        """Look through a group of files, and add what was found to the rest."""
        here = "TRUE" if self._scope is None else "list_contains(?::VARCHAR[], platform_id)"
        scope = [] if self._scope is None else [self._scope]
        columns = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in FACETS)
        link.execute(
            # Only constants of this module and `?` are in the text.
            f"CREATE OR REPLACE TEMP TABLE hit AS SELECT event_id, epoch_us(ts) AS happened, {columns} "  # noqa: S608
            "FROM read_parquet(?, union_by_name=true, hive_partitioning=false) "
            f"WHERE ts >= make_timestamptz(?::BIGINT) AND ts < make_timestamptz(?::BIGINT) AND {here} "
            f"AND {self._condition}",
            [paths, self._span.since, self._span.until, *scope, *self._values],
        )
        found = self.found
        found.searched += len(paths)
        found.rows += rows
        (count,) = link.execute("SELECT count(*) FROM hit").fetchone() or (0,)
        if not count:
            return
        found.matched += count
        last = "SELECT happened, event_id FROM hit ORDER BY happened DESC, event_id DESC LIMIT ?"
        newest = link.execute(last, [self.rows]).fetchall()
        found.newest = sorted([*found.newest, *newest], reverse=True)[: self.rows]
        bars = "SELECT (happened - ?) // ?, count(*) FROM hit GROUP BY 1"
        found.bins.update(dict(link.execute(bars, [self._span.since, self._span.bin_us]).fetchall()))
        for name in FACETS:
            self._facet(link, name)

    def _facet(self, link: duckdb.DuckDBPyConnection, name: str) -> None:
        values = link.execute(
            f"SELECT {name}, count(*) FROM hit WHERE {name} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?",  # noqa: S608
            [_MOST_VALUES],
        ).fetchall()
        counts = self.found.facets[name]
        counts.update(dict(values))
        if len(values) == _MOST_VALUES or len(counts) > _MOST_VALUES:
            self.found.facets_cut.add(name)
            self.found.facets[name] = Counter(dict(counts.most_common(_MOST_VALUES)))


def _groups(files: list[tuple[str, int, int]]) -> Iterator[tuple[list[tuple[str, int, int]], int]]:
    """Give files in groups, each with the time of the newest event behind it; 0 where nothing is behind it."""
    start = 0
    while start < len(files):
        end, rows = start + 1, files[start][1]
        while end < len(files) and end - start < _FILES_AT_ONCE and rows + files[end][1] <= _ROWS_AT_ONCE:
            rows += files[end][1]
            end += 1
        yield files[start:end], files[end][2] if end < len(files) else 0
        start = end


def rows_of(state: State, data_dir: Path, event_ids: Sequence[int]) -> pa.Table:
    """Give the events that a search shows, newest first."""
    table = read_events(state, data_dir, event_ids)
    return table.sort_by([("ts", "descending"), ("event_id", "descending")]) if table.num_rows else table
