"""Takes an incident out as a file or a pack: cleared, masked, marked, compared, encrypted, and written down.

Nothing is sent: whoever asked gets the bytes. The row in ``exports``, the audit entry and the log entry are there
before they are handed over.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from warroom.access.actor import Actor
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.errors import NotFoundError, UsageError
from warroom.privacy import mask
from warroom.report import openpgp
from warroom.report.clearance import Cleared, Wanted, clear
from warroom.report.comparing import Change, Snapshot, changes_text, compare, snapshot
from warroom.report.formats import FORMATS, files_of
from warroom.report.kept_files import kept_files
from warroom.report.marking import Marking
from warroom.report.packing import LeftOut, Member, pack
from warroom.store import contacts, exports
from warroom.store import incidents as store
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.database import State, now_us, raise_counter
from warroom.store.exports import Export
from warroom.store.views.case_masking import masked
from warroom.store.views.casefile import CaseFile, casefile

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.store.canonical import Json
    from warroom.store.contacts import Contact

__all__ = ["PACK", "Package", "changes_since", "export_case"]

#: Everything at once, in one ZIP.
PACK: Final = "pack"
_LANGUAGES: Final = ("th", "en")
_NAMED: Final = 200  # entries that an audit entry lists
_CHANGES: Final = "changes.json"


@dataclass(frozen=True, slots=True)
class Package:
    """What was taken out: a name for the file, its bytes, its row's number, and what did not come in."""

    name: str
    data: bytes
    sha256: str
    encrypted: bool
    export_id: int
    files: tuple[str, ...]
    left_out: tuple[LeftOut, ...]


@needs(Permission.EXPORT)
def export_case(state: State, data_dir: Path, incident_id: int, actor: Actor, wanted: Wanted) -> Package:
    """Take an incident out.

    Args:
        state: the store.
        data_dir: the state folder, where printed documents lie.
        incident_id: which.
        actor: who takes it.
        wanted: formats (``pack`` for all), mark, recipient, whether unmasked and why. One format that makes one file
            is given as that file, anything else as a ZIP with a manifest.

    Raises:
        ForbiddenError, UsageError: as ``clearance.clear`` says; or a format that there is not, or nothing in it.
        NotFoundError: no such incident or contact.
    """
    at = now_us()
    formats = _known(wanted.formats)
    case, contact, cleared = _cleared(state, incident_id, actor, wanted, at)
    before = _before(state, incident_id, contact, cleared.recipient)
    shown = case if cleared.reason else masked(case)
    marking = Marking(cleared.tlp, at, actor.name, cleared.recipient, cleared.statement)
    whole = PACK in wanted.formats
    written = [
        Member(name, data, marking.tlp.label, shown.masked) for name, data in files_of(shown, marking, formats).items()
    ]
    members, left_out = kept_files(data_dir, case, marking, formats)
    members = [*written, *members]
    if not members:
        why = "; ".join(f"{one.name}: {one.why}" for one in left_out) or "the incident has none"
        raise UsageError(f"there is nothing to export as {', '.join(formats)}: {why}")
    now = snapshot(case)
    if whole:
        members += _changes(before, now, marking)
    alone = len(members) == 1 and not whole
    data = members[0].data if alone else pack(shown, marking, members, left_out, before[0] if before else None)
    name = f"incident-{incident_id}-{members[0].name}" if alone else f"incident-{incident_id}.zip"
    if cleared.key:
        data, name = openpgp.encrypt(data, cleared.key, at), f"{name}.asc"
    told = Export(
        incident_id=incident_id,
        at=at,
        actor=actor.name,
        recipient=cleared.recipient,
        contact_id=contact.id if contact else None,
        tlp=marking.tlp.label,
        masked=shown.masked,
        encrypted=bool(cleared.key),
        formats=(PACK,) if whole else formats,
        manifest={one.name: one.sha256 for one in members},
        sha256=hashlib.sha256(data).hexdigest(),
        bytes=len(data),
    )
    number = _enter(state, actor, told, now, cleared)
    files = tuple(one.name for one in members)
    return Package(name, data, told.sha256, told.encrypted, number, files, tuple(left_out))


