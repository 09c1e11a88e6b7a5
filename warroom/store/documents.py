"""Documents, their versions and who signed them: appended, never changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select

from warroom.errors import NotFoundError
from warroom.store.canonical import canonical
from warroom.store.response_tables import document_signatures, document_versions, documents
from warroom.store.sealing import touch


@dataclass(frozen=True, slots=True)
class Document:
    """A form, letter or report; ``incident_id`` None: of a period or of the agency."""

    id: int
    incident_id: int | None
    controller_id: int | None
    form: str
    period: str
    made_at: int
    made_by: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version as it was printed; times in microseconds."""

    id: int
    document_id: int
    number: int
    kind: str
    language: str
    tlp: str
    secrecy: str
    answers: Mapping[str, Any]
    missing: tuple[str, ...]
    data_at: int
    pdf_sha256: str
    docx_sha256: str
    made_at: int
    made_by: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Who verified or approved a version."""

    version_id: int
    step: str
    note: str
    at: int
    actor: str


def find(
    connection: Connection, incident_id: int | None, controller_id: int | None, form: str, period: str
) -> Document | None:
    """Give the document of a form for an incident and controller, or for a period; None where there is none yet."""
    row = connection.execute(
        select(documents)
        .where(
            documents.c.incident_id.is_(incident_id) if incident_id is None else documents.c.incident_id == incident_id,
            documents.c.controller_id.is_not_distinct_from(controller_id),
            documents.c.form == form,
            documents.c.period == period,
        )
        .order_by(documents.c.id)
        .limit(1)
    ).one_or_none()
    return None if row is None else Document(**row._asdict())


def add(connection: Connection, told: Document) -> int:
    """Enter a document; its number (``told.id`` is not looked at)."""
    values = {name: getattr(told, name) for name in ("incident_id", "controller_id", "form", "period", "made_at")}
    row = insert(documents).values(**values, made_by=told.made_by).returning(documents.c.id)
    number = int(connection.execute(row).scalar_one())
    touch(connection, "documents", number)
    return number


def get(connection: Connection, number: int) -> Document:
    """Give a document. Raises NotFoundError."""
    row = connection.execute(select(documents).where(documents.c.id == number)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no document {number}")
    return Document(**row._asdict())


def newest_number(connection: Connection, document_id: int) -> int:
    """Give the number of a document's newest version; 0 where there is none."""
    wanted = select(func.max(document_versions.c.number)).where(document_versions.c.document_id == document_id)
    return connection.scalar(wanted) or 0


def add_version(connection: Connection, told: Version) -> int:
    """Enter a version; its number among all (``told.id`` is not looked at)."""
    row = insert(document_versions).values(
        document_id=told.document_id,
        number=told.number,
        kind=told.kind,
        language=told.language,
        tlp=told.tlp,
        secrecy=told.secrecy,
        answers=canonical(dict(told.answers)),
        missing=json.dumps(list(told.missing)),
        data_at=told.data_at,
        pdf_sha256=told.pdf_sha256,
        docx_sha256=told.docx_sha256,
        made_at=told.made_at,
        made_by=told.made_by,
    )
    number = int(connection.execute(row.returning(document_versions.c.id)).scalar_one())
    touch(connection, "document_versions", number)
    return number


def get_version(connection: Connection, number: int) -> Version:
    """Give a version. Raises NotFoundError."""
    row = connection.execute(select(document_versions).where(document_versions.c.id == number)).mappings().one_or_none()
    if row is None:
        raise NotFoundError(f"there is no version {number} of a document")
    return version_of(row)


def version_of(row: RowMapping) -> Version:
    """Give the version of a row."""
    values = {column.name: row[column.name] for column in document_versions.c}
    return Version(**{**values, "answers": json.loads(row["answers"]), "missing": tuple(json.loads(row["missing"]))})


def sign(connection: Connection, told: Signature) -> None:
    """Append a signature."""
    row = insert(document_signatures).values(
        version_id=told.version_id, step=told.step, note=told.note, at=told.at, actor=told.actor
    )
    touch(connection, "document_signatures", connection.scalar(row.returning(document_signatures.c.id)))


def signatures_of(connection: Connection, version_ids: list[int]) -> list[Signature]:
    """Give the signatures of versions, oldest first."""
    own = document_signatures.c
    rows = connection.execute(
        select(own.version_id, own.step, own.note, own.at, own.actor)
        .where(own.version_id.in_(version_ids))
        .order_by(own.id)
    )
    return [Signature(*row) for row in rows]
