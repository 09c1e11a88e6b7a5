"""What comparing with intelligence found is written with its alerts: once, added up, bounded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from making import an_alert, events
from sqlalchemy import select

from warroom.errors import StoreError
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State
from warroom.store.intel import sightings
from warroom.store.intel.findings import DAY_US, Findings, Match, Sighting, keep
from warroom.store.intel.tables import intel_held_back, intel_matches, intel_sightings
from warroom.store.lease import Lease
from warroom.store.tables import alerts

DAY = 20_000


def a_match(alert_id: str = "a" * 64, **changes: object) -> Match:
    told: dict[str, object] = {
        "alert_id": alert_id,
        "kind": "ipv4",
        "value": "198.51.100.7",
        "observed": "198.51.100.7",
        "column": "source_ip",
        "score": 75,
        "listed": json.dumps([{"feed": "ipsum", "score": 75}]),
    }
    return Match(**(told | changes))  # type: ignore[arg-type]


def a_sighting(**changes: object) -> Sighting:
    told: dict[str, object] = {
        "kind": "ipv4",
        "value": "198.51.100.7",
        "day": DAY,
        "platform_id": "tang_rat",
        "count": 2,
        "first_at": DAY * DAY_US + 100,
        "last_at": DAY * DAY_US + 200,
    }
    return Sighting(**(told | changes))  # type: ignore[arg-type]


def kept(state: State, findings: Findings, at: int = 5 * DAY_US) -> bool:
    with state.write() as connection:
        return keep(connection, findings, at)


def test_the_first_match_of_an_alert_stays(state: State) -> None:
    assert kept(state, Findings([a_match(), a_match(observed="later in the batch")]), at=1)
    assert not kept(state, Findings([a_match(score=90)]), at=2)
    with state.read() as connection:
        (row,) = connection.execute(select(intel_matches)).all()
    assert (row.observed, row.score, row.at, bool(row.looked_back)) == ("198.51.100.7", 75, 1, False)
    assert json.loads(row.listed) == [{"feed": "ipsum", "score": 75}]


def test_sightings_add_up_by_day_and_platform(state: State) -> None:
    kept(state, Findings(sightings=[a_sighting(), a_sighting(count=3, first_at=DAY * DAY_US + 50)]))
    kept(state, Findings(sightings=[a_sighting(last_at=DAY * DAY_US + 900), a_sighting(platform_id="gdx")]))
    with state.read() as connection:
        rows = {row.platform_id: row for row in connection.execute(select(intel_sightings))}
        assert [one.count for one in sightings.of_value(connection, "ipv4", "198.51.100.7")] == [2, 7]
    mine = rows["tang_rat"]
    assert (mine.count, mine.first_at - DAY * DAY_US, mine.last_at - DAY * DAY_US) == (7, 50, 900)
    assert sightings.last_seen(state).to_pylist() == [
        {"kind": "ipv4", "value": "198.51.100.7", "last_at": DAY * DAY_US + 900}
    ]


def test_old_days_are_forgotten(state: State) -> None:
    kept(state, Findings(sightings=[a_sighting(), a_sighting(day=DAY - 500)], held_back={"x": (1, "")}))
    with state.write() as connection:
        sightings.forget(connection, DAY * DAY_US)
    with state.read() as connection:
        assert connection.scalars(select(intel_sightings.c.day)).all() == [DAY]
        assert connection.scalars(select(intel_held_back.c.day)).all() == []


def test_what_was_held_back_is_counted_by_list_and_day_with_the_newest_example(state: State) -> None:
    kept(state, Findings(held_back={"Public resolvers": (3, "8.8.8.8"), "ruling": (1, "192.0.2.1")}))
    kept(state, Findings(held_back={"Public resolvers": (2, "1.1.1.1")}))
    with state.read() as connection:
        rows = {row.by: (row.day, row.count, row.example) for row in connection.execute(select(intel_held_back))}
    assert rows == {"Public resolvers": (5, 5, "1.1.1.1"), "ruling": (5, 1, "192.0.2.1")}


def test_what_an_attacker_wrote_is_bounded_and_printable(state: State) -> None:
    listed = json.dumps([{"feed": f"feed{number}", "comment": "x" * 3_000} for number in range(40)])
    hostile = a_match(observed="a\x1b[2J\0" + "b" * 9_000, column="c" * 900, listed=listed)
    kept(state, Findings([hostile], held_back={"n\n" * 900: (1, "e" * 900)}))
    with state.read() as connection:
        row = connection.execute(select(intel_matches)).one()
        held = connection.execute(select(intel_held_back)).one()
    assert row.observed.isprintable()
    assert row.observed.startswith("a\N{REPLACEMENT CHARACTER}[2J")
    assert len(row.observed) == 2_048
    assert len(row.column) == len(held.by) == len(held.example) == 200
    assert [one["feed"] for one in json.loads(row.listed)] == [f"feed{number}" for number in range(5)]


def test_they_are_written_with_the_commit_or_not_at_all(state: State, data_dir: Path, lease: Lease) -> None:
    ids = EventIds(state)
    found = Findings([a_match()], [a_sighting()], {"ruling": (1, "192.0.2.1")})

    def batch(received: int, read_from: str | None = None) -> Batch:
        return Batch("web", "s", read_from, "1", received, events(2, ids.take(2)), 2, alerts=[an_alert()], intel=found)

    with pytest.raises(StoreError, match="balance"):
        commit(state, data_dir, batch(3), ids, lease)
    assert "intel" not in state.versions()
    commit(state, data_dir, batch(2), ids, lease)
    assert state.versions()["intel"] == 1
    with pytest.raises(StoreError, match="read on meanwhile"):
        commit(state, data_dir, batch(2), ids, lease)
    with state.read() as connection:
        assert (
            connection.scalars(select(intel_matches.c.alert_id)).all() == connection.scalars(select(alerts.c.id)).all()
        )
        assert connection.scalars(select(intel_sightings.c["count"])).all() == [2]
    commit(state, data_dir, Batch("web", "s", "1", "2", 1, events(1, ids.take(1)), 1, intel=Findings()), ids, lease)
    assert state.versions()["intel"] == 1


def test_thousands_of_alerts_are_looked_up_in_parts(state: State) -> None:
    many = [a_match(f"{number:064x}") for number in range(5_000)]
    assert kept(state, Findings(many))
    assert not kept(state, Findings(many))
    with state.read() as connection:
        assert len(connection.scalars(select(intel_matches.c.alert_id)).all()) == 5_000
