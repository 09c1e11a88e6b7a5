"""Versions of documents: printed as PDF and DOCX, kept under their hashes, verified and approved. Nothing is sent.

A version is never changed: what is to be said differently is the next version. Who made one does not verify or approve
it. Evidence that it was sent is entered by ``respond/sending.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import checked_text
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.catalog.answers import Answer, check_all, lacking, missing
from warroom.catalog.forms import Form, load_forms
from warroom.errors import ConflictError, ForbiddenError, UsageError
from warroom.report.marking import Tlp
from warroom.report.printing import print_pdf, print_pictures
from warroom.report.sheets import Print, sheet_of
from warroom.report.word import print_docx
from warroom.store import controllers, incidents, printed
from warroom.store import documents as rows
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.canonical import Json, canonical
from warroom.store.database import State, Transaction, now_us, raise_counter
from warroom.store.documents import Document, Signature, Version

STEPS: Final = ("verified", "approved")
#: Characters of all answers of a version.
MOST_ANSWERS: Final = 1 << 20
_NOTE_LIMIT: Final = 2_000
#: Characters that name a year, a record or a request.
PERIOD_LIMIT: Final = 20
_YEAR: Final = re.compile(r"2[45][0-9]{2}")
_APPROVAL: Final = {"send": Permission.SEND_REPORTS, "decide": Permission.DECIDE_BREACH}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A version that somebody wants.

    ``incident_id`` None: of a period (``period`` names it: ``2569``) or of the agency; ``data_at`` None: of now.
    ``letter``: with its covering letter, or as the letter that it is; ``emblem`` is the agency's picture, PNG.
    """

    form: str
    answers: Mapping[str, Answer]
    kind: str = "complete"
    incident_id: int | None = None
    controller_id: int | None = None
    period: str = ""
    language: str = "th"
    tlp: Tlp = Tlp.AMBER_STRICT
    secrecy: str = "secret"
    data_at: int | None = None
    digits: bool = False
    letter: bool = False
    emblem: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Made:
    """A version that was made, and the fields of it that have no answer yet."""

    document_id: int
    version_id: int
    number: int
    missing: tuple[str, ...]


@needs(Permission.PREPARE_REPORTS)
def preview(state: State, actor: Actor, wanted: Wanted) -> bytes:
    """Print a draft as PDF, as the version would be; nothing is kept.

    Raises:
        UsageError: an answer, language, class or kind that is none.
        NotFoundError: no such incident.
        ForbiddenError: not for this platform.
    """
    form = _form(wanted)
    check_all(form, wanted.answers)
    with state.read() as connection:
        drill = _allowed(connection, actor, wanted)
    return print_pdf(sheet_of(form, wanted.answers, _how(wanted, actor, 0, now_us(), drill=drill)))


@needs(Permission.PREPARE_REPORTS)
def preview_pages(state: State, actor: Actor, wanted: Wanted) -> tuple[bytes, ...]:
    """Give the pages of a draft as PNG, for the screen: nothing is kept. Raises as ``preview`` does."""
    form = _form(wanted)
    check_all(form, wanted.answers)
    with state.read() as connection:
        drill = _allowed(connection, actor, wanted)
    return print_pictures(sheet_of(form, wanted.answers, _how(wanted, actor, 0, now_us(), drill=drill)))


