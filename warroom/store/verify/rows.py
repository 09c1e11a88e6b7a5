"""Checks sealed rows and the manifest's rows against what the chains say they are."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator

from sqlalchemy import Connection, select

from warroom.store.audit import AuditAction, Stored
from warroom.store.canonical import canonical
from warroom.store.manifest import row_hash
from warroom.store.schema import schema_hash, schema_version
from warroom.store.sealing import SEALED, current
from warroom.store.tables import segments
from warroom.store.verify.expected import Expected
from warroom.store.verify.report import Broken, Report, clean


def expect_rows(entry: Stored, expected: Expected, report: Report) -> None:
    """Take up what an entry of the audit chain says of rows; who forges the newest one may write anything there."""
    if entry.action != AuditAction.ROWS_SEALED:
        return
    try:
        for name, key, own in json.loads(entry.body)["rows"]:
            expected.add_row(name, key, own, entry.seq)
    except (ValueError, TypeError, KeyError, RecursionError, sqlite3.Error):
        report.find(Broken.ENTRY_CHANGED, f"audit entry {entry.seq}", "its body is not of ours")


def check_rows(connection: Connection, expected: Expected, report: Report, *, begun: bool) -> None:
    """Compare every row of the sealed tables; ``begun``: every row must be known by now."""
    for name, one in SEALED.items():
        for key, own in current(connection, one):
            must = expected.see_row(name, clean(key))
            report.add("sealed rows")
            place = f"{name} row {clean(key)}"
            if must is None or must.hash is None:
                if begun:
                    report.find(Broken.ROW_ADDED, place, "the audit chain does not know it")
            elif must.hash != own:
                report.find(Broken.ROW_CHANGED, place, f"it is not what audit entry {must.seq} says")
    for name, key, seq in expected.missing_rows():
        report.find(Broken.ROW_DELETED, f"{name} row {key}", f"gone; audit entry {seq} says that it is there")


def check_manifest(connection: Connection, expected: Expected, report: Report, *, begun: bool) -> int:
    """Compare every row of the manifest; the bytes of the files that it names."""
    total = 0
    for row in connection.execution_options(yield_per=1000).execute(select(segments).order_by(segments.c.id)):
        path = clean(str(row.path))
        place = f"manifest row of {path}"
        report.add("segments in the manifest")
        must = expected.see_segment(path)
        if isinstance(row.bytes, int):
            total += max(row.bytes, 0)
        if must is None:
            if begun:
                report.find(Broken.MANIFEST_ADDED, place, "the segments' log does not know it")
            expected.add_segment(path, clean(str(row.sha256)), "")
            expected.see_segment(path)
        elif not must.there:
            report.find(Broken.MANIFEST_ADDED, place, "the segment was merged or deleted")
        else:
            try:
                same = row_hash(row, row.created_at) == must.row_hash
            except (TypeError, ValueError):
                same = False
            if not same:
                report.find(Broken.MANIFEST_CHANGED, place, "it is not what was written")
    for one in expected.segments(unseen=True):
        report.find(Broken.MANIFEST_DELETED, f"manifest row of {one.path}", "gone, and nothing says that it had to go")
    return total


def check_schema(connection: Connection, told: Stored, report: Report) -> None:
    """Compare the tables' definitions with what the chain says they were made as."""
    if (version := schema_version(connection)) > told.subject_id:  # migrated, and no worker was started since
        report.note(f"the tables are of version {clean(version)}, the chain knows {told.subject_id}: start the worker")
    elif version != told.subject_id or canonical({"sha256": schema_hash(connection)}) != told.body:
        text = f"tables, indexes or triggers are not as audit entry {told.seq} says"
        report.find(Broken.SCHEMA_CHANGED, "state database", text)


def damages(connection: Connection) -> Iterator[str]:
    """Give what SQLite's own check of the database file says."""
    for (text,) in connection.exec_driver_sql("PRAGMA integrity_check(100)"):
        if text != "ok":
            yield clean(str(text))
