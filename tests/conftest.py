"""A fresh store for each test that asks for one."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, is_hypothesis_test, settings
from making import new_store

from warroom.store import feedstate
from warroom.store.database import State
from warroom.store.lease import Lease

# machines are shared: how long an example takes says nothing about us
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# A check that says no must say it for the change, not for the dice: new cases are drawn in the soak.
settings.register_profile("steady", settings.get_profile("shared"), derandomize=True)
settings.load_profile("shared")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "property: draws many examples; left out of `./run test quick`")


def pytest_itemcollected(item: pytest.Item) -> None:
    if is_hypothesis_test(getattr(item, "obj", None)):
        item.add_marker("property")


def pytest_collection_finish() -> None:
    """Nobody looks for garbage in what was imported and collected: a worker that reads rules anew looks each time."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()  # or what is left when Python ends is told as leaked


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def state(data_dir: Path) -> Iterator[State]:
    opened = new_store(data_dir / "state.db")
    feedstate.register(opened, [feedstate.Registration("web", "tang_rat", "เว็บ", "Web", False, 900)])
    yield opened
    opened.close()


@pytest.fixture
def lease(state: State, data_dir: Path) -> Iterator[Lease]:
    taken = Lease(state, data_dir)
    taken.take()
    yield taken
    taken.release()
