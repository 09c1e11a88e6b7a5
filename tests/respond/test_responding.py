"""How people respond in law: controllers, moments, rulings, sendings, closure; each with its reason and its history."""

from __future__ import annotations

from dataclasses import replace

import pytest
from making import somebody
from responding import DAY, DPO, HOUR, LEAD, LIAISON, open_one, sent
from sqlalchemy import insert

from warroom.access.actor import WORKER
from warroom.access.roles import Role
from warroom.catalog.platforms import load_platforms
from warroom.errors import ConflictError, ForbiddenError, NotFoundError, UsageError
from warroom.model import Status
from warroom.respond.beginning import begin_response, close_controller, still_owed
from warroom.respond.board import BUCKETS, board, breach_register, bucket
from warroom.respond.clocks import Light
from warroom.respond.controllers import add_controller, change_controller, remove_controller
from warroom.respond.duties import (
    DutyFacts,
    decide_not_notifiable,
    explain_delay,
    kinds_of,
    propose_duties,
    rule_duty,
)
from warroom.respond.moments import decide_awareness, set_moment
from warroom.respond.sending import record_sending, withdraw_sending
from warroom.respond.standing import ClockState, Standing, clocks_of
from warroom.store import incidents as store
from warroom.store.case_tables import evidence_files
from warroom.store.controllers import ControllerDetails
from warroom.store.database import State, now_us
from warroom.store.views.response import ResponseView, response

PROOF = "The disks were encrypted with keys that were not taken."


def seen(state: State, incident_id: int) -> ResponseView:
    found = response(state, incident_id)
    assert found is not None
    return found


def standing(state: State, incident_id: int, controller_id: int, now: int | None = None) -> dict[str, ClockState]:
    found = clocks_of(seen(state, incident_id), now or now_us())
    return {one.clock.id: one for one in found if one.controller.id == controller_id}


@pytest.fixture
def one(state: State) -> tuple[int, int]:
    """An incident of ten hours ago, and its first controller."""
    number = open_one(state, now_us() - 10 * HOUR)
    return number, begin_response(state, number, WORKER, ["breach", "cyber"]).controller_id


def test_the_worker_begins_on_the_safe_side_and_only_once(state: State) -> None:
    now = now_us()
    number = open_one(state, now - HOUR, first_at=now - 3 * HOUR)
    begun = begin_response(state, number, WORKER, ["cyber", "breach"])
    assert begun.clocks == ("PDPC_72H", "PDPC_15D", "NCSA_K1", "NCSA_K2_24H", "NCSA_UPDATE", "NCSA_CLOSE")
    view = seen(state, number)
    (operator,) = view.controllers
    assert (operator.role, operator.agency) == ("controller", load_platforms()["gdx"].operator_th)
    assert [(each.name, each.moment, each.reason) for each in view.moments] == [
        ("occurred_at", now - 3 * HOUR, "first event in the logs")
    ]
    assert begin_response(state, number, WORKER, ["cyber", "breach"]).clocks == ()
    assert seen(state, number) == view
    with state.read() as connection:
        assert [entry.action for entry in store.log_of(connection, number)] == [
            "controller_added",
            "moment_occurred",
            "response_begun",
        ]


@pytest.mark.parametrize("kinds", [[], ["theft"], ["breach", "theft"]])
def test_what_an_incident_is_not(state: State, kinds: list[str]) -> None:
    with pytest.raises(UsageError, match="breach of personal data"):
        begin_response(state, open_one(state, now_us()), LEAD, kinds)


def test_kinds_are_proposed_by_what_was_seen() -> None:
    assert set(kinds_of(personal_data=True, reportable=True, tags=["attack.t1567.002"])) == {"breach", "cyber"}
    assert set(kinds_of(personal_data=False, reportable=True, tags=["attack.t1567"])) == {"cyber"}
    assert kinds_of(personal_data=True, reportable=False, tags=["attack.t1498"]) == {}