@needs(Permission.PREPARE_REPORTS)
def make_version(state: State, data_dir: Path, actor: Actor, wanted: Wanted) -> Made:
    """Print a version of a document as PDF and DOCX and keep it; the document is entered with its first version.

    Args:
        state: the store.
        data_dir: the state folder, where the files are kept.
        actor: who makes it.
        wanted: what it is to be.

    Raises:
        UsageError: an answer, language, class or kind that is none; or it lacks what the law asks for and is to be
            complete: make it partial, where the form may be.
        NotFoundError: no such incident or controller.
        ForbiddenError: not for this platform.
        ConflictError: somebody else made a version meanwhile.
        DiskFullError: no room for the files.
    """
    form = _form(wanted)
    check_all(form, wanted.answers)
    if len(canonical(dict(wanted.answers))) > MOST_ANSWERS:
        raise UsageError(f"the answers are longer than {MOST_ANSWERS} characters together: attach the rest as files")
    if absent := lacking(form, wanted.answers, wanted.kind):
        hint = "; a partial version may go without" if form.partial and wanted.kind != "closure" else ""
        raise UsageError(f"a {wanted.kind} version of {form.id} lacks: {', '.join(absent)}{hint}")
    with state.read() as connection:
        drill = _allowed(connection, actor, wanted)
        number = _next(connection, wanted)
    at = now_us()
    sheet = sheet_of(form, wanted.answers, _how(wanted, actor, number, at, drill=drill))
    files = {printed.PDF: print_pdf(sheet), printed.DOCX: print_docx(sheet)}
    kept = {media: printed.keep(data_dir, data) for media, data in files.items()}
    with state.write("documents") as connection:
        _allowed(connection, actor, wanted)
        if _next(connection, wanted) != number:
            raise ConflictError("somebody else made a version of this document meanwhile: look at it, then repeat")
        for media, data in files.items():
            printed.enter(connection, kept[media], len(data), media, at)
        own = Document(0, wanted.incident_id, wanted.controller_id, form.id, wanted.period, at, actor.name)
        found = _found(connection, wanted)
        document_id = rows.add(connection, own) if found is None else found.id
        absent = missing(form, wanted.answers)
        version_id = rows.add_version(
            connection,
            Version(
                id=0,
                document_id=document_id,
                number=number,
                kind=wanted.kind,
                language=wanted.language,
                tlp=wanted.tlp.value,
                secrecy=wanted.secrecy,
                answers=wanted.answers,
                missing=tuple(absent),
                data_at=wanted.data_at or at,
                pdf_sha256=kept[printed.PDF],
                docx_sha256=kept[printed.DOCX],
                made_at=at,
                made_by=actor.name,
            ),
        )
        _log(connection, own, at, actor, "document_made", form, number, wanted.kind)
    return Made(document_id, version_id, number, tuple(absent))


@needs(Permission.PREPARE_REPORTS)
def sign(state: State, actor: Actor, version_id: int, step: str, note: str = "") -> None:
    """Verify or approve the newest version of a document; who made it does neither.

    Args:
        state: the store.
        actor: who signs. Approving needs what the form says: to send reports, or to decide about breaches.
        version_id: the version as it was read.
        step: ``verified``, then ``approved``.
        note: what there is to say.

    Raises:
        UsageError: no such step.
        NotFoundError: no such version.
        ForbiddenError: the actor made it, lacks the permission, or may not see the platform.
        ConflictError: there is a newer version, it is signed already, or is not verified yet.
    """
    if step not in STEPS:
        raise UsageError(f"a version is {' or '.join(STEPS)}")
    told = checked_text(note, "a note", _NOTE_LIMIT, least=0)
    with state.write("documents") as connection:
        version = rows.get_version(connection, version_id)
        document = rows.get(connection, version.document_id)
        form = load_forms()[document.form]
        permission = _APPROVAL[form.approve] if step == "approved" else Permission.PREPARE_REPORTS
        _check_place(connection, actor, permission, document.incident_id)
        if version.made_by == actor.name:
            raise ForbiddenError("who made a version does not verify or approve it: somebody else reads it")
        if rows.newest_number(connection, document.id) != version.number:
            raise ConflictError("there is a newer version: sign that one")
        done = {one.step for one in rows.signatures_of(connection, [version_id])}
        if step in done:
            raise ConflictError(f"version {version.number} is {step} already")
        if step == "approved" and "verified" not in done:
            raise ConflictError("a version is verified before it is approved")
        at = now_us()
        rows.sign(connection, Signature(version_id, step, told, at, actor.name))
        _log(connection, document, at, actor, f"document_{step}", form, version.number, version.kind, text=told)


@needs(Permission.PREPARE_REPORTS)
def open_printed(state: State, data_dir: Path, actor: Actor, version_id: int, media: str = printed.PDF) -> bytes:
    """Give a version's printed file, hashed again; the audit says to whom.

    Args:
        state: the store.
        data_dir: the state folder.
        actor: who takes it out.
        version_id: which.
        media: ``printed.PDF`` or ``printed.DOCX``.

    Raises:
        NotFoundError: no such version.
        ForbiddenError: not for this platform.
        StoreError: the file is gone or is not what was printed.
    """
    with state.read() as connection:
        version = rows.get_version(connection, version_id)
        document = rows.get(connection, version.document_id)
        _check_place(connection, actor, Permission.PREPARE_REPORTS, document.incident_id)
    sha256 = version.pdf_sha256 if media == printed.PDF else version.docx_sha256
    data = printed.load_printed(data_dir, sha256)
    body: dict[str, Json] = {"form": document.form, "number": version.number, "sha256": sha256}
    with state.write() as connection:
        append(connection, Entry(actor.name, actor.via, AuditAction.EXPORT, "document", str(version_id), body))
    return data


