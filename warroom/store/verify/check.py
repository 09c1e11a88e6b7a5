"""The whole check: signed statements, chains, rows and manifest of one moment, then the files."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, select
from sqlalchemy.exc import DatabaseError

from warroom.store.audit import GENESIS, AuditAction, stored
from warroom.store.audit_tables import audit, segment_log
from warroom.store.database import State, from_us
from warroom.store.manifest import LogEntry
from warroom.store.sealed_tables import MANIFEST, SEALED
from warroom.store.signing import Trusted
from warroom.store.verify.chain import AUDIT, SEGMENTS, walk
from warroom.store.verify.evidence import check_evidence
from warroom.store.verify.expected import Expected
from warroom.store.verify.files import check_files
from warroom.store.verify.outside import HeadsCopy, check_copy
from warroom.store.verify.report import Broken, Report
from warroom.store.verify.rows import check_manifest, check_rows, check_schema, damages, expect_rows
from warroom.store.verify.statements import Signed, check_days, check_heads, expect_change

#: Told what is being done, how far it is and how far it goes (0: not known).
Tell = Callable[[str, int, int], None]

_PAGE: Final = 1000


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is checked and by what: ``copy`` is the file off the machine, if there is one."""

    state: State
    data_dir: Path
    trusted: Trusted
    copy: Path | None = None
    copy_complete: bool = True


def verify(evidence: Evidence, tell: Tell) -> Report:
    """Check everything; a worker may go on writing meanwhile.

    Memory is bounded: chains are read in pages, what must be there is kept in a temporary file.

    Raises:
        StoreError: there is no state database.
        OSError: the file off the machine cannot be read.
    """
    report = Report()
    copy = None
    if evidence.copy is not None:
        copy = HeadsCopy(evidence.copy, evidence.copy.stat().st_size, evidence.copy_complete)
    with Expected() as expected:
        total = since = 0
        with evidence.state.read() as connection, _any_bytes(connection):
            try:
                for text in damages(connection):
                    report.find(Broken.DATABASE_DAMAGED, "state database", text)
                since = connection.scalar(select(func.max(segment_log.c.seq))) or 0
                total = _check_database(connection, evidence, copy, expected, report, tell)
            except (DatabaseError, UnicodeDecodeError) as problem:  # its complaint may quote what is no text
                said = str(problem.orig) if isinstance(problem, DatabaseError) else "its schema is no text"
                hint = ": of an older version? Start the worker once" if "no such table" in said else ""
                report.find(Broken.DATABASE_DAMAGED, "state database", f"{said}{hint}; the rest was not checked")
                return report
        check_files(
            evidence.state, evidence.data_dir, since, expected, report, lambda read: tell("segment files", read, total)
        )
    check_evidence(evidence.state, evidence.data_dir, report, lambda read: tell("evidence files", read, 0))
    _say_where(evidence, report)
    return report


def _check_database(
    connection: Connection, evidence: Evidence, copy: HeadsCopy | None, expected: Expected, report: Report, tell: Tell
) -> int:
    """Check all that is in the database, in one snapshot; the bytes of the files that the manifest names."""
    tell("signed statements", 0, 0)
    head = check_heads(connection, evidence.trusted, expected, report)
    if copy is not None:
        check_copy(connection, copy, evidence.trusted, expected, report)
    signed = check_days(connection, evidence.data_dir, evidence.trusted, expected, report)
    begun = _check_audit(connection, expected, report, tell)
    _check_log(connection, signed, expected, report, tell)
    check_rows(connection, expected, report, begun)
    total = check_manifest(connection, expected, report, begun=MANIFEST in begun)
    if not begun:
        report.note("nothing is proven yet: the chains begin when the worker starts")
    elif new := sorted({*SEALED, MANIFEST} - begun):
        report.note(f"not proven yet: {', '.join(new)}: the chain takes them in when the worker starts")
    _say_tail(connection, head, report)
    return total


