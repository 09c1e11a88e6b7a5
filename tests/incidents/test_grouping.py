from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from making import NOW, an_alert, events, somebody

from warroom.incidents import actions
from warroom.incidents.grouping import group
from warroom.model import Alert, Disposition, Entity, Severity
from warroom.store import incidents as store
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State
from warroom.store.lease import Lease

HOUR = timedelta(hours=1)


Raise = Callable[..., list[store.Incident]]


@pytest.fixture
def raise_alerts(state: State, data_dir: Path, lease: Lease) -> Raise:
    ids = EventIds(state)

    def raised(*alerts: Alert) -> list[store.Incident]:
        made = events(1, ids.take(1), first_offset=ids.last)
        commit(state, data_dir, Batch("web", f"source-{ids.last}", None, "{}", 1, made, 1, alerts=alerts), ids, lease)
        group(state, HOUR)
        with state.read() as connection:
            return store.find(connection)[::-1]

    return raised


def address(value: str) -> Sequence[Entity]:
    return (Entity("address", value),)


def test_alerts_that_share_an_address_and_a_platform_are_one_incident(raise_alerts: Raise, state: State) -> None:
    found = raise_alerts(
        an_alert(alert_id="1", rule_title="Scan", severity=Severity.LOW),
        an_alert(alert_id="2", rule_title="SQL injection", severity=Severity.HIGH, count=4),
        an_alert(alert_id="3", entities=address("198.51.100.1")),
        an_alert(alert_id="4", platform_id="gdx"),
    )
    assert [(one.title, one.severity, one.alert_count, one.event_count) for one in found] == [
        ("SQL injection", "high", 2, 5),
        ("SQL injection", "high", 1, 1),
        ("SQL injection", "high", 1, 1),
    ]
    with state.read() as connection:
        reasons = [alert.reason for alert in store.alerts_of(connection, found[0].id)]
    assert reasons == [{"why": "first"}, {"why": "shared_entity", "kind": "address", "value": "203.0.113.9"}]


def test_the_window_ends_an_incident(raise_alerts: Raise) -> None:
    late = NOW + HOUR + timedelta(seconds=1)
    assert len(raise_alerts(an_alert(alert_id="1"), an_alert(alert_id="2", first_at=late, last_at=late))) == 2


def test_alerts_that_arrive_late_join_by_event_time(raise_alerts: Raise) -> None:
    raise_alerts(an_alert(alert_id="1"))
    early = NOW - timedelta(minutes=30)
    (one,) = raise_alerts(an_alert(alert_id="2", first_at=early, last_at=early))
    assert (one.alert_count, one.last_at - one.first_at) == (2, 30 * 60 * 1_000_000)


def test_an_entity_learnt_from_one_alert_brings_in_the_next(raise_alerts: Raise) -> None:
    both = (*address("203.0.113.9"), Entity("user", "somchai"))
    found = raise_alerts(
        an_alert(alert_id="1", entities=both),
        an_alert(alert_id="2", entities=(Entity("user", "somchai"),)),
    )
    assert [one.alert_count for one in found] == [2]


def test_alerts_about_nothing_join_by_their_rule(raise_alerts: Raise) -> None:
    found = raise_alerts(
        an_alert(alert_id="1", entities=()),
        an_alert(alert_id="2", entities=()),
        an_alert(alert_id="3", entities=(), rule_id="other"),
    )
    assert [one.alert_count for one in found] == [2, 1]


def test_a_closed_incident_takes_no_new_alert(raise_alerts: Raise, state: State) -> None:
    (first,) = raise_alerts(an_alert(alert_id="1"))
    actions.close(state, first.id, somebody("anong"), Disposition.BENIGN, "our own scanner")
    found = raise_alerts(an_alert(alert_id="2"))
    assert [(one.status, one.alert_count) for one in found] == [("closed", 1), ("new", 1)]


def test_a_grown_alert_raises_the_count_of_its_incident(raise_alerts: Raise) -> None:
    raise_alerts(an_alert(alert_id="1", count=3))
    (one,) = raise_alerts(an_alert(alert_id="1", count=4))
    assert (one.alert_count, one.event_count) == (1, 7)


def test_what_is_informational_joins_but_opens_nothing(raise_alerts: Raise) -> None:
    told = Severity.INFORMATIONAL
    assert raise_alerts(an_alert(alert_id="1", severity=told)) == []
    (one,) = raise_alerts(an_alert(alert_id="2"), an_alert(alert_id="3", severity=told))
    assert (one.alert_count, one.severity) == (2, "high")


def test_a_drill_never_joins_a_real_incident(raise_alerts: Raise) -> None:
    found = raise_alerts(an_alert(alert_id="1"), an_alert(alert_id="2", drill=True))
    assert [one.drill for one in found] == [False, True]


def test_grouping_again_changes_nothing(raise_alerts: Raise, state: State) -> None:
    raise_alerts(an_alert(alert_id="1"))
    before = state.versions()
    assert group(state, HOUR) == 0
    assert state.versions() == before