def _form(wanted: Wanted) -> Form:
    form = load_forms().get(wanted.form)
    if form is None:
        raise UsageError(f"there is no form {wanted.form[:80]!r}")
    if wanted.kind not in form.kinds:
        raise UsageError(f"versions of {form.id} are: {', '.join(form.kinds)}")
    if (wanted.incident_id is None) != (form.scope == "period") and form.scope != "agency":
        raise UsageError(f"the form {form.id} is about: {form.scope}")
    if len(wanted.period) > PERIOD_LIMIT or not wanted.period.isprintable():
        raise UsageError(f"a period has at most {PERIOD_LIMIT} characters")
    if wanted.incident_id is None:
        checked_period(form, wanted.period)
    return form


def checked_period(form: Form, told: str) -> str:
    """Give what a document of no incident is about: a year of the Buddhist era, or the name of a record or request.

    Raises:
        UsageError: it is none, or has characters that names in addresses have not.
    """
    if form.scope == "period" and not _YEAR.fullmatch(told):
        raise UsageError("a year has the four digits of the Buddhist era, such as 2569")
    fits = told.strip() == told and 0 < len(told) <= PERIOD_LIMIT
    if not fits or not told.isprintable() or "/" in told:
        raise UsageError(f"a record or request has a name of at most {PERIOD_LIMIT} characters, without a slash")
    return told


def _allowed(connection: Transaction, actor: Actor, wanted: Wanted) -> bool:
    """Check who asks for what; whether the incident is a drill."""
    drill = _check_place(connection, actor, Permission.PREPARE_REPORTS, wanted.incident_id)
    if wanted.controller_id is not None:
        if wanted.incident_id is None:
            raise UsageError("a controller is one of an incident")
        controllers.get(connection, wanted.incident_id, wanted.controller_id)
    return drill


def _check_place(connection: Transaction, actor: Actor, permission: Permission, incident_id: int | None) -> bool:
    if incident_id is None:
        check(actor, permission)
        if actor.platforms is not None:
            raise ForbiddenError("a document of a period is about all platforms: you are confined to some")
        return False
    incident = incidents.get(connection, incident_id)
    check(actor, permission, incident.platform_id)
    return incident.drill


def _found(connection: Transaction, wanted: Wanted) -> Document | None:
    return rows.find(connection, wanted.incident_id, wanted.controller_id, wanted.form, wanted.period)


def _next(connection: Transaction, wanted: Wanted) -> int:
    found = _found(connection, wanted)
    return 1 if found is None else rows.newest_number(connection, found.id) + 1


def _how(wanted: Wanted, actor: Actor, number: int, at: int, *, drill: bool) -> Print:
    return Print(
        language=wanted.language,
        tlp=wanted.tlp,
        secrecy=wanted.secrecy,
        number=number,
        kind=wanted.kind,
        data_at=wanted.data_at or at,
        made_at=at,
        made_by=actor.name,
        case="" if wanted.incident_id is None else str(wanted.incident_id),
        digits=wanted.digits,
        letter=wanted.letter,
        drill=drill,
        emblem=wanted.emblem,
    )


def _log(
    connection: Transaction,
    document: Document,
    at: int,
    actor: Actor,
    action: str,
    form: Form,
    number: int,
    kind: str,
    **more: str,
) -> None:
    """Tell the incident's log; a document of a period has none: its rows are sealed all the same."""
    raise_counter(connection, "documents")
    if document.incident_id is not None:
        raise_counter(connection, "incidents")
        incidents.append_log(
            connection,
            document.incident_id,
            at,
            actor.name,
            action,
            form=form.id,
            number=str(number),
            kind=kind,
            item_th=form.short_th,
            item_en=form.short_en,
            **{name: text for name, text in more.items() if text},
        )
