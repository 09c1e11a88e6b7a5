"""Attempts to sign in, by name tried and address: rows in, rows out; how long to wait is decided in ``access``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, func, select

from warroom.store.account_tables import signin_attempts
from warroom.store.database import upsert

#: Rows kept: whoever tries names without end only makes room for the newest.
MOST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is known of one name tried from one address; times in microseconds."""

    failures: int = 0
    free_at: int = 0
    tried_at: int = 0
    succeeded_at: int | None = None


def find(connection: Connection, name_sha256: bytes, address: str) -> Attempts:
    """Give the attempts on a name from an address; all zero where there were none."""
    columns = signin_attempts.c
    row = connection.execute(
        select(columns.failures, columns.free_at, columns.tried_at, columns.succeeded_at).where(
            columns.name_sha256 == name_sha256, columns.address == address
        )
    ).one_or_none()
    return Attempts() if row is None else Attempts(*row)


def put(connection: Connection, name_sha256: bytes, address: str, attempts: Attempts) -> None:
    """Store the attempts on a name from an address."""
    values = {
        "failures": attempts.failures,
        "free_at": attempts.free_at,
        "tried_at": attempts.tried_at,
        "succeeded_at": attempts.succeeded_at,
    }
    row = upsert(signin_attempts).values(name_sha256=name_sha256, address=address, **values)
    connection.execute(row.on_conflict_do_update(index_elements=["name_sha256", "address"], set_=values))


def addresses_known(connection: Connection, name_sha256: bytes, *, since: int, most: int) -> set[str]:
    """Give the addresses from which a name signed in since then, the newest ``most`` of them."""
    columns = signin_attempts.c
    found = connection.scalars(
        select(columns.address)
        .where(columns.name_sha256 == name_sha256, columns.succeeded_at >= since)
        .order_by(columns.succeeded_at.desc())
        .limit(most)
    )
    return set(found)


def forget(connection: Connection, *, before: int, most: int = MOST) -> None:
    """Forget what was tried last before then, and the oldest rows where there are too many."""
    columns = signin_attempts.c
    connection.execute(delete(signin_attempts).where(columns.tried_at < before))
    surplus = (connection.scalar(select(func.count()).select_from(signin_attempts)) or 0) - most
    if surplus > 0:
        # First what never led to a sign-in: guesses do not push the addresses of real persons out.
        oldest = select(columns.name_sha256, columns.address).order_by(
            columns.succeeded_at.is_not(None), columns.tried_at
        )
        for name, address in connection.execute(oldest.limit(surplus)).all():
            connection.execute(delete(signin_attempts).where(columns.name_sha256 == name, columns.address == address))


def clear(connection: Connection, name_sha256: bytes) -> None:
    """Forget every attempt on a name."""
    connection.execute(delete(signin_attempts).where(signin_attempts.c.name_sha256 == name_sha256))