@needs(Permission.EXPORT)
def changes_since(state: State, export_id: int, actor: Actor) -> tuple[Change, ...]:
    """Give what is new in an incident since it was exported, personal data masked.

    Raises:
        NotFoundError: no such export.
        ForbiddenError: not for this platform.
    """
    with state.read() as connection:
        told = exports.get(connection, export_id)
        check(actor, Permission.EXPORT, store.get(connection, told.incident_id).platform_id)
        before = exports.snapshot_of(connection, export_id)
    case = casefile(state, told.incident_id)
    if case is None:
        raise NotFoundError(f"there is no incident {told.incident_id}")
    return compare(before, snapshot(case))


def _known(formats: tuple[str, ...]) -> tuple[str, ...]:
    """Give the formats in their order; raise UsageError for one that there is not."""
    if PACK in formats:
        return FORMATS
    if strange := [one for one in formats if one not in FORMATS]:
        raise UsageError(f"there is no format {strange[0]}: one of {', '.join(FORMATS)} or {PACK}")
    if not formats:
        raise UsageError(f"say as what: {', '.join(FORMATS)} or {PACK}")
    return tuple(one for one in FORMATS if one in formats)


def _cleared(
    state: State, incident_id: int, actor: Actor, wanted: Wanted, at: int
) -> tuple[CaseFile, Contact | None, Cleared]:
    with state.read() as connection:
        platform = store.get(connection, incident_id).platform_id
        check(actor, Permission.EXPORT, platform)
        contact = None if wanted.contact_id is None else contacts.get(connection, wanted.contact_id)
    cleared = clear(actor, platform, wanted, contact, at)
    case = casefile(state, incident_id)
    if case is None:
        raise NotFoundError(f"there is no incident {incident_id}")
    return case, contact, cleared


def _before(state: State, incident_id: int, contact: Contact | None, recipient: str) -> tuple[int, Snapshot] | None:
    """Give when the recipient was last given something of this incident, and what it was then."""
    with state.read() as connection:
        last = exports.newest_to(connection, incident_id, contact.id if contact else None, recipient)
        return None if last is None else (last.at, exports.snapshot_of(connection, last.id))


def _changes(before: tuple[int, Snapshot] | None, now: Snapshot, marking: Marking) -> list[Member]:
    """Give the files that say what is new."""
    found = None if before is None else compare(before[1], now)
    since = None if before is None else before[0]
    told = {
        "first": found is None,
        "since": since,
        "at": marking.at,
        "changes": [asdict(one) for one in found or ()],
    }
    data = json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    texts = {f"changes.{one}.txt": changes_text(found, since, marking.at, one) for one in _LANGUAGES}
    return [
        Member(name, text.encode(), marking.tlp.label, masked=True) for name, text in {_CHANGES: data, **texts}.items()
    ]


def _enter(state: State, actor: Actor, told: Export, now: Snapshot, cleared: Cleared) -> int:
    """Write down that it leaves: row, log entry and audit entries; the row's number."""
    subject = ("incident", str(told.incident_id))
    with state.write("incidents") as connection:
        raise_counter(connection, "exports")
        number = exports.add(connection, told, {section: dict(rows) for section, rows in now.items()})
        store.append_log(
            connection,
            told.incident_id,
            told.at,
            actor.name,
            "exported",
            to=told.recipient or "—",
            formats=", ".join(told.formats),
            tlp=told.tlp,
            sha256=told.sha256,
            export=str(number),
        )
        if cleared.reason:
            body: dict[str, Json] = {"reason": mask(cleared.reason), "export": number}
            append(connection, Entry(actor.name, actor.via, AuditAction.REVEAL, *subject, body), at=told.at)
        body = {
            "export": number,
            "formats": list(told.formats),
            "files": sorted(told.manifest)[:_NAMED],
            "tlp": told.tlp,
            "recipient": mask(told.recipient),
            "contact": told.contact_id,
            "masked": told.masked,
            "encrypted": told.encrypted,
            "sha256": told.sha256,
            "bytes": told.bytes,
        }
        append(connection, Entry(actor.name, actor.via, AuditAction.EXPORT, *subject, body), at=told.at)
    return number
