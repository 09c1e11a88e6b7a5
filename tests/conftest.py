"""A fresh store for each test that asks for one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from warroom.store import feedstate
from warroom.store.database import State
from warroom.store.lease import Lease

# machines are shared: how long an example takes says nothing about us
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# A check that says no must say it for the change, not for the dice: new cases are drawn in the soak.
settings.register_profile("steady", settings.get_profile("shared"), derandomize=True)
settings.load_profile("shared")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture(scope="session")
def new_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables and nothing in them: copying it is faster than making it."""
    made = tmp_path_factory.mktemp("new") / "state.db"
    with State(f"sqlite:///{made}") as state:
        state.migrate()
    return made


@pytest.fixture
def state(data_dir: Path, new_store: Path) -> Iterator[State]:
    data_dir.mkdir(mode=0o700)
    shutil.copy(new_store, data_dir / "state.db")
    opened = State(f"sqlite:///{data_dir / 'state.db'}")
    opened.migrate()
    feedstate.register(opened, [feedstate.Registration("web", "tang_rat", "เว็บ", "Web", False, 900)])
    yield opened
    opened.close()


@pytest.fixture
def lease(state: State, data_dir: Path) -> Iterator[Lease]:
    taken = Lease(state, data_dir)
    taken.take()
    yield taken
    taken.release()
