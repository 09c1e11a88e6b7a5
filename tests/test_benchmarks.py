"""The benchmark's one command runs every lane, and its logs are the same each time."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from warroom.parse import ParseContext, parse

ROOT = Path(__file__).resolve().parent.parent
LANES = ("web", "windows-attacks", "windows-ordinary", "auth", "correlation")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("lanes", "events"),
    [
        pytest.param(["auth"], ["500"], id="one"),
        pytest.param([], ["1,000", "200", "200", "500", "1,000"], id="all", marks=pytest.mark.soak),
    ],
)
def test_every_lane_is_measured(lanes: list[str], events: list[str]) -> None:
    command = [sys.executable, "benchmarks/run.py", *lanes, "--scale", "0.001"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    environment.pop("PYTHONSAFEPATH", None)  # set by ./run; the command is typed without it
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.split("|")] for line in done.stdout.splitlines() if "**this**" in line]
    assert [row[4] for row in rows] == events


def test_logs_are_the_same_each_time_and_every_line_is_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    lanes = importlib.import_module("lanes").lanes
    for lane in lanes(None, None).values():
        lines = list(lane.lines(200))
        assert lines == list(lane.lines(200))
        context = ParseContext(lane.log_format, "UTC", datetime(2026, 11, 22, 12, tzinfo=UTC))
        assert not parse(pa.array([line.encode() for line in lines], pa.binary()), context).rejects
