"""`verify` names a handover that somebody changed behind the war room's back."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from making import somebody
from proving import Kept

from warroom.incidents import handing_over
from warroom.incidents.shifts import read_shifts, shift_at
from warroom.store import handovers
from warroom.store.database import now_us
from warroom.store.verify import Broken

CHANGES = {
    "UPDATE handovers SET notes = 'nothing happened'": (Broken.ROW_CHANGED, "handovers row 1"),
    "UPDATE handovers SET incoming = 'malee'": (Broken.ROW_CHANGED, "handovers row 1"),
    "DELETE FROM handover_addenda": (Broken.ROW_DELETED, "handover_addenda row 1"),
    "INSERT INTO handover_addenda VALUES (2, 1, 5, 'wipa', 'I knew of nothing')": (
        Broken.ROW_ADDED,
        "handover_addenda row 2",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_handover_that_was_changed_is_named(kept: Kept, change: str) -> None:
    with kept.state as state:
        shift = shift_at(read_shifts("08:00-20:00,20:00-08:00"), now_us())
        number = handing_over.hand_over(state, somebody("anong"), shift, "quiet", "")
        with state.read() as connection:
            sha256 = handovers.get(connection, number).sha256
        handing_over.take_over(state, somebody("wipa"), number, sha256)
        handing_over.add_to(state, somebody("anong"), number, "it was not")
    assert kept.check().findings == []
    with closing(sqlite3.connect(kept.data_dir / "state.db")) as link, link:
        link.execute(change)
    broken, place = CHANGES[change]
    assert [(one.kind, one.place) for one in kept.check().findings] == [(broken, place)]
