"""What people searched for, and the searches that they keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, func, insert, or_, select

from warroom.errors import ConflictError, NotFoundError
from warroom.store.searching_tables import saved_searches, search_history

#: Searches that are remembered of each person, and those that one may keep.
MOST_REMEMBERED: Final = 50
MOST_KEPT: Final = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as it was asked: over what, the text, and the time as the address has it."""

    kind: str  # events | incidents
    text: str
    span: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A search with a name."""

    id: int
    owner: str
    name: str
    shared: bool
    asked: Asked


def remember(connection: Connection, actor: str, asked: Asked, at: int) -> None:
    """Remember a search, unless it is the one before; forget the oldest beyond the most."""
    table = search_history
    last = connection.execute(
        select(table.c.kind, table.c.text, table.c.span)
        .where(table.c.actor == actor)
        .order_by(table.c.id.desc())
        .limit(1)
    ).one_or_none()
    if last is not None and Asked(*last) == asked:
        return
    connection.execute(insert(table).values(actor=actor, kind=asked.kind, text=asked.text, span=asked.span, at=at))
    newest = select(table.c.id).where(table.c.actor == actor).order_by(table.c.id.desc()).limit(MOST_REMEMBERED)
    connection.execute(delete(table).where(table.c.actor == actor, table.c.id.not_in(newest)))


def history(connection: Connection, actor: str, limit: int) -> list[Asked]:
    """Give what a person searched for, the last first, each once."""
    table = search_history.c
    rows = connection.execute(
        select(table.kind, table.text, table.span)
        .where(table.actor == actor)
        .group_by(table.kind, table.text, table.span)
        .order_by(func.max(table.id).desc())
        .limit(limit)
    )
    return [Asked(*row) for row in rows]


def keep(connection: Connection, owner: str, name: str, asked: Asked, at: int, *, shared: bool) -> None:
    """Keep a search under a name; one's own of the same name is replaced.

    Raises:
        ConflictError: the person keeps as many as one may.
    """
    table = saved_searches
    connection.execute(delete(table).where(table.c.owner == owner, table.c.name == name))
    count = connection.scalar(select(func.count()).select_from(table).where(table.c.owner == owner)) or 0
    if count >= MOST_KEPT:
        raise ConflictError(f"{count} searches are kept already: remove one first")
    connection.execute(
        insert(table).values(
            owner=owner, name=name, shared=shared, kind=asked.kind, text=asked.text, span=asked.span, at=at
        )
    )


def kept(connection: Connection, actor: str) -> list[Kept]:
    """Give a person's kept searches and those that others share, by name."""
    table = saved_searches.c
    rows = connection.execute(
        select(table.id, table.owner, table.name, table.shared, table.kind, table.text, table.span)
        .where(or_(table.owner == actor, table.shared))
        .order_by(table.name, table.id)
        .limit(MOST_KEPT * 2)
    )
    return [Kept(number, owner, name, shared, Asked(*asked)) for number, owner, name, shared, *asked in rows]


def drop(connection: Connection, actor: str, number: int) -> None:
    """Remove one's own kept search.

    Raises:
        NotFoundError: there is none of this number that is one's own.
    """
    gone = connection.execute(
        delete(saved_searches).where(saved_searches.c.id == number, saved_searches.c.owner == actor)
    )
    if not gone.rowcount:
        raise NotFoundError("there is no such search of yours: who keeps it can remove it")
