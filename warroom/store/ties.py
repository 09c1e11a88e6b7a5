"""Who watches an incident, by which words it is found, and what it has to do with others: rows in, rows out."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from warroom.store.case_tables import incident_links, incident_tags, watchers
from warroom.store.database import upsert
from warroom.store.sealing import touch

#: Tags and links that one incident has at most.
MOST_TAGS: Final = 30
MOST_LINKS: Final = 100


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A link as stored: ``incident_id`` is ``kind`` of ``other_id``."""

    id: int
    incident_id: int
    other_id: int
    kind: str
    made_at: int
    made_by: str


def watch(connection: Connection, incident_id: int, person: str, at: int) -> bool:
    """Let a person watch; whether they did not before."""
    row = upsert(watchers).values(incident_id=incident_id, person=person, since_at=at, looked_at=at)
    return connection.execute(row.on_conflict_do_nothing()).rowcount == 1


def unwatch(connection: Connection, incident_id: int, person: str) -> bool:
    """Let a person watch no more; whether they did."""
    mine = (watchers.c.incident_id == incident_id) & (watchers.c.person == person)
    return connection.execute(delete(watchers).where(mine)).rowcount == 1


def looked(connection: Connection, incident_id: int, person: str, at: int) -> None:
    """Note that a watcher has seen what happened up to now."""
    mine = (watchers.c.incident_id == incident_id) & (watchers.c.person == person)
    connection.execute(update(watchers).where(mine).values(looked_at=at))


def add_tag(connection: Connection, incident_id: int, tag: str, actor: str, at: int) -> bool:
    """Add a tag; whether it was not there."""
    row = upsert(incident_tags).values(incident_id=incident_id, tag=tag, added_at=at, added_by=actor)
    touch(connection, "incident_tags", incident_id, tag)
    return connection.execute(row.on_conflict_do_nothing()).rowcount == 1


def remove_tag(connection: Connection, incident_id: int, tag: str) -> bool:
    """Remove a tag; whether it was there."""
    own = (incident_tags.c.incident_id == incident_id) & (incident_tags.c.tag == tag)
    touch(connection, "incident_tags", incident_id, tag)
    return connection.execute(delete(incident_tags).where(own)).rowcount == 1


def count_tags(connection: Connection, incident_id: int) -> int:
    """Count an incident's tags."""
    own = incident_tags.c.incident_id == incident_id
    return connection.scalar(select(func.count()).select_from(incident_tags).where(own)) or 0


def add_link(connection: Connection, incident_id: int, other_id: int, kind: str, actor: str, at: int) -> int:
    """Add a link; its number."""
    row = insert(incident_links).values(
        incident_id=incident_id, other_id=other_id, kind=kind, made_at=at, made_by=actor
    )
    number = int(connection.execute(row.returning(incident_links.c.id)).scalar_one())
    touch(connection, "incident_links", number)
    return number


def remove_link(connection: Connection, link_id: int, actor: str, at: int) -> None:
    """End a link; it stays as having been."""
    connection.execute(
        update(incident_links).where(incident_links.c.id == link_id).values(removed_at=at, removed_by=actor)
    )
    touch(connection, "incident_links", link_id)


def links_of(connection: Connection, incident_id: int) -> list[LinkRow]:
    """Give the links that lead from or to an incident, oldest first."""
    columns = incident_links.c
    found = connection.execute(
        select(*(columns[one.name] for one in fields(LinkRow)))
        .where(or_(columns.incident_id == incident_id, columns.other_id == incident_id), columns.removed_at.is_(None))
        .order_by(columns.id)
        .limit(MOST_LINKS)
    )
    return [LinkRow(*row) for row in found]
