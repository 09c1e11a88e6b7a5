"""A consistent copy of one state folder, made while worker and console go on.

First the database is copied, as it is at one moment, then the files that this copy names. A worker may merge or
delete segments meanwhile: a file that is gone is looked for in a newer copy of the database, which names what took
its place. What was copied already stays, so each pass is shorter than the one before, and a pass that is shorter than
the time for which merged files are kept (``warroom.store.retired``) misses none.

Everything is written to ``.NAME.partial`` beside the target, which gets its name once it is whole. After an
interruption the next start goes on with what is there.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from warroom.errors import ConflictError, DiskFullError, StoreError, UsageError
from warroom.store import durable
from warroom.store.backup_list import DATABASE, FOLDERS, NAME, Contents, Part, is_place
from warroom.store.days import FOLDER as PROOFS
from warroom.store.days import write
from warroom.store.draft_files import MOST_BYTES, draft_files, is_draft
from warroom.store.evidence_files import place_of

#: Told what is being done, how many bytes of it are done and how many there are.
Tell = Callable[[str, int, int], None]

_PASSES: Final = 20
_PAGES: Final = 4096
#: Room that is left on the target's volume beside what is copied.
_SPARE_BYTES: Final = 16 << 20
_COUNTED: Final = ("segments", "incidents", "alerts", "audit", "positions")


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up: the state folder, the database (which may lie elsewhere) and the version that does it."""

    data_dir: Path
    database: Path
    version: str


def back_up(source: Source, target: Path, tell: Tell) -> Contents:
    """Copy a state folder to a folder that is not there yet, or empty.

    Keys are not copied. Only one backup at a time writes a target.

    Raises:
        UsageError: the target is inside the state folder, or a mount point itself.
        ConflictError: the target is not empty, or another backup writes it.
        StoreError: there is no state database.
        DiskFullError: the target's volume has no room for it: nothing but the partial folder is left.
    """
    target = Path(os.path.abspath(target.expanduser()))  # noqa: PTH100 - `..` goes, a link at the end stays one
    _check_target(target, source.data_dir)
    if not source.database.exists():
        raise StoreError("there is no state database here yet: there is nothing to back up")
    partial = target.with_name(f".{target.name}.partial")
    with _alone(partial):
        contents = _Copying(source, partial, tell).run()
        write(partial / NAME, contents.text())
        durable.sync_folders(partial)
        if target.exists():
            target.rmdir()  # it is empty; raises where it is not any more
        partial.rename(target)
    durable.sync_folder(target.parent)
    return contents


def _check_target(target: Path, data_dir: Path) -> None:
    real = target.resolve()
    if real.is_relative_to(data_dir):
        raise UsageError(
            f"{target} is inside the state folder {data_dir}: name a folder elsewhere, best on another disk"
        )
    if real.is_mount():
        raise UsageError(f"{target} is a mount point: name a new folder in it, such as {target}/warroom-2026-11-22")
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise ConflictError(f"{target} is not a folder")
    if target.exists() and any(target.iterdir()):
        raise ConflictError(f"{target} is not empty: a backup needs a folder of its own")
    if not target.parent.is_dir():
        raise UsageError(f"{target.parent}: there is no such folder")


