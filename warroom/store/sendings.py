"""Evidence that something was sent, as rows: the only thing that stops a legal clock."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import Connection, Select, insert, select, update

from warroom.errors import ConflictError, NotFoundError
from warroom.store.response_tables import document_versions, documents, sendings
from warroom.store.sealing import touch


@dataclass(frozen=True, slots=True)
class SendingDetails:
    """What was sent when, to whom and how; ``sent_at`` in microseconds.

    Proof is a ``reference`` (number of the letter or receipt), a file among the incident's evidence, or the version of
    a document; ``partial``: more is to follow.
    """

    clock: str
    sent_at: int
    recipient: str
    channel: str
    reference: str = ""
    evidence_id: int | None = None
    version_id: int | None = None
    partial: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sending(SendingDetails):
    """One as stored."""

    id: int = 0
    incident_id: int = 0
    controller_id: int = 0
    entered_at: int = 0
    entered_by: str = ""
    withdrawn_at: int | None = None
    withdrawn_by: str | None = None
    withdrawn_why: str | None = None


def add(connection: Connection, incident_id: int, controller_id: int, told: SendingDetails, at: int, actor: str) -> int:
    """Enter one; its number."""
    row = insert(sendings).values(
        incident_id=incident_id, controller_id=controller_id, **asdict(told), entered_at=at, entered_by=actor
    )
    number = int(connection.execute(row.returning(sendings.c.id)).scalar_one())
    touch(connection, "sendings", number)
    return number


def get(connection: Connection, number: int) -> Sending:
    """Give one. Raises NotFoundError."""
    row = connection.execute(_chosen().where(sendings.c.id == number)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no sending {number}")
    return Sending(**row._asdict())


def of_incidents(connection: Connection, incident_ids: Collection[int], *, withdrawn: bool = False) -> list[Sending]:
    """Give those of some incidents, the first sent first; with ``withdrawn`` also what was entered by mistake."""
    wanted = _chosen().where(sendings.c.incident_id.in_(incident_ids)).order_by(sendings.c.sent_at, sendings.c.id)
    if not withdrawn:
        wanted = wanted.where(sendings.c.withdrawn_at.is_(None))
    return [Sending(**row._asdict()) for row in connection.execute(wanted)]


def withdraw(connection: Connection, before: Sending, at: int, actor: str, why: str) -> None:
    """Say that one was entered by mistake.

    Raises:
        ConflictError: somebody said so already.
    """
    same = (sendings.c.id == before.id) & sendings.c.withdrawn_at.is_(None)
    done = connection.execute(
        update(sendings).where(same).values(withdrawn_at=at, withdrawn_by=actor, withdrawn_why=why)
    )
    if done.rowcount != 1:
        raise ConflictError(f"sending {before.id} was withdrawn already")
    touch(connection, "sendings", before.id)


def version_of(connection: Connection, version_id: int) -> int | None:
    """Give the incident that a version of a document is of. Raises NotFoundError where there is no such version."""
    of = select(documents.c.incident_id).join(document_versions, document_versions.c.document_id == documents.c.id)
    row = connection.execute(of.where(document_versions.c.id == version_id)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no version {version_id} of a document")
    incident_id: int | None = row.incident_id
    return incident_id


def _chosen() -> Select[Any]:
    return select(*(sendings.c[one.name] for one in fields(Sending)))
