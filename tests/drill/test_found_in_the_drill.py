"""What the shipped detectors find in the drill: every attack as one incident, and nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from warroom.__main__ import main
from warroom.drill.scenario import DRILLS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path))
    monkeypatch.setenv("WARROOM_FEEDS", str(DRILLS / "registration_day" / "feeds"))
    monkeypatch.setenv("WARROOM_DRILL", "true")


def score_of(seed: int, minutes: float, capsys: pytest.CaptureFixture[str]) -> dict:
    played = ["drill", "start", "registration_day", "--once", "--seed", str(seed), "--minutes", str(minutes)]
    assert main(played) == 0
    assert main(["ingest", "--once"]) == 0
    capsys.readouterr()
    main(["drill", "score", "--json"])
    return json.loads(capsys.readouterr().out)


@pytest.mark.slow
def test_the_first_six_attacks_are_one_incident_each(capsys: pytest.CaptureFixture[str]) -> None:
    score = score_of(1, 10, capsys)
    assert [(row["verdict"], len(row["incidents"])) for row in score["attacks"]] == [("found", 1)] * 6
    assert score["false_incidents"] == []


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(21, 26))
def test_a_whole_day_of_any_seed(seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    score = score_of(seed, 120, capsys)
    assert [(row["attack"], row["verdict"]) for row in score["attacks"] if row["verdict"] != "found"] == []
    assert len(score["attacks"]) == 11
    assert score["false_incidents"] == []