@contextmanager
def _alone(partial: Path) -> Iterator[None]:
    """Make the partial folder, or take up the one that an interrupted backup left; nobody else writes it."""
    partial.mkdir(mode=0o700, exist_ok=True)
    told = partial.lstat()
    if not stat.S_ISDIR(told.st_mode) or told.st_uid != os.geteuid():
        raise ConflictError(f"{partial} is not a folder of ours: remove it")
    partial.chmod(0o700)
    handle = os.open(partial, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise ConflictError(f"another backup writes {partial}: wait until it is done") from problem
        yield
    finally:
        os.close(handle)


@dataclass(slots=True)
class _Copying:
    """One run: what was copied and is as it must be, and what cannot be had."""

    source: Source
    partial: Path
    tell: Tell
    done: dict[str, Part] = field(default_factory=dict)
    lacking: dict[str, str] = field(default_factory=dict)
    read: int = 0
    total: int = 0

    def run(self) -> Contents:
        gone: set[str] = set()
        for _ in range(_PASSES):
            made_at = datetime.now(UTC)
            self._copy_database()
            named = _named(self.partial / DATABASE)
            self._forget(named)
            # Named again by a copy that was made after it was gone: nothing took its place, it is lost.
            self.lacking |= {part.path: "gone" for part in named if part.path in gone and not self._there(part)}
            gone = self._copy_files(named)
            if not gone:
                return self._contents(made_at, named)
        raise StoreError(f"segments are merged faster than they can be copied, after {_PASSES} tries: try again later")

    def _there(self, part: Part) -> bool:
        return part.path in self.done or (self.source.data_dir / part.path).exists()

    def _forget(self, named: Sequence[Part]) -> None:
        """Remove copies of what is named no more, and leftovers of an interrupted run."""
        wanted = {part.path for part in named}
        for folder in FOLDERS:
            for path in (self.partial / folder).rglob("*"):
                if not path.is_dir() and path.relative_to(self.partial).as_posix() not in wanted:
                    path.unlink()
        for known in (self.done, self.lacking):
            for name in known.keys() - wanted:
                del known[name]

    def _copy_database(self) -> None:
        copy = self.partial / DATABASE
        for old in self.partial.glob(f"{DATABASE}*"):
            old.unlink()
        size = self.source.database.stat().st_size
        _check_room(self.partial, size)
        os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))

        def told(_status: int, left: int, pages: int) -> None:
            self.tell("state database", size * (pages - left) // max(pages, 1), size)

        address = f"{self.source.database.absolute().as_uri()}?mode=ro"
        with (
            closing(sqlite3.connect(address, uri=True, isolation_level=None)) as live,
            closing(sqlite3.connect(copy, isolation_level=None)) as own,
        ):
            live.execute("PRAGMA busy_timeout=30000")
            # From here on this connection sees one moment, however long the copy takes and whoever writes.
            live.execute("BEGIN")
            live.execute("SELECT count(*) FROM sqlite_master").fetchone()
            try:
                live.backup(own, pages=_PAGES, progress=told)
            except sqlite3.OperationalError as problem:
                if "full" in str(problem):
                    raise DiskFullError(f"no room on the volume of {self.partial.parent}") from problem
                raise StoreError(f"the state database cannot be copied: {problem}") from problem
            own.execute("PRAGMA journal_mode=DELETE")  # one file, readable from a disk that is mounted read-only

    def _copy_files(self, named: Sequence[Part]) -> set[str]:
        """Copy what is not copied yet; the paths that were gone."""
        wanted = [part for part in named if part.path not in self.done and part.path not in self.lacking]
        self.read, self.total = 0, sum(part.bytes for part in wanted)
        _check_room(self.partial, sum(part.bytes for part in wanted if not (self.partial / part.path).exists()))
        gone = set()
        for part in wanted:
            if not is_place(part.path):
                self.lacking[part.path] = "no place of a segment"
                continue
            try:
                found = self._copied(part)
            except FileNotFoundError:
                gone.add(part.path)
                continue
            except durable.NotAFileError as problem:
                self.lacking[part.path] = str(problem)
                continue
            if found.sha256 == part.sha256:
                self.done[part.path] = found
            else:
                (self.partial / part.path).unlink()
                self.lacking[part.path] = "its bytes are not what was written (SHA-256)"
        return gone

    def _copied(self, part: Part) -> Part:
        target = self.partial / part.path
        durable.make_folders(self.partial, target.parent)
        if target.exists():  # of an interrupted run
            found = durable.hashed(target, self._count)
            if found[0] == part.sha256:
                return Part(part.path, found[1], found[0])
        sha256, size = durable.copy(self.source.data_dir / part.path, target, self._count)
        return Part(part.path, size, sha256)

    def _count(self, read: int) -> None:
        self.read += read
        self.tell("files", self.read, self.total)

    def _contents(self, made_at: datetime, named: Sequence[Part]) -> Contents:
        """Give the list; it ends with the public keys by which the signed lists of days are checked, and drafts."""
        self._copy_drafts()
        for path in sorted((self.source.data_dir / PROOFS).glob("*.pem")):
            found = self._copied(Part(f"{PROOFS}/{path.name}", 0, ""))
            self.done[found.path] = found
        self.tell("checking", 0, 0)
        sha256, size = durable.hashed(self.partial / DATABASE, lambda _: None)
        files = [Part(DATABASE, size, sha256)]
        files += [self.done[part.path] for part in named if part.path in self.done]
        files += [part for path, part in self.done.items() if path.endswith(".pem") or is_draft(path)]
        schema, counts = _told(self.partial / DATABASE)
        at = made_at.isoformat(timespec="seconds")
        return Contents(at, self.source.version, schema, counts, self.lacking, tuple(files))

    def _copy_drafts(self) -> None:
        """Copy what people write beside the store, as it is at the end; a draft that goes away meanwhile is gone."""
        names, faults = draft_files(self.source.data_dir)
        self.lacking |= faults
        for name in names:
            with suppress(FileNotFoundError, durable.NotAFileError):
                found = self._copied(Part(name, 0, ""))
                if found.bytes <= MOST_BYTES:
                    self.done[name] = found
                else:
                    (self.partial / name).unlink()
                    self.lacking[name] = "it grew while it was copied"


def _check_room(partial: Path, needed: int) -> None:
    free = shutil.disk_usage(partial).free
    if needed + _SPARE_BYTES > free:
        raise DiskFullError(
            f"the backup needs {needed >> 20:,} MiB more, the volume of {partial.parent} has {free >> 20:,} MiB free"
        )


def _named(copy: Path) -> list[Part]:
    """Give the files that a copy of the database names; the lists of days have no size there."""
    with _reading(copy) as link:
        found = [Part(*row) for row in link.execute("SELECT path, bytes, sha256 FROM segments ORDER BY id")]
        if _has(link, "proofs"):
            rows = link.execute("SELECT number, day, sha256 FROM proofs ORDER BY number")
            found += [Part(f"{PROOFS}/{number:06}-{day}.json", 0, sha256) for number, day, sha256 in rows]
        if _has(link, "intel_files"):
            found += [Part(*row) for row in link.execute("SELECT path, bytes, sha256 FROM intel_files ORDER BY path")]
        tables = [table for table in ("evidence_files", "printed_files") if _has(link, table)]
        if tables:
            either = " UNION ".join(f"SELECT sha256, bytes FROM {table}" for table in tables)  # noqa: S608 - our own names
            found += [
                Part(place_of(sha256), size, sha256) for sha256, size in link.execute(f"{either} ORDER BY sha256")
            ]
    return found


def _told(copy: Path) -> tuple[str, dict[str, int]]:
    """Give the schema of a copy and how much is in it."""
    with _reading(copy) as link:
        (schema,) = link.execute("SELECT version_num FROM alembic_version").fetchone()
        counts = dict(link.execute("SELECT kind, sum(rows) FROM segments GROUP BY kind"))
        for table in filter(lambda name: _has(link, name), _COUNTED):
            counts[table] = link.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - our own names
    return schema, counts


@contextmanager
def _reading(copy: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro", uri=True)) as link:
        yield link


def _has(link: sqlite3.Connection, table: str) -> bool:
    return (
        link.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,)).fetchone() is not None
    )