def test_a_processor_owes_its_controller_and_a_cii_organisation_its_regulator() -> None:
    both = frozenset({"breach", "cyber"})
    assert {each.clock for each in propose_duties(DutyFacts(both, "processor", False, True))} == {"PROCESSOR_72H"}
    plain = {each.clock for each in propose_duties(DutyFacts(both, "controller", False, True))}
    assert {each.clock for each in propose_duties(DutyFacts(both, "controller", True, True))} - plain == {"REGULATOR"}
    assert "SUBJECT_NOTICE" in {each.clock for each in propose_duties(DutyFacts(both, "joint", False, True, "high"))}


def test_each_controller_has_its_own_awareness_sendings_and_closure(state: State, one: tuple[int, int]) -> None:
    number, first = one
    now = now_us()
    other = add_controller(state, number, DPO, ControllerDetails("joint", "กรมการปกครอง"), "its data were read")
    decide_awareness(state, number, DPO, other, now - 2 * HOUR, "We told them by telephone at that hour.")
    record_sending(state, number, LIAISON, first, sent("PDPC_72H", now))
    mine, theirs = standing(state, number, first), standing(state, number, other)
    assert mine["PDPC_72H"].standing is mine["PDPC_15D"].standing is Standing.STOPPED
    assert theirs["PDPC_72H"].standing is Standing.RUNNING
    assert theirs["PDPC_72H"].planned.due_at == now - 2 * HOUR + 3 * DAY
    with pytest.raises(ConflictError, match="PDPC_72H"):
        close_controller(state, number, LEAD, other, "all was sent")
    assert other in {each.controller.id for each in still_owed(seen(state, number), now)}


def test_controllers_are_changed_with_a_reason_and_the_last_one_stays(state: State, one: tuple[int, int]) -> None:
    number, first = one
    before = seen(state, number).controllers[0]
    with pytest.raises(ConflictError, match="one controller at least"):
        remove_controller(state, number, first, DPO, "not theirs")
    change_controller(
        state, number, first, DPO, replace(before.details, cii=True, dpo_name="คุณวิชัย"), "the agency said so",
        changed_at=before.changed_at,
    )  # fmt: skip
    assert "REGULATOR" in standing(state, number, first)
    with pytest.raises(ConflictError, match="meanwhile"):
        change_controller(state, number, first, DPO, before.details, "again", changed_at=before.changed_at)
    with pytest.raises(ConflictError, match="nothing is different"):
        change_controller(state, number, first, DPO, seen(state, number).controllers[0].details, "again")
    with pytest.raises(UsageError, match="agency"):
        add_controller(state, number, DPO, ControllerDetails("joint", "  "), "empty")
    with pytest.raises(UsageError, match="a role is one of"):
        add_controller(state, number, DPO, ControllerDetails("owner", "กรมการปกครอง"), "wrong")
    second = add_controller(state, number, DPO, ControllerDetails("processor", "ผู้รับจ้าง"), "runs the service")
    with pytest.raises(ConflictError, match="is there already"):
        add_controller(state, number, DPO, ControllerDetails("processor", "ผู้รับจ้าง"), "twice")
    remove_controller(state, number, second, DPO, "another contractor")
    view = seen(state, number)
    assert [each.removed_why for each in view.controllers] == [None, "another contractor"]
    assert [each.id for each in view.present] == [first]
    with pytest.raises(NotFoundError):
        rule_duty(state, number, DPO, second, "PROCESSOR_72H", "applies", "it does")


def test_moments_are_changed_with_a_reason_and_nothing_is_lost(state: State, one: tuple[int, int]) -> None:
    number, first = one
    now = now_us()
    set_moment(state, number, LEAD, "occurred_at", now - 20 * HOUR, "the firewall's log says so")
    set_moment(state, number, LEAD, "ended_at", now - HOUR, "the account was locked", controller_id=first)
    assert standing(state, number, first)["NCSA_CLOSE"].planned.due_at == now - HOUR + 7 * DAY
    kept = [each.reason for each in seen(state, number).moments if each.name == "occurred_at"]
    assert kept == ["the firewall's log says so", "first event in the logs"]
    begin_response(state, number, WORKER, ["cyber"])  # leaves alone what a person said
    assert seen(state, number).recorded()["occurred_at"] == now - 20 * HOUR
    for name, moment, reason, told in (
        ("aware_at", now, "because", "not recorded by hand"),
        ("pdpc_sent_at", now, "because", "not recorded by hand"),
        ("lunch_at", now, "because", "not recorded by hand"),
        ("ended_at", now + DAY, "because", "future"),
        ("ended_at", now, "no", "a reason needs"),
    ):
        with pytest.raises(UsageError, match=told):
            set_moment(state, number, LEAD, name, moment, reason)
    with pytest.raises(ConflictError, match="already"):
        set_moment(state, number, LEAD, "occurred_at", now - 20 * HOUR, "once more")


