"""An incident in a store, in which somebody wrote a telephone number."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from casefiles import PHONE
from making import an_alert, events, somebody

from warroom.incidents import actions
from warroom.incidents.grouping import group
from warroom.model import Entity
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State
from warroom.store.lease import Lease


@pytest.fixture
def one(state: State, data_dir: Path, lease: Lease) -> int:
    """An incident on tang_rat."""
    ids = EventIds(state)
    alert = an_alert(tags=("attack.t1190",), entities=(Entity("address", "203.0.113.9"), Entity("user", "somying")))
    commit(state, data_dir, Batch("web", "s", None, "{}", 1, events(1, ids.take(1)), 1, alerts=[alert]), ids, lease)
    group(state, timedelta(hours=1))
    actions.note(state, 1, somebody("somchai"), f"the citizen called from {PHONE}")
    return 1
