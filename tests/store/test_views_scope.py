"""Who is confined to some platforms is shown nothing of the others, whatever is asked."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from console.seeding import ATTACKS, add_attack, fresh_state, seed
from making import somebody

from warroom.incidents import actions
from warroom.model import Disposition
from warroom.store import views
from warroom.store.database import State, now_us


@pytest.fixture
def state(data_dir: Path) -> State:
    state = fresh_state(data_dir)
    seed(state, data_dir)
    # the same address attacks another platform, too
    add_attack(state, data_dir, ATTACKS[0], now=datetime.now(UTC), number=77)
    return state


def platforms_shown(state: State, scope: views.Scope) -> dict[str, set[str]]:
    rows = views.queue(state, scope=scope)
    first = views.queue(state)[0].id
    return {
        "queue": {row.platform_id for row in rows},
        "closed": {row.platform_id for row in views.queue(state, closed=True, scope=scope)},
        "counts": {one.platform_id for one in views.open_counts(state, scope=scope)},
        "chart": {platform for _, platform, _ in views.alerts_per_minute(state, 0, scope=scope)},
        "feeds": {feed.platform_id for feed in views.feeds(state, now_us(), scope=scope)},
        "related": {row.platform_id for one in views.queue(state) for row in views.related(state, one.id, scope=scope)},
        "activity": {
            view.incident.platform_id
            for deed in views.activity(state, scope=scope)
            if (view := views.incident(state, deed.incident_id)) is not None
        },
        "incident": {
            view.incident.platform_id
            for one in range(1, first + 100)
            if (view := views.incident(state, one, scope=scope)) is not None
        },
    }


def test_only_platforms_in_scope_are_shown(state: State) -> None:
    for row in views.queue(state)[:3]:
        actions.close(state, row.id, somebody("anong"), Disposition.BENIGN, "nothing")
    everything = platforms_shown(state, None)
    for scope in (("tang_rat",), ("gdcc", "tang_rat_kyc"), ()):
        for name, platforms in platforms_shown(state, scope).items():
            assert platforms == everything[name] & set(scope), name
    assert "tang_rat" in everything["queue"] | everything["closed"]
    assert views.closed_since(state, 0) == 3
    assert views.closed_since(state, 0, scope=()) == 0
