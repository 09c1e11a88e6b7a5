"""Checks sealed rows and the manifest's rows against what the chains say they are."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, select

from warroom.store.account_tables import account_platforms, account_roles, accounts, api_tokens
from warroom.store.audit import AuditAction, Stored
from warroom.store.canonical import canonical
from warroom.store.manifest import row_hash
from warroom.store.schema import schema_hash, schema_version
from warroom.store.sealed_tables import FORMS, MANIFEST, SEALED
from warroom.store.sealing import current
from warroom.store.tables import segments
from warroom.store.verify.expected import Expected
from warroom.store.verify.report import Broken, Report, clean

_OF_ACCOUNTS: Final = frozenset(table.name for table in (accounts, account_roles, account_platforms, api_tokens))


def expect_rows(connection: Connection, entry: Stored, expected: Expected, begun: set[str], report: Report) -> None:
    """Take up what an entry of the audit chain says of rows; who forges the newest one may write anything there.

    Args:
        connection: names the accounts whose rows are broken.
        entry: of the chain.
        expected: gets what rows must be.
        begun: the tables of which every row is known; gets those of which the entry says so.
        report: gets the rows that were broken when the war room wrote over them.
    """
    try:
        if entry.action == AuditAction.CHAIN_BEGUN:
            begun.update(json.loads(entry.body).keys() & {*SEALED, MANIFEST})
        if entry.action != AuditAction.ROWS_SEALED:
            return
        for name, key, own, *before in json.loads(entry.body)["rows"]:
            if before and name in begun:
                must = expected.row(name, key)
                left = None if must is None else must.hash
                if before[0] != left:
                    place = _place(connection, name, clean(key))
                    report.find(_how(left, before[0]), place, f"audit entry {entry.seq} found it so and wrote over it")
            expected.add_row(name, key, own, entry.seq)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, sqlite3.Error):
        report.find(Broken.ENTRY_CHANGED, f"audit entry {entry.seq}", "its body is not of ours")


def _how(left: str | None, found: object) -> Broken:
    """In what way the row that the war room found is not the one that it had left."""
    if left is None:
        return Broken.ROW_ADDED
    return Broken.ROW_DELETED if found is None else Broken.ROW_CHANGED


def check_rows(connection: Connection, expected: Expected, report: Report, begun: set[str]) -> None:
    """Compare every row of the sealed tables; ``begun``: those of which every row must be known by now."""
    told: set[str] = set()  # rows of tables that are sealed in several forms: each is named once

    def find(kind: Broken, name: str, key: str, text: str) -> None:
        place = _place(connection, name, key)
        if place not in told:
            report.find(kind, place, text)
        if name in SEALED and len(FORMS[SEALED[name].table.name]) > 1:
            told.add(place)

    for name, one in SEALED.items():
        for key, own in current(connection, one):
            must = expected.see_row(name, clean(key))
            report.add("sealed rows")
            kind, text = Broken.ROW_ADDED, "the audit chain does not know it"
            if must is None or must.hash is None:
                broken = name in begun
            else:
                broken = must.hash != own
                kind, text = Broken.ROW_CHANGED, f"it is not what audit entry {must.seq} says"
            if broken:
                find(kind, name, clean(key), text)
    for name, key, seq in expected.missing_rows():
        find(Broken.ROW_DELETED, name, key, f"gone; audit entry {seq} says that it is there")


def _place(connection: Connection, name: str, key: str) -> str:
    """Name a row by its table, whatever the form in which it was sealed."""
    table = SEALED[name].table.name if name in SEALED else name
    return f"{table} row {key}{_whose(connection, name, key)}"


def _whose(connection: Connection, name: str, key: str) -> str:
    """Give the name of the account that a broken row belongs to, in brackets: people know no numbers."""
    if name not in _OF_ACCOUNTS:
        return ""
    number = key.removeprefix("[").partition(",")[0]
    query = select(accounts.c.name)
    if name == api_tokens.name:
        query = query.join(api_tokens).where(api_tokens.c.id == number)
    else:
        query = query.where(accounts.c.id == number)
    found = connection.scalar(query)
    return "" if found is None else f" ({clean(str(found))})"


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
