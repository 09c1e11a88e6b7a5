"""Evidence files of an incident: added, looked into, verified, given out; the chain of custody tells who, when, what.

The bytes are never unpacked, changed or shown by a browser as what they claim to be. Their hash is taken again each
time that somebody has them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from warroom.access.actor import Actor
from warroom.access.changing import changing, checked_text
from warroom.access.guard import check, needs
from warroom.access.roles import Permission
from warroom.errors import StoreError, UsageError
from warroom.incidents.file_kinds import MOST_BYTES, kind_of, safe_name
from warroom.privacy import mask
from warroom.store import evidence_files as files
from warroom.store import incidents as store
from warroom.store.audit import AuditAction, Entry, append
from warroom.store.canonical import Json
from warroom.store.database import State, now_us
from warroom.store.evidence_files import EvidenceFile, Held

__all__ = ["BEGINNING", "MOST_BYTES", "MOST_FILES", "add", "export", "look_into", "verify"]

#: Files of one incident.
MOST_FILES: Final = 200
#: Bytes of a file that are shown, as text.
BEGINNING: Final = 8_192
_NOTE_LIMIT: Final = 500


@needs(Permission.ACT_ON_INCIDENTS)
def add(state: State, data_dir: Path, incident_id: int, actor: Actor, name: str, data: bytes, note: str = "") -> int:
    """Take a file as evidence; its number.

    Args:
        state: the store.
        data_dir: the state folder.
        incident_id: of which incident; also a closed one.
        actor: who brings it.
        name: what it was called; it is made safe.
        data: its bytes, up to ``MOST_BYTES``.
        note: where it is from.

    Raises:
        UsageError: the file is not taken (``file_kinds``), the incident has it already, or has too many.
        NotFoundError: no such incident.
        DiskFullError: no room.
    """
    kind, safe = kind_of(data), safe_name(name, data)
    told = checked_text(note, "a note", _NOTE_LIMIT, least=0)
    with state.read() as connection:  # before anything is written
        check(actor, Permission.ACT_ON_INCIDENTS, store.get(connection, incident_id).platform_id)
    sha256 = files.keep(data_dir, data)
    with changing(state, incident_id, actor, Permission.ACT_ON_INCIDENTS) as (connection, _, at):
        if files.count(connection, incident_id) >= MOST_FILES:
            raise UsageError(f"an incident has at most {MOST_FILES} files: put several into one zip")
        if (there := files.with_bytes(connection, incident_id, sha256)) is not None:
            raise UsageError(f"these very bytes are kept already: evidence file {there.id}, {there.name}")
        row = EvidenceFile(0, incident_id, sha256, len(data), safe, kind, told, at, actor.name)
        number = files.add(connection, row)
        files.hold(connection, Held(number, at, actor.name, actor.via, "added", sha256, whole=True))
        store.append_log(
            connection, incident_id, at, actor.name, "evidence_added", evidence=str(number), file=safe, sha256=sha256
        )
    return number


@needs(Permission.READ_INCIDENTS)
def look_into(state: State, data_dir: Path, evidence_id: int, actor: Actor) -> bytes:
    """Give the beginning of a file, to be shown as text; the chain of custody says who looked.

    Raises:
        NotFoundError: no such file.
        StoreError: its bytes are gone or changed; that stands in the chain of custody, too.
    """
    return _held(state, data_dir, evidence_id, actor, "viewed", Permission.READ_INCIDENTS)[1][:BEGINNING]


@needs(Permission.READ_INCIDENTS)
def verify(state: State, data_dir: Path, evidence_id: int, actor: Actor) -> str:
    """Take the hash of a file anew; the chain of custody says who did and what came out. Gives the hash.

    Raises:
        NotFoundError: no such file.
        StoreError: its bytes are gone or changed; that stands in the chain of custody, too.
    """
    return _held(state, data_dir, evidence_id, actor, "verified", Permission.READ_INCIDENTS)[0].sha256


@needs(Permission.EXPORT)
def export(state: State, data_dir: Path, evidence_id: int, actor: Actor) -> tuple[EvidenceFile, bytes]:
    """Give a file out, with its row; chain of custody, incident log and audit say to whom.

    Raises:
        NotFoundError: no such file.
        StoreError: its bytes are gone or changed; that stands in the chain of custody, too.
    """
    return _held(state, data_dir, evidence_id, actor, "exported", Permission.EXPORT)


def _held(
    state: State, data_dir: Path, evidence_id: int, actor: Actor, action: str, permission: Permission
) -> tuple[EvidenceFile, bytes]:
    """Let somebody have a file, and write down that they had it and what its bytes were."""
    with state.read() as connection:
        told = files.get(connection, evidence_id)
        check(actor, permission, store.get(connection, told.incident_id).platform_id)
    data = files.load(data_dir, told.sha256)
    own = told.sha256 if data is not None else files.found(data_dir, told.sha256)[0]
    with state.write("incidents") as connection:
        at = now_us()
        files.hold(connection, Held(evidence_id, at, actor.name, actor.via, action, own, whole=data is not None))
        if action == "exported" and data is not None:
            store.append_log(
                connection,
                told.incident_id,
                at,
                actor.name,
                "evidence_exported",
                evidence=str(evidence_id),
                file=told.name,
            )
            body: dict[str, Json] = {"incident": told.incident_id, "file": mask(told.name), "sha256": told.sha256}
            append(connection, Entry(actor.name, actor.via, AuditAction.EXPORT, "evidence", str(evidence_id), body))
    if data is None:
        raise StoreError(f"evidence file {evidence_id} is not what was added: its bytes are gone or were changed")
    return told, data
