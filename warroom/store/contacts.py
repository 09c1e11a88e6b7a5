"""Whom to reach, as rows: agencies, officers, NCSA, regulators, CERTs, processors; and drills of reaching them."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Final

from sqlalchemy import Connection, insert, select, update

from warroom.errors import ConflictError, NotFoundError
from warroom.store.canonical import canonical
from warroom.store.response_tables import contacts, reach_drills
from warroom.store.sealing import touch


@dataclass(frozen=True, slots=True)
class Told:
    """What the register says of somebody; ``platforms`` are those that they are responsible for, none: any."""

    kind: str
    agency: str
    name: str = ""
    position: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    channel: str = ""
    pgp_key: str = ""
    platforms: tuple[str, ...] = ()
    cii: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """An entry of the register; times in microseconds."""

    id: int
    told: Told
    checked_at: int
    checked_by: str
    changed_at: int
    changed_by: str
    removed_at: int | None = None
    removed_by: str | None = None

    @property
    def label(self) -> str:
        """As an export names them: the agency, and the person where there is one."""
        return f"{self.told.agency}, {self.told.name}" if self.told.name else self.told.agency


@dataclass(frozen=True, slots=True)
class ReachDrill:
    """A call of a drill, and when somebody answered; None: nobody did."""

    contact_id: int
    called_at: int
    reached_at: int | None
    note: str
    entered_by: str
    id: int = 0


_TOLD: Final = tuple(one.name for one in fields(Told))
_REST: Final = tuple(one.name for one in fields(Contact) if one.name not in {"id", "told"})
COLUMNS: Final = tuple(contacts.c[name] for name in ("id", *_TOLD, *_REST))
DRILL_COLUMNS: Final = tuple(reach_drills.c[one.name] for one in fields(ReachDrill))


def add(connection: Connection, told: Told, at: int, actor: str) -> int:
    """Enter a contact, checked just now; its number."""
    values = _values(told) | {"checked_at": at, "checked_by": actor, "changed_at": at, "changed_by": actor}
    number = int(connection.execute(insert(contacts).values(**values).returning(contacts.c.id)).scalar_one())
    touch(connection, "contacts", number)
    return number


def get(connection: Connection, number: int) -> Contact:
    """Give a contact, also one that was removed. Raises NotFoundError."""
    row = connection.execute(select(*COLUMNS).where(contacts.c.id == number)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no contact {number}")
    return contact(tuple(row))


def change(connection: Connection, before: Contact, told: Told, at: int, actor: str) -> None:
    """Change what the register says; who typed it anew has checked it. Raises ConflictError."""
    values = _values(told) | {"checked_at": at, "checked_by": actor, "changed_at": at, "changed_by": actor}
    _update(connection, before, values)


def check(connection: Connection, before: Contact, at: int, actor: str) -> None:
    """Say that what the register says still holds. Raises ConflictError."""
    _update(connection, before, {"checked_at": at, "checked_by": actor})


def remove(connection: Connection, before: Contact, at: int, actor: str) -> None:
    """Take a contact out of the register; the row stays, for what was sent to them. Raises ConflictError."""
    _update(connection, before, {"removed_at": at, "removed_by": actor})


def add_drill(connection: Connection, drill: ReachDrill) -> int:
    """Enter a drill; its number."""
    values = {one.name: getattr(drill, one.name) for one in fields(ReachDrill) if one.name != "id"}
    number = int(connection.execute(insert(reach_drills).values(**values).returning(reach_drills.c.id)).scalar_one())
    touch(connection, "reach_drills", number)
    return number


def contact(row: tuple[object, ...]) -> Contact:
    """Give a contact of a row of ``COLUMNS``."""
    number, *values = row
    told = dict(zip(_TOLD, values, strict=False))
    told["platforms"] = tuple(json.loads(str(told["platforms"])))
    rest = dict(zip(_REST, values[len(_TOLD) :], strict=True))
    return Contact(number, Told(**told), **rest)  # type: ignore[arg-type]


def _values(told: Told) -> dict[str, object]:
    return {name: getattr(told, name) for name in _TOLD} | {"platforms": canonical(list(told.platforms))}


def _update(connection: Connection, before: Contact, values: dict[str, object]) -> None:
    same = (
        (contacts.c.id == before.id)
        & (contacts.c.changed_at == before.changed_at)
        & (contacts.c.changed_by == before.changed_by)
        & contacts.c.removed_at.is_(None)
    )
    if connection.execute(update(contacts).where(same).values(**values)).rowcount != 1:
        raise ConflictError(f"contact {before.id} was changed by somebody else meanwhile: look again, then repeat")
    touch(connection, "contacts", before.id)
