from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from making import an_alert, events, somebody

from warroom.errors import UsageError
from warroom.incidents import actions
from warroom.incidents.grouping import group
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State
from warroom.store.lease import Lease


@pytest.mark.parametrize("text", ["half \ud800 of a pair", "\udfff", "a\0b"])
def test_what_no_database_takes_is_refused_in_words(state: State, data_dir: Path, lease: Lease, text: str) -> None:
    ids = EventIds(state)
    batch = Batch("web", "s", None, "{}", 1, events(1, ids.take(1)), 1, alerts=[an_alert()])
    commit(state, data_dir, batch, ids, lease)
    group(state, timedelta(hours=1))
    me = somebody("วิภา")
    with pytest.raises(UsageError, match="half a character"):
        actions.note(state, 1, me, text)
    with pytest.raises(UsageError, match="1 to 100 characters"):
        actions.assign(state, 1, me, text)
