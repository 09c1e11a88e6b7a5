"""Whose data or systems an incident is about, as rows: each has its own awareness, duties, notices and closure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from warroom.errors import ConflictError, NotFoundError
from warroom.store.response_tables import controllers
from warroom.store.sealing import touch


@dataclass(frozen=True, slots=True)
class ControllerDetails:
    """Who it is and whom to reach there; ``role`` is controller, joint or processor."""

    role: str
    agency: str
    address: str = ""
    mission: str = ""
    contact_name: str = ""
    contact_position: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    dpo_name: str = ""
    dpo_address: str = ""
    dpo_channel: str = ""
    cii: bool = False
    regulator: str = ""


@dataclass(frozen=True, slots=True)
class Controller(ControllerDetails):
    """One as stored; times in microseconds."""

    id: int = 0
    incident_id: int = 0
    added_at: int = 0
    added_by: str = ""
    changed_at: int = 0
    changed_by: str = ""
    removed_at: int | None = None
    removed_by: str | None = None
    removed_why: str | None = None

    @property
    def details(self) -> ControllerDetails:
        """Give what people enter of it."""
        return ControllerDetails(*(getattr(self, one.name) for one in fields(ControllerDetails)))


def add(connection: Connection, incident_id: int, told: ControllerDetails, at: int, actor: str) -> int:
    """Enter one; its number."""
    row = insert(controllers).values(
        incident_id=incident_id, **asdict(told), added_at=at, added_by=actor, changed_at=at, changed_by=actor
    )
    number = int(connection.execute(row.returning(controllers.c.id)).scalar_one())
    touch(connection, "controllers", number)
    return number


def get(connection: Connection, incident_id: int, number: int) -> Controller:
    """Give one of an incident's that was not removed.

    Raises:
        NotFoundError: the incident has no such one.
    """
    wanted = (controllers.c.id == number) & (controllers.c.incident_id == incident_id)
    row = connection.execute(_chosen().where(wanted, controllers.c.removed_at.is_(None))).one_or_none()
    if row is None:
        raise NotFoundError(f"incident {incident_id} has no controller {number}")
    return Controller(**row._asdict())


def of_incidents(connection: Connection, incident_ids: Collection[int], *, removed: bool = False) -> list[Controller]:
    """Give those of some incidents, in the order they were entered; with ``removed`` also who was removed."""
    wanted = _chosen().where(controllers.c.incident_id.in_(incident_ids)).order_by(controllers.c.id)
    if not removed:
        wanted = wanted.where(controllers.c.removed_at.is_(None))
    return [Controller(**row._asdict()) for row in connection.execute(wanted)]


def change(connection: Connection, before: Controller, told: ControllerDetails, at: int, actor: str) -> None:
    """Change one that still is as it was read.

    Raises:
        ConflictError: somebody changed it meanwhile.
    """
    _set(connection, before, **asdict(told), changed_at=max(at, before.changed_at + 1), changed_by=actor)


def remove(connection: Connection, before: Controller, at: int, actor: str, why: str) -> None:
    """Say that one has nothing to do with it. Raises ConflictError as ``change`` does."""
    _set(connection, before, removed_at=at, removed_by=actor, removed_why=why)


def _set(connection: Connection, before: Controller, **values: object) -> None:
    same = (controllers.c.id == before.id) & (controllers.c.changed_at == before.changed_at)
    done = connection.execute(update(controllers).where(same, controllers.c.removed_at.is_(None)).values(**values))
    if done.rowcount != 1:
        raise ConflictError(f"controller {before.id} was changed by somebody else meanwhile: look again, then repeat")
    touch(connection, "controllers", before.id)


def _chosen() -> Select[Any]:
    return select(*(controllers.c[one.name] for one in fields(Controller)))
