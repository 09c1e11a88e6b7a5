from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from making import new_store

from warroom.__main__ import main
from warroom.catalog import load_platforms
from warroom.incidents.measuring import measure
from warroom.model import Severity, Target
from warroom.respond.board import board
from warroom.store.database import State, now_us
from warroom.store.views.duty import courses

if TYPE_CHECKING:
    from pathlib import Path


RULE = """\
title: A camera that is none
id: 5d0f2c1e-6a53-4d0e-9b7d-0f4c8c9a1b2d
status: test
description: For the test of a run.
logsource: {product: govplatform, service: kyc}
detection:
  selection: {camera: virtual}
  condition: selection
level: high
"""


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path))
    return tmp_path


def test_the_list_names_the_scenarios_and_their_platforms(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drill", "list", "--json"]) == 0
    listed = {row["scenario"]: row for row in json.loads(capsys.readouterr().out)}
    assert listed["registration_day"]["platforms"] == ["digital_wallet_reg", "tang_rat", "tang_rat_kyc"]
    assert set(listed["all_platforms"]["platforms"]) == set(load_platforms())


def test_a_play_at_once_is_scored_and_a_missed_attack_exits_with_one(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new_store(data / "state.db").close()
    assert main(["drill", "start", "registration_day", "--once", "--minutes", "0.5", "--json"]) == 0
    played = json.loads(capsys.readouterr().out)
    assert played["attack_lines"] > 100
    assert main(["drill", "score", "--json"]) == 1
    score = json.loads(capsys.readouterr().out)
    assert [(row["attack"], row["verdict"]) for row in score["attacks"]] == [("stuffing_opening", "missed")]
    assert score["attacks"][0]["lines"] == played["attack_lines"]


def test_a_run_plays_and_scores_in_a_folder_of_its_own(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (rules := tmp_path / "rules").mkdir()
    (rules / "enumeration.yml").write_text(RULE, "utf-8")
    monkeypatch.setenv("WARROOM_DETECTORS", str(rules))
    kept = tmp_path / "kept"
    ended = main(["drill", "run", "kyc_farm", "--minutes", "7", "--every", "210", "--keep", str(kept), "--json"])
    score = json.loads(capsys.readouterr().out)
    assert ended == (0 if score["passed"] else 1)
    assert (score["scenario"], score["seed"], score["minutes"]) == ("kyc_farm", 1, 7)
    (row,) = score["attacks"]
    assert (row["attack"], row["finished"]) == ("virtual_cameras", True)
    assert row["verdict"] in ("found", "split")
    assert 0 < row["seconds_to_detect"] <= 210
    assert score["summary"]["found_share"] == 1
    assert score["summary"]["false_incidents"] == 0
    with State(f"sqlite:///{kept / 'state.db'}") as state:
        measured = measure(courses(state, 0)[0], dict.fromkeys(Severity, Target(1, 1, 1)))
        assert (measured.all, measured.drills > 0) == ((), True)
        assert [row.incident.id for row in board(state, now_us()).running] == []
    assert not (data / "state.db").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["start", "no_such_day"], "registration_day"),
        (["start", "registration_day", "--minutes", "999"], "over after"),
        (["start", "registration_day", "--once", "--speed", "2"], "--once has no speed"),
        (["score"], "drill start"),
        (["run", "registration_day", "--minutes", "999"], "over after"),
        (["run", "registration_day", "--keep", "/"], "is there already"),
    ],
)
def test_wrong_usage_exits_with_two_and_one_line(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["drill", *arguments]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
