"""Signed lists of days: for each closed UTC day of ingestion which segments there are, by path, SHA-256 and rows.

The first document of a day lists all of its segments. What happens to them later (a merge, a lawful deletion, a late
commit) is told by further documents of that day, each with the changes since. All documents are numbered, each
names the one before it by its hash, and each is a file of its own in ``proofs/``.
"""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from warroom.store import manifest
from warroom.store.audit import GENESIS
from warroom.store.audit_tables import proofs, segment_log
from warroom.store.canonical import Json
from warroom.store.database import from_us
from warroom.store.heads import document_hash
from warroom.store.signing import Signer
from warroom.store.tables import segments

FOLDER: Final = "proofs"
KIND: Final = "day"
#: A batch that was written before midnight may be committed after it.
_CLOSED_AFTER: Final = timedelta(hours=1)
#: So long the segments' log is kept beside the lists.
_KEPT_US: Final = 7 * 86_400_000_000


def due(connection: Connection, at: int) -> list[str]:
    """Days that are over and of which the segments' log knows more than was signed, oldest first."""
    last_open = (from_us(at) - _CLOSED_AFTER).strftime("%Y-%m-%d")
    known = select(segment_log.c.day, func.max(segment_log.c.seq).label("seq")).group_by(segment_log.c.day).subquery()
    signed = select(proofs.c.day, func.max(proofs.c.covers_seq).label("seq")).group_by(proofs.c.day).subquery()
    found = connection.scalars(
        select(known.c.day)
        .outerjoin(signed, signed.c.day == known.c.day)
        .where(known.c.day < last_open, known.c.seq > func.coalesce(signed.c.seq, 0))
        .order_by(known.c.day)
    )
    return list(found)


def sign_day(connection: Connection, data_dir: Path, signer: Signer, day: str, at: int) -> str:
    """Sign a day's list, or what changed since it was signed: first the file, then the row. The document."""
    before = connection.execute(
        select(proofs.c.number, proofs.c.sha256).order_by(proofs.c.number.desc()).limit(1)
    ).one_or_none()
    covered = connection.scalar(select(func.max(proofs.c.covers_seq)).where(proofs.c.day == day))
    number = before.number + 1 if before else 1
    log = manifest.last(connection)
    content: dict[str, Json] = {"segments": _segments(connection, day)}
    if covered is not None:
        content = {"changes": _changes(connection, day, covered)}
    values: dict[str, Json] = {
        **content,
        "day": day,
        "number": number,
        "previous": before.sha256 if before else GENESIS,
        "log": list(log),
        "at": at,
        "time": from_us(at).isoformat(),
    }
    document = signer.sign(KIND, values)
    write(path_of(data_dir, number, day), document)
    connection.execute(
        insert(proofs).values(number=number, day=day, at=at, covers_seq=log[0], sha256=document_hash(document))
    )
    return document


def prune_log(connection: Connection, at: int) -> int:
    """Cut off the past of the segments' log that signed lists of a week ago prove; how many entries.

    The list up to whose making the log is cut names the log's newest entry then: what is left begins after it.
    """
    cut = connection.scalar(select(func.max(proofs.c.covers_seq)).where(proofs.c.at < at - _KEPT_US))
    if cut is None or cut >= manifest.last(connection)[0]:
        return 0
    signed = select(proofs.c.day, func.max(proofs.c.covers_seq).label("seq")).group_by(proofs.c.day).subquery()
    open_still = connection.scalar(
        select(func.count())
        .select_from(segment_log)
        .outerjoin(signed, signed.c.day == segment_log.c.day)
        .where(segment_log.c.seq <= cut, segment_log.c.seq > func.coalesce(signed.c.seq, 0))
    )
    if open_still:
        return 0
    return connection.execute(delete(segment_log).where(segment_log.c.seq <= cut)).rowcount


def path_of(data_dir: Path, number: int, day: str) -> Path:
    """Where a day's document lies."""
    return data_dir / FOLDER / f"{number:06}-{day}.json"


def write(path: Path, text: str) -> None:
    """Make a small file of mode 600 durable."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _segments(connection: Connection, day: str) -> list[Json]:
    rows = connection.execute(select(segments).where(segments.c.day == day).order_by(segments.c.path))
    return [[row.path, row.sha256, row.rows, manifest.row_hash(row, row.created_at)] for row in rows]


def _changes(connection: Connection, day: str, since: int) -> list[Json]:
    rows = connection.execute(
        select(segment_log.c.at, segment_log.c.what, segment_log.c.body)
        .where(segment_log.c.day == day, segment_log.c.seq > since)
        .order_by(segment_log.c.seq)
    )
    return [{"at": row.at, "what": row.what, **json.loads(row.body)} for row in rows]
