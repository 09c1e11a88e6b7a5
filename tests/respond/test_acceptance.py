"""What the specification accepts: deadlines to the minute, refused shortcuts, history kept, nothing sent by itself."""

from __future__ import annotations

import ast
from datetime import date

import pytest
from responding import DAY, DPO, HOUR, LEAD, LIAISON, open_one, sent, us
from sqlalchemy import update

from warroom.catalog.legal import load_clocks
from warroom.errors import ConflictError, UsageError
from warroom.incidents.classifying import Proposal, classify
from warroom.respond.assessing import assess_breach
from warroom.respond.beginning import begin_response
from warroom.respond.board import board, breach_register
from warroom.respond.clocks import plan, with_defaults
from warroom.respond.durations import at as bangkok
from warroom.respond.duties import decide_not_notifiable, rule_duty
from warroom.respond.moments import decide_awareness
from warroom.respond.risk_to_people import BreachAnswers
from warroom.respond.sending import record_sending
from warroom.respond.standing import Standing, clocks_of, moments_of
from warroom.settings import ROOT
from warroom.store.database import State, now_us
from warroom.store.sealing import touch
from warroom.store.tables import incidents
from warroom.store.views.response import ResponseView, response

AWARE = us("2026-11-21T09:00+07:00")
PROOF = "The disks were encrypted with keys that were not taken."


def seen(state: State, incident_id: int) -> ResponseView:
    found = response(state, incident_id)
    assert found is not None
    return found


def test_1_deadlines_from_awareness_and_detection() -> None:
    found = plan(load_clocks(), with_defaults({"aware_at": AWARE, "detected_at": AWARE}))
    due = {one.clock.id: one.due_at for one in found}
    assert due["PDPC_72H"] == us("2026-11-24T09:00+07:00")
    assert due["PDPC_15D"] == us("2026-12-06T09:00+07:00")
    assert due["NCSA_K2_24H"] == us("2026-11-22T09:00+07:00")
    assert due["NCSA_K3_ANNUAL"] is not None
    assert bangkok(due["NCSA_K3_ANNUAL"]).date() == date(2570 - 543, 1, 31)


def test_2_a_yearly_category_is_never_reported_at_once(state: State) -> None:
    number = open_one(state, now_us() - HOUR)
    for category in (0, 1, 9):
        classify(state, number, LEAD, [category], "undetermined", "only tried", proposed=Proposal((), "", ()))
        one = begin_response(state, number, LEAD, ["cyber"]).controller_id
        standing = {each.clock.id: each.standing for each in clocks_of(seen(state, number), now_us())}
        assert standing == {"NCSA_K1": Standing.NOT_APPLICABLE, "NCSA_K2_24H": Standing.NOT_APPLICABLE}
        for clock in standing:
            with pytest.raises(ConflictError, match="once a year"):
                rule_duty(state, number, LEAD, one, clock, "applies", "report it anyway")


def test_2_an_undetermined_level_blocks_no_sending(state: State) -> None:
    number = open_one(state, now_us() - HOUR)
    one = begin_response(state, number, LEAD, ["cyber"]).controller_id
    record_sending(state, number, LIAISON, one, sent("NCSA_K2_24H", now_us(), partial=True))
    found = {each.clock.id: each for each in clocks_of(seen(state, number), now_us())}
    assert found["NCSA_K2_24H"].standing is Standing.STOPPED
    assert found["NCSA_UPDATE"].standing is Standing.RUNNING


def test_3_no_risk_demands_the_exemption_and_high_opens_the_notice_at_once(state: State) -> None:
    number = open_one(state, now_us() - HOUR)
    one = begin_response(state, number, LEAD, ["breach"]).controller_id
    with pytest.raises(ConflictError, match="record of exemption"):
        assess_breach(state, number, DPO, one, BreachAnswers(), "none", "nothing was read")
    decide_not_notifiable(state, number, DPO, one, "unusable", PROOF)
    assess_breach(state, number, DPO, one, BreachAnswers(), "none", "nothing was read")
    assert {each.standing for each in clocks_of(seen(state, number), now_us())} == {Standing.NOT_NOTIFIABLE}

    before = now_us()
    assess_breach(state, number, DPO, one, BreachAnswers(), "high", "the keys were taken, too")
    found = {each.clock.id: each for each in clocks_of(seen(state, number), now_us())}
    assert found["SUBJECT_NOTICE"].standing is Standing.RUNNING
    assert before <= (found["SUBJECT_NOTICE"].planned.starts_at or 0) <= now_us()
    assert found["PDPC_72H"].standing is Standing.RUNNING


def test_4_another_awareness_needs_a_basis_and_keeps_the_old_one(state: State) -> None:
    now = now_us()
    number = open_one(state, now - 10 * HOUR)
    one = begin_response(state, number, LEAD, ["breach"]).controller_id
    with pytest.raises(UsageError, match="basis"):
        decide_awareness(state, number, DPO, one, now - 2 * HOUR, "later")
    decide_awareness(state, number, DPO, one, now - 3 * HOUR, "The export was confirmed by the database log.")
    decide_awareness(state, number, DPO, one, now - 2 * HOUR, "The second look at the database log confirmed it.")
    view = seen(state, number)
    kept = [(each.moment, each.set_by) for each in view.moments if each.name == "aware_at"]
    assert kept == [(now - 2 * HOUR, "wichai"), (now - 3 * HOUR, "wichai")]
    (office, plea) = clocks_of(view, now)
    assert office.planned.due_at == now - 2 * HOUR + 3 * DAY
    assert office.informed_due_at == now - 10 * HOUR + 3 * DAY
    assert plea.planned.due_at == now - 2 * HOUR + 15 * DAY


def test_5_nothing_that_responds_can_reach_anybody_outside() -> None:
    outside = {"smtplib", "socket", "http", "urllib", "requests", "httpx", "ssl", "subprocess", "apprise"}
    for path in (ROOT / "warroom" / "respond").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not outside & {one.split(".")[0] for one in names}, path


def test_without_a_decision_awareness_is_the_first_information(state: State) -> None:
    now = now_us()
    number = open_one(state, now - HOUR)
    one = begin_response(state, number, LEAD, ["breach"]).controller_id
    moments = moments_of(seen(state, number), one)
    assert moments["aware_at"] == moments["informed_at"] == moments["detected_at"] == now - HOUR


def test_24_hours_from_the_earlier_of_detection_and_occurrence(state: State) -> None:
    now = now_us()
    number = open_one(state, now - HOUR, first_at=now - 5 * HOUR)
    begin_response(state, number, LEAD, ["cyber"])
    found = {each.clock.id: each for each in clocks_of(seen(state, number), now)}
    assert found["NCSA_K2_24H"].planned.due_at == now + 19 * HOUR
    assert found["NCSA_K2_24H"].planned.started_by == "occurred_at"


def test_drills_start_no_real_clock_until_the_mark_is_removed(state: State) -> None:
    now = now_us()
    number = open_one(state, now - 5 * HOUR, drill=True)
    begin_response(state, number, LEAD, ["breach", "cyber"])
    assert board(state, now).running == ()
    assert breach_register(state, now).rows == ()
    assert {row.state.clock.id for row in board(state, now, drills=True).running} >= {"PDPC_72H", "NCSA_K2_24H"}
    with state.write("incidents") as connection:
        connection.execute(update(incidents).where(incidents.c.id == number).values(drill=False))
        touch(connection, "incidents", number)
    (office,) = [row for row in board(state, now).running if row.state.clock.id == "PDPC_72H"]
    assert office.state.planned.due_at == now - 5 * HOUR + 3 * DAY
