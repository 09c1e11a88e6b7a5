"""Compaction: many small segments become one, in one transaction.

Readers that took their list of files before keep reading the old ones: these are unlinked after a grace period, or,
if the worker ends before, by the sweep at its next start.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select

from warroom.errors import StoreError
from warroom.model import UTC_MICROSECONDS
from warroom.store import manifest
from warroom.store.database import State
from warroom.store.lease import Lease
from warroom.store.retired import Retired
from warroom.store.segments import unlink, write_segment
from warroom.store.tables import segments

#: Segments of at least this many bytes stay as they are.
SMALL_BYTES: Final = 8 << 20
#: Rows of at most so many bytes, as they are in memory, are merged at a time: hostile lines compress a hundredfold.
_MOST_BYTES: Final = 256 << 20
#: So many small ones of a feed and day are merged.
ENOUGH: Final = 32


class Compactor:
    """Merges the small segments of one data folder; only the holder of the lease may."""

    def __init__(self, state: State, data_dir: Path, lease: Lease) -> None:
        self._state, self._data_dir, self._lease = state, data_dir, lease
        self._retired = Retired(data_dir)

    def run(self) -> int:
        """Merge what is due and unlink what was merged a while ago; how many segments were merged."""
        self._retired.unlink()
        merged = 0
        for paths in self._due():
            merged += self._merge(paths)
        return merged

    def _due(self) -> list[list[str]]:
        groups: dict[tuple[str, str, str], list[str]] = defaultdict(list)
        with self._state.read() as connection:
            small = connection.execute(
                select(segments.c.feed_id, segments.c.kind, segments.c.day, segments.c.path)
                .where(segments.c.bytes < SMALL_BYTES)
                .order_by(segments.c.min_id)
            )
            for feed_id, kind, day, path in small:
                groups[feed_id, kind, day].append(path)
        return [part for paths in groups.values() if len(paths) >= ENOUGH for part in self._parts(paths)]

    def _parts(self, paths: list[str]) -> list[list[str]]:
        """Cut a list of files into runs that fit into memory together; what does not is left as it is."""
        parts: list[list[str]] = [[]]
        size = 0
        for path in paths:
            told = pq.read_metadata(self._data_dir / path)
            own = sum(told.row_group(number).total_byte_size for number in range(told.num_row_groups))
            if size + own > _MOST_BYTES and parts[-1]:
                parts.append([])
                size = 0
            parts[-1].append(path)
            size += own
        return [part for part in parts if len(part) >= ENOUGH]

    def _merge(self, paths: list[str]) -> int:
        whole = pa.concat_tables([pq.read_table(self._data_dir / path, partitioning=None) for path in paths])
        with self._state.read() as connection:
            old = connection.execute(select(segments).where(segments.c.path.in_(paths))).all()
        written = write_segment(
            self._data_dir,
            old[0].kind,
            old[0].feed_id,
            whole,
            times=pa.array([limit for one in old for limit in (one.min_ts, one.max_ts)], UTC_MICROSECONDS),
            ids=pa.array([limit for one in old for limit in (one.min_id, one.max_id)]),
            day=old[0].day,
        )
        if written.rows != sum(one.rows for one in old):
            unlink(self._data_dir, [written])
            raise StoreError(
                f"merging {len(paths)} segments of {old[0].feed_id} would lose rows: they stay as they are"
            )
        try:
            with self._state.write() as connection:
                self._lease.hold(connection)
                manifest.replace(connection, paths, written)
        except StoreError:
            unlink(self._data_dir, [written])
            raise
        self._retired.add(paths)
        return len(paths)
