"""A store in which rules did something, and the rules."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from console.conftest import kept_fresh
from console.rule_seeding import (
    seed_rules,
    write_detectors,
)

from warroom.store.database import State


@pytest.fixture(scope="module")
def detectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rules") / "detectors"
    write_detectors(folder)
    return folder


@pytest.fixture(scope="module")
def staffed(
    staffed: Callable[[], Path], detectors: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Path]:
    """Give the folder of the staffed store in which rules did something, too."""

    def make() -> Path:
        folder = tmp_path_factory.mktemp("ruled") / "data"
        shutil.copytree(staffed(), folder)
        with State(f"sqlite:///{folder / 'state.db'}") as state:
            seed_rules(state, folder, detectors)
        return folder

    return kept_fresh(make)


@pytest.fixture
def ruled(staff: State, detectors: Path, monkeypatch: pytest.MonkeyPatch) -> State:
    monkeypatch.setenv("WARROOM_DETECTORS", str(detectors))
    return staff
