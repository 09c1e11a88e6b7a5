"""Stored events as a look back reads them: by file, only some columns, each distinct value once.

Strings come as dictionaries, as Parquet has them: who compares the dictionary has compared all rows. Files may be
merged meanwhile, so a file is known by the ids that its name tells, and its events are looked for where they are now.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, select

from warroom.errors import StoreError
from warroom.model import CORE, ENVELOPE, FIELDS, RAW, UTC_MICROSECONDS
from warroom.store import fieldmap
from warroom.store.database import State, upsert
from warroom.store.tables import feed_states, meta, segments

#: How segments are named: see ``segments.write_segment``.
_NAME: Final = re.compile(r"(?P<feed>[^/]+)-(?P<low>[0-9a-f]{16})-(?P<high>[0-9a-f]{16})\.parquet")
_FIELD_KEY: Final = f"{FIELDS}.key_value.key"
_FIELD_VALUE: Final = f"{FIELDS}.key_value.value.list.element"
_LOOKED_UP: Final = 500  # files asked for by one statement
#: A file that is merged while it is looked for is looked for again.
_TRIES: Final = 5
_DRILLS: Final = "drill_feeds"

File = TypeVar("File")


@dataclass(frozen=True, slots=True)
class Piece:
    """Events of one file as it is now; ``ids`` are the ranges, both ends included, that are wanted of it."""

    path: str
    feed_id: str
    ids: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which events are wanted: of these times and later, microseconds since 1970, with ids up to this one."""

    since: int
    before_id: int


class PastFile:
    """One file of events, open; everything is read on the caller's thread.

    Raises FileNotFoundError where it is gone, StoreError from every method where it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        names = [name for name, kind in (ENVELOPE | CORE).items() if kind == pa.string()]
        try:
            self._file = pq.ParquetFile(path, read_dictionary=[*names, _FIELD_KEY, _FIELD_VALUE])
        except (pa.ArrowException, OSError) as problem:
            if isinstance(problem, FileNotFoundError):
                raise
            raise StoreError(f"{path.name} cannot be read: {type(problem).__name__}") from problem
        self._name = path.name
        self._read: dict[str, pa.ChunkedArray] = {}
        self._empty = _without_values(self._file.metadata)

    @property
    def rows(self) -> int:
        """Events in the file."""
        return int(self._file.metadata.num_rows)

    def batches(self, names: Iterable[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Give some columns in batches, each with the number of its first row.

        Columns without any value, or that the file does not have, are left out. Strings are dictionaries; ``fields``
        is a map of them.
        """
        read = self._columns(names)
        first = 0
        for batch in pa.table(read).to_batches() if read else ():
            yield first, batch
            first += batch.num_rows

    def _columns(self, names: Iterable[str]) -> dict[str, pa.ChunkedArray]:
        """Read columns that have values; each is read once."""
        told = set(self._file.schema_arrow.names)
        wanted = [name for name in names if name in told and name not in self._empty]
        if missing := [name for name in wanted if name not in self._read]:
            try:
                table = self._file.read(columns=missing, use_threads=False)
            except (pa.ArrowException, OSError) as problem:
                raise StoreError(f"{self._name} cannot be read: {type(problem).__name__}") from problem
            self._read |= {name: table.column(name) for name in missing}
        return {name: self._read[name] for name in wanted}

    def events(self, rows: npt.NDArray[np.int64]) -> pa.RecordBatch:
        """Give whole events but for their lines (``raw`` is empty), as they were when they were stored."""
        names = [*ENVELOPE, *CORE, FIELDS]
        read, places = self._columns(names), pa.array(rows)
        columns: list[pa.Array] = []
        for name, kind in (ENVELOPE | CORE | {FIELDS: fieldmap.ON_DISK}).items():
            found = read.get(name)
            columns.append(pa.nulls(len(rows), kind) if found is None else _plain(found.take(places), kind))
        columns[-1] = columns[-1] if FIELDS in read else _no_fields(len(rows))
        columns.append(pa.array([b""] * len(rows), pa.binary()))
        return fieldmap.to_memory(pa.RecordBatch.from_arrays(columns, names=[*names, RAW]))

    def wanted(self, bounds: Bounds, ids: Sequence[tuple[int, int]]) -> npt.NDArray[np.bool_]:
        """Tell of each row whether it is within the bounds, and within one of the ranges."""
        read = self._columns(("event_id", "ts"))
        numbers = read["event_id"].to_numpy()
        inside: npt.NDArray[np.bool_] = numbers <= bounds.before_id
        inside &= read["ts"].cast(pa.int64()).to_numpy() >= bounds.since
        some = np.zeros(len(numbers), np.bool_)
        for low, high in ids:
            some |= (numbers >= low) & (numbers <= high)
        return inside & some


