from __future__ import annotations

import os
import random
import shutil
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from proving import Kept
from sqlalchemy import update
from tampering import WAYS, Harm

from warroom.store.audit import AuditAction, Entry, Via, append
from warroom.store.audit_tables import audit
from warroom.store.verify import Broken


def tampered(untouched: Kept, folder: Path, number: int) -> tuple[Harm, Kept]:
    """A copy of the store with the change of that number; the same change at every run."""
    shutil.copytree(untouched.folder, folder)
    copy = Kept(folder)
    return WAYS[number % len(WAYS)](copy, random.Random(number)), copy


def test_what_nobody_touched_is_unchanged(untouched: Kept) -> None:
    report = untouched.check()
    assert report.findings == []
    assert report.checked["audit entries"] > 12
    assert report.checked["sealed rows"] > 5


def check_named(untouched: Kept, folder: Path, numbers: range) -> None:
    unnamed = []
    for number in numbers:
        harm, copy = tampered(untouched, folder / str(number), number)
        report = copy.check()
        if not harm.is_named(report):
            unnamed.append((number, harm, report.findings[:5]))
        shutil.rmtree(folder / str(number))
    assert unnamed == []


def test_each_way_to_change_a_store_is_named(untouched: Kept, tmp_path: Path) -> None:
    check_named(untouched, tmp_path, range(len(WAYS)))


@pytest.mark.slow
def test_two_hundred_changes_are_named_each(untouched: Kept, tmp_path: Path) -> None:
    check_named(untouched, tmp_path, range(1000, 1200))


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
