"""A store with proofs, made once and copied for each test that asks for one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from proving import Kept


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    kept = Kept(tmp_path_factory.mktemp("kept") / "store")
    kept.make()
    return kept


@pytest.fixture
def kept(untouched: Kept, tmp_path: Path) -> Kept:
    shutil.copytree(untouched.folder, tmp_path / "store")
    return Kept(tmp_path / "store")
