"""The script `run`: makes .venv, makes it again where needed, and never leaves a half one behind."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from warroom.settings import ROOT

pytestmark = pytest.mark.slow


class Checkout:
    """A checkout with an empty lock and a war room that says what it was called with; blanks in its path."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "a war room"
        (self.root / "warroom").mkdir(parents=True)
        (self.root / "tests").mkdir()
        (self.root / "warroom" / "__main__.py").write_text("import sys; print(sys.argv[1:])")
        self.lock("# empty\n")
        shutil.copy(ROOT / "run", self.root / "run")

    def lock(self, text: str) -> None:
        (self.root / "requirements.txt").write_text(text)

    def run(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        # no index: no lock of these names a package that there is
        environment = os.environ | {"PIP_NO_INDEX": "1"}
        return subprocess.run(
            [self.root / "run", *arguments],
            cwd=cwd or self.root,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The .venv of a checkout that was started once: five seconds for those whose test is not the making of it."""
    made = Checkout(tmp_path_factory.mktemp("started"))
    assert made.run("x").stdout == "['x']\n"
    return made.root / ".venv"


@pytest.fixture
def installed(checkout: Checkout, started: Path) -> Checkout:
    shutil.copytree(started, checkout.root / ".venv", symlinks=True)
    assert "Making .venv" not in checkout.run("x").stderr  # it looks at it anew, for it stands elsewhere
    return checkout


def test_the_first_start_installs_and_the_next_ones_do_not(checkout: Checkout, tmp_path: Path) -> None:
    first = checkout.run("ledger", "two words", cwd=tmp_path)
    assert first.stdout == "['ledger', 'two words']\n"
    assert "Installing" in first.stderr
    second = checkout.run("ledger")
    assert (second.stdout, second.stderr) == ("['ledger']\n", "")
    checkout.lock("# changed\n")
    third = checkout.run("ledger")
    assert "Installing" in third.stderr
    assert "Making .venv" not in third.stderr


def test_a_half_made_venv_and_a_dead_owners_lock_are_no_obstacle(checkout: Checkout) -> None:
    (checkout.root / ".venv" / "bin").mkdir(parents=True)
    (checkout.root / ".venv" / "bin" / "python").write_text("#!/bin/sh\nexit 1\n")
    (checkout.root / ".venv" / "bin" / "python").chmod(0o755)
    dead = subprocess.Popen(["true"])
    dead.wait()
    (checkout.root / ".venv.busy").mkdir()
    (checkout.root / ".venv.busy" / "owner").write_text(str(dead.pid))
    done = checkout.run("x")
    assert done.stdout == "['x']\n"
    assert not (checkout.root / ".venv.busy").exists()


def test_a_failed_installation_says_so_and_is_repeated(installed: Checkout) -> None:
    installed.lock("no-such-package-anywhere==1.0 --hash=sha256:" + "0" * 64 + "\n")
    failed = installed.run("x")
    assert failed.returncode == 2
    assert "could not be installed" in failed.stderr
    installed.lock("# empty again\n")
    assert installed.run("x").stdout == "['x']\n"


def test_a_lock_without_an_owner_is_given_up(installed: Checkout) -> None:
    (installed.root / ".venv.busy").mkdir()
    installed.lock("# changed\n")
    assert installed.run("x").stdout == "['x']\n"
    assert not (installed.root / ".venv.busy").exists()


def test_a_venv_whose_python_was_replaced_is_made_again(installed: Checkout) -> None:
    checkout = installed
    (library,) = (checkout.root / ".venv" / "lib").glob("python3.*")
    library.rename(library.with_name("python3.0"))
    again = checkout.run("x")
    assert again.stdout == "['x']\n"
    assert "Making .venv" in again.stderr


def test_a_place_that_cannot_be_written_is_told(checkout: Checkout) -> None:
    (checkout.root / ".venv.busy").write_text("a file where the lock's folder would be")
    told = checkout.run("x")
    assert told.returncode == 2
    assert "cannot be written" in told.stderr
