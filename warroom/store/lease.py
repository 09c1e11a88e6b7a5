"""The writer's lease: one worker writes a data folder at a time."""

from __future__ import annotations

import os
import socket
import uuid
from typing import Final

from sqlalchemy import Connection, delete, select

from warroom.errors import LeaseError
from warroom.store.database import State, now_us, upsert
from warroom.store.tables import leases

_NAME: Final = "writer"
#: A holder that has not renewed for this long is dead.
EXPIRES_AFTER_US: Final = 15_000_000


class Lease:
    """Holds the writer's lease; ``renew`` at least every few seconds."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._host = socket.gethostname()
        self._holder = f"{self._host}:{os.getpid()}:{uuid.uuid4().hex[:8]}"

    def take(self) -> None:
        """Take the lease, also from a dead holder.

        Raises:
            LeaseError: a living worker holds it.
        """
        with self._state.write() as connection:
            held = connection.execute(select(leases).where(leases.c.name == _NAME)).one_or_none()
            if held is not None and held.holder != self._holder and not self._dead(held.holder, held.renewed_at):
                host, pid, _ = held.holder.split(":")
                raise LeaseError(
                    f"a worker (process {pid} on {host}) already writes this data folder: stop it first, "
                    "or give this one its own folder with WARROOM_DATA"
                )
            self._set(connection)

    def renew(self) -> None:
        """Keep the lease.

        Raises:
            LeaseError: another worker took it: stop writing at once.
        """
        with self._state.write() as connection:
            self.check(connection)
            self._set(connection)

    def check(self, connection: Connection) -> None:
        """Refuse a commit of a worker that lost the lease while it was suspended.

        Raises:
            LeaseError: the lease is another worker's now.
        """
        holder = connection.scalar(select(leases.c.holder).where(leases.c.name == _NAME))
        if holder != self._holder:
            raise LeaseError("another worker took over this data folder; this one stops")

    def release(self) -> None:
        """Give the lease back."""
        with self._state.write() as connection:
            connection.execute(delete(leases).where(leases.c.name == _NAME, leases.c.holder == self._holder))

    def _set(self, connection: Connection) -> None:
        at = now_us()
        row = upsert(connection, leases).values(name=_NAME, holder=self._holder, renewed_at=at)
        connection.execute(
            row.on_conflict_do_update(index_elements=["name"], set_={"holder": self._holder, "renewed_at": at})
        )

    def _dead(self, holder: str, renewed_at: int) -> bool:
        if now_us() - renewed_at > EXPIRES_AFTER_US:
            return True
        host, pid, _ = holder.split(":")
        return host == self._host and not _alive(int(pid))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
