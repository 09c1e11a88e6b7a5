from __future__ import annotations

import os
import random
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from itertools import cycle, islice
from pathlib import Path

import pytest
from proving import Kept
from sqlalchemy import update
from tampering import FREE, TABLES, WAYS, Harm, database, one_row_gone, one_row_more, one_value

from warroom.settings import ROOT
from warroom.store import outbox
from warroom.store.audit import AuditAction, Entry, Via, append
from warroom.store.audit_tables import audit
from warroom.store.sealed_tables import FORMS, SEALED
from warroom.store.verify import Broken


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """A store in which every table that is proven has rows."""
    kept = Kept(tmp_path_factory.mktemp("worked") / "store")
    kept.make(cases=True)
    return kept


def test_what_nobody_touched_is_unchanged(untouched: Kept) -> None:
    report = untouched.check()
    assert report.findings == []
    assert report.checked["audit entries"] > 12
    assert report.checked["sealed rows"] > 5


def check_named(worked: Kept, folder: Path, changes: Iterable[Callable[[Kept, random.Random], Harm]]) -> None:
    """Make each change in a copy of the store; the same ones at every run."""
    assert worked.check().findings == []
    unnamed = []
    for number, change in enumerate(changes):
        copy = Kept(folder / str(number))
        shutil.copytree(worked.folder, copy.folder)
        harm = change(copy, random.Random(number))
        report = copy.check()
        if not harm.is_named(report):
            unnamed.append((number, harm, report.findings[:5]))
        shutil.rmtree(copy.folder)
    assert unnamed == []


def test_each_way_to_change_a_store_is_named(worked: Kept, tmp_path: Path) -> None:
    check_named(worked, tmp_path, WAYS)


@pytest.mark.slow
def test_a_row_more_or_less_or_another_value_is_named_in_every_table(worked: Kept, tmp_path: Path) -> None:
    """One of the three in each table, in turns."""
    ways = cycle((one_value, one_row_gone, one_row_more))
    check_named(worked, tmp_path, [partial(way, table=table) for table, way in zip(TABLES, ways, strict=False)])


@pytest.mark.soak
def test_two_hundred_changes_are_named_each(worked: Kept, tmp_path: Path) -> None:
    """Those of every table first: one value, one row less, one row more."""
    of_tables = [partial(way, table=table) for table in TABLES for way in (one_value, one_row_gone, one_row_more)]
    check_named(worked, tmp_path, [*of_tables, *islice(cycle(WAYS), 200 - len(of_tables))])


#: Ways to keep people from seeing an incident or from being told of it.
BLINDING = {
    "UPDATE incidents SET merged_into = 2 WHERE id = 1": (Broken.ROW_CHANGED, "incidents row 1"),
    "UPDATE incidents SET risk = 0 WHERE id = 2": (Broken.ROW_CHANGED, "incidents row 2"),
    "DELETE FROM incidents WHERE id = 5": (Broken.ROW_DELETED, "incidents row 5"),
    "UPDATE channels SET enabled = 0 WHERE id = 1": (Broken.ROW_CHANGED, "channels row 1"),
    "UPDATE on_call_turns SET removed_at = 1 WHERE id = 2": (Broken.ROW_CHANGED, "on_call_turns row 2"),
    "DELETE FROM service_targets WHERE severity = 'low'": (Broken.ROW_DELETED, "service_targets row low"),
}


@pytest.mark.parametrize("change", BLINDING)
def test_what_blinds_people_is_named_once(worked: Kept, tmp_path: Path, change: str) -> None:
    shutil.copytree(worked.folder, tmp_path / "store")
    copy = Kept(tmp_path / "store")
    with database(copy) as link:
        link.execute(change)
    assert [(one.kind, one.place) for one in copy.check().findings] == [BLINDING[change]]


def test_a_channel_that_was_changed_past_the_war_room_and_then_lawfully_is_named(worked: Kept, tmp_path: Path) -> None:
    shutil.copytree(worked.folder, tmp_path / "store")
    copy = Kept(tmp_path / "store")
    with database(copy) as link:
        link.execute("UPDATE channels SET enabled = 0 WHERE id = 1")
    with copy.state as state, state.write() as connection:
        outbox.set_address(connection, 1, "json", b"another one")
    (finding,) = copy.check().findings
    assert (finding.kind, finding.place) == (Broken.ROW_CHANGED, "channels row 1")
    assert finding.text.endswith("found it so and wrote over it")


