from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from warroom.__main__ import main
from warroom.store.database import State

SOON = str(datetime.now(UTC).date() + timedelta(days=100))
TODAY = str(datetime.now(UTC).date())


@pytest.fixture(autouse=True)
def _own(state: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert state
    monkeypatch.setenv("WARROOM_DATA", str(data_dir))


def listed(capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["hold", "list", "--json", *options]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_an_order_is_recorded_listed_and_lifted(capsys: pytest.CaptureFixture[str]) -> None:
    order = ["--order", "ดศ 1/2569", "--authority", "MDES", "--ordered-on", TODAY, "--until", SOON]
    assert main(["hold", "set", *order, "--platform", "tang_rat", "--from", "2026-01-01", "--reason", "คดี"]) == 0
    (hold,) = listed(capsys)
    assert (hold["order_number"], hold["authority"], hold["expires_on"]) == ("ดศ 1/2569", "MDES", SOON)
    assert main(["hold", "list"]) == 0
    assert "order ดศ 1/2569" in capsys.readouterr().out
    assert main(["hold", "lift", "1", "--why", "withdrawn"]) == 0
    assert listed(capsys) == []
    (hold,) = listed(capsys, "--all")
    assert (hold["active"], hold["lifted_why"]) == (False, "withdrawn")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "say what is held"),
        (["--order", "1"], "--authority"),
        (["--incident", "1", "--feed", "web"], "give one of them"),
        (["--incident", "1"], "no incident 1"),
        (["--from", "2569-13-01"], "YYYY-MM-DD"),
        (["--feed", "web", "--until", "2020-01-01"], "is over"),
        (["--order", "1", "--authority", "x", "--ordered-on", TODAY, "--until", "2999-01-01"], "two years"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(capsys: pytest.CaptureFixture[str], options: list[str], said: str) -> None:
    assert main(["hold", "set", "--reason", "case", *options]) == 2
    assert said in capsys.readouterr().err
    assert listed(capsys, "--all") == []
