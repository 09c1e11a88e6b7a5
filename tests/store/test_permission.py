"""A state folder of another operating-system user is told as what it is: theirs, and not missing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from warroom.__main__ import main
from warroom.errors import StoreError
from warroom.store.database import State
from warroom.store.permission import barred, is_barred, user_name

NOBODY = 65_534


@contextmanager
def as_somebody_else(folder: Path) -> Iterator[None]:
    """Make a folder what another user meets: closed; who runs the tests as root becomes somebody else meanwhile."""
    before = folder.stat().st_mode
    folder.chmod(0)
    root = os.geteuid() == 0
    try:
        if root:
            os.seteuid(NOBODY)
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(before)


def test_a_closed_state_is_told_with_whose_it_is_and_what_to_do(state: State, data_dir: Path) -> None:
    owner = user_name(os.getuid())
    with as_somebody_else(data_dir), State(f"sqlite:///{data_dir}/state.db") as closed:
        for ask in (closed.versions, closed.migrate):
            with pytest.raises(StoreError, match=f"belongs to the operating-system user `{owner}` alone") as told:
                ask()
            assert "use the console" in str(told.value)
            assert f"`sudo -u {owner}`" in str(told.value)
    assert state.versions() is not None


def test_what_is_merely_not_there_is_no_one_elses(tmp_path: Path, data_dir: Path) -> None:
    assert not is_barred(tmp_path / "none" / "state.db")
    assert not is_barred(data_dir)
    assert user_name(os.getuid()) in barred(tmp_path / "none" / "state.db")
    assert user_name(2_000_000_017) == "uid-2000000017"


@pytest.mark.usefixtures("state")
def test_commands_that_meet_its_files_first_say_the_same(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WARROOM_DATA", str(data_dir))
    assert main(["rules", "check", "authn_nothing"]) == 2  # what it needs is loaded once before
    capsys.readouterr()
    with as_somebody_else(data_dir):
        assert main(["rules", "check", "authn_nothing"]) == 2
    assert "alone, and `" in capsys.readouterr().err
