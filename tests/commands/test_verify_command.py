from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from making import UNION_RULE, WEB_FEED, settings_for, web_line

from warroom.__main__ import main
from warroom.store.signing import Signer


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A war room that has read its feed once, through the command line alone."""
    settings_for(tmp_path, {"web.yml": WEB_FEED}, {"web_union.yml": UNION_RULE})
    logs = tmp_path / "data" / "logs"
    logs.mkdir(parents=True)
    (logs / "access.log").write_bytes(b"".join(web_line(number, "q=1+union+select") for number in range(5)))
    for name in ("DATA", "CACHE", "FEEDS", "DETECTORS"):
        monkeypatch.setenv(f"WARROOM_{name}", str(tmp_path / name.lower()))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("WARROOM_AUDIT_HEADS", str(tmp_path / "elsewhere" / "heads.jsonl"))
    assert main(["ingest", "--once"]) == 0
    return tmp_path / "data"


def checked(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, dict[str, list[dict[str, str]]]]:
    capsys.readouterr()
    code = main(["verify", "--json", *options])
    return code, json.loads(capsys.readouterr().out)


def test_what_a_worker_wrote_is_proven_and_a_change_is_named(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = checked(capsys)
    assert (code, told["sound"], told["findings"]) == (0, True, [])
    with sqlite3.connect(data / "state.db") as link:
        link.execute("UPDATE incidents SET severity = 'low'")
    code, told = checked(capsys)
    assert code == 1
    (finding,) = told["findings"]
    assert (finding["kind"], finding["place"]) == ("row_changed", "incidents row 1")
    assert main(["verify"]) == 1
    assert "row_changed  incidents row 1: " in capsys.readouterr().out


def test_the_last_entries_cannot_be_cut_off_unseen(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite3.connect(data / "state.db") as link:
        link.execute("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)")
        link.execute("DELETE FROM heads")
    code, told = checked(capsys)
    assert code == 1
    assert "entries_truncated" in {finding["kind"] for finding in told["findings"]}


def test_plain_words_say_what_is_not_proven(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WARROOM_AUDIT_HEADS")
    assert main(["verify"]) == 0
    said = capsys.readouterr().out
    assert "tail unprotected" in said
    assert "unchanged: " in said
    monkeypatch.setenv("WARROOM_AUDIT_HEADS", str(data / "none"))
    code, told = checked(capsys)
    assert code == 0
    assert any("is not there" in note for note in told["not_proven"])


def test_who_checks_elsewhere_brings_the_public_key(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.pem"
    own.write_bytes(Signer.open(data / "signing.key").public_pem())
    (data / "signing.key").unlink()
    assert checked(capsys, "--public-key", str(own))[0] == 0
    assert checked(capsys)[0] == 0
    own.write_bytes(Signer.open(tmp_path / "stranger.key").public_pem())
    code, told = checked(capsys, "--public-key", str(own))
    assert code == 1
    assert "head_changed" in {finding["kind"] for finding in told["findings"]}


def test_a_question_that_cannot_be_answered_ends_with_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path / "none"))
    assert main(["verify"]) == 2
    assert main(["verify", "--heads", str(tmp_path / "none.log")]) == 2


def test_too_short_a_retention_is_refused_before_anything_is_read(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert data.is_dir()
    monkeypatch.setenv("WARROOM_RETENTION_DAYS", "30")
    assert main(["ingest", "--once"]) == 2
    assert "s.26" in capsys.readouterr().err
    monkeypatch.setenv("WARROOM_RETENTION_BELOW_LAW", "true")
    assert main(["ingest", "--once"]) == 0


def test_the_ledger_tells_when_the_disk_is_full(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert data.is_dir()
    capsys.readouterr()
    assert main(["ledger", "--json"]) == 0
    disk = json.loads(capsys.readouterr().out)["disk"]
    assert disk["stored"] > 0
    assert set(disk) == {"stored", "free", "per_day", "full_in_days"}
