"""The writer's lease: one worker writes a data folder at a time.

On one machine a locked file decides: the system frees it when its process dies, however it dies. Between machines
that share a folder the row in the database decides, by its age. Every commit checks and renews the row.
"""

from __future__ import annotations

import fcntl
import os
import socket
import uuid
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, delete, select

from warroom.errors import LeaseError
from warroom.store.database import State, now_us, upsert
from warroom.store.tables import leases

_NAME: Final = "writer"
#: A holder on another machine that has not renewed for this long is dead.
EXPIRES_AFTER_US: Final = 15_000_000


class Lease:
    """Holds the writer's lease; ``renew`` at least every few seconds."""

    def __init__(self, state: State, data_dir: Path) -> None:
        self._state = state
        self._path = data_dir / "writer.lock"
        self._file: int | None = None
        self._host = socket.gethostname()
        self._holder = f"{self._host}:{os.getpid()}:{uuid.uuid4().hex[:8]}"

    def take(self) -> None:
        """Take the lease, also from a dead holder.

        Raises:
            LeaseError: a living worker holds it.
        """
        self._lock()
        with self._state.write() as connection:
            held = connection.execute(select(leases).where(leases.c.name == _NAME)).one_or_none()
            if held is not None and self._lives_elsewhere(held.holder, held.renewed_at):
                self._unlock()
                raise _taken(held.holder)
            self._set(connection)

    def renew(self) -> None:
        """Keep the lease.

        Raises:
            LeaseError: another worker took it: stop writing at once.
        """
        with self._state.write() as connection:
            self.hold(connection)

    def hold(self, connection: Connection) -> None:
        """Renew the lease inside a transaction; refuses that of a worker that lost it while it was suspended.

        Raises:
            LeaseError: the lease is another worker's now.
        """
        holder = connection.scalar(select(leases.c.holder).where(leases.c.name == _NAME))
        if holder != self._holder:
            raise LeaseError("another worker took over this data folder; this one stops")
        self._set(connection)

    def release(self) -> None:
        """Give the lease back."""
        with self._state.write() as connection:
            connection.execute(delete(leases).where(leases.c.name == _NAME, leases.c.holder == self._holder))
        self._unlock()

    def _set(self, connection: Connection) -> None:
        at = now_us()
        row = upsert(leases).values(name=_NAME, holder=self._holder, renewed_at=at)
        connection.execute(
            row.on_conflict_do_update(index_elements=["name"], set_={"holder": self._holder, "renewed_at": at})
        )

    def _lives_elsewhere(self, holder: str, renewed_at: int) -> bool:
        """A holder on this machine is dead: else it would have the file."""
        return holder.split(":", maxsplit=1)[0] != self._host and now_us() - renewed_at <= EXPIRES_AFTER_US

    def _lock(self) -> None:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as problem:
            self._unlock()
            with self._state.read() as connection:
                holder = connection.scalar(select(leases.c.holder).where(leases.c.name == _NAME))
            raise _taken(holder or f"{self._host}:unknown:") from problem

    def _unlock(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _taken(holder: str) -> LeaseError:
    host, pid, _ = holder.split(":")
    return LeaseError(
        f"a worker (process {pid} on {host}) already writes this data folder: stop it first, "
        "or give this one its own folder with WARROOM_DATA"
    )
