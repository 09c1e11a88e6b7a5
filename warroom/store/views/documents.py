"""Documents for the screens: those of an incident or a period, their versions and who signed them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, select

from warroom.store.documents import Document, Signature, Version, signatures_of, version_of
from warroom.store.response_tables import document_versions, documents
from warroom.store.tables import incidents
from warroom.store.views.rows import Scope, within

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

    from warroom.store.database import State

_DOCUMENTS: Final = 200
_VERSIONS: Final = 50  # of one document, the newest


@dataclass(frozen=True, slots=True)
class VersionShown:
    """A version and who signed it."""

    version: Version
    signatures: tuple[Signature, ...]

    def signed(self, step: str) -> Signature | None:
        """Give the signature of a step, ``verified`` or ``approved``."""
        return next((one for one in self.signatures if one.step == step), None)


@dataclass(frozen=True, slots=True)
class DocumentShown:
    """A document with its versions, the newest first; ``count`` is of all."""

    document: Document
    versions: tuple[VersionShown, ...]
    count: int


@dataclass(frozen=True, slots=True)
class DocumentsView:
    """Documents, the newest first; ``cut``: there are more."""

    documents: tuple[DocumentShown, ...]
    cut: bool


def documents_of(state: State, incident_id: int, *, scope: Scope = None) -> DocumentsView:
    """Give an incident's documents; none where it may not be seen."""
    allowed = select(incidents.c.id).where(incidents.c.id == incident_id, within(scope, incidents.c.platform_id))
    return _view(state, documents.c.incident_id.in_(allowed))


def documents_of_periods(state: State, *, scope: Scope = None) -> DocumentsView:
    """Give the documents that belong to no incident; none to who is confined to some platforms."""
    return _view(state, documents.c.incident_id.is_(None)) if scope is None else DocumentsView((), cut=False)


def _view(state: State, where: ColumnElement[bool]) -> DocumentsView:
    with state.read() as connection:
        wanted = select(documents).where(where).order_by(documents.c.id.desc()).limit(_DOCUMENTS + 1)
        found = [Document(**row._asdict()) for row in connection.execute(wanted)]
        shown = tuple(_shown(connection, one) for one in found[:_DOCUMENTS])
    return DocumentsView(shown, cut=len(found) > _DOCUMENTS)


def _shown(connection: Connection, document: Document) -> DocumentShown:
    own = document_versions.c.document_id == document.id
    newest = select(document_versions).where(own).order_by(document_versions.c.number.desc()).limit(_VERSIONS)
    versions = [version_of(row) for row in connection.execute(newest).mappings()]
    signed = signatures_of(connection, [one.id for one in versions])
    count = connection.scalar(select(func.count()).select_from(document_versions).where(own)) or 0
    told = tuple(VersionShown(one, tuple(sign for sign in signed if sign.version_id == one.id)) for one in versions)
    return DocumentShown(document, told, count)
