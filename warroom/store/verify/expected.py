"""What must be there, as the chains and the signed documents tell it: in a temporary database, so memory is bounded."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final, NamedTuple, Self

_TABLES: Final = """
PRAGMA journal_mode=OFF;
PRAGMA synchronous=OFF;
CREATE TABLE points (chain TEXT, seq INTEGER, hash TEXT, place TEXT, PRIMARY KEY (chain, seq, hash)) WITHOUT ROWID;
CREATE TABLE rows (name TEXT, id TEXT, hash TEXT, seq INTEGER, seen INTEGER, PRIMARY KEY (name, id)) WITHOUT ROWID;
CREATE TABLE segments (path TEXT PRIMARY KEY, sha256 TEXT, row_hash TEXT, there INTEGER, seen INTEGER) WITHOUT ROWID;
CREATE TABLE sent (kind TEXT, number INTEGER, PRIMARY KEY (kind, number)) WITHOUT ROWID;
"""


class Point(NamedTuple):
    """What a signed document says of a chain: at this number stands this hash."""

    seq: int
    hash: str
    place: str


class ExpectedRow(NamedTuple):
    """A sealed row: its hash (None: it was deleted) and the entry of the chain that says so."""

    hash: str | None
    seq: int


class ExpectedSegment(NamedTuple):
    """A segment: the hashes of its file and of its row; ``there`` is false once it was merged or deleted."""

    path: str
    sha256: str | None
    row_hash: str | None
    there: bool


class Expected:
    """Everything that must be there."""

    def __init__(self) -> None:
        self._link = sqlite3.connect("", isolation_level=None)  # a temporary file that nobody else sees
        self._link.executescript(_TABLES)
        self._link.execute("BEGIN")  # never committed: nothing of it outlives the check

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._link.close()

    # -- points of the chains ------------------------------------------------------------------------------

    def add_point(self, chain: str, point: Point) -> None:
        """A signed document says where a chain stood."""
        self._link.execute("INSERT OR IGNORE INTO points VALUES (?, ?, ?, ?)", (chain, *point))

    def points(self, chain: str) -> Iterator[Point]:
        """Give all points of a chain, by their numbers."""
        found = self._link.execute("SELECT seq, hash, place FROM points WHERE chain = ? ORDER BY seq", (chain,))
        return map(Point._make, found)

    def last_point(self, chain: str) -> Point | None:
        """Give the furthest point of a chain."""
        found = self._link.execute(
            "SELECT seq, hash, place FROM points WHERE chain = ? ORDER BY seq DESC LIMIT 1", (chain,)
        ).fetchone()
        return Point._make(found) if found else None

    # -- what was sent off the machine ---------------------------------------------------------------------

    def add_sent(self, kind: str, number: int) -> None:
        """A statement is in the file off the machine."""
        self._link.execute("INSERT OR IGNORE INTO sent VALUES (?, ?)", (kind, number))

    def was_sent(self, kind: str, number: int) -> bool:
        """Whether a statement is in the file off the machine."""
        found = self._link.execute("SELECT 1 FROM sent WHERE kind = ? AND number = ?", (kind, number))
        return found.fetchone() is not None

    # -- sealed rows ---------------------------------------------------------------------------------------

    def add_row(self, name: str, key: str, own: str | None, seq: int) -> None:
        """The chain says what a row is from here on."""
        self._link.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, 0)", (name, key, own, seq))

    def row(self, name: str, key: str) -> ExpectedRow | None:
        """Give what the chain says of a row up to here."""
        found = self._link.execute("SELECT hash, seq FROM rows WHERE name = ? AND id = ?", (name, key)).fetchone()
        return ExpectedRow._make(found) if found else None

    def see_row(self, name: str, key: str) -> ExpectedRow | None:
        """Give what a row that is there must be; it is not missing then."""
        found = self._link.execute(
            "UPDATE rows SET seen = 1 WHERE name = ? AND id = ? RETURNING hash, seq", (name, key)
        ).fetchone()
        return ExpectedRow._make(found) if found else None

    def missing_rows(self) -> Iterator[tuple[str, str, int]]:
        """Give table, key and entry of every row that is not there."""
        return iter(
            self._link.execute("SELECT name, id, seq FROM rows WHERE NOT seen AND hash IS NOT NULL ORDER BY name, seq")
        )

    # -- segments ------------------------------------------------------------------------------------------

    def add_segment(self, path: str, sha256: str, row_hash: str) -> None:
        """A segment came."""
        self._link.execute("INSERT OR REPLACE INTO segments VALUES (?, ?, ?, 1, 0)", (path, sha256, row_hash))

    def drop_segment(self, path: str) -> None:
        """A segment went, as it had to."""
        self._link.execute("INSERT OR REPLACE INTO segments VALUES (?, NULL, NULL, 0, 0)", (path,))

    def see_segment(self, path: str) -> ExpectedSegment | None:
        """Give what a segment that the manifest names must be."""
        found = self._link.execute(
            "UPDATE segments SET seen = 1 WHERE path = ? RETURNING path, sha256, row_hash, there", (path,)
        ).fetchone()
        return ExpectedSegment._make(found) if found else None

    def segment(self, path: str) -> ExpectedSegment | None:
        """Give what is known of a path."""
        found = self._link.execute(
            "SELECT path, sha256, row_hash, there FROM segments WHERE path = ?", (path,)
        ).fetchone()
        return ExpectedSegment._make(found) if found else None

    def segments(self, *, unseen: bool = False) -> Iterator[ExpectedSegment]:
        """Give the segments that must be there; ``unseen``: only those that the manifest does not name."""
        which = "AND NOT seen" if unseen else ""
        return map(
            ExpectedSegment._make,
            self._link.execute(
                f"SELECT path, sha256, row_hash, there FROM segments WHERE there {which} ORDER BY path"  # noqa: S608 - ours
            ),
        )