def _check_audit(connection: Connection, expected: Expected, report: Report, tell: Tell) -> set[str]:
    """Walk the audit chain; the tables of which it knows every row."""
    count = connection.scalar(select(func.count()).select_from(audit)) or 0
    rows = connection.execution_options(yield_per=_PAGE).execute(select(audit).order_by(audit.c.seq)).mappings()

    def known(own: str) -> bool:
        return connection.scalar(select(audit.c.seq).where(audit.c.hash == own).limit(1)) is not None

    begun: set[str] = set()
    schema = None
    for entry in walk(AUDIT, map(stored, rows), (0, GENESIS), expected, report, known):
        report.add("audit entries")
        schema = entry if entry.action == AuditAction.SCHEMA_CHANGED else schema
        expect_rows(connection, entry, expected, begun, report)
        if entry.seq % _PAGE == 0:
            tell("audit entries", entry.seq, count)
    if schema is not None:
        check_schema(connection, schema, report)
    if MANIFEST not in begun and expected.last_point(AUDIT.name) is not None:
        return {*SEALED, MANIFEST}  # heads were signed: the entry that begins the chain was lost or changed
    return begun


def _check_log(connection: Connection, signed: Signed, expected: Expected, report: Report, tell: Tell) -> None:
    """Walk the segments' log and take up what is younger than the signed lists."""
    query = select(segment_log).order_by(segment_log.c.seq)
    rows = connection.execution_options(yield_per=_PAGE).execute(query).mappings()
    first = connection.execute(
        select(segment_log.c.seq, segment_log.c.prev_hash).order_by(segment_log.c.seq).limit(1)
    ).one_or_none()
    start = (0, GENESIS)
    if first is not None and (first.seq - 1, first.prev_hash) in signed.log_starts:
        start = (first.seq - 1, first.prev_hash)

    def known(own: str) -> bool:
        return connection.scalar(select(segment_log.c.seq).where(segment_log.c.hash == own).limit(1)) is not None

    for entry in walk(SEGMENTS, map(_log_entry, rows), start, expected, report, known):
        report.add("segment log entries")
        if entry.seq > signed.covers.get(entry.day, 0):
            try:
                expect_change(json.loads(entry.body), expected)
            except (ValueError, TypeError, AttributeError, RecursionError, sqlite3.Error):
                report.find(Broken.LOG_CHANGED, f"segment log entry {entry.seq}", "its body is not of ours")
        if entry.seq % _PAGE == 0:
            tell("segments' log", entry.seq, 0)


def _log_entry(row: RowMapping) -> LogEntry:
    return LogEntry(**{name: row[name] for name in LogEntry.__slots__})


def _say_tail(connection: Connection, head: dict[str, Any] | None, report: Report) -> None:
    entries = connection.scalar(select(func.max(audit.c.seq))) or 0
    if head is None:
        report.note("tail unprotected: no head of the chains was ever signed")
    elif entries > head["audit"][0]:
        at = from_us(head["at"]).strftime("%Y-%m-%d %H:%M:%S UTC")
        report.note(f"the last {entries - head['audit'][0]} audit entries are younger than the last head, of {at}")


def _say_where(evidence: Evidence, report: Report) -> None:
    """Say in plain words how far the newest entries are protected."""
    if evidence.copy is None:
        report.note(
            "tail unprotected: signed heads stay on this machine, so whoever can write the state folder and use the "
            "signing key can cut off the newest entries unseen. Set WARROOM_AUDIT_HEADS to a file on another volume"
        )
    elif os.stat(evidence.copy).st_dev == os.stat(evidence.data_dir).st_dev:  # noqa: PTH116 - both at once
        report.note(
            f"tail poorly protected: {evidence.copy} is on the same volume as the state folder: "
            "put it on another one, better on another machine"
        )


@contextmanager
def _any_bytes(connection: Connection) -> Iterator[None]:
    """Let texts that are no UTF-8 be read, to be found as changed: a flipped byte must not end the check."""
    driver: Any = connection.connection.driver_connection
    before = driver.text_factory
    driver.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = before
