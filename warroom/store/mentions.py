"""Who was named in a note, and whether they have seen it: rows in, rows out."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, update

from warroom.store.case_tables import mentions


def add(connection: Connection, incident_id: int, log_id: int, people: Iterable[str], at: int) -> None:
    """Note who was named in an entry of an incident's log."""
    for person in people:
        connection.execute(
            insert(mentions).values(log_id=log_id, person=person, incident_id=incident_id, at=at, read_at=None)
        )


def read(connection: Connection, person: str, at: int, *, incident_id: int | None = None) -> int:
    """Note that a person has seen where they were named, everywhere or in one incident; how often that was new."""
    mine = update(mentions).where(mentions.c.person == person, mentions.c.read_at.is_(None))
    if incident_id is not None:
        mine = mine.where(mentions.c.incident_id == incident_id)
    return connection.execute(mine.values(read_at=at)).rowcount
