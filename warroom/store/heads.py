"""Signed heads: where the chains stand, said once a minute with a signature.

A head names the newest entry of the audit chain, of the segments' log and of the days' lists, each by number and
hash, and the head before it by its hash. Kept off the machine, it shows that everything up to it is still there.
"""

from __future__ import annotations

import hashlib
import json
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from warroom.store import manifest
from warroom.store.audit import GENESIS
from warroom.store.audit_tables import audit, heads, proofs
from warroom.store.canonical import Json
from warroom.store.database import from_us
from warroom.store.signing import Signer

KIND: Final = "head"
#: Heads this old have newer ones that say more; what was sent off the machine stays there.
_KEPT_US: Final = 31 * 86_400_000_000
_CHAINS: Final = ("audit", "segments", "proofs")


def sign_head(connection: Connection, signer: Signer, at: int) -> str | None:
    """Sign where the chains stand and keep it; the document, or None where nothing changed since the last one.

    It also names the oldest head that is kept here, so that one cut off from the front is missed.
    """
    last = connection.execute(
        select(heads.c.number, heads.c.document).order_by(heads.c.number.desc()).limit(1)
    ).one_or_none()
    stand = _stand(connection)
    if last is not None:
        before = json.loads(last.document)
        if all(before[name] == stand[name] for name in _CHAINS):
            return None
    number = last.number + 1 if last else 1
    document = signer.sign(
        KIND,
        {
            **stand,
            "number": number,
            "oldest": connection.scalar(select(func.min(heads.c.number))) or number,
            "previous": document_hash(last.document) if last else GENESIS,
            "at": at,
            "time": from_us(at).isoformat(),
        },
    )
    connection.execute(insert(heads).values(number=number, at=at, document=document))
    return document


def prune(connection: Connection, at: int) -> None:
    """Drop heads of long ago, never the newest one."""
    newest = select(heads.c.number).order_by(heads.c.number.desc()).limit(1).scalar_subquery()
    connection.execute(delete(heads).where(heads.c.at < at - _KEPT_US, heads.c.number < newest))


def document_hash(document: str) -> str:
    """Give the hash by which the next document names this one."""
    return hashlib.sha256(document.encode()).hexdigest()


def _stand(connection: Connection) -> dict[str, Json]:
    entry = connection.execute(select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)).one_or_none()
    day = connection.execute(
        select(proofs.c.number, proofs.c.sha256).order_by(proofs.c.number.desc()).limit(1)
    ).one_or_none()
    return {
        "audit": list(entry) if entry else [0, GENESIS],
        "segments": list(manifest.last(connection)),
        "proofs": list(day) if day else [0, GENESIS],
    }
