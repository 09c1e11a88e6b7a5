"""Files given as evidence: their bytes under their SHA-256 in the state folder, their rows, and who had them when."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, insert, select

from warroom.errors import NotFoundError, StoreError
from warroom.store import durable
from warroom.store.case_tables import custody, evidence_files
from warroom.store.sealing import touch

#: The folder in the state folder.
FOLDER: Final = "evidence"


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file as stored; ``name`` is made safe, ``kind`` is by its bytes."""

    id: int
    incident_id: int
    sha256: str
    bytes: int
    name: str
    kind: str
    note: str
    added_at: int
    added_by: str


@dataclass(frozen=True, slots=True)
class Held:
    """An entry of the chain of custody: ``sha256`` is what the bytes were then, ``whole`` that they were the same."""

    evidence_id: int
    at: int
    actor: str
    via: str
    action: str
    sha256: str
    whole: bool


def place_of(sha256: str) -> str:
    """Give where the bytes of a hash lie, relative to the state folder."""
    return f"{FOLDER}/{sha256[:2]}/{sha256}"


def keep(data_dir: Path, data: bytes) -> str:
    """Write bytes durably under their SHA-256 (mode 600), unless they are there; their hash.

    Raises:
        DiskFullError: no room; nothing is left behind.
        StoreError: something else lies at their place: it is not written over.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    target = data_dir / place_of(sha256)
    durable.make_folders(data_dir, target.parent)
    if os.path.lexists(target):
        if found(data_dir, sha256)[1]:
            return sha256
        raise StoreError(f"{place_of(sha256)} is there and is not what its name says: run `./run verify`")
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    with (
        durable.no_room(draft, "free space, then upload the file again"),
        os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file,
    ):
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(target)
    for folder in (target.parent, target.parent.parent, data_dir):
        durable.sync_folder(folder)
    return sha256


def found(data_dir: Path, sha256: str) -> tuple[str, bool]:
    """Give the hash of what lies at a hash's place, empty where nothing does, and whether it is that hash."""
    try:
        own, _ = durable.hashed(data_dir / place_of(sha256), lambda _: None)
    except (OSError, durable.NotAFileError):
        return "", False
    return own, own == sha256


def load(data_dir: Path, sha256: str) -> bytes | None:
    """Give the bytes of a hash; None where they are gone or are not those that were added."""
    try:
        handle = os.open(data_dir / place_of(sha256), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            data = file.read()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None


def add(connection: Connection, told: EvidenceFile) -> int:
    """Enter a file whose bytes are kept; its number (``told.id`` is not looked at)."""
    values = {one.name: getattr(told, one.name) for one in fields(EvidenceFile) if one.name != "id"}
    row = insert(evidence_files).values(**values).returning(evidence_files.c.id)
    number = int(connection.execute(row).scalar_one())
    touch(connection, "evidence_files", number)
    return number


def get(connection: Connection, number: int) -> EvidenceFile:
    """Give a file's row. Raises NotFoundError."""
    row = connection.execute(select(evidence_files).where(evidence_files.c.id == number)).one_or_none()
    if row is None:
        raise NotFoundError(f"there is no evidence file {number}")
    return EvidenceFile(**row._asdict())


def count(connection: Connection, incident_id: int) -> int:
    """Count an incident's files."""
    own = evidence_files.c.incident_id == incident_id
    return connection.scalar(select(func.count()).select_from(evidence_files).where(own)) or 0


def with_bytes(connection: Connection, incident_id: int, sha256: str) -> EvidenceFile | None:
    """Give the file of an incident that has these bytes."""
    own = (evidence_files.c.incident_id == incident_id, evidence_files.c.sha256 == sha256)
    row = connection.execute(select(evidence_files).where(*own).limit(1)).one_or_none()
    return None if row is None else EvidenceFile(**row._asdict())


def of_incident(connection: Connection, incident_id: int) -> list[EvidenceFile]:
    """Give an incident's files, oldest first."""
    own = select(evidence_files).where(evidence_files.c.incident_id == incident_id).order_by(evidence_files.c.id)
    return [EvidenceFile(**row._asdict()) for row in connection.execute(own)]


def hold(connection: Connection, held: Held) -> None:
    """Append to the chain of custody."""
    values = {one.name: getattr(held, one.name) for one in fields(Held)}
    row = insert(custody).values(**values).returning(custody.c.id)
    touch(connection, "custody", connection.scalar(row))


def custody_of(connection: Connection, numbers: list[int], *, limit: int = 500) -> list[Held]:
    """Give the newest entries of these files' chain of custody, oldest first."""
    columns = [custody.c[one.name] for one in fields(Held)]
    newest = select(*columns, custody.c.id).where(custody.c.evidence_id.in_(numbers))
    rows = connection.execute(newest.order_by(custody.c.id.desc()).limit(limit)).all()
    return [Held(*row[:-1]) for row in reversed(rows)]