def test_only_evidence_of_sending_stops_a_clock(state: State, one: tuple[int, int]) -> None:
    number, first = one
    now = now_us()
    for wrong, told in (
        (sent("PDPC_72H", now, reference=""), "what proves it"),
        (sent("PDPC_72H", now, recipient=" "), "a recipient"),
        (sent("PDPC_72H", now, channel="pigeon"), "a channel is one of"),
        (sent("PDPC_72H", now + DAY), "future"),
        (sent("NCSA_K3_ANNUAL", now), "no clock of an incident"),
    ):
        with pytest.raises(UsageError, match=told):
            record_sending(state, number, LIAISON, first, wrong)
    for wrong in (sent("PDPC_72H", now, evidence_id=7), sent("PDPC_72H", now, version_id=7)):
        with pytest.raises(NotFoundError):
            record_sending(state, number, LIAISON, first, wrong)
    assert standing(state, number, first)["PDPC_72H"].standing is Standing.RUNNING
    made = record_sending(state, number, LIAISON, first, sent("PDPC_72H", now))
    assert standing(state, number, first)["PDPC_72H"].light is None
    withdraw_sending(state, made, LIAISON, "it was another case")
    again = standing(state, number, first)["PDPC_72H"]
    assert (again.standing, again.sent) == (Standing.RUNNING, None)
    with pytest.raises(ConflictError, match="already"):
        withdraw_sending(state, made, LIAISON, "it was another case")
    (kept,) = seen(state, number).sendings
    assert (kept.withdrawn_by, kept.withdrawn_why) == ("somsri", "it was another case")


def test_a_file_of_another_incident_proves_nothing(state: State, one: tuple[int, int]) -> None:
    number, first = one
    elsewhere = open_one(state, now_us())
    values = {"sha256": "a" * 64, "bytes": 1, "name": "a.pdf", "kind": "pdf", "note": "", "added_at": 1}
    with state.write() as connection:
        row = insert(evidence_files).values(incident_id=elsewhere, added_by="anong", **values)
        file = connection.scalars(row.returning(evidence_files.c.id)).one()
    with pytest.raises(NotFoundError, match="not among the evidence"):
        record_sending(state, number, LIAISON, first, sent("PDPC_72H", now_us(), evidence_id=file))
    with pytest.raises(NotFoundError, match="not among the evidence"):
        decide_not_notifiable(state, number, DPO, first, "unusable", PROOF, [file])


def test_updates_follow_each_report_until_it_is_complete(state: State, one: tuple[int, int]) -> None:
    number, first = one
    now = now_us()
    assert standing(state, number, first)["NCSA_UPDATE"].standing is Standing.WAITING
    record_sending(state, number, LIAISON, first, sent("NCSA_K2_24H", now - 5 * HOUR, partial=True))
    assert standing(state, number, first)["NCSA_UPDATE"].planned.due_at == now + 7 * HOUR  # it still spreads
    record_sending(state, number, LIAISON, first, sent("NCSA_UPDATE", now - HOUR, partial=True))
    assert standing(state, number, first)["NCSA_UPDATE"].planned.due_at == now + 11 * HOUR
    record_sending(state, number, LIAISON, first, sent("NCSA_UPDATE", now))
    assert standing(state, number, first)["NCSA_UPDATE"].standing is Standing.STOPPED


