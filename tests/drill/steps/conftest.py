"""A small scenario told in steps, written as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

SCENARIO = (Path(__file__).parent / "small.yml").read_text("utf-8")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write the scenario as `small`, with one piece of text replaced; gives the folder of scenarios."""

    def written(old: str = "", new: str = "") -> Path:
        assert old in SCENARIO
        (tmp_path / "small").mkdir()
        (tmp_path / "small" / "scenario.yml").write_text(SCENARIO.replace(old, new, 1) if old else SCENARIO, "utf-8")
        return tmp_path

    return written
