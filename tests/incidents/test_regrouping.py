"""People merge, split and move; the grouping obeys; everything can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from making import NOW, an_alert, events, somebody
from sqlalchemy import select

from warroom.access import Role
from warroom.errors import ConflictError, ForbiddenError, UsageError
from warroom.incidents import actions, regrouping, taking_in
from warroom.incidents.grouping import group
from warroom.incidents.taking_in import Channel, Told
from warroom.model import Alert, Disposition, Entity, Severity
from warroom.store import incidents as store
from warroom.store import regrouping as changes
from warroom.store.audit import AuditAction
from warroom.store.audit_tables import audit
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State, now_us
from warroom.store.grouping_tables import group_keys, incident_rules
from warroom.store.lease import Lease
from warroom.store.tables import alerts, incident_entities, incidents

ANONG = somebody("anong", Role.ANALYST)
OTHER_RULE = "99999999-9999-4999-8999-999999999999"

Raise = Callable[..., list[store.Incident]]


@pytest.fixture
def raised(state: State, data_dir: Path, lease: Lease) -> Raise:
    """Store alerts and group them; gives the open incidents, the oldest first."""
    ids = EventIds(state)

    def raise_alerts(*them: Alert) -> list[store.Incident]:
        made = events(1, ids.take(1), first_offset=ids.last)
        commit(state, data_dir, Batch("web", f"source-{ids.last}", None, "{}", 1, made, 1, alerts=them), ids, lease)
        group(state, timedelta(hours=1))
        return queue(state)

    return raise_alerts


def queue(state: State) -> list[store.Incident]:
    with state.read() as connection:
        return [one for one in store.find(connection)[::-1] if one.status != "closed"]


def about(name: str, *entities: tuple[str, str], rule: str | None = None, **changes: object) -> Alert:
    named = tuple(Entity(*one) for one in entities)
    if rule is not None:
        changes |= {"rule_id": rule}
    return an_alert(alert_id=name, entities=named, **changes)


def members(state: State, incident_id: int) -> set[str]:
    with state.read() as connection:
        return {alert.id for alert in store.alerts_of(connection, incident_id)}


def everything(state: State) -> dict[str, Any]:
    """What is stored of the grouping, without versions and times of change."""
    skipped = {"version", "updated_at", "shaped"}
    with state.read() as connection:
        return {
            table.name: sorted(
                tuple(value for name, value in row.items() if name not in skipped)
                for row in connection.execute(select(table)).mappings()
            )
            for table in (alerts, incidents, incident_entities, incident_rules, group_keys)
        }


ONE, TWO = ("address", "203.0.113.1"), ("address", "203.0.113.2")
ANAN, BOON = ("user", "anan"), ("user", "boon")


def test_a_merged_pair_stays_together_and_the_old_number_says_where_it_went(raised: Raise, state: State) -> None:
    first, second = raised(about("1", ONE), about("2", TWO))
    regrouping.merge(state, second.id, first.id, ANONG, "same actor")
    (one,) = raised(about("3", TWO))
    assert (one.id, one.alert_count) == (first.id, 3)
    with state.read() as connection:
        gone = store.get(connection, second.id)
        assert (gone.status, gone.disposition, gone.merged_into) == ("closed", "duplicate", first.id)
        assert [entry.action for entry in store.log_of(connection, second.id)] == ["opened", "merged_out"]
        assert store.log_of(connection, first.id)[1].body["text"] == "same actor"
        assert [alert.reason for alert in store.alerts_of(connection, first.id)][1] == {
            "why": "merged",
            "incident": str(second.id),
            "by": "anong",
        }
        told = connection.scalars(select(audit.c.body).where(audit.c.action == AuditAction.INCIDENT_CHANGED)).all()
    assert len(told) == 1


def test_what_was_split_off_is_not_joined_again_by_the_next_alert(raised: Raise, state: State) -> None:
    (one,) = raised(about("1", ONE, ANAN), about("2", ONE, BOON))
    apart = regrouping.split(state, one.id, {"2"}, ANONG, "another person's device")
    assert [(it.id, it.alert_count) for it in raised(about("3", BOON), about("4", ANAN))] == [(one.id, 2), (apart, 2)]
    assert members(state, apart) == {"2", "3"}


def test_a_rule_that_was_split_off_takes_its_later_alerts_along(raised: Raise, state: State) -> None:
    (one,) = raised(about("1", ONE), about("2", ONE, rule=OTHER_RULE))
    apart = regrouping.split(state, one.id, {"2"}, ANONG, "a scanner of our own behind the same proxy")
    raised(about("3", ONE, rule=OTHER_RULE), about("4", ONE))
    assert (members(state, one.id), members(state, apart)) == ({"1", "4"}, {"2", "3"})


def test_an_alert_that_names_both_sides_does_not_join_them_again(raised: Raise, state: State) -> None:
    (one,) = raised(about("1", ONE, ANAN), about("2", ONE, BOON))
    apart = regrouping.split(state, one.id, {"2"}, ANONG, "two people")
    assert len(raised(about("3", ANAN, BOON, ONE))) == 2
    assert "3" in members(state, apart)


def test_alerts_about_nobody_follow_their_rule(raised: Raise, state: State) -> None:
    first, second = raised(about("1"), about("2"), about("x", ONE, rule=OTHER_RULE))
    with pytest.raises(ConflictError, match="all alerts of incident"):
        regrouping.move_alerts(state, first.id, {"1", "2"}, second.id, ANONG, "all of it")
    regrouping.merge(state, second.id, first.id, ANONG, "one outage")
    apart = regrouping.split(state, first.id, {"1", "2"}, ANONG, "no, two")
    raised(about("3"))
    assert members(state, apart) == {"1", "2", "3"}


def test_a_moved_alert_brings_its_kin_along(raised: Raise, state: State) -> None:
    first, second = raised(about("1", ONE, ANAN), about("2", ONE, BOON), about("9", TWO))
    regrouping.move_alerts(state, first.id, {"2"}, second.id, ANONG, "belongs there")
    raised(about("3", BOON))
    assert members(state, second.id) == {"2", "3", "9"}


def test_what_people_merged_is_not_found_by_the_server_that_its_clients_had_in_common(
    raised: Raise, state: State
) -> None:
    server = ("host", "web-1")
    first, second = raised(about("1", ONE, server), about("2", TWO, server))
    regrouping.merge(state, second.id, first.id, ANONG, "same actor")
    assert [one.alert_count for one in raised(about("3", server))] == [2, 1]


def test_a_key_of_both_sides_of_a_merge_reaches_over_both_until_that_is_undone(raised: Raise, state: State) -> None:
    late, later = NOW + timedelta(minutes=70), NOW + timedelta(minutes=100)
    first, second = raised(about("1"), about("2", first_at=late, last_at=late))
    before = everything(state)
    number = regrouping.merge(state, second.id, first.id, ANONG, "one outage")
    regrouping.undo(state, number, ANONG, "two")
    assert everything(state) == before
    regrouping.merge(state, second.id, first.id, ANONG, "one outage after all")
    raised(about("3", first_at=later, last_at=later))
    assert members(state, first.id) == {"1", "2", "3"}


def by_hand(state: State, title: str, severity: Severity) -> int:
    liaison = somebody("malee", Role.LIAISON)
    return taking_in.open_from_report(
        state, liaison, Told(Channel.PHONE, "a citizen called", now_us()), title, severity, "tang_rat"
    )


def named(state: State, incident_id: int) -> tuple[str, str, str]:
    with state.read() as connection:
        one = store.get(connection, incident_id)
    return one.title, one.title_th, one.severity


def test_a_title_that_a_person_typed_goes_before_those_of_rules(raised: Raise, state: State) -> None:
    own, other = by_hand(state, "Data for sale", Severity.MEDIUM), by_hand(state, "Portal is gone", Severity.CRITICAL)
    low, high = raised(about("1", ONE, severity=Severity.LOW), about("2", TWO, severity=Severity.HIGH))[-2:]
    before = everything(state)
    numbers = [regrouping.merge(state, low.id, own, ANONG, "one")]
    assert named(state, own) == ("Data for sale", "Data for sale", "medium")  # no less than the person said
    numbers.append(regrouping.merge(state, high.id, own, ANONG, "one"))
    assert named(state, own) == ("Data for sale", "Data for sale", "high")
    raised(about("3", TWO, severity=Severity.CRITICAL))
    assert named(state, own) == ("Data for sale", "Data for sale", "critical")
    # its own title goes before that of another one; one of rules alone takes what was typed for what went into it
    numbers.append(regrouping.merge(state, other, own, ANONG, "one"))
    assert named(state, own)[0] == "Data for sale"
    (rules,) = (one for one in raised(about("4", BOON)) if one.id != own)
    last = regrouping.merge(state, own, rules.id, ANONG, "one")
    assert named(state, rules.id) == ("Data for sale", "Data for sale", "critical")
    regrouping.undo(state, last, ANONG, "two")
    assert named(state, rules.id) == (rules.title, rules.title_th, rules.severity)
    for number in reversed(numbers):
        regrouping.undo(state, number, ANONG, "two")
    assert {one[:4] for one in everything(state)["incidents"]} >= {
        one[:4] for one in before["incidents"] if one[0] != own
    }
    assert named(state, other) == ("Portal is gone", "Portal is gone", "critical")


@pytest.mark.parametrize("act", ["merge", "split", "move"])
def test_an_act_that_is_taken_back_leaves_everything_as_it_was(raised: Raise, state: State, act: str) -> None:
    first, second = raised(
        about("1", ONE, ANAN, count=3), about("2", ONE, BOON), about("8", TWO), about("9", TWO, rule=OTHER_RULE)
    )
    before = everything(state)
    if act == "merge":
        number = regrouping.merge(state, second.id, first.id, ANONG, "one")
    elif act == "move":
        number = regrouping.move_alerts(state, first.id, {"2"}, second.id, ANONG, "there")
    else:
        apart, number = regrouping.split(state, first.id, {"2"}, ANONG, "two"), 1
    assert everything(state) != before
    regrouping.undo(state, number, ANONG, "no")
    after = everything(state)
    if act == "split":  # the incident that was split off stays, closed, and says where its alerts are
        with state.read() as connection:
            assert store.get(connection, apart).merged_into == first.id
        after["incidents"] = [row for row in after["incidents"] if row[0] != apart]
    assert after == before


def test_what_joined_since_stays_when_a_merge_is_undone_and_goes_back_with_a_split(raised: Raise, state: State) -> None:
    first, second = raised(about("1", ONE, ANAN), about("2", ONE, BOON), about("8", TWO))
    number = regrouping.merge(state, second.id, first.id, ANONG, "one")
    raised(about("3", ONE))
    regrouping.undo(state, number, ANONG, "two")
    assert (members(state, first.id), members(state, second.id)) == ({"1", "2", "3"}, {"8"})
    apart = regrouping.split(state, first.id, {"2"}, ANONG, "two people")
    raised(about("4", BOON))
    assert members(state, apart) == {"2", "4"}
    regrouping.undo(state, number + 1, ANONG, "one person")
    assert members(state, first.id) == {"1", "2", "3", "4"}


def test_what_stands_in_the_way_of_an_undo_is_named(raised: Raise, state: State) -> None:
    first, second, third = raised(about("1", ONE), about("2", TWO), about("3", ("address", "203.0.113.3")))
    one = regrouping.merge(state, first.id, second.id, ANONG, "one")
    two = regrouping.merge(state, second.id, third.id, ANONG, "one")
    with pytest.raises(ConflictError, match=f"by regrouping {two}: undo that first"):
        regrouping.undo(state, one, ANONG, "no")
    regrouping.undo(state, two, ANONG, "no")
    regrouping.undo(state, one, ANONG, "no")
    with pytest.raises(ConflictError, match="undone already"):
        regrouping.undo(state, one, ANONG, "no")
    assert [members(state, it.id) for it in (first, second, third)] == [{"1"}, {"2"}, {"3"}]
    again = regrouping.merge(state, first.id, second.id, ANONG, "one")
    actions.close(state, second.id, ANONG, Disposition.BENIGN, "done")
    with pytest.raises(ConflictError, match="is closed: reopen it first"):
        regrouping.undo(state, again, ANONG, "no")


def test_what_cannot_be_regrouped_says_why(raised: Raise, state: State) -> None:
    first, other, drill = raised(about("1", ONE), about("2", ONE, platform_id="gdx"), about("3", ONE, drill=True))
    with pytest.raises(ConflictError, match="link the incidents instead"):
        regrouping.merge(state, first.id, other.id, ANONG, "same address")
    with pytest.raises(ConflictError, match="they stay apart"):
        regrouping.merge(state, first.id, drill.id, ANONG, "same address")
    with pytest.raises(UsageError, match="name another"):
        regrouping.merge(state, first.id, first.id, ANONG, "same")
    with pytest.raises(ConflictError, match="1 of the alerts are not in incident"):
        regrouping.split(state, first.id, {"2"}, ANONG, "no")
    with pytest.raises(ConflictError, match="all alerts"):
        regrouping.split(state, first.id, {"1"}, ANONG, "no")
    with pytest.raises(UsageError, match="choose 1 to"):
        regrouping.split(state, first.id, (), ANONG, "no")
    for bad in ("", " \n", "x" * 301, "a\0b", "\ud800"):
        with pytest.raises(UsageError, match="say why"):
            regrouping.merge(state, first.id, other.id, ANONG, bad)
    actions.close(state, other.id, ANONG, Disposition.BENIGN, "done")
    with pytest.raises(ConflictError, match="is closed"):
        regrouping.merge(state, other.id, first.id, ANONG, "same")


def test_who_does_not_see_the_platform_regroups_nothing(raised: Raise, state: State) -> None:
    first, second = raised(about("1", ONE), about("2", TWO))
    number = regrouping.merge(state, first.id, second.id, ANONG, "one")
    confined = somebody("boon", Role.ANALYST, platforms=frozenset({"gdx"}))
    for act in (
        lambda: regrouping.merge(state, first.id, second.id, confined, "x"),
        lambda: regrouping.split(state, second.id, {"1"}, confined, "x"),
        lambda: regrouping.move_alerts(state, second.id, {"1"}, first.id, confined, "x"),
        lambda: regrouping.undo(state, number, confined, "x"),
    ):
        with pytest.raises(ForbiddenError, match="platform"):
            act()


def test_what_the_worker_merged_can_be_undone_and_stays_undone(raised: Raise, state: State) -> None:
    first, second = raised(about("1", ONE), about("2", ANAN))
    (one,) = raised(about("3", ONE, ANAN))
    assert (one.id, one.alert_count) == (first.id, 3)
    with state.read() as connection:
        (merge,), total = changes.of_incident(connection, second.id, 10)
    assert (merge.actor, merge.reason, total) == ("worker", "kin", 1)
    regrouping.undo(state, merge.id, ANONG, "a shared phone")
    assert len(raised(about("4", ONE, ANAN))) == 2
    assert members(state, second.id) == {"2", "4"} or members(state, first.id) >= {"1", "3", "4"}


def test_what_people_have_in_hand_is_never_merged_by_the_worker(raised: Raise, state: State) -> None:
    first, second = raised(about("1", ONE), about("2", ANAN))
    actions.acknowledge(state, first.id, ANONG)
    actions.note(state, second.id, ANONG, "looking")
    assert len(raised(about("3", ONE, ANAN))) == 2


def test_a_later_hour_is_a_new_incident_even_after_a_split(raised: Raise, state: State) -> None:
    (one,) = raised(about("1", ONE, ANAN), about("2", ONE, BOON))
    regrouping.split(state, one.id, {"2"}, ANONG, "two people")
    late = NOW + timedelta(hours=2)
    assert len(raised(about("3", BOON, first_at=late, last_at=late))) == 3
