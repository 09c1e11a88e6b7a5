"""Keeps the proofs of one data folder: begins the chains, signs heads and days, sends them off the machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from warroom.machine.log import log
from warroom.store import days, heads, manifest
from warroom.store.audit import AuditAction, Entry, Via, append
from warroom.store.audit_tables import audit
from warroom.store.canonical import Json
from warroom.store.database import State, now_us
from warroom.store.lease import Lease
from warroom.store.schema import schema_hash, schema_version
from warroom.store.sealed_tables import MANIFEST, SEALED
from warroom.store.sealing import seal_all
from warroom.store.sending import HeadsFile, to_syslog
from warroom.store.signing import Signer

_KEY: Final = "signing_key"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the key is and where what is signed goes."""

    key: Path
    heads: Path | None  # a file on another volume
    syslog: Path | None  # the syslog socket of this machine


class Prover:
    """Signs what happened; only the holder of the writer's lease may."""

    def __init__(self, state: State, data_dir: Path, lease: Lease, places: Places) -> None:
        self._state, self._data_dir, self._lease = state, data_dir, lease
        self._signer = Signer.open(places.key)
        self._file = HeadsFile(places.heads, data_dir) if places.heads else None
        self._syslog = places.syslog

    def begin(self) -> None:
        """Begin the chains where there are none yet, with all that is there; record a new signing key or schema.

        Raises:
            LeaseError: another worker took the folder over.
        """
        public = self._data_dir / days.FOLDER / f"{self._signer.key_id}.pem"
        if not public.exists():
            days.write(public, self._signer.public_pem().decode())
        with self._state.write() as connection:
            self._lease.hold(connection)
            begun = _begun(connection)
            if begun and _signing_key(connection) != self._signer.key_id:
                self._tell(connection, AuditAction.SETTINGS_CHANGED, _KEY, self._signer.key_id, {})
            if new := [name for name in SEALED if name not in begun]:  # all, or what an upgrade seals in addition
                rows = seal_all(connection, new)
                if MANIFEST not in begun:
                    rows[MANIFEST] = manifest.adopt(connection)
                self._tell(connection, AuditAction.CHAIN_BEGUN, "store", "", rows)
            version = schema_version(connection)
            if _told_schema(connection) != version:
                body: dict[str, Json] = {"sha256": schema_hash(connection)}
                append(connection, Entry("worker", Via.WORKER, AuditAction.SCHEMA_CHANGED, "schema", version, body))

    def run(self) -> None:
        """Sign days that are over and the chains' heads, and send them; what cannot be sent is sent later.

        Raises:
            LeaseError: another worker took the folder over.
        """
        at = now_us()
        with self._state.read() as connection:
            over = days.due(connection, at)
        for day in over:
            with self._state.write() as connection:
                self._lease.hold(connection)
                days.sign_day(connection, self._data_dir, self._signer, day, at)
        with self._state.write() as connection:
            self._lease.hold(connection)
            days.prune_log(connection, at)
            heads.prune(connection, at)
            head = heads.sign_head(connection, self._signer, at)
        self._send(head, at)

    def _send(self, head: str | None, at: int) -> None:
        if self._file:
            try:
                self._file.send(self._state, self._lease, at)
            except OSError as problem:
                log().error("signed heads wait: their file cannot be written", reason=str(problem))
        if self._syslog and head:
            try:
                to_syslog(self._syslog, head)
            except OSError as problem:
                log().error("a signed head did not reach syslog", reason=str(problem))

    def _tell(
        self, connection: Connection, action: AuditAction, kind: str, subject: str, counts: dict[str, int]
    ) -> None:
        body: dict[str, Json] = {**counts, _KEY: self._signer.key_id}
        append(connection, Entry("worker", Via.WORKER, action, kind, subject, body))


def _begun(connection: Connection) -> set[str]:
    """Give what the chain was begun with, by name of table."""
    told = connection.scalars(select(audit.c.body).where(audit.c.action == AuditAction.CHAIN_BEGUN))
    return {name for body in told for name in json.loads(body)}


def _signing_key(connection: Connection) -> str | None:
    """The key that the chain last told of."""
    query = select(audit.c.body).where(audit.c.action.in_((AuditAction.CHAIN_BEGUN, AuditAction.SETTINGS_CHANGED)))
    mentions = query.where(audit.c.body.contains(_KEY)).order_by(audit.c.seq.desc()).limit(1)
    found = connection.scalar(mentions)
    return json.loads(found).get(_KEY) if found else None


def _told_schema(connection: Connection) -> str | None:
    """The migration that the chain last told of: only a migration may change the schema."""
    told = select(audit.c.subject_id).where(audit.c.action == AuditAction.SCHEMA_CHANGED)
    return connection.scalar(told.order_by(audit.c.seq.desc()).limit(1))
