"""Changes of the manifest, each told in the segments' log: a hash chain beside the table.

The log says what came (with its hashes) and what went; the hash of an entry covers the one before it. Replayed, it
gives the manifest as it must be. ``replayed_at`` is no part of it: it is a mark on rejects that may change.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select

from warroom.errors import StoreError
from warroom.store.audit import GENESIS
from warroom.store.audit_tables import segment_log
from warroom.store.canonical import Json, canonical, digest
from warroom.store.database import now_us
from warroom.store.segments import Segment
from warroom.store.tables import segments

#: The columns of the manifest that never change, in the order in which they are hashed.
_COLUMNS: Final = (
    "path",
    "kind",
    "feed_id",
    "day",
    "rows",
    "bytes",
    "sha256",
    "min_ts",
    "max_ts",
    "min_id",
    "max_id",
    "created_at",
)
_AT_ONCE: Final = 500
# Made once: every commit runs them.
_NEWEST: Final = select(segment_log.c.seq, segment_log.c.hash).order_by(segment_log.c.seq.desc()).limit(1)
_INSERT: Final = insert(segment_log)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One change of the manifest as it stands in the segments' log."""

    seq: int
    at: int
    what: str  # added | merged | deleted
    day: str
    body: str
    prev_hash: str
    hash: str

    def own_hash(self) -> str:
        """The hash that these values have."""
        return digest("warroom segments 1", [self.prev_hash, self.at, self.what, self.day, self.body])


def row_hash(row: Row[Any] | Segment, created_at: int) -> str:
    """Give the hash of a row of the manifest."""
    told = [getattr(row, name) for name in _COLUMNS[:-1]]
    return digest("warroom segment 1", [*told, created_at])


def add(connection: Connection, written: Iterable[Segment]) -> None:
    """Name durable files in the manifest: from the end of this transaction on, readers see them."""
    at = now_us()
    for day, some in groupby(written, lambda one: one.day):
        _append(connection, "added", day, {"added": _insert(connection, list(some), at)}, at)


def replace(connection: Connection, old: Sequence[str], new: Segment) -> None:
    """Let one file take the place of those it was merged from: all of one feed, kind and day.

    Raises:
        StoreError: one of them is in the manifest no more.
    """
    at = now_us()
    removed = _remove(connection, old)
    if len(removed) != len(old):
        raise StoreError(f"{len(old) - len(removed)} of the segments for {new.path} were deleted meanwhile")
    body: dict[str, Json] = {"removed": removed, "added": _insert(connection, [new], at)}
    _append(connection, "merged", new.day, body, at)


def remove(connection: Connection, paths: Sequence[str], day: str, why: Json) -> list[list[str]]:
    """Take files of a day out of the manifest; what they were, as [path, sha256]."""
    removed = _remove(connection, paths)
    _append(connection, "deleted", day, {"removed": removed, "why": why}, now_us())
    return removed


def adopt(connection: Connection) -> int:
    """Enter every row that is there: where the log begins after the manifest. How many."""
    rows = connection.execute(select(segments).order_by(segments.c.day, segments.c.id)).all()
    at = now_us()
    for day, some in groupby(rows, lambda row: row.day):
        listed = [[row.path, row.sha256, row.rows, row_hash(row, row.created_at)] for row in some]
        for start in range(0, len(listed), _AT_ONCE):
            _append(connection, "added", day, {"added": listed[start : start + _AT_ONCE]}, at)
    return len(rows)


def last(connection: Connection) -> tuple[int, str]:
    """Give the number and the hash of the log's newest entry."""
    found = connection.execute(_NEWEST).one_or_none()
    return (found.seq, found.hash) if found else (0, GENESIS)


def _insert(connection: Connection, written: Sequence[Segment], at: int) -> list[Json]:
    rows = [{name: getattr(one, name) for name in Segment.__slots__} | {"created_at": at} for one in written]
    connection.execute(insert(segments), rows)
    return [[one.path, one.sha256, one.rows, row_hash(one, at)] for one in written]


def _remove(connection: Connection, paths: Sequence[str]) -> list[list[str]]:
    removed: list[list[str]] = []
    for start in range(0, len(paths), _AT_ONCE):
        these = segments.c.path.in_(paths[start : start + _AT_ONCE])
        found = connection.execute(select(segments.c.path, segments.c.sha256).where(these).order_by(segments.c.id))
        removed += [list(row) for row in found]
        connection.execute(delete(segments).where(these))
    return removed


def _append(connection: Connection, what: str, day: str, body: Json, at: int) -> None:
    seq, before = last(connection)
    entry = LogEntry(seq + 1, at, what, day, canonical(body), before, "")
    values = {name: getattr(entry, name) for name in LogEntry.__slots__} | {"hash": entry.own_hash()}
    connection.execute(_INSERT, values)
