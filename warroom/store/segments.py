"""Segments: immutable zstd Parquet files of events, rejects and correlation matches.

A segment is written whole to a temporary file, synced, renamed and its folder synced; only then may a row of the
manifest name it. Readers take the list of files from the manifest and never look into the folder.
"""

from __future__ import annotations

import functools
import hashlib
import operator
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import func, select

from warroom.model import UTC_MICROSECONDS
from warroom.store import fieldmap
from warroom.store.database import State
from warroom.store.durable import no_room, sync_folder
from warroom.store.tables import segments

#: Files that are written side by side.
_WRITTEN_AT_ONCE: Final = 8
#: What segments hold; each kind has a folder of its own in the state folder, and in it one a day.
KINDS: Final = ("events", "rejects", "matches")
#: Columns of which hardly two values are alike, and how they are written: growing numbers by what they grow.
_EVER_NEW: Final = {
    "event_id": "DELTA_BINARY_PACKED",
    "reject_id": "DELTA_BINARY_PACKED",
    "log_offset": "DELTA_BINARY_PACKED",
    "raw": "PLAIN",
}

#: Rejected lines: where they came from, why, and the bytes.
REJECTS: Final = pa.schema(
    [
        ("reject_id", pa.int64()),
        ("rejected_at", pa.timestamp("us", tz="UTC")),
        ("feed_id", pa.string()),
        ("log_source", pa.string()),
        ("log_file_path", pa.string()),
        ("log_offset", pa.int64()),
        ("reason", pa.string()),
        ("raw", pa.binary()),
    ]
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A durable file that no row of the manifest names yet."""

    path: str  # relative to the state folder
    kind: str
    feed_id: str
    day: str
    rows: int
    bytes: int
    sha256: str
    min_ts: int
    max_ts: int
    min_id: int
    max_id: int


@dataclass(frozen=True, slots=True)
class Unwritten:
    """Rows that are to be a segment: see ``write_segment``."""

    kind: str
    feed_id: str
    rows: pa.RecordBatch | pa.Table
    times: pa.Array
    ids: pa.Array


def write_segments(data_dir: Path, unwritten: Sequence[Unwritten]) -> list[Segment]:
    """Make rows durable as ``write_segment`` does, several at once: most of the time is waiting for the disk.

    Raises:
        DiskFullError: there was no room; nothing is left behind.
    """
    if len(unwritten) == 1:
        written = [_write(data_dir, unwritten[0], None)]
    else:
        with ThreadPoolExecutor(_WRITTEN_AT_ONCE) as threads:
            jobs = [threads.submit(_write, data_dir, one, None) for one in unwritten]
        if failed := next((problem for job in jobs if (problem := job.exception()) is not None), None):
            unlink(data_dir, [job.result() for job in jobs if job.exception() is None])
            raise failed
        written = [job.result() for job in jobs]
    for folder in {(data_dir / one.path).parent for one in written}:
        sync_folder(folder)
    return written


def write_segment(
    data_dir: Path,
    kind: str,
    feed_id: str,
    rows: pa.RecordBatch | pa.Table,
    *,
    times: pa.Array,
    ids: pa.Array,
    day: str | None = None,
) -> Segment:
    """Make rows durable.

    Args:
        data_dir: the state folder.
        kind: ``events``, ``rejects`` or ``matches``.
        feed_id: whose lines these are.
        rows: at least one; a ``fields`` struct is stored as a map.
        times: timestamps by which readers prune; the least and the greatest count.
        ids: 64-bit ids, likewise.
        day: of ingestion, YYYY-MM-DD; default: today, UTC.

    Raises:
        DiskFullError: there was no room; nothing is left behind.
    """
    written = _write(data_dir, Unwritten(kind, feed_id, rows, times, ids), day)
    sync_folder((data_dir / written.path).parent)
    return written


def _write(data_dir: Path, unwritten: Unwritten, day: str | None) -> Segment:
    """Write and sync a file; its name is not durable yet."""
    kind, feed_id, rows = unwritten.kind, unwritten.feed_id, unwritten.rows
    day = day or datetime.now(UTC).strftime("%Y-%m-%d")
    ids_np, times_np = unwritten.ids.to_numpy(), unwritten.times.cast(pa.int64()).to_numpy()
    # ids are never given twice, so neither is a name: a merged segment spans more than any of its parts
    name = f"{kind}/{day}/{feed_id}-{ids_np.min():016x}-{ids_np.max():016x}.parquet"
    final = data_dir / name
    table = pa.Table.from_batches([fieldmap.to_disk(rows)]) if isinstance(rows, pa.RecordBatch) else rows
    _private_folders(data_dir, final.parent)
    draft = final.with_suffix(".tmp")
    with no_room(draft, "free space; the worker retries by itself"):
        _write_table(table, draft)
        draft.chmod(0o600)
        digest, size = _sync(draft)
        draft.rename(final)
    return Segment(
        path=name,
        kind=kind,
        feed_id=feed_id,
        day=day,
        rows=table.num_rows,
        bytes=size,
        sha256=digest,
        min_ts=int(times_np.min()),
        max_ts=int(times_np.max()),
        min_id=int(ids_np.min()),
        max_id=int(ids_np.max()),
    )


def read_events(state: State, data_dir: Path, event_ids: Sequence[int]) -> pa.Table:
    """The events with these ids, oldest first; ids that are not stored (any more) are left out."""
    if not event_ids:
        return pa.table({})
    wanted = sorted(set(event_ids))
    with state.read() as connection:
        paths = [
            path
            for path, low, high in connection.execute(
                select(segments.c.path, segments.c.min_id, segments.c.max_id).where(
                    segments.c.kind == "events", segments.c.max_id >= wanted[0], segments.c.min_id <= wanted[-1]
                )
            )
            if any(low <= one <= high for one in wanted)
        ]
    files = [str(data_dir / path) for path in paths if (data_dir / path).exists()]
    if not files:
        return pa.table({})
    with duckdb.connect() as link:
        return link.sql(
            "SELECT * FROM read_parquet(?, union_by_name=true, hive_partitioning=false) "
            "WHERE event_id IN (SELECT unnest(?::BIGINT[])) ORDER BY event_id",
            params=[files, wanted],
        ).to_arrow_table()


def newest_events(state: State) -> dict[str, int]:
    """The newest event time of each feed with stored events, in microseconds."""
    newest = select(segments.c.feed_id, func.max(segments.c.max_ts).label("at")).where(segments.c.kind == "events")
    with state.read() as connection:
        return {row.feed_id: row.at for row in connection.execute(newest.group_by(segments.c.feed_id))}


def read_matches(
    state: State, data_dir: Path, newest: Mapping[str, int], spans_us: Mapping[str, int]
) -> Iterator[pa.RecordBatch]:
    """Stored correlation matches in the order of their arrival: of each feed those of its last event times.

    Args:
        state: the state database.
        data_dir: the state folder.
        newest: by feed, where its event time has come to.
        spans_us: by correlation id, how far back its matches are wanted; others are left out.
    """
    with state.read() as connection:
        found = connection.execute(
            select(segments.c.path, segments.c.feed_id, segments.c.max_ts)
            .where(segments.c.kind == "matches")
            .order_by(segments.c.min_id)
        ).all()
    ids: defaultdict[int, list[str]] = defaultdict(list)
    for name, span in spans_us.items():
        ids[span].append(name)
    for path, feed, last in found:
        wanted = [
            pc.field("correlation_id").isin(names)
            & (pc.field("ts") >= pa.scalar(newest[feed] - span, UTC_MICROSECONDS))
            for span, names in ids.items()
            if feed in newest and last >= newest[feed] - span
        ]
        if wanted:
            rows = functools.reduce(operator.or_, wanted)
            yield from pq.read_table(data_dir / path, partitioning=None, filters=rows).to_batches()


def count_rows(data_dir: Path, paths: Sequence[str]) -> int:
    """Rows in these files by their own footers, not by the manifest; a file that is gone has none."""
    return sum(pq.read_metadata(data_dir / path).num_rows for path in paths if (data_dir / path).exists())


def unlink(data_dir: Path, written: Iterable[Segment]) -> None:
    """Remove files that no transaction has named."""
    for one in written:
        (data_dir / one.path).unlink(missing_ok=True)


def sweep_orphans(state: State, data_dir: Path) -> int:
    """Remove files that a crash left without a row of the manifest; how many.

    Only the holder of the writer's lease may call it, before it writes: what it finds is nobody's.
    """
    with state.read() as connection:
        known = set(connection.scalars(select(segments.c.path)))
    swept = 0
    for kind in KINDS:
        for found in (data_dir / kind).rglob("*"):
            if found.is_file() and str(found.relative_to(data_dir)) not in known:
                found.unlink()
                swept += 1
    return swept


def _write_table(table: pa.Table, path: Path) -> None:
    """Write a file; what hardly ever repeats goes without a dictionary, which would be made and thrown away again."""
    pq.write_table(
        table,
        path,
        compression="zstd",
        write_page_index=True,
        use_dictionary=[
            leaf for one in table.schema if one.name not in _EVER_NEW for leaf in _leaves(one.name, one.type)
        ],
        column_encoding={name: _EVER_NEW[name] for name in table.schema.names if name in _EVER_NEW},
    )


def _leaves(name: str, kind: pa.DataType) -> list[str]:
    """Give the names of what Parquet stores of a column."""
    if pa.types.is_map(kind):
        return [*_leaves(f"{name}.key_value.key", kind.key_type), *_leaves(f"{name}.key_value.value", kind.item_type)]
    return _leaves(f"{name}.list.element", kind.value_type) if pa.types.is_list(kind) else [name]


def _private_folders(data_dir: Path, folder: Path) -> None:
    """Make a folder below the state folder, and each on the way to it, for their owner alone."""
    for one in [*reversed(folder.relative_to(data_dir).parents), folder.relative_to(data_dir)]:
        (data_dir / one).mkdir(mode=0o700, parents=True, exist_ok=True)


def _sync(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()
