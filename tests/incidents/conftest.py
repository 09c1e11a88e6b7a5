"""An incident of one alert, and people who act on it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from making import an_alert, events

from warroom.incidents.grouping import group
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State
from warroom.store.lease import Lease


@pytest.fixture
def two(state: State, data_dir: Path, lease: Lease) -> tuple[int, int]:
    """Two incidents: one on tang_rat, one on gdx."""
    ids = EventIds(state)
    alerts = [
        an_alert(alert_id="1", tags=("attack.t1190",)),
        an_alert(alert_id="2", platform_id="gdx", rule_id="other"),
    ]
    commit(state, data_dir, Batch("web", "s", None, "{}", 1, events(1, ids.take(1)), 1, alerts=alerts), ids, lease)
    group(state, timedelta(hours=1))
    return 1, 2


@pytest.fixture
def one(two: tuple[int, int]) -> int:
    """An incident on tang_rat."""
    return two[0]
