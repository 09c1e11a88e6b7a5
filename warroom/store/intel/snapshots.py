"""Which files hold what feeds of intelligence brought: immutable zstd Parquet files, one a feed and kind of table.

A file is written whole, synced, renamed and its folder synced; only then may a row of ``intel_files`` name it, in the
transaction that lets go of the one it replaces and that changes the feed's own row. Readers take the list of files
from the database and never look into the folder. A file that is let go stays for a grace period, for a reader may be
at it.

Commands and the worker write at the same time. Whoever makes a new file from an old one names the old one when it
puts the new one in place, and is refused where another was faster.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final, Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection, delete, insert, select

from warroom.errors import ConflictError
from warroom.indicators import INDICATORS, TABLES
from warroom.store.database import State, raise_counter
from warroom.store.durable import no_room, sync_folder
from warroom.store.intel.tables import intel_feeds, intel_files

#: The folder below the state folder.
FOLDER: Final = "intel"
#: The change counter that is raised with every change of a file, and of what feeds say about themselves.
TOPIC: Final = "intel"
#: What came and went: the one kind of table that a feed has many files of.
CHANGES: Final = "changes"
#: No reader takes longer from its list of files to the last of them.
GRACE_SECONDS: Final = 600.0
_WORK: Final = ".work-"
_ROWS_A_GROUP: Final = 1 << 17
_ADVICE: Final = "free space; what was known before stays, and the next poll tries again"


@dataclass(frozen=True, slots=True)
class File:
    """A durable file; ``at`` is when it was made, in microseconds since 1970."""

    path: str  # relative to the state folder
    feed_id: str
    holds: str  # a name of indicators.TABLES, or CHANGES
    rows: int
    bytes: int
    sha256: str
    at: int


class Draft:
    """A Parquet file that is being written, in a folder of ``workplace``; its rows come in any number of tables."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self.path, self.schema, self.rows = path, schema, 0
        coded = [one.name for one in schema if pa.types.is_dictionary(one.type)]
        with no_room(path, _ADVICE):
            self._writer = pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=coded)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def add(self, rows: pa.Table | pa.RecordBatch) -> None:
        """Write rows behind those that are there. Raises DiskFullError."""
        if not rows.num_rows:
            return
        table = pa.Table.from_batches([rows]) if isinstance(rows, pa.RecordBatch) else rows
        with no_room(self.path, _ADVICE):
            self._writer.write_table(table.select(self.schema.names).cast(self.schema), row_group_size=_ROWS_A_GROUP)
        self.rows += table.num_rows

    def close(self) -> None:
        """End the file; a second time does nothing. Raises DiskFullError."""
        with no_room(self.path, _ADVICE):
            self._writer.close()


