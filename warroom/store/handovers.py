"""Handovers of shifts in the state database: sealed rows, never changed after both have signed."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, delete, insert, or_, select, update

from warroom.errors import ConflictError, NotFoundError
from warroom.store.canonical import digest
from warroom.store.duty_tables import handover_addenda, handovers
from warroom.store.sealing import touch

#: Handovers that a search gives at most.
FOUND_LIMIT: Final = 60
_SIGNED: Final = ("shift_from", "shift_to", "brief", "brief_at", "notes", "tasks")


@dataclass(frozen=True, slots=True)
class Handover:
    """A shift's handover; times in microseconds since 1970, ``brief`` as the JSON text that was signed."""

    id: int
    shift_from: int
    shift_to: int
    brief: str
    brief_at: int
    notes: str
    tasks: str
    sha256: str
    outgoing: str
    outgoing_at: int
    incoming: str | None
    incoming_at: int | None

    @property
    def told(self) -> dict[str, Any]:
        """The brief, read."""
        told: dict[str, Any] = json.loads(self.brief)
        return told

    @property
    def own_hash(self) -> str:
        """The hash that its text has: what was signed, if nobody changed it."""
        return content_hash(**{name: getattr(self, name) for name in _SIGNED})


@dataclass(frozen=True, slots=True)
class Addendum:
    """What was added after both had signed."""

    id: int
    at: int
    actor: str
    text: str


def content_hash(*, shift_from: int, shift_to: int, brief: str, brief_at: int, notes: str, tasks: str) -> str:
    """Give the hash of all that is signed."""
    return digest("warroom handover 1", [shift_from, shift_to, brief, brief_at, notes, tasks])


def get(connection: Connection, handover_id: int) -> Handover:
    """Give one handover. Raises NotFoundError."""
    row = connection.execute(select(handovers).where(handovers.c.id == handover_id)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"there is no handover {handover_id}")
    return _handover(row)


def of_shift(connection: Connection, shift_from: int) -> Handover | None:
    """Give the handover of the shift that began then, if somebody signed it."""
    row = connection.execute(select(handovers).where(handovers.c.shift_from == shift_from)).mappings().one_or_none()
    return None if row is None else _handover(row)


def search(connection: Connection, text: str) -> list[Handover]:
    """Give handovers, the latest shift first; with a text only those that have it.

    A text is looked for in what people wrote, addenda included, and in their names; ``#17`` in the brief, for handovers
    that tell of this incident.
    """
    wanted = select(handovers).order_by(handovers.c.shift_from.desc()).limit(FOUND_LIMIT + 1)
    if text:
        columns = (handovers.c[name] for name in ("notes", "tasks", "outgoing", "incoming"))
        added = select(handover_addenda.c.handover_id).where(handover_addenda.c.text.contains(text, autoescape=True))
        somewhere = [column.contains(text, autoescape=True) for column in columns]
        if text.startswith("#") and text[1:].isdecimal():
            # the brief is canonical JSON: a number stands like this and no other way
            somewhere += [handovers.c.brief.contains(f'"number":{int(text[1:])}{end}') for end in ",}"]
        wanted = wanted.where(or_(*somewhere, handovers.c.id.in_(added)))
    return [_handover(row) for row in connection.execute(wanted).mappings()]


def add(connection: Connection, **values: str | int) -> int:
    """Write a handover that the outgoing shift signed; its number. Raises ConflictError where there is one."""
    if of_shift(connection, int(values["shift_from"])) is not None:
        raise ConflictError("somebody signed this shift's handover meanwhile: look at it")
    number = int(connection.scalars(insert(handovers).values(**values).returning(handovers.c.id)).one())
    touch(connection, "handovers", number)
    return number


def sign_incoming(connection: Connection, handover_id: int, actor: str, at: int) -> None:
    """Write down who takes over. Raises ConflictError where somebody already did."""
    here = (handovers.c.id == handover_id, handovers.c.incoming.is_(None))
    if connection.execute(update(handovers).where(*here).values(incoming=actor, incoming_at=at)).rowcount != 1:
        raise ConflictError("this handover was taken over already")
    touch(connection, "handovers", handover_id)


def drop(connection: Connection, handover_id: int) -> None:
    """Forget a handover that the incoming shift did not sign. Raises ConflictError where it did."""
    here = (handovers.c.id == handover_id, handovers.c.incoming.is_(None))
    if connection.execute(delete(handovers).where(*here)).rowcount != 1:
        raise ConflictError("both have signed this handover: what is to be corrected is an addendum")
    touch(connection, "handovers", handover_id)


def addenda(connection: Connection, handover_id: int) -> list[Addendum]:
    """Give what was added to a handover, oldest first."""
    table = handover_addenda.c
    wanted = select(table.id, table.at, table.actor, table.text).where(table.handover_id == handover_id)
    return [Addendum(*row) for row in connection.execute(wanted.order_by(table.id))]


def add_addendum(connection: Connection, handover_id: int, actor: str, text: str, at: int) -> int:
    """Add to a handover; the addendum's number."""
    row = insert(handover_addenda).values(handover_id=handover_id, at=at, actor=actor, text=text)
    number = int(connection.scalars(row.returning(handover_addenda.c.id)).one())
    touch(connection, "handover_addenda", number)
    return number


def _handover(row: RowMapping) -> Handover:
    return Handover(**{one.name: row[one.name] for one in fields(Handover)})
