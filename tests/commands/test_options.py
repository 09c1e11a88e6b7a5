"""The commands that read logs take their arguments in any order, and say in one line what they do not take."""

from __future__ import annotations

from pathlib import Path

import pytest

from warroom.commands.options import Options
from warroom.errors import UsageError


def options() -> Options:
    made = Options("Does something.")
    made.add_argument("paths", nargs="+", type=Path)
    made.add_argument("--rules", action="append", type=Path)
    made.add_argument("--output", type=Path)
    return made


def test_options_stand_anywhere_and_some_more_than_once() -> None:
    told = options().read(["a", "--rules", "r", "b", "--output=o", "--rules", "s"], "./run scan")
    assert told == {"paths": [Path("a"), Path("b")], "rules": [Path("r"), Path("s")], "output": Path("o")}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [([], "paths"), (["a", "--nope"], "--nope"), (["a", "--rules"], "--rules"), (["a", "--out", "o"], "--out")],
)
def test_what_is_not_taken_is_said_with_the_way_to_help(arguments: list[str], told: str) -> None:
    with pytest.raises(UsageError, match=f"{told}.*./run scan --help") as problem:
        options().read(arguments, "./run scan")
    assert "\n" not in str(problem.value)


def test_help_names_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        options().read(["--help"], "./run scan")
    assert end.value.code == 0
    assert "./run scan" in capsys.readouterr().out