def test_every_table_is_proven_or_it_is_said_why_not(worked: Kept) -> None:
    section = (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8").partition("## Every table\n")[2]
    proven, _, others = section.partition("\n## ")[0].partition("| not proven |")
    with database(worked) as link:
        made = link.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    virtual = tuple(f"{name}_" for name, sql in made if sql.startswith("CREATE VIRTUAL"))
    there = {name for name, _ in made if not name.startswith(("sqlite_", *virtual))}
    of_page = [set(re.findall(r"`([a-z_]+)`", part)) for part in (proven, others)]
    assert of_page[0] == set(TABLES)
    assert of_page[1] == there - set(TABLES)


def test_every_column_of_a_proven_table_is_sealed_or_free() -> None:
    for table, forms in FORMS.items():
        first, *more = (SEALED[name] for name in forms)
        sealed = {column.name for column in first.table.primary_key}.union(
            first.columns, *(one.columns for one in more)
        )
        assert {column.name for column in first.table.columns} - sealed == FREE.get(table, set()), table


@pytest.mark.parametrize(
    "body", ["", "[" * 5000, '{"rows":[[1]]}', '{"rows":7}', '{"rows":[["incidents","\\ud800",null]]}']
)
def test_a_forged_newest_entry_ends_no_check(kept: Kept, body: str) -> None:
    with kept.state as state, state.write() as connection:
        last = append(connection, Entry("store", Via.STORE, AuditAction.ROWS_SEALED))
        forged = replace(last, body=body)
        values = {"body": body, "hash": forged.own_hash()}
        connection.execute(update(audit).where(audit.c.seq == last.seq).values(**values))
    (finding,) = kept.check().findings
    assert (finding.kind, finding.place) == (Broken.ENTRY_CHANGED, f"audit entry {last.seq}")


def test_a_signed_head_is_no_list_of_a_day(kept: Kept) -> None:
    head = next(line for line in kept.copy.read_text().splitlines() if '"kind":"head"' in line)
    listed = min((kept.data_dir / "proofs").glob("*.json"))
    listed.write_text(head)
    (finding,) = [one for one in kept.check().findings if one.place.startswith("list 1 ")]
    assert finding.kind is Broken.DAY_CHANGED


def test_values_of_other_kinds_are_changes_and_no_end_of_the_check(kept: Kept) -> None:
    with sqlite3.connect(kept.data_dir / "state.db") as link:
        link.execute("UPDATE incidents SET opened_at = 9e999 WHERE id = 1")
        link.execute("UPDATE incidents SET title = CAST(x'ff00fe' AS TEXT) WHERE id = 2")
        link.execute("UPDATE audit SET at = x'00' WHERE seq = 1")
        link.execute("UPDATE segments SET bytes = 'much', sha256 = x'00' WHERE id = 1")
        link.execute("UPDATE heads SET document = 7 WHERE number = 1")
        link.execute("UPDATE proofs SET day = '../../../../dev/zero' WHERE number = 1")
    kinds = {one.kind for one in kept.check().findings}
    assert {
        Broken.ROW_CHANGED,
        Broken.ENTRY_CHANGED,
        Broken.MANIFEST_CHANGED,
        Broken.HEAD_CHANGED,
        Broken.DAY_CHANGED,
    } <= kinds


def test_no_file_outside_is_read_and_no_link_is_followed(kept: Kept) -> None:
    first, second, *_ = sorted((kept.data_dir / "events").rglob("*.parquet"))
    elsewhere = kept.folder / "elsewhere.parquet"
    first.rename(elsewhere)
    first.symlink_to(elsewhere)
    second.unlink()
    os.mkfifo(second)
    with sqlite3.connect(kept.data_dir / "state.db") as link:
        link.execute("UPDATE segments SET path = '../../../dev/zero' WHERE path LIKE ?", (f"%{first.name}",))
    found = {(one.kind, one.place.rpartition("/")[2]): one.text for one in kept.check().findings}
    assert found[Broken.SEGMENT_MISSING, "zero"] == "no place of a segment"
    assert found[Broken.SEGMENT_MISSING, second.name] == "not a plain file"
    assert found[Broken.SEGMENT_MISSING, first.name].startswith("unreadable")


def test_what_is_no_database_is_said(kept: Kept) -> None:
    (kept.data_dir / "state.db").write_bytes(b"not a database" * 1000)
    (finding,) = kept.check().findings
    assert finding.kind is Broken.DATABASE_DAMAGED
