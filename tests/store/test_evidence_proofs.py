"""Evidence files are proven, backed up and brought back like everything else of the store."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from making import somebody
from proving import Kept
from store.backing_up import bring_back, nobody, silent, source
from tampering import database

from warroom.errors import StoreError
from warroom.incidents import classifying, containing, evidence, linking, taking_in
from warroom.incidents.classifying import Proposal
from warroom.model import Severity
from warroom.store.backup import back_up
from warroom.store.database import now_us
from warroom.store.evidence_files import place_of
from warroom.store.restore import restore
from warroom.store.sealed_tables import SEALED
from warroom.store.verify.report import Broken

LEAD = somebody("somchai")
SHOT = b"\x89PNG\r\n\x1a\n" + b"s" * 900
PLACE = place_of(hashlib.sha256(SHOT).hexdigest())


@pytest.fixture
def cased(kept: Kept) -> Kept:
    """A store with everything that belongs to incidents, signed."""
    with kept.state as state:
        evidence.add(state, kept.data_dir, 1, LEAD, "shot.png", SHOT)
        number = evidence.add(state, kept.data_dir, 2, LEAD, "log.txt", b"a line\n")
        evidence.verify(state, kept.data_dir, number, LEAD)
        linking.link(state, 1, LEAD, linking.LinkKind.RELATED, 2)
        classifying.classify(state, 1, LEAD, [5], "serious", "because", proposed=Proposal((8,), "undetermined", ()))
        told = taking_in.Told(taking_in.Channel.PHONE, "they called", now_us())
        taking_in.open_from_report(state, LEAD, told, "A call", Severity.LOW, "gdx")
        request = containing.Request(containing.Measure.OTHER, "x", "NOC", "because", now_us())
        containing.ask(state, 1, LEAD, request)
    kept.prove()
    return kept


def found(kept: Kept) -> list[tuple[str, str]]:
    return [(one.kind, one.place) for one in kept.check().findings]


def test_what_nobody_touched_is_right(cased: Kept) -> None:
    report = cased.check()
    assert report.findings == []
    assert report.checked["evidence files"] == 2


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("evidence_files", "sha256 = replace(sha256, substr(sha256, 1, 1), 'f') || ''"),
        ("evidence_files", "added_by = 'malee'"),
        ("custody", "actor = 'malee'"),
        ("custody", "whole = 0"),
        ("incident_links", "kind = 'duplicate_of'"),
        ("classifications", "level = 'non_serious'"),
        ("incident_times", "moment = moment + 1"),
        ("outside_reports", "claim = 'nothing'"),
        ("containments", "state = 'done'"),
    ],
)
def test_a_row_that_was_changed_behind_the_war_room_is_named(cased: Kept, table: str, change: str) -> None:
    assert table in SEALED
    with database(cased) as link:
        link.execute(f"UPDATE {table} SET {change}")  # noqa: S608 - names of ours
    assert any(kind == Broken.ROW_CHANGED and place.startswith(f"{table} row") for kind, place in found(cased))


def test_bytes_that_were_changed_or_taken_away_are_named(cased: Kept) -> None:
    path = cased.data_dir / PLACE
    path.write_bytes(SHOT[:-1])
    assert found(cased) == [(Broken.EVIDENCE_CHANGED, PLACE)]
    path.unlink()
    assert found(cased) == [(Broken.EVIDENCE_MISSING, PLACE)]
    path.symlink_to("/etc/hostname")
    assert found(cased) == [(Broken.EVIDENCE_MISSING, PLACE)]


def test_what_an_interrupted_upload_left_is_told_of_and_breaks_nothing(cased: Kept) -> None:
    (cased.data_dir / PLACE).with_name("f" * 64).write_bytes(b"half")
    report = cased.check()
    assert report.findings == []
    assert any("1 files in evidence/" in note for note in report.notes)


def test_a_backup_takes_the_files_along_and_brings_them_back(cased: Kept, tmp_path: Path) -> None:
    contents = back_up(source(cased), tmp_path / "backup", silent)
    assert PLACE in {part.path for part in contents.files}
    place = tmp_path / "elsewhere"
    with bring_back(tmp_path / "backup", place) as state:
        assert evidence.export(state, place, 1, LEAD)[1] == SHOT
    assert (place / PLACE).stat().st_mode & 0o777 == 0o600


def test_a_backup_that_lacks_a_file_says_so_and_one_whose_list_was_cut_is_refused(cased: Kept, tmp_path: Path) -> None:
    contents = back_up(source(cased), tmp_path / "backup", silent)
    listed = tmp_path / "backup" / "manifest.json"
    entry = next(part for part in contents.files if part.path == PLACE)
    text = listed.read_text(encoding="utf-8")
    told = f'"path": "{entry.path}",\n   "bytes": {entry.bytes},\n   "sha256": "{entry.sha256}"'
    cut = text.replace(f"  {{\n   {told}\n  }},\n", "")
    assert cut != text
    listed.write_text(cut, encoding="utf-8")
    with pytest.raises(StoreError, match=f"lacks 1 files that its database names, such as {PLACE}"):
        restore(tmp_path / "backup", tmp_path / "x", tmp_path / "x" / "state.db", nobody, silent)
    (cased.data_dir / PLACE).unlink()
    again = back_up(source(cased), tmp_path / "again", silent)
    assert again.lacking == {PLACE: "gone"}
