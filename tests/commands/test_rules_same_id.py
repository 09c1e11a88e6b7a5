"""`./run rules check|stage` with a draft whose id another file has: told, and no rule is moved by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from making import UNION_RULE

from warroom.__main__ import main
from warroom.store.database import State
from warroom.store.rules import loaded
from warroom.store.rules import stages as rule_stages
from warroom.store.rules.loaded import Loaded

RULE = "11111111-1111-4111-8111-111111111111"
DRAFT = "99999999-9999-4999-8999-999999999999"


@pytest.fixture
def drafts(state: State, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    detectors = tmp_path / "detectors"
    (detectors / "webserver").mkdir(parents=True)
    (detectors / "webserver" / "webserver_union.yml").write_text(UNION_RULE, encoding="utf-8")
    monkeypatch.setenv("WARROOM_DATA", str(data_dir))
    monkeypatch.setenv("WARROOM_DETECTORS", str(detectors))
    file = "webserver/webserver_union.yml"
    loaded.tell(state, [Loaded(RULE, "Union", "", "high", "rule", "test", True, "production", file, None, (), (), ())])
    folder = data_dir / "drafts"
    folder.mkdir()
    return folder


def run(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(["rules", *words]) == code
    told = capsys.readouterr()
    return told.out + told.err


def test_a_second_draft_moves_nothing(drafts: Path, state: State, capsys: pytest.CaptureFixture[str]) -> None:
    text = UNION_RULE.replace(RULE, DRAFT)
    (drafts / "webserver_six.yml").write_text(text, encoding="utf-8")
    run(capsys, "stage", "webserver_six", "shadow", "--reason", "to be looked at")
    (drafts / "webserver_dup.yml").write_text(text.replace("level: high", "level: low"), encoding="utf-8")
    said = f"the id {DRAFT} already belongs to webserver_six.yml, “"
    assert said in run(capsys, "check", "webserver_dup", code=1)
    assert "already belongs to" not in run(capsys, "check", "webserver_six", code=1)
    for to in ("shadow", "production", "retired"):
        assert said in run(capsys, "stage", "webserver_dup", to, "--reason", "to be looked at", code=2)
    with state.read() as connection:
        assert rule_stages.read(connection) == {DRAFT: "shadow"}
    run(capsys, "stage", "webserver_six", "production", "--reason", "seen for a week")


def test_a_draft_with_the_id_of_a_detector(drafts: Path, state: State, capsys: pytest.CaptureFixture[str]) -> None:
    (drafts / "webserver_dup.yml").write_text(UNION_RULE, encoding="utf-8")
    said = f"the id {RULE} already belongs to webserver/webserver_union.yml, “"
    assert said in run(capsys, "check", "webserver_dup", code=1)
    assert said in run(capsys, "stage", "webserver_dup", "shadow", "--reason", "to be looked at", code=2)
    (drafts / "webserver_dup.yml").rename(drafts / "webserver_union.yml")  # its new text: the detector is what runs
    run(capsys, "stage", "webserver_union", "shadow", "--reason", "to be looked at")
    with state.read() as connection:
        assert {name: one.draft_sha256 for name, one in rule_stages.staged(connection).items()} == {RULE: None}
    assert json.loads(run(capsys, "history", RULE, "--json"))["changes"][0]["from_stage"] == "production"
