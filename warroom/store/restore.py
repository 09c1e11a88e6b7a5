"""Brings a backup into an empty state folder, on this machine or another one.

Everything is copied to a folder for drafts first and each byte checked on its way; only when all of it is right, and
the database is brought up to this version's schema, is it put in place, the database last. An interrupted restore is
begun anew by the next one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import delete

from warroom.errors import ConflictError, DiskFullError, StoreError, UsageError
from warroom.store import durable
from warroom.store.account_tables import sessions, signin_links
from warroom.store.backup import Tell
from warroom.store.backup_list import DATABASE, FOLDERS, Contents, Part, known_schemas, read
from warroom.store.database import State
from warroom.store.evidence_files import place_of
from warroom.store.tables import leases

_DRAFTS: Final = ".restoring"
_SHOWN: Final = 5
#: The draft of the database beside its place: of the schema before and after, and with the steps between.
_DATABASE_ROOM: Final = 3

#: Given the database that is being restored; writes down who restores, and may refuse.
Witness = Callable[[State, Contents], None]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and the schema that it has now."""

    contents: Contents
    schema: str


def restore(backup: Path, data_dir: Path, database: Path, witness: Witness, tell: Tell) -> Restored:
    """Bring a backup into a state folder without a store.

    Positions of sources stay as they were, so the collectors read on where the backup was made. The worker's lease,
    sessions and sign-in links do not come along: what ended after the backup must not begin again.

    Raises:
        ConflictError: there is a store in the state folder already, or somebody else restores into it.
        StoreError: the backup is damaged, lacks files, or is of a newer war room; nothing was restored.
        DiskFullError: no room; nothing was restored.
    """
    contents = read(backup)
    backup = backup.resolve()
    if data_dir.is_relative_to(backup):
        raise UsageError(f"the state folder {data_dir} is inside the backup: restore to another place")
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _check_empty(data_dir, database)
    with _drafts(data_dir) as drafts:
        _check_room(data_dir, contents)
        _copy(backup, contents, drafts, tell)
        tell("state database", 0, 0)
        _check_names(drafts / DATABASE, contents)
        draft = _draft_of(database)
        for old in draft.parent.glob(f"{draft.name}*"):
            old.unlink()
        shutil.move(drafts / DATABASE, draft)
        _bring_up(draft, contents, witness)
        _put_in_place(drafts, data_dir, draft, database)
    return Restored(contents, known_schemas()[-1])


def _check_empty(data_dir: Path, database: Path) -> None:
    if database.exists():
        raise ConflictError(f"{database} is there already: restore into an empty state folder (WARROOM_DATA)")
    if (data_dir / _DRAFTS).exists():
        return  # an interrupted restore left whatever is there
    for folder in FOLDERS:
        if (data_dir / folder).exists() and any((data_dir / folder).iterdir()):
            raise ConflictError(f"{data_dir / folder} is not empty: restore into an empty state folder (WARROOM_DATA)")