def resolve(state: State, paths: Sequence[str]) -> list[Piece]:
    """Tell where the events of some files are now; those of deleted files are nowhere."""
    pieces: list[Piece] = []
    with state.read() as connection:
        here = _present(connection, paths)
        moved: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for path in paths:
            feed, low, high = _named(path)
            if path in here:
                pieces.append(Piece(path, feed, ((low, high),)))
                continue
            for container in _containers(connection, feed, low, high):
                moved.setdefault((container, feed), []).append((low, high))
    return [*pieces, *(Piece(path, feed, tuple(ids)) for (path, feed), ids in moved.items())]


def open_piece(state: State, data_dir: Path, piece: Piece) -> Iterator[tuple[PastFile, Piece]]:
    """Open where a piece is, or has gone since it was resolved; nothing where it was deleted."""
    return located(state, data_dir, piece, PastFile)


def located(
    state: State, data_dir: Path, piece: Piece, opening: Callable[[Path], File]
) -> Iterator[tuple[File, Piece]]:
    """Open a piece as ``open_piece`` does, as whatever ``opening`` makes of a path."""
    waiting = [piece]
    for _ in range(_TRIES):
        if not waiting:
            return
        again: list[Piece] = []
        for one in waiting:
            try:
                file = opening(data_dir / one.path)
            except FileNotFoundError:
                again += _again(state, one)
                continue
            yield file, one
        waiting = again
    if waiting:
        raise StoreError(f"{waiting[0].path} is in the manifest but not there: see `./run verify`")


def drills(state: State) -> frozenset[str]:
    """Name the feeds of logs that are marked as drills, or were when they were last switched on."""
    with state.read() as connection:
        return frozenset(_drills(connection))


def remember_drills(connection: Connection) -> None:
    """Keep in mind which feeds are drills: of one that is switched off nothing else says so, its events stay."""
    before, now = _remembered(connection), _drills(connection)
    if now != before:
        row = upsert(meta).values(key=_DRILLS, value=json.dumps(sorted(now)))
        connection.execute(row.on_conflict_do_update(index_elements=["key"], set_={"value": row.excluded.value}))


def _drills(connection: Connection) -> set[str]:
    rows = connection.execute(select(feed_states.c.feed_id, feed_states.c.drill)).all()
    gone = _remembered(connection) - {row.feed_id for row in rows}
    return gone | {row.feed_id for row in rows if row.drill}


def _remembered(connection: Connection) -> set[str]:
    text = connection.scalar(select(meta.c.value).where(meta.c.key == _DRILLS))
    return set(json.loads(text)) if text else set()


def _again(state: State, piece: Piece) -> list[Piece]:
    """Resolve a piece that is not there any more by the ids that are wanted of it."""
    found: dict[str, list[tuple[int, int]]] = {}
    with state.read() as connection:
        for low, high in piece.ids:
            for container in _containers(connection, piece.feed_id, low, high):
                found.setdefault(container, []).append((low, high))
    return [Piece(path, piece.feed_id, tuple(ids)) for path, ids in found.items()]


def _present(connection: Connection, paths: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(paths), _LOOKED_UP):
        own = segments.c.path.in_(paths[start : start + _LOOKED_UP])
        found |= set(connection.scalars(select(segments.c.path).where(own)))
    return found


def _containers(connection: Connection, feed: str, low: int, high: int) -> list[str]:
    """Give the files that the events with these ids may have been merged into; ids are given once."""
    table = segments.c
    wanted = (table.kind == "events") & (table.feed_id == feed) & (table.min_id <= low) & (table.max_id >= high)
    return list(connection.scalars(select(table.path).where(wanted)))


def _named(path: str) -> tuple[str, int, int]:
    """Read feed and ids out of a file's name."""
    found = _NAME.fullmatch(Path(path).name)
    if found is None:
        raise StoreError(f"{path} is no segment's name")
    return found["feed"], int(found["low"], 16), int(found["high"], 16)


def _without_values(told: pq.FileMetaData) -> set[str]:
    """Name the columns in which every value is null, by the file's statistics."""
    filled: set[str] = set()
    names: set[str] = set()
    for group in range(told.num_row_groups):
        chunks = told.row_group(group)
        for number in range(chunks.num_columns):
            chunk = chunks.column(number)
            name = chunk.path_in_schema.partition(".")[0]
            names.add(name)
            statistics = chunk.statistics
            if statistics is None or not statistics.has_null_count or statistics.null_count < chunk.num_values:
                filled.add(name)
    return names - filled


def _plain(column: pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    """Give a column as one array of its own type."""
    if pa.types.is_timestamp(kind):
        return column.cast(UTC_MICROSECONDS).combine_chunks()
    return column.cast(kind).combine_chunks()


def _no_fields(count: int) -> pa.Array:
    return pa.array([[]] * count, fieldmap.ON_DISK)
