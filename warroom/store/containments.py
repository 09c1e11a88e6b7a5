"""Requests to block or isolate something, as rows: whom we asked for what, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import Connection, insert, select, update

from warroom.errors import ConflictError, NotFoundError
from warroom.store.case_tables import containments
from warroom.store.sealing import touch


@dataclass(frozen=True, slots=True)
class Asked:
    """What we ask somebody for; times in microseconds."""

    measure: str
    target: str
    asked_of: str
    reason: str
    asked_at: int
    asked_by: str
    due_at: int | None
    ends_at: int | None


@dataclass(frozen=True, slots=True)
class Containment(Asked):
    """A request as stored."""

    id: int
    incident_id: int
    state: str
    state_at: int
    state_by: str
    answer: str


def add(connection: Connection, incident_id: int, told: Asked) -> int:
    """Enter a request; its number."""
    values = {one.name: getattr(told, one.name) for one in fields(Asked)}
    row = insert(containments).values(
        incident_id=incident_id, state="asked", state_at=told.asked_at, state_by=told.asked_by, answer="", **values
    )
    number = int(connection.execute(row.returning(containments.c.id)).scalar_one())
    touch(connection, "containments", number)
    return number


def get(connection: Connection, number: int) -> Containment:
    """Give a request. Raises NotFoundError."""
    columns = [containments.c[one.name] for one in fields(Containment)]
    row = connection.execute(select(*columns).where(containments.c.id == number)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no containment request {number}")
    return Containment(**row._asdict())


def answer(connection: Connection, before: Containment, state: str, at: int, actor: str, text: str) -> None:
    """Say what became of a request.

    Raises:
        ConflictError: somebody said so meanwhile.
    """
    same = (containments.c.id == before.id) & (containments.c.state == before.state)
    done = connection.execute(
        update(containments).where(same).values(state=state, state_at=at, state_by=actor, answer=text)
    )
    if done.rowcount != 1:
        raise ConflictError(f"containment request {before.id} was answered by somebody else meanwhile: look again")
    touch(connection, "containments", before.id)
