"""The state database: opening, transactions, change counters, migrations.

Every write transaction takes the write lock at its begin (``BEGIN IMMEDIATE``): a transaction that reads first
and writes later would otherwise lose updates. Readers never block and never write.
"""

from __future__ import annotations

import functools
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self, TypeAlias

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Table, create_engine, event, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import OperationalError

from warroom.errors import DiskFullError, StoreError, UsageError
from warroom.store.permission import barred, is_barred
from warroom.store.sealing import forget, seal
from warroom.store.tables import topics
from warroom.store.texts import take_in

#: What ``State.write`` and ``State.read`` hand out; callers above the store only pass it on.
Transaction: TypeAlias = Connection

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BUSY_MS: Final = 30_000
_MIGRATIONS: Final = Path(__file__).parent / "migrations"


def now_us() -> int:
    """Our clock: microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def to_us(when: datetime) -> int:
    """Microseconds since 1970, exact (a float of seconds is not)."""
    return (when - _EPOCH) // timedelta(microseconds=1)


def from_us(micros: int) -> datetime:
    """The UTC time of a stored one."""
    return _EPOCH + timedelta(microseconds=micros)


class State:
    """The state database of one data folder. ``write()`` and ``read()`` are the only ways in."""

    def __init__(self, url: str) -> None:
        if not url.startswith("sqlite:///"):
            raise UsageError(
                f"WARROOM_DB={url.partition(':')[0]}:…: give sqlite:/// and a path; other databases come later"
            )
        self._writer = _engine(url, readonly=False)
        self._reader = _engine(url, readonly=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def migrate(self) -> None:
        """Bring the tables to this version; creates the database (mode 600) where there is none."""
        if path := self._writer.url.database:
            try:
                Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
                Path(path).chmod(0o600)
            except PermissionError as problem:
                raise StoreError(barred(Path(path))) from problem
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        with self.write() as connection:
            config.attributes["connection"] = connection
            # Alembic reads every migration before it finds that there is nothing to do.
            if MigrationContext.configure(connection).get_current_revision() != _newest():
                command.upgrade(config, "head")

    @contextmanager
    def write(self, *bump: str) -> Iterator[Connection]:
        """One write transaction that also raises the change counters of the topics named and seals rows touched.

        Raises DiskFullError when the volume is full, StoreError when the lock could not be had.
        """
        try:
            with self._writer.begin() as connection:
                try:
                    yield connection
                    for topic in bump:
                        raise_counter(connection, topic)
                    take_in(connection)
                    seal(connection)
                finally:
                    forget(connection)
        except OperationalError as problem:
            raise self._translated(problem) from problem

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only snapshot."""
        try:
            with self._reader.connect() as connection:
                yield connection
        except OperationalError as problem:
            raise self._translated(problem) from problem

    def versions(self) -> dict[str, int]:
        """The change counters by topic."""
        with self.read() as connection:
            found = connection.execute(select(topics.c.topic, topics.c.version))
            return {row.topic: row.version for row in found}

    def close(self) -> None:
        """Close the pools: the writer last, which then folds the write-ahead log into the database's file."""
        self._reader.dispose()
        self._writer.dispose()

    def _translated(self, problem: OperationalError) -> StoreError:
        text = str(problem.orig)
        if "disk is full" in text or "No space left" in text:
            return DiskFullError("the state database's volume is full: free space, then the worker goes on by itself")
        if "unable to open" in text and (path := self._writer.url.database) and is_barred(Path(path)):
            return StoreError(barred(Path(path)))
        if "unable to open" in text or "no such table" in text:
            return StoreError("there is no state database here yet: start `./run up` or `./run demo` first")
        return StoreError(f"state database: {text}")


@functools.cache
def _newest() -> str | None:
    """Give the last migration of this version."""
    return ScriptDirectory(str(_MIGRATIONS)).get_current_head()


def upsert(table: Table) -> sqlite.Insert:
    """An INSERT that knows ON CONFLICT."""
    return sqlite.insert(table)


def raise_counter(connection: Connection, topic: str) -> None:
    """Raise one topic's change counter inside a write transaction."""
    row = upsert(topics).values(topic=topic, version=1)
    connection.execute(row.on_conflict_do_update(index_elements=["topic"], set_={"version": topics.c.version + 1}))


def _engine(url: str, *, readonly: bool) -> Engine:
    path = url.removeprefix("sqlite:///")

    def connect() -> sqlite3.Connection:
        mode = "ro" if readonly else "rw"  # only migrate() makes a database
        # isolation_level=None: the driver begins nothing by itself; _begin below does.
        link = sqlite3.connect(
            f"{Path(path).absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )
        link.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        if not readonly:
            link.execute("PRAGMA journal_mode=WAL")
            link.execute("PRAGMA synchronous=FULL")
            link.execute("PRAGMA foreign_keys=ON")
        return link

    engine = create_engine(url, creator=connect)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine
