"""Compaction: many small segments become one, in one transaction.

Readers that took their list of files before keep reading the old ones: these are unlinked after a grace period, or,
if the worker ends before, by the sweep at its next start.
"""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import delete, select

from warroom.model import UTC_MICROSECONDS
from warroom.store.database import State
from warroom.store.lease import Lease
from warroom.store.segments import add_to_manifest, write_segment
from warroom.store.tables import segments

#: Segments of at least this many bytes stay as they are.
SMALL_BYTES: Final = 8 << 20
#: So many small ones of a feed and day are merged.
ENOUGH: Final = 32
_GRACE_SECONDS: Final = 120.0


class Compactor:
    """Merges the small segments of one data folder; only the holder of the lease may."""

    def __init__(self, state: State, data_dir: Path, lease: Lease) -> None:
        self._state, self._data_dir, self._lease = state, data_dir, lease
        self._retired: list[tuple[float, Path]] = []

    def run(self) -> int:
        """Merge what is due and unlink what was merged a while ago; how many segments were merged."""
        self._unlink()
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
        return [
            paths[first : first + 4 * ENOUGH]
            for paths in groups.values()
            for first in range(0, len(paths), 4 * ENOUGH)
            if len(paths) - first >= ENOUGH
        ]

    def _merge(self, paths: list[str]) -> int:
        whole = pa.concat_tables([pq.read_table(self._data_dir / path) for path in paths]).combine_chunks()
        with self._state.read() as connection:
            old = connection.execute(select(segments).where(segments.c.path.in_(paths))).all()
        written = write_segment(
            self._data_dir,
            old[0].kind,
            old[0].feed_id,
            whole.to_batches()[0],
            times=pa.array([limit for one in old for limit in (one.min_ts, one.max_ts)], UTC_MICROSECONDS),
            ids=pa.array([limit for one in old for limit in (one.min_id, one.max_id)]),
            day=old[0].day,
        )
        with self._state.write() as connection:
            self._lease.check(connection)
            connection.execute(delete(segments).where(segments.c.path.in_(paths)))
            add_to_manifest(connection, [written])
        now = time.monotonic()
        self._retired += [(now, self._data_dir / path) for path in paths]
        return len(paths)

    def _unlink(self) -> None:
        now = time.monotonic()
        for at, path in self._retired:
            if now - at > _GRACE_SECONDS:
                path.unlink(missing_ok=True)
        self._retired = [(at, path) for at, path in self._retired if now - at <= _GRACE_SECONDS]
