"""What was compiled from other sources is never run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from warroom.machine.kept_code import SOURCES
from warroom.settings import ROOT

_COMPILED = re.compile(
    r"^\s*(?:from|import) (?:numba|llvmlite|warroom\.machine\.(?:compiler|kernels|words|spans|kept_code))", re.MULTILINE
)
#: Imports a compiled module where it is used; defines nothing compiled itself.
_USERS = {"commands/matches.py"}


def test_every_module_with_compiled_functions_counts() -> None:
    package = ROOT / "warroom"
    listed = {path for pattern in SOURCES for path in package.glob(pattern)}
    found = {path for path in package.rglob("*.py") if _COMPILED.search(path.read_text(encoding="utf-8"))}
    assert {str(path.relative_to(package)) for path in found - listed} <= _USERS


@pytest.mark.slow
def test_a_change_of_a_module_that_others_take_in_compiles_them_anew(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "warroom", tmp_path / "warroom", ignore=shutil.ignore_patterns("__pycache__"))
    machine = tmp_path / "warroom" / "machine"
    (machine / "told.py").write_text("TOLD = 1\n")
    (machine / "told_kernel.py").write_text(
        "from warroom.machine.kernels import kernel\nfrom warroom.machine.told import TOLD\n\n\n"
        "@kernel\ndef told():\n    return TOLD\n"
    )
    code = "from warroom.machine.told_kernel import told; print(told())"

    def run() -> str:
        environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
        environment["PYTHONPATH"] = str(tmp_path)
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert (run(), run()) == ("1", "1")
    (machine / "told.py").write_text("TOLD = 2\n")
    assert run() == "2"
    assert len(list((tmp_path / "warroom" / "__pycache__").glob("compiled-*"))) == 2
