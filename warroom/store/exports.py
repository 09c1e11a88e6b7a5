"""What left the war room, as rows: when, to whom, how marked, which files, and what the incident was then."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, func, insert, select

from warroom.errors import NotFoundError
from warroom.store.canonical import Json, canonical
from warroom.store.response_tables import exports
from warroom.store.sealing import touch

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Rows that a list shows at most.
LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Export:
    """Something that left; ``manifest`` is name → SHA-256, ``sha256`` and ``bytes`` are of what was handed over."""

    incident_id: int
    at: int
    actor: str
    recipient: str
    contact_id: int | None
    tlp: str
    masked: bool
    encrypted: bool
    formats: tuple[str, ...]
    manifest: Mapping[str, str]
    sha256: str
    bytes: int
    id: int = 0


_COLUMNS: Final = tuple(exports.c[one.name] for one in fields(Export))


def add(connection: Connection, told: Export, snapshot: Json) -> int:
    """Enter an export, with what later ones are compared with; its number."""
    values = {one.name: getattr(told, one.name) for one in fields(Export) if one.name != "id"}
    values |= {"formats": canonical(list(told.formats)), "manifest": canonical(dict(told.manifest))}
    row = insert(exports).values(**values, snapshot=canonical(snapshot)).returning(exports.c.id)
    number = int(connection.execute(row).scalar_one())
    touch(connection, "exports", number)
    return number


def of_incident(connection: Connection, incident_id: int, *, limit: int = LIMIT) -> tuple[list[Export], int]:
    """Give an incident's exports, newest first, and how many there are in all."""
    own = exports.c.incident_id == incident_id
    rows = connection.execute(select(*_COLUMNS).where(own).order_by(exports.c.id.desc()).limit(limit))
    total = connection.scalar(select(func.count()).select_from(exports).where(own)) or 0
    return [_told(tuple(row)) for row in rows], total


def get(connection: Connection, number: int) -> Export:
    """Give one. Raises NotFoundError."""
    row = connection.execute(select(*_COLUMNS).where(exports.c.id == number)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no export {number}")
    return _told(tuple(row))


def newest_to(connection: Connection, incident_id: int, contact_id: int | None, recipient: str) -> Export | None:
    """Give the last one of an incident to the same contact, or to the same name where it is no contact."""
    same = exports.c.contact_id == contact_id if contact_id is not None else exports.c.recipient == recipient
    wanted = select(*_COLUMNS).where(exports.c.incident_id == incident_id, same).order_by(exports.c.id.desc())
    row = connection.execute(wanted.limit(1)).one_or_none()
    return None if row is None else _told(tuple(row))


def snapshot_of(connection: Connection, number: int) -> dict[str, dict[str, str]]:
    """Give what an incident was when it was exported: section → key → text. Raises NotFoundError."""
    found = connection.scalar(select(exports.c.snapshot).where(exports.c.id == number))
    if found is None:
        raise NotFoundError(f"there is no export {number}")
    return {section: dict(told) for section, told in json.loads(found).items()}


def _told(row: tuple[object, ...]) -> Export:
    values = dict(zip((one.name for one in fields(Export)), row, strict=True))
    values |= {"formats": tuple(json.loads(str(values["formats"]))), "manifest": json.loads(str(values["manifest"]))}
    return Export(**values)  # type: ignore[arg-type]
