"""The ledger: received = stored + rejected, stored = evaluated; by counters, and recounted from the files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
from sqlalchemy import delete, func, select

from warroom.store.database import State
from warroom.store.segments import count_rows
from warroom.store.tables import feed_states, ledger, positions, segments


@dataclass(frozen=True, slots=True)
class Line:
    """One feed's account. The ``found_…`` figures are None unless recounted."""

    feed_id: str
    received: int
    stored: int
    rejected: int
    evaluated: int
    found_events: int | None = None  # rows in the event segments
    found_rejects: int | None = None  # rows in the reject segments
    missing_segments: int = 0  # files that the manifest names and that are not there
    found_lines: int | None = None  # lines up to the committed positions, in the sources that are still there
    stored_lines: int | None = None  # rows in the files that came from those sources
    doubled: int | None = None  # rows whose source and offset are in the store more than once
    gone_sources: int = 0  # sources that cannot be read again: rotated away

    @property
    def faults(self) -> tuple[str, ...]:
        """What does not balance, in words; empty where all does."""
        checks = [
            (self.received == self.stored + self.rejected, "received is not stored + rejected"),
            (self.stored == self.evaluated, "stored is not evaluated"),
            (self.found_events in {None, self.stored}, f"{self.found_events} event rows found"),
            (self.found_rejects in {None, self.rejected}, f"{self.found_rejects} reject rows found"),
            (not self.doubled, f"{self.doubled} lines stored more than once"),
            (not self.missing_segments, f"{self.missing_segments} segments of the manifest are missing"),
            (
                self.found_lines == self.stored_lines,
                f"{self.found_lines} lines in the sources, {self.stored_lines} of them in the store",
            ),
        ]
        return tuple(fault for right, fault in checks if not right)


@dataclass(frozen=True, slots=True)
class Books:
    """Counters, manifest and positions of one moment: what ``--deep`` compares must be of the same."""

    lines: list[Line]
    paths: dict[str, dict[str, list[str]]]  # feed → kind → segment files
    positions: dict[str, dict[str, str]]  # feed → source → committed position


def books(state: State) -> Books:
    """Read every feed's account with all that a recount needs, in one snapshot."""
    totals = select(
        ledger.c.feed_id,
        func.sum(ledger.c.received).label("received"),
        func.sum(ledger.c.stored).label("stored"),
        func.sum(ledger.c.rejected).label("rejected"),
        func.sum(ledger.c.evaluated).label("evaluated"),
    ).group_by(ledger.c.feed_id)
    paths: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    read: dict[str, dict[str, str]] = defaultdict(dict)
    with state.read() as connection:
        told = {
            row.feed_id: Line(row.feed_id, int(row.received), int(row.stored), int(row.rejected), int(row.evaluated))
            for row in connection.execute(totals)
        }
        known = connection.scalars(select(feed_states.c.feed_id)).all()
        for row in connection.execute(select(segments.c.feed_id, segments.c.kind, segments.c.path)):
            paths[row.feed_id][row.kind].append(row.path)
        for row in connection.execute(select(positions)):
            read[row.feed_id][row.source] = row.position
    lines = [told.get(feed_id) or Line(feed_id, 0, 0, 0, 0) for feed_id in sorted({*told, *known})]
    return Books(lines, paths, read)


def recounted(line: Line, data_dir: Path, paths: Mapping[str, Sequence[str]]) -> Line:
    """Count a feed's rows in the files themselves."""
    events, rejects = paths.get("events", ()), paths.get("rejects", ())
    there = [path for path in (*events, *rejects) if (data_dir / path).exists()]
    return replace(
        line,
        found_events=count_rows(data_dir, events),
        found_rejects=count_rows(data_dir, rejects),
        missing_segments=len(events) + len(rejects) - len(there),
        doubled=_doubled([str(data_dir / path) for path in there]),
    )


def source_positions(state: State, feed_id: str) -> dict[str, str]:
    """The committed positions of a feed's sources, as its transport wrote them."""
    with state.read() as connection:
        found = connection.execute(
            select(positions.c.source, positions.c.position).where(positions.c.feed_id == feed_id)
        )
        return {row.source: row.position for row in found}


def forget_sources(state: State, feed_id: str, sources: Iterable[str]) -> None:
    """Drop the positions of sources that can never be read again; what was counted of them stays."""
    with state.write() as connection:
        connection.execute(
            delete(positions).where(positions.c.feed_id == feed_id, positions.c.source.in_(list(sources)))
        )


def rows_of_sources(data_dir: Path, paths: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Events and rejects in the files, by the source that their lines came from."""
    there = [
        str(data_dir / path)
        for kind in ("events", "rejects")
        for path in paths.get(kind, ())
        if (data_dir / path).exists()
    ]
    if not there:
        return {}
    with duckdb.connect() as link:
        found = link.execute(
            "SELECT log_source, count(*) FROM read_parquet(?, union_by_name=true, hive_partitioning=false) GROUP BY 1",
            [there],
        ).fetchall()
    return dict(found)


def _doubled(files: list[str]) -> int:
    """Rows beyond the first of each line: the same place in the same source."""
    if not files:
        return 0
    with duckdb.connect() as link:
        found = link.execute(
            "SELECT count(*) - count(DISTINCT (log_source, log_offset)) "
            "FROM read_parquet(?, union_by_name=true, hive_partitioning=false)",
            [files],
        ).fetchone()
    return int(found[0]) if found else 0
