from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from warroom.__main__ import COMMANDS, main


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in COMMANDS)


def test_a_mistyped_command_gets_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledgr"]) == 2
    assert "./run ledger" in capsys.readouterr().err


def test_an_error_is_one_line_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path / "none"))
    assert main(["incident", "show", "7"]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "./run up" in told


def test_wrong_options_are_exit_2() -> None:
    assert main(["incident", "show", "seven"]) == 2


def test_help_imports_none_of_the_heavy_libraries() -> None:
    code = (
        "import sys; from warroom.__main__ import main; main(['--help']); "
        "print([name for name in ('pyarrow', 'polars', 'streamlit', 'sigma', 'duckdb') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("[]\n")
