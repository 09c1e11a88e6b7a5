"""Evidence files: what is taken, under which name, where it lies, and who had it when."""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import somebody

from warroom.access import Role
from warroom.errors import ForbiddenError, NotFoundError, StoreError, UsageError
from warroom.incidents import evidence
from warroom.incidents.file_kinds import MOST_BYTES, kind_of, safe_name
from warroom.store import incidents as store
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.database import State
from warroom.store.evidence_files import place_of
from warroom.store.views import cases

LEAD, ANALYST = somebody("somchai"), somebody("anong", Role.ANALYST)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(1, 200))


def zipped(*names: str) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return kept.getvalue()


def case(state: State, number: int) -> cases.CaseView:
    found = cases.case(state, number)
    assert found is not None
    return found


def test_a_file_is_kept_under_its_hash_for_its_owner_alone(state: State, data_dir: Path, one: int) -> None:
    number = evidence.add(state, data_dir, one, ANALYST, "shot.png", PNG, "from the agency")
    (row,) = case(state, one).files
    assert (row.id, row.name, row.kind, row.bytes, row.added_by) == (number, "shot.png", "png", len(PNG), "anong")
    path = data_dir / place_of(hashlib.sha256(PNG).hexdigest())
    assert path.read_bytes() == PNG
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == stat.S_IMODE(path.parent.parent.stat().st_mode) == 0o700
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_the_chain_of_custody_tells_who_had_it_and_checks_it_each_time(state: State, data_dir: Path, one: int) -> None:
    number = evidence.add(state, data_dir, one, ANALYST, "a.log", b"line one\n" * 2000)
    assert len(evidence.look_into(state, data_dir, number, somebody("malee", Role.VIEWER))) == evidence.BEGINNING
    sha256 = evidence.verify(state, data_dir, number, ANALYST)
    told, data = evidence.export(state, data_dir, number, LEAD)
    assert (told.name, data) == ("a.log", b"line one\n" * 2000)
    held = case(state, one).custody
    assert [(one.actor, one.action, one.whole) for one in held] == [
        ("anong", "added", True),
        ("malee", "viewed", True),
        ("anong", "verified", True),
        ("somchai", "exported", True),
    ]
    assert {one.sha256 for one in held} == {sha256}
    with state.read() as connection:
        (exported,) = read(connection, Filter(actions=[AuditAction.EXPORT])).entries
        log = [entry.action for entry in store.log_of(connection, one)]
    assert (exported.actor, exported.subject_kind, exported.subject_id) == ("somchai", "evidence", str(number))
    assert log[-2:] == ["evidence_added", "evidence_exported"]


@pytest.mark.parametrize("harm", ["changed", "gone", "link"])
def test_a_file_that_is_not_the_one_that_was_added_is_given_to_nobody(
    state: State, data_dir: Path, one: int, tmp_path: Path, harm: str
) -> None:
    number = evidence.add(state, data_dir, one, ANALYST, "shot.png", PNG)
    path = data_dir / place_of(hashlib.sha256(PNG).hexdigest())
    if harm == "changed":
        path.write_bytes(PNG + b"!")
    else:
        path.unlink()
    if harm == "link":
        (tmp_path / "elsewhere").write_bytes(PNG)
        path.symlink_to(tmp_path / "elsewhere")
    for act in (evidence.export, evidence.verify, evidence.look_into):
        with pytest.raises(StoreError, match="gone or were changed"):
            act(state, data_dir, number, LEAD)
    assert [(one.action, one.whole) for one in case(state, one).custody[1:]] == [
        ("exported", False),
        ("verified", False),
        ("viewed", False),
    ]
    with state.read() as connection:
        assert read(connection, Filter(actions=[AuditAction.EXPORT])).entries == []
    if harm == "changed":
        with pytest.raises(StoreError, match="not what its name says"):
            evidence.add(state, data_dir, one, ANALYST, "again.png", PNG)


def test_who_may_not_export_gets_nothing(state: State, data_dir: Path, one: int) -> None:
    number = evidence.add(state, data_dir, one, ANALYST, "shot.png", PNG)
    elsewhere = somebody("malee", platforms=frozenset({"gdx"}))
    for act, who in ((evidence.export, ANALYST), (evidence.export, elsewhere), (evidence.look_into, elsewhere)):
        with pytest.raises(ForbiddenError):
            act(state, data_dir, number, who)
    with pytest.raises(ForbiddenError):
        evidence.add(state, data_dir, one, elsewhere, "x.png", b"\x89PNG\r\n\x1a\nother")
    assert [held.action for held in case(state, one).custody] == ["added"]
    assert sum(path.is_file() for path in (data_dir / "evidence").rglob("*")) == 1
    with pytest.raises(NotFoundError):
        evidence.export(state, data_dir, 99, LEAD)


def test_the_same_bytes_twice_are_one_file_and_two_pieces_of_evidence(
    state: State, data_dir: Path, two: tuple[int, int]
) -> None:
    for number in two:
        evidence.add(state, data_dir, number, ANALYST, f"{number}.png", PNG)
    assert sum(path.is_file() for path in (data_dir / "evidence").rglob("*")) == 1
    assert [len(case(state, number).files) for number in two] == [1, 1]