def test_what_is_contained_spreads_no_more(state: State) -> None:
    now = now_us()
    number = open_one(state, now - 9 * HOUR, status=Status.CONTAINED)
    first = begin_response(state, number, LEAD, ["cyber"]).controller_id
    record_sending(state, number, LIAISON, first, sent("NCSA_K2_24H", now - 5 * HOUR, partial=True))
    assert standing(state, number, first)["NCSA_UPDATE"].planned.due_at == now + 19 * HOUR


def test_late_sendings_and_passed_deadlines_ask_for_a_reason(state: State) -> None:
    now = now_us()
    number = open_one(state, now - 4 * DAY)
    first = begin_response(state, number, LEAD, ["breach"]).controller_id
    passed = standing(state, number, first)["PDPC_72H"]
    assert (passed.light, passed.late, passed.delay_reason) == (Light.PASSED, True, "")
    assert not standing(state, number, first)["PDPC_15D"].hidden
    with pytest.raises(UsageError, match="say why it was late"):
        record_sending(state, number, LIAISON, first, sent("PDPC_72H", now))
    explain_delay(state, number, DPO, first, "PDPC_72H", "the vendor's log came on the fourth day")
    assert standing(state, number, first)["PDPC_72H"].delay_reason.startswith("the vendor")
    record_sending(state, number, LIAISON, first, sent("PDPC_72H", now))
    done = standing(state, number, first)["PDPC_72H"]
    assert (done.standing, done.late) == (Standing.STOPPED, True)
    other = open_one(state, now - 4 * DAY)
    second = begin_response(state, other, LEAD, ["breach"]).controller_id
    record_sending(state, other, LIAISON, second, sent("PDPC_72H", now), late_reason="the vendor was late")
    assert standing(state, other, second)["PDPC_72H"].delay_reason == "the vendor was late"


def test_not_to_notify_is_signed_and_proved(state: State, one: tuple[int, int]) -> None:
    number, first = one
    for ground, proof in (("because", PROOF), ("unusable", "encrypted")):
        with pytest.raises(UsageError):
            decide_not_notifiable(state, number, DPO, first, ground, proof)
    with pytest.raises(ForbiddenError):
        decide_not_notifiable(state, number, LEAD, first, "unusable", PROOF)
    with pytest.raises(ForbiddenError):
        rule_duty(state, number, LEAD, first, "PDPC_72H", "not_applicable", "no personal data")
    with pytest.raises(UsageError, match="no ruling"):
        rule_duty(state, number, DPO, first, "PDPC_72H", "not_notifiable", "no personal data")
    decide_not_notifiable(state, number, DPO, first, "unusable", PROOF)
    found = standing(state, number, first)["PDPC_72H"]
    assert (found.standing, found.ruling.actor) == (Standing.NOT_NOTIFIABLE, "wichai")
    assert found.ruling.because == {"ground": "unusable", "proof": PROOF, "evidence": []}
    rule_duty(state, number, DPO, first, "PDPC_72H", "applies", "the key was found on the disk")
    record_sending(state, number, LIAISON, first, sent("PDPC_72H", now_us()))
    with pytest.raises(ConflictError, match="was notified"):
        decide_not_notifiable(state, number, DPO, first, "unusable", PROOF)


def test_a_regulators_time_is_entered_with_the_ruling(state: State, one: tuple[int, int]) -> None:
    number, first = one
    rule_duty(state, number, LEAD, first, "REGULATOR", "applies", "BOT wants it", limit="PT12H")
    found = standing(state, number, first)["REGULATOR"]
    assert found.planned.limit == "PT12H"
    assert found.planned.due_at is not None
    for clock, limit in (("REGULATOR", "soon"), ("REGULATOR", "-PT1H"), ("NCSA_K2_24H", "PT48H")):
        with pytest.raises(UsageError, match="a time such as"):
            rule_duty(state, number, LEAD, first, clock, "applies", "longer please", limit=limit)


