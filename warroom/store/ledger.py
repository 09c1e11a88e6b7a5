"""The ledger: received = stored + rejected, stored = evaluated; by counters, and recounted from the files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
from sqlalchemy import func, select

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
    found_lines: int | None = None  # lines in the sources up to the committed positions
    doubled: int | None = None  # rows whose (path, offset, source) is in the store more than once
    gone_sources: tuple[str, ...] = ()  # sources that cannot be read again

    @property
    def faults(self) -> tuple[str, ...]:
        """What does not balance, in words; empty where all does."""
        checks = [
            (self.received == self.stored + self.rejected, "received is not stored + rejected"),
            (self.stored == self.evaluated, "stored is not evaluated"),
            (self.found_events in {None, self.stored}, f"{self.found_events} event rows found"),
            (self.found_rejects in {None, self.rejected}, f"{self.found_rejects} reject rows found"),
            (not self.doubled, f"{self.doubled} lines stored more than once"),
            (
                self.found_lines is None or bool(self.gone_sources) or self.found_lines == self.received,
                f"{self.found_lines} lines found in the sources",
            ),
        ]
        return tuple(fault for right, fault in checks if not right)


def accounts(state: State) -> list[Line]:
    """Every feed's account by the counters."""
    totals = select(
        ledger.c.feed_id,
        func.sum(ledger.c.received).label("received"),
        func.sum(ledger.c.stored).label("stored"),
        func.sum(ledger.c.rejected).label("rejected"),
        func.sum(ledger.c.evaluated).label("evaluated"),
    ).group_by(ledger.c.feed_id)
    with state.read() as connection:
        told = {
            row.feed_id: Line(row.feed_id, int(row.received), int(row.stored), int(row.rejected), int(row.evaluated))
            for row in connection.execute(totals)
        }
        known = connection.scalars(select(feed_states.c.feed_id)).all()
    return [told.get(feed_id) or Line(feed_id, 0, 0, 0, 0) for feed_id in sorted({*told, *known})]


def recounted(state: State, data_dir: Path, feed_id: str) -> tuple[int, int, int]:
    """Rows of a feed in the files themselves: (events, rejects, rows stored more than once)."""
    with state.read() as connection:
        found = connection.execute(
            select(segments.c.kind, segments.c.path).where(
                segments.c.feed_id == feed_id, segments.c.kind.in_(["events", "rejects"])
            )
        ).all()
    events = [row.path for row in found if row.kind == "events"]
    rejects = [row.path for row in found if row.kind == "rejects"]
    return (
        count_rows(data_dir, events),
        count_rows(data_dir, rejects),
        _doubled([str(data_dir / path) for path in events + rejects]),
    )


def source_positions(state: State, feed_id: str) -> dict[str, str]:
    """The committed positions of a feed's sources, as its transport wrote them."""
    with state.read() as connection:
        found = connection.execute(
            select(positions.c.source, positions.c.position).where(positions.c.feed_id == feed_id)
        )
        return {row.source: row.position for row in found}


def _doubled(files: list[str]) -> int:
    """Rows beyond the first of each line: the same place in the same source."""
    if not files:
        return 0
    with duckdb.connect() as link:
        found = link.execute(
            "SELECT count(*) - count(DISTINCT (log_source, log_offset)) FROM read_parquet(?, union_by_name=true)",
            [files],
        ).fetchone()
    return int(found[0]) if found else 0