def test_twenty_five_megabytes_and_not_a_byte_more(state: State, data_dir: Path, one: int) -> None:
    whole = PNG + bytes(MOST_BYTES - len(PNG))
    evidence.add(state, data_dir, one, ANALYST, "large.png", whole)
    with pytest.raises(UsageError, match="more than 25 MiB"):
        evidence.add(state, data_dir, one, ANALYST, "large.png", whole + b"\0")


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("empty.png", b"", "empty"),
        ("photo.png", b"MZ\x90\0" + bytes(90), "program"),
        ("photo.png", b"\x7fELF\2\1\1" + bytes(90), "program"),
        ("notes.txt", b"#!/bin/sh\nrm -rf /\n", "program"),
        ("shell.txt", b"  <?php system($_GET[1]);", "not taken"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(90), "program"),
        ("a.lnk", b"\x4c\0\0\0\x01\x14\x02\0" + bytes(90), "program"),
        ("nul.txt", b"text with \0 in it", "not taken"),
        ("data.bin", bytes(range(256)), "not taken"),
        ("gifar.gif", b"GIF89a" + bytes(50) + zipped("x.class"), "two files in one"),
        ("pic.png", PNG + b"<script>alert(1)</script>", "two files in one"),
        ("pic.jpg", b"\xff\xd8\xff\xe1<?PHP eval($x); ?>" + bytes(90), "two files in one"),
        ("pic.png", PNG + b"%PDF-1.7 ", "two files in one"),
        ("doc.pdf", b"%PDF-1.4\n" + bytes(99) + zipped("evil.exe"), "two files in one"),
        ("x.html", b"\xff\xfe<\0s\0c\0", None),
    ],
)
def test_hostile_files(state: State, data_dir: Path, one: int, name: str, data: bytes, why: str | None) -> None:
    if why is None:  # text is only ever text
        assert safe_name(name, data).endswith(".txt")
        return
    with pytest.raises(UsageError, match=why):
        evidence.add(state, data_dir, one, ANALYST, name, data)
    assert not (data_dir / "evidence").exists()
    assert case(state, one).files == ()


def test_an_archive_is_kept_as_it_is_and_never_unpacked(state: State, data_dir: Path, one: int) -> None:
    slip = zipped("../../../../etc/cron.d/x", "/etc/passwd", "C:\\Windows\\x", "a" * 300)
    evidence.add(state, data_dir, one, ANALYST, "../../slip.zip", slip)
    before = {path.relative_to(data_dir).as_posix() for path in (data_dir / "evidence").rglob("*") if path.is_file()}
    assert before == {place_of(hashlib.sha256(slip).hexdigest())}
    assert case(state, one).files[0].name == "slip.zip"


@pytest.mark.parametrize(
    ("typed", "safe"),
    [
        ("ภาพหน้าจอ.png", "ภาพหน้าจอ.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\x\\shot.PNG", "shot.png"),
        ("invoice.png.exe", "invoice.png.exe.png"),
        ("photo\u202egnp.exe", "photognp.exe.png"),
        ("zero\u200bwidth\ufeff.png", "zerowidth.png"),
        ("nul\0byte.png", "nulbyte.png"),
        ("=cmd|' /C calc'!A0.png", "C calc_!A0.png"),
        ("@SUM(1+1)*cmd.png", "SUM(1+1)_cmd.png"),
        ("-rf.png", "rf.png"),
        ("CON.png", "evidence_CON.png"),
        ("...", "evidence.png"),
        ("", "evidence.png"),
        ("a/", "evidence.png"),
        ("<img src=x onerror=alert(1)>.png", "_img src=x onerror=alert(1)_.png"),
        ("x" * 5000 + ".png", "x" * 100 + ".png"),
        ("half\ud800.png", "half_.png"),
    ],
)
def test_names_are_made_safe(typed: str, safe: str) -> None:
    assert safe_name(typed, PNG) == safe


@given(st.text(max_size=300))
def test_no_name_is_dangerous(typed: str) -> None:
    name = safe_name(typed, PNG)
    assert name.isprintable()
    assert not set(name) & set('/\\:*?"<>|')
    assert name.endswith(".png")
    assert not name.startswith((".", "-", "=", "+", "@", " "))
    assert 5 <= len(name) <= 130


@given(st.binary(max_size=400))
def test_any_bytes_are_told_or_refused(data: bytes) -> None:
    try:
        kind = kind_of(data)
    except UsageError:
        return
    assert kind.isidentifier() or kind == "7z"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "png"),
        (b"%PDF-1.7\n", "pdf"),
        (zipped("a"), "zip"),
        ("ข้อความ\n".encode(), "text"),
        ("ข้อความ\n".encode("utf-16"), "text"),
        (b"Subject: x\r\n\r\n<html><script>", "text"),
        (b"ElfFile\0rest", "evtx"),
        (b"RIFF\1\1\1\1WAVEfmt ", "wav"),
        (b"\0\0\0\x20ftypisom", "mp4"),
    ],
)
def test_a_kind_is_told_by_the_bytes(data: bytes, kind: str) -> None:
    assert kind_of(data) == kind


@pytest.mark.slow
def test_an_incident_has_so_many_files(state: State, data_dir: Path, one: int) -> None:
    for number in range(evidence.MOST_FILES):
        evidence.add(state, data_dir, one, ANALYST, "a.txt", f"{number}".encode())
    with pytest.raises(UsageError, match="at most 200 files"):
        evidence.add(state, data_dir, one, ANALYST, "a.txt", b"one more")


def test_the_same_bytes_are_kept_once_for_an_incident(state: State, data_dir: Path, two: tuple[int, int]) -> None:
    one, other = two
    number = evidence.add(state, data_dir, one, ANALYST, "shot.png", PNG, "from the agency")
    with pytest.raises(UsageError, match=f"kept already: evidence file {number}, shot.png"):
        evidence.add(state, data_dir, one, ANALYST, "again.png", PNG)
    assert [(held.evidence_id, held.action) for held in case(state, one).custody] == [(number, "added")]
    assert evidence.add(state, data_dir, other, ANALYST, "shot.png", PNG) != number, "another incident has it, too"
