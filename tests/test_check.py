"""`./run test`: what quick leaves out is there to be left out, and what is written goes where there is room."""

from __future__ import annotations

from pathlib import Path

import check
import pytest

from warroom.settings import ROOT


def test_every_path_that_quick_leaves_out_is_there_and_stands_once() -> None:
    assert [path for path in check.LEFT_OUT if not (ROOT / "tests" / path).exists()] == []
    assert sorted(set(check.LEFT_OUT)) == sorted(check.LEFT_OUT)


@pytest.mark.parametrize(("free", "there"), [(-1, True), (1 << 60, False)])
def test_what_tests_write_is_in_memory_where_there_is_plenty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, *, there: bool
) -> None:
    monkeypatch.setattr(check, "MEMORY", tmp_path)
    monkeypatch.setattr(check, "ROOM", 0)
    monkeypatch.setattr(check, "FREE", free)
    with check.scratch() as folder:
        assert folder.is_relative_to(tmp_path) is there
        (folder / "x").touch()
    assert not folder.exists()
    with check.scratch(large=True) as folder:
        assert not folder.is_relative_to(tmp_path)
