from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from making import NOW, an_alert, events, somebody

from warroom.incidents import actions
from warroom.incidents.grouping import group
from warroom.incidents.suppressing import suppress
from warroom.model import Alert, Disposition, Entity, Severity
from warroom.store import incidents as store
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State, now_us
from warroom.store.lease import Lease
from warroom.store.suppressions import Pattern

HOUR = timedelta(hours=1)
DAY_US = 86_400_000_000


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


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({}, [2]),
        ({"tags": ("attack.initial_access", "attack.impact")}, [2]),
        ({"tags": ("attack.exfiltration", "attack.t1199")}, [1, 1]),  # a technique is no aim
        ({"feed_id": "other"}, [1, 1]),
        ({"platform_id": "gdx"}, [1, 1]),
        ({"first_at": NOW + timedelta(hours=2), "last_at": NOW + timedelta(hours=2)}, [1, 1]),
        ({"entities": (Entity("address", "203.0.113.9"),)}, [1, 1]),
    ],
)
def test_alerts_about_nobody_join_in_one_log_where_they_serve_the_same_aim(
    raise_alerts: Raise, changes: dict[str, Any], counts: list[int]
) -> None:
    aims = ("attack.initial-access", "attack.t1199")
    second = {"alert_id": "2", "entities": (), "rule_id": "other", "tags": aims} | changes
    found = raise_alerts(an_alert(alert_id="1", entities=(), tags=aims), an_alert(**second))
    assert [one.alert_count for one in found] == counts


def test_what_names_an_account_of_every_machine_alone_names_nobody(raise_alerts: Raise) -> None:
    found = raise_alerts(
        an_alert(alert_id="1", entities=(Entity("user", "www-data"),)),
        an_alert(alert_id="2", entities=(Entity("user", "root"),)),
        an_alert(alert_id="3", entities=(Entity("user", "www-data"),), rule_id="other"),
    )
    assert [one.alert_count for one in found] == [2, 1]


def test_an_unnamed_alert_finds_the_open_incident_of_its_aim_and_says_so(raise_alerts: Raise, state: State) -> None:
    aims = ("attack.collection",)
    raise_alerts(an_alert(alert_id="1", entities=(), tags=aims))
    (found,) = raise_alerts(an_alert(alert_id="2", entities=(), tags=aims, rule_id="other"))
    with state.read() as connection:
        assert {row.id: row.reason["why"] for row in store.alerts_of(connection, found.id)} == {
            "1": "first",
            "2": "same_aim",
        }


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


def about(name: str, *entities: tuple[str, str], **changes: object) -> Alert:
    return an_alert(alert_id=name, entities=tuple(Entity(*one) for one in entities), **changes)


def members(state: State, incident_id: int) -> set[str]:
    with state.read() as connection:
        return {alert.id for alert in store.alerts_of(connection, incident_id)}


def test_an_address_of_a_carriers_nat_joins_no_strangers(raise_alerts: Raise) -> None:
    nat = ("address", "100.64.3.9")
    found = raise_alerts(about("1", nat, ("user", "anan")), about("2", nat, ("user", "boon")), about("3", nat))
    assert [one.alert_count for one in found] == [1, 1, 1]
    assert len(raise_alerts(about("4", nat, ("user", "anan")))) == 3


def test_an_address_that_many_strangers_use_joins_only_alerts_of_one_rule(raise_alerts: Raise, state: State) -> None:
    office = ("address", "203.0.113.50")
    strangers = [
        about(f"{number}", office, ("user", f"u-{number}"), rule_id=f"rule-{number % 9}") for number in range(30)
    ]
    found = raise_alerts(*strangers)
    assert {frozenset(members(state, one.id)) for one in found} == {
        frozenset(str(number) for number in range(rule, 30, 9)) for rule in range(9)
    }
    # it is remembered: the next stranger joins nobody either
    assert len(raise_alerts(about("x", office, ("user", "someone else"), rule_id="rule-new"))) == 10


def test_one_address_that_tries_many_accounts_is_one_attack(raise_alerts: Raise) -> None:
    attacker = ("address", "203.0.113.50")
    (one,) = raise_alerts(*(about(f"{number}", attacker, ("user", f"u-{number}")) for number in range(60)))
    assert (one.alert_count, one.folded) == (60, {"rules": 1, "address": 1, "user": 60})
    assert (one.lead_kind, one.lead_value) == ("address", "203.0.113.50")


def test_what_two_strangers_do_to_one_server_is_two_incidents(raise_alerts: Raise) -> None:
    server = ("host", "web-1")
    found = raise_alerts(about("1", ("address", "203.0.113.1"), server), about("2", ("address", "203.0.113.2"), server))
    assert [one.alert_count for one in found] == [1, 1]


def test_two_devices_on_one_server_are_two_incidents_and_the_server_is_a_third(raise_alerts: Raise) -> None:
    server = ("host", "web-1")
    found = raise_alerts(about("1", ("device", "phone-1"), server), about("2", ("device", "phone-2"), server))
    assert [one.alert_count for one in found] == [1, 1]
    assert len(raise_alerts(about("3", server))) == 3


