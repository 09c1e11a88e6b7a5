from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from warroom.__main__ import main
from warroom.store.database import State

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path))
    return tmp_path


def test_the_list_names_the_scenario_and_its_platforms(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drill", "list", "--json"]) == 0
    (scenario,) = json.loads(capsys.readouterr().out)
    assert scenario["scenario"] == "registration_day"
    assert scenario["platforms"] == ["digital_wallet_reg", "tang_rat", "tang_rat_kyc"]


def test_a_play_at_once_is_scored_and_a_missed_attack_exits_with_one(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with State(f"sqlite:///{data / 'state.db'}") as state:
        state.migrate()
    assert main(["drill", "start", "registration_day", "--once", "--minutes", "0.5", "--json"]) == 0
    played = json.loads(capsys.readouterr().out)
    assert played["attack_lines"] > 100
    assert main(["drill", "score", "--json"]) == 1
    score = json.loads(capsys.readouterr().out)
    assert [(row["attack"], row["verdict"]) for row in score["attacks"]] == [("stuffing_opening", "missed")]
    assert score["attacks"][0]["lines"] == played["attack_lines"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["start", "no_such_day"], "registration_day"),
        (["start", "registration_day", "--minutes", "999"], "over after"),
        (["start", "registration_day", "--once", "--speed", "2"], "--once has no speed"),
        (["score"], "drill start"),
    ],
)
def test_wrong_usage_exits_with_two_and_one_line(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["drill", *arguments]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