@contextmanager
def workplace(data_dir: Path) -> Iterator[Path]:
    """Give an empty folder on the volume of the files, for what is fetched and drafted; gone at the end.

    It is locked while it is used, so that ``sweep`` can tell it from what a killed process left.
    """
    top = data_dir / FOLDER
    top.mkdir(mode=0o700, parents=True, exist_ok=True)
    with no_room(top / _WORK, _ADVICE):
        work = Path(tempfile.mkdtemp(prefix=_WORK, dir=top))
    handle = os.open(work, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
        os.close(handle)


def keep(data_dir: Path, draft: Draft, feed_id: str, holds: str, at: int) -> File:
    """Make a draft durable under a name of its own, which no row names yet; its ``path`` is there then.

    Raises:
        DiskFullError: there was no room; the draft is gone.
    """
    draft.close()
    name = f"{FOLDER}/{feed_id}/{holds}-{at}-{secrets.token_hex(4)}.parquet"
    final = data_dir / name
    final.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with no_room(draft.path, _ADVICE):
        draft.path.chmod(0o600)
        with draft.path.open("rb") as file:
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
        os.utime(draft.path)  # from here on it has the grace period to be named
        draft.path = draft.path.rename(final)
        sync_folder(final.parent)
        sync_folder(final.parent.parent)
    return File(name, feed_id, holds, draft.rows, size, digest, at)


def files(connection: Connection, feed_id: str = "", holds: str = "") -> list[File]:
    """Give the files that count, of one feed or kind or of all, the oldest of a feed's first."""
    table = intel_files.c
    wanted = select(table.path, table.feed_id, table.holds, table.rows, table.bytes, table.sha256, table.at)
    if feed_id:
        wanted = wanted.where(table.feed_id == feed_id)
    if holds:
        wanted = wanted.where(table.holds == holds)
    found = connection.execute(wanted.order_by(table.feed_id, table.holds, table.at, table.path))
    return [File(*row) for row in found]


def swap(connection: Connection, feed_id: str, old: Sequence[File], gone: Iterable[File], new: Iterable[File]) -> None:
    """Let new files count in place of old ones; part of the transaction that changes the feed's row.

    Args:
        connection: of a write transaction.
        feed_id: whose files they are.
        old: all files of the feed, as they were when the new ones were begun.
        gone: those of them that count no more.
        new: durable files.

    Raises:
        ConflictError: others changed the feed's files meanwhile: begin again with those.
    """
    gone, new = list(gone), list(new)
    if {one.path for one in files(connection, feed_id)} != {one.path for one in old}:
        raise ConflictError(f"another poll changed what {feed_id} brought meanwhile: try again")
    if gone:
        connection.execute(delete(intel_files).where(intel_files.c.path.in_([one.path for one in gone])))
    if new:
        names = File.__slots__
        connection.execute(insert(intel_files), [dict(zip(names, astuple(one), strict=True)) for one in new])
    if gone or new:
        raise_counter(connection, TOPIC)


def let_go(data_dir: Path, gone: Iterable[File]) -> None:
    """Begin the grace period of files that a transaction replaced."""
    for one in gone:
        with suppress(FileNotFoundError):
            os.utime(data_dir / one.path)


def unlink(data_dir: Path, new: Iterable[File]) -> None:
    """Remove files that no transaction has named."""
    for one in new:
        (data_dir / one.path).unlink(missing_ok=True)


def tables(state: State, data_dir: Path, holds: str) -> Iterator[tuple[str, pa.Table]]:
    """Give what each feed that is switched on has of one of ``indicators.TABLES``, one after the other by feed's id.

    The columns are those of TABLES, in their order; a feed without any is left out. A feed whose file is replaced
    meanwhile, and the grace period is over, is left out, too: ``version`` has changed then.
    """
    with state.read() as connection:
        on = set(connection.scalars(select(intel_feeds.c.feed_id).where(intel_feeds.c.enabled)))
        found = [one for one in files(connection, holds=holds) if one.feed_id in on]
    for one in found:
        if (data_dir / one.path).exists():
            yield one.feed_id, read(data_dir / one.path, TABLES[holds])


def indicators(state: State, data_dir: Path, feed_id: str = "", kind: str = "") -> Iterator[tuple[str, pa.RecordBatch]]:
    """Give the indicators that feeds have, also those that are switched off, by feed's id and some at a time.

    Those that went and only count for a while are among them; their ``valid_until`` says until when.
    """
    wanted = pc.field("kind") == kind if kind else None
    with state.read() as connection:
        found = files(connection, feed_id, "indicators")
    for one in found:
        if (data_dir / one.path).exists():
            for batch in pq.ParquetFile(data_dir / one.path).iter_batches(columns=INDICATORS.names):
                yield one.feed_id, batch if wanted is None else batch.filter(wanted)


def pieces(path: Path, schema: pa.Schema) -> Iterator[pa.Table]:
    """Read the columns of a schema from a file, some rows at a time: a million at once takes 200 MB."""
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_ROWS_A_GROUP, columns=schema.names):
            yield pa.Table.from_batches([batch]).cast(schema)


def read(path: Path, schema: pa.Schema) -> pa.Table:
    """Read the columns of a schema from a file."""
    return pq.read_table(path, columns=schema.names, partitioning=None).cast(schema)


def version(state: State) -> int:
    """Give a number that grows with every change of what counts: of a file, or of what feeds say about themselves."""
    return state.versions().get(TOPIC, 0)


def sweep(state: State, data_dir: Path, grace_seconds: float = GRACE_SECONDS) -> int:
    """Remove what counts no more, or never did because its process was killed; how many files and folders.

    Anybody may call it at any time: what others are writing is locked, what they just wrote has its grace period.
    """
    top = data_dir / FOLDER
    if not top.is_dir():
        return 0
    late = time.time() - grace_seconds
    # one that was only just made may not be locked yet
    swept = sum(_sweep_work(work) for work in top.glob(f"{_WORK}*") if _is_old(work, late))
    old = [path for path in top.glob("*/*") if not path.parent.name.startswith(_WORK) and _is_old(path, late)]
    # the database is asked after the look at the folder: what is named by then stays
    with state.read() as connection:
        named = set(connection.scalars(select(intel_files.c.path)))
    for path in old:
        if path.is_file() and path.relative_to(data_dir).as_posix() not in named:
            path.unlink(missing_ok=True)
            swept += 1
    return swept


def _is_old(path: Path, late: float) -> bool:
    try:
        return path.stat().st_mtime <= late
    except FileNotFoundError:
        return False


def _sweep_work(work: Path) -> int:
    """Remove a workplace that nobody is at."""
    try:
        handle = os.open(work, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return 0
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0
    else:
        shutil.rmtree(work, ignore_errors=True)
        return 1
    finally:
        os.close(handle)
