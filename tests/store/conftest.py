"""A store with proofs, made once and copied for each test that asks for one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from proving import Kept
from store.backing_up import silent, source

from warroom.store.backup import back_up


@pytest.fixture(scope="session")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    kept = Kept(tmp_path_factory.mktemp("kept") / "store")
    kept.make()
    return kept


@pytest.fixture
def kept(untouched: Kept, tmp_path: Path) -> Kept:
    shutil.copytree(untouched.folder, tmp_path / "store")
    return Kept(tmp_path / "store")


@pytest.fixture
def copied(kept: Kept, tmp_path: Path) -> Path:
    target = tmp_path / "copy"
    back_up(source(kept), target, silent)
    return target
