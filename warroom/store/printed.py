"""Printed files: bytes under their SHA-256 among the evidence, each with a row that backups and ``verify`` go by."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, select

from warroom.errors import StoreError
from warroom.store import evidence_files
from warroom.store.response_tables import printed_files
from warroom.store.sealing import touch

PDF: Final = "application/pdf"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def keep(data_dir: Path, data: bytes) -> str:
    """Write a file's bytes durably; their hash. A file that no row comes to know is harmless. Raises DiskFullError."""
    return evidence_files.keep(data_dir, data)


def enter(connection: Connection, sha256: str, size: int, media: str, at: int) -> None:
    """Enter a file that is kept, unless it was printed before."""
    if connection.scalar(select(printed_files.c.sha256).where(printed_files.c.sha256 == sha256)) is None:
        connection.execute(insert(printed_files).values(sha256=sha256, bytes=size, media=media, made_at=at))
        touch(connection, "printed_files", sha256)


def load_printed(data_dir: Path, sha256: str) -> bytes:
    """Give a printed file, hashed again. Raises StoreError: it is gone, or is not what was printed."""
    data = evidence_files.load(data_dir, sha256)
    if data is None:
        raise StoreError(f"the printed file {sha256[:12]}… is gone or was changed: run `./run verify`")
    return data