def test_a_response_is_closed_when_nothing_is_owed_and_opens_when_something_is_again(state: State) -> None:
    now = now_us()
    number = open_one(state, now - 5 * HOUR)
    first = begin_response(state, number, LEAD, ["cyber"]).controller_id
    for clock in ("NCSA_K1", "NCSA_K2_24H"):
        record_sending(state, number, LIAISON, first, sent(clock, now - HOUR), late_reason="we called first")
    with pytest.raises(ConflictError, match="NCSA_CLOSE"):
        close_controller(state, number, LEAD, first, "finished")
    set_moment(state, number, LEAD, "ended_at", now - HOUR, "it stopped")
    record_sending(state, number, LIAISON, first, sent("NCSA_CLOSE", now))
    close_controller(state, number, LEAD, first, "all was sent")
    assert board(state, now).running == board(state, now).waiting == ()
    assert seen(state, number).closed(first) is not None
    rule_duty(state, number, LEAD, first, "REGULATOR", "applies", "they asked after all", limit="PT24H")
    assert [row.state.clock.id for row in board(state, now).running] == ["REGULATOR"]
    assert seen(state, number).closed(first) is None


def test_the_board_is_soonest_first_and_confined(state: State) -> None:
    now = now_us()
    old, new = open_one(state, now - 20 * HOUR), open_one(state, now - HOUR, platform_id="tang_rat")
    for number in (old, new):
        begin_response(state, number, LEAD, ["breach", "cyber"])
    found = board(state, now)
    assert not found.cut
    dues = [row.state.planned.due_at or 0 for row in found.running]
    assert dues == sorted(dues)
    assert {row.state.clock.id for row in found.running} == {"PDPC_72H", "NCSA_K1", "NCSA_K2_24H"}
    assert {row.incident.id for row in board(state, now, scope=("tang_rat",)).running} == {new}
    assert board(state, now, scope=()).running == ()
    assert response(state, old, scope=("tang_rat",)) is None
    assert {row.state.clock.id for row in found.waiting} == {"NCSA_UPDATE", "NCSA_CLOSE"}


def test_every_breach_is_registered_notified_or_not(state: State) -> None:
    now = now_us()
    numbers = [open_one(state, now - hours * HOUR) for hours in (10, 30, 60, 100, 5)]
    firsts = [begin_response(state, number, LEAD, ["breach"]).controller_id for number in numbers]
    for number, first in zip(numbers[:4], firsts[:4], strict=True):
        record_sending(state, number, LIAISON, first, sent("PDPC_72H", now), late_reason="the vendor was late")
    decide_not_notifiable(state, numbers[4], DPO, firsts[4], "unusable", PROOF)
    running = open_one(state, now - HOUR)
    begin_response(state, running, LEAD, ["breach"])
    found = breach_register(state, now)
    assert [row.incident.id for row in found.rows] == [running, *reversed(numbers)]
    assert [row.bucket for row in found.rows] == ["under_24", None, "over_72", "48_to_72", "24_to_48", "under_24"]
    assert found.rows[1].ground == "unusable"
    assert found.counts == dict.fromkeys(BUCKETS, 1) | {"open": 1, "not_notifiable": 1, "not_applicable": 0}
    assert breach_register(state, now, scope=("tang_rat",)).rows == ()


@pytest.mark.parametrize(
    ("hours", "name"),
    [(0, "under_24"), (23.9, "under_24"), (24, "24_to_48"), (48, "48_to_72"), (72, "48_to_72"), (72.1, "over_72")],
)
def test_buckets(hours: float, name: str) -> None:
    assert bucket(int(hours * HOUR)) == name


def test_who_may_not_see_a_platform_changes_nothing_there(state: State, one: tuple[int, int]) -> None:
    number, first = one
    confined = somebody("prasert", Role.DPO, platforms=frozenset({"tang_rat"}))
    with pytest.raises(ForbiddenError):
        decide_not_notifiable(state, number, confined, first, "unusable", PROOF)
    liaison = somebody("prasert", Role.LIAISON, platforms=frozenset({"tang_rat"}))
    made = record_sending(state, number, LIAISON, first, sent("PDPC_72H", now_us()))
    with pytest.raises(ForbiddenError):
        withdraw_sending(state, made, liaison, "not mine to say")