@contextmanager
def _drafts(data_dir: Path) -> Iterator[Path]:
    """Give an empty folder for drafts that nobody else uses; gone at the end, but not after a crash."""
    drafts = data_dir / _DRAFTS
    drafts.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(drafts, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            raise ConflictError(f"somebody else restores into {data_dir}") from problem
        for old in drafts.iterdir():
            shutil.rmtree(old) if old.is_dir() else old.unlink()
        try:
            yield drafts
        finally:
            shutil.rmtree(drafts)
    finally:
        os.close(handle)


def _check_room(data_dir: Path, contents: Contents) -> None:
    sizes = {part.path: part.bytes for part in contents.files}
    needed = contents.bytes + (_DATABASE_ROOM - 1) * sizes[DATABASE]
    free = shutil.disk_usage(data_dir).free
    if needed > free:
        raise DiskFullError(f"{data_dir}: {needed >> 20:,} MiB are needed, {free >> 20:,} MiB are free")


def _copy(backup: Path, contents: Contents, drafts: Path, tell: Tell) -> None:
    """Copy every file and compare it with the list."""
    done, total = 0, contents.bytes

    def count(read_now: int) -> None:
        nonlocal done
        done += read_now
        tell("files", done, total)

    faults = ((part.path, _copy_one(backup, part, drafts, count)) for part in contents.files)
    wrong = [f"{path}: {fault}" for path, fault in faults if fault]
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise StoreError(f"the backup is damaged, nothing was restored: {'; '.join(wrong[:_SHOWN])}{more}")


def _copy_one(backup: Path, part: Part, drafts: Path, count: durable.Read) -> str | None:
    source, target = backup / part.path, drafts / part.path
    if not source.parent.resolve().is_relative_to(backup):
        return "its folder is a link to elsewhere"
    durable.make_folders(drafts, target.parent)
    try:
        sha256, size = durable.copy(source, target, count)
    except FileNotFoundError:
        return "gone"
    except durable.NotAFileError:
        return "not a file"
    return None if (sha256, size) == (part.sha256, part.bytes) else "its bytes are not what the list says (SHA-256)"


def _check_names(database: Path, contents: Contents) -> None:
    """Compare the list with what the database itself names: a list that was cut would lose logs silently."""
    listed = {part.path: part.sha256 for part in contents.files}
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True)) as link:
            (schema,) = link.execute("SELECT version_num FROM alembic_version").fetchone()
            named = dict(link.execute("SELECT path, sha256 FROM segments"))
            if link.execute("SELECT 1 FROM sqlite_master WHERE name = 'intel_files'").fetchone():
                named |= dict(link.execute("SELECT path, sha256 FROM intel_files"))
            if link.execute("SELECT 1 FROM sqlite_master WHERE name = 'evidence_files'").fetchone():
                named |= {place_of(sha256): sha256 for (sha256,) in link.execute("SELECT sha256 FROM evidence_files")}
    except sqlite3.DatabaseError as problem:
        raise StoreError(f"the backup's database cannot be read, nothing was restored: {problem}") from problem
    if schema != contents.schema:
        raise StoreError(f"the backup's database has schema {schema}, its list says {contents.schema}")
    wrong = [path for path, sha256 in named.items() if path not in contents.lacking and listed.get(path) != sha256]
    if wrong:
        raise StoreError(f"the backup's list lacks {len(wrong)} files that its database names, such as {wrong[0]}")


def _put_in_place(drafts: Path, data_dir: Path, draft: Path, database: Path) -> None:
    """Move everything where it belongs, the database last: without it there is no store. All of it, or nothing."""
    try:
        for folder in FOLDERS:
            if (data_dir / folder).exists():
                shutil.rmtree(data_dir / folder)  # empty, or of a restore that was killed here
            if (drafts / folder).exists():
                (drafts / folder).rename(data_dir / folder)
        durable.sync_folders(data_dir)
        draft.rename(database)
    except BaseException:
        for folder in FOLDERS:
            shutil.rmtree(data_dir / folder, ignore_errors=True)
        draft.unlink(missing_ok=True)
        raise
    durable.sync_folder(database.parent)


def _draft_of(database: Path) -> Path:
    return database.with_name(f".{database.name}.restoring")


def _bring_up(draft: Path, contents: Contents, witness: Witness) -> None:
    """Bring the database to this version's schema, and leave out what belongs to the place it came from."""
    try:
        with State(f"sqlite:///{draft}") as state:
            state.migrate()
            with state.write() as connection:
                for table in (leases, sessions, signin_links):
                    connection.execute(delete(table))
            witness(state, contents)
        # What stands in the write-ahead log goes into the one file that is renamed.
        with closing(sqlite3.connect(draft, isolation_level=None)) as link:
            link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            link.execute("PRAGMA journal_mode=DELETE")
    except BaseException:
        for old in draft.parent.glob(f"{draft.name}*"):
            old.unlink()
        raise
    handle = os.open(draft, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