def test_what_is_informational_leads_no_later_alert_to_its_incident(raise_alerts: Raise) -> None:
    anan = ("user", "anan")
    raise_alerts(about("1", anan))
    (between, late) = (NOW + timedelta(minutes=minutes) for minutes in (50, 100))
    told = Severity.INFORMATIONAL
    assert [
        one.alert_count for one in raise_alerts(about("2", anan, first_at=between, last_at=between, severity=told))
    ] == [2]
    assert [one.alert_count for one in raise_alerts(about("3", anan, first_at=late, last_at=late))] == [2, 1]


def test_what_happens_inside_a_host_is_one_incident_whatever_its_accounts(raise_alerts: Raise) -> None:
    host, nobody = ("host", "pc-7"), ("address", "127.0.0.1")
    (one,) = raise_alerts(
        about("1", host, ("user", "NT AUTHORITY\\SYSTEM")), about("2", host, nobody), about("3", host, ("user", "anan"))
    )
    assert one.alert_count == 3


def bots(first: int, last: int, **changes: object) -> list[Alert]:
    return [
        about(f"bot-{number:03}", ("address", f"198.51.100.{number}"), ("user", f"u-{number}"), **changes)
        for number in range(first, last)
    ]


def test_many_strangers_hit_by_one_rule_are_one_campaign(raise_alerts: Raise, state: State) -> None:
    (one,) = raise_alerts(*bots(0, 40))
    assert (one.alert_count, one.folded) == (40, {"rules": 1, "address": 40, "user": 40})
    with state.read() as connection:
        assert {alert.reason["why"] for alert in store.alerts_of(connection, one.id)} == {"campaign"}
    (one,) = raise_alerts(*bots(40, 41))
    assert one.alert_count == 41


def test_strangers_that_come_one_by_one_become_a_campaign_all_the_same(raise_alerts: Raise, state: State) -> None:
    for number in range(12):
        found = raise_alerts(*bots(number, number + 1))
    assert [one.alert_count for one in found] == [12]
    with state.read() as connection:
        gone = [one for one in store.find(connection, merged=True) if one.merged_into is not None]
        assert {one.merged_into for one in gone} == {found[0].id}
        assert [entry.action for entry in store.log_of(connection, gone[0].id)] == ["opened", "merged_out"]


def test_the_one_of_them_who_shows_more_stays_apart(raise_alerts: Raise, state: State) -> None:
    inside = about("in", ("address", "198.51.100.7"), ("user", "u-7"), rule_id="web shell", rule_title="Web shell")
    found = raise_alerts(*bots(0, 40), inside)
    assert [one.alert_count for one in found] == [39, 2]
    assert members(state, found[1].id) == {"bot-007", "in"}


def test_a_few_strangers_are_no_campaign(raise_alerts: Raise) -> None:
    assert len(raise_alerts(*bots(0, 7))) == 7


def test_a_new_incident_says_which_closed_one_it_goes_on_from(raise_alerts: Raise, state: State) -> None:
    (first,) = raise_alerts(an_alert(alert_id="1"))
    actions.close(state, first.id, somebody("anong"), Disposition.TRUE_POSITIVE, "blocked")
    second = raise_alerts(an_alert(alert_id="2"))[1]
    assert (second.follows_id, first.follows_id) == (first.id, None)
    with state.read() as connection:
        (alert,) = store.alerts_of(connection, second.id)
        assert alert.reason == {"why": "after_closing", "incident": str(first.id)}


def test_an_alert_that_grows_after_its_incident_was_closed_is_counted_and_told(
    raise_alerts: Raise, state: State
) -> None:
    (first,) = raise_alerts(an_alert(alert_id="1", count=3))
    actions.close(state, first.id, somebody("anong"), Disposition.BENIGN, "our own")
    (one,) = raise_alerts(an_alert(alert_id="1", count=4))
    assert (one.status, one.alert_count, one.event_count) == ("closed", 1, 7)
    assert one.grew_at is not None
    with state.read() as connection:
        last = store.log_of(connection, first.id)[-1]
    assert (last.action, last.body) == ("grew", {"alerts": "1", "events": "4"})
    actions.reopen(state, first.id, somebody("anong"), "it goes on")
    with state.read() as connection:
        assert store.get(connection, first.id).grew_at is None


def test_an_alert_that_grows_is_counted_once_though_its_incident_is_merged(raise_alerts: Raise) -> None:
    one, other = Entity("address", "203.0.113.1"), Entity("user", "anan")
    raise_alerts(an_alert(alert_id="1", entities=(one,), count=3), an_alert(alert_id="2", entities=(other,), count=2))
    (found,) = raise_alerts(
        an_alert(alert_id="2", entities=(other,), count=5), an_alert(alert_id="3", entities=(one, other))
    )
    assert (found.alert_count, found.event_count) == (3, 3 + 7 + 1)


def test_an_alert_that_something_holds_back_joins_nothing(raise_alerts: Raise, state: State) -> None:
    lead = somebody("anong")
    pattern = Pattern(rule_id=an_alert().rule_id, platform_id="tang_rat")
    suppress(state, lead, pattern, reason="our own scanner, until Friday", owner="anong", expires_at=now_us() + DAY_US)
    assert raise_alerts(an_alert(alert_id="1")) == []
    with state.read() as connection:
        assert store.waiting_alerts(connection, 1) == []
