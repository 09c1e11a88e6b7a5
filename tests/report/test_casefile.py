"""The case file: all that is known of an incident, of its own platform alone, the newest word of each thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casefiles import PHONE
from making import somebody
from sqlalchemy import insert, update

from warroom.incidents import classifying, evidence, tagging, timing
from warroom.report.clearance import Wanted
from warroom.report.exporting import export_case
from warroom.report.marking import Tlp
from warroom.store.case_tables import incident_times
from warroom.store.database import State, now_us
from warroom.store.response_tables import assessments, controllers, duty_rulings, sendings
from warroom.store.tables import alerts, incident_log
from warroom.store.views.case_masking import masked
from warroom.store.views.casefile import ALERT_LIMIT, LOG_LIMIT, CaseFile, casefile

if TYPE_CHECKING:
    from pathlib import Path

LEAD = somebody("somchai")
HOUR = 3_600_000_000


def read(state: State) -> CaseFile:
    found = casefile(state, 1)
    assert found is not None
    return found


def test_it_holds_what_people_and_detectors_said(state: State, data_dir: Path, one: int) -> None:
    tagging.tag(state, one, LEAD, "registration")
    for level in ("non_serious", "serious"):
        classifying.classify(
            state, one, LEAD, [5], level, "two agencies", proposed=classifying.Proposal((8,), "undetermined", ())
        )
    evidence.add(state, data_dir, one, LEAD, "a.txt", b"a line\n")
    found = read(state)
    assert (found.incident.id, found.alert_count, len(found.alerts)) == (1, 1, 1)
    assert {(row.kind, row.value) for row in found.entities} == {("address", "203.0.113.9"), ("user", "somying")}
    assert [(row.title, row.severity, row.alerts) for row in found.rules] == [("SQL injection", "high", 1)]
    assert found.techniques == ("T1190",)
    assert found.tags == ("registration",)
    assert found.classified is not None
    assert found.classified.level == "serious"
    assert [row.name for row in found.evidence] == ["a.txt"]
    assert "noted" in [entry.action for entry in found.log]


def test_of_what_was_decided_twice_the_newest_counts_and_a_controllers_own_moment_first(state: State, one: int) -> None:
    at = now_us()
    timing.change_informed(state, one, LEAD, at - 3 * HOUR, "the letter says so")
    timing.change_informed(state, one, LEAD, at - 2 * HOUR, "its receipt says so")
    with state.write() as connection:
        texts = dict.fromkeys(controllers.columns.keys()[2:-8], "x") | {"cii": True}
        for number in (1, 2):
            values = texts | {"incident_id": one, "added_at": at, "added_by": "w", "changed_at": at, "changed_by": "w"}
            connection.execute(insert(controllers).values(values | {"agency": f"agency {number}", "regulator": ""}))
        connection.execute(update(controllers).where(controllers.c.id == 2).values(removed_at=at))
        own = {"name": "informed_at", "controller_id": 1, "moment": at - HOUR, "set_at": at, "set_by": "w"}
        connection.execute(insert(incident_times).values(incident_id=one, reason="", **own))
        for ruling in ("applies", "not_notifiable"):
            row = {"controller_id": 1, "clock": "PDPC_72H", "ruling": ruling, "reason": "", "because": "[]"}
            connection.execute(insert(duty_rulings).values(incident_id=one, at=at, actor="w", **row))
        for decision in ("risk", "high"):
            row = {"controller_id": 1, "kind": "breach_risk", "body": "{}", "proposed": "{}", "decision": decision}
            connection.execute(insert(assessments).values(incident_id=one, reason="", at=at, actor="w", **row))
        for withdrawn in (None, at):
            row = {"controller_id": 1, "clock": "PDPC_72H", "sent_at": at, "recipient": "PDPC", "channel": "email"}
            row |= {"reference": "", "partial": False, "note": "", "entered_at": at, "entered_by": "w"}
            connection.execute(insert(sendings).values(incident_id=one, withdrawn_at=withdrawn, **row))
    found = read(state)
    assert found.moment("informed_at") == at - 2 * HOUR
    assert found.moment("informed_at", 1) == at - HOUR
    assert found.moment("informed_at", 2) == at - 2 * HOUR
    assert found.moment("ended_at") is None
    assert [row.agency for row in found.controllers] == ["agency 1"]
    assert [row.ruling for row in found.rulings] == ["not_notifiable"]
    assert [row.decision for row in found.assessments] == ["high"]
    assert len(found.sendings) == 1


def test_who_may_not_see_the_platform_has_no_case_file(state: State, one: int) -> None:
    assert casefile(state, one, scope=("gdx",)) is None
    assert casefile(state, one, scope=("tang_rat", "gdx")) is not None
    assert casefile(state, 99) is None


def test_lists_are_bounded_and_say_how_long_they_are(state: State, one: int) -> None:
    with state.write() as connection:
        row = dict(connection.execute(alerts.select()).mappings().one())
        connection.execute(alerts.insert(), [row | {"id": f"{number:064x}"} for number in range(ALERT_LIMIT)])
        entry = {"incident_id": one, "at": 1, "actor": "worker", "action": "joined", "body": "{}"}
        connection.execute(incident_log.insert(), [entry] * LOG_LIMIT)
    found = read(state)
    assert (len(found.alerts), found.alert_count) == (ALERT_LIMIT, ALERT_LIMIT + 1)
    assert (len(found.log), found.log_count) == (LOG_LIMIT, LOG_LIMIT + 2)
    assert {row.action for row in found.log} == {"joined"}
    assert found.rules[0].alerts == ALERT_LIMIT + 1


def test_masking_hides_people_and_keeps_hashes(state: State, data_dir: Path, one: int) -> None:
    evidence.add(state, data_dir, one, LEAD, "a.txt", b"a line\n", f"from {PHONE}")
    whole = read(state)
    told = masked(whole)
    assert (whole.masked, told.masked) == (False, True)
    assert PHONE in repr(whole)
    assert PHONE not in repr(told)
    assert told.evidence[0].sha256 == whole.evidence[0].sha256
    assert told.log[-1].body["sha256"] == whole.log[-1].body["sha256"]
    assert (told.incident, told.alerts[0].id) == (whole.incident, whole.alerts[0].id)


def test_that_it_was_exported_is_no_part_of_it(state: State, data_dir: Path, one: int) -> None:
    before = read(state).log
    export_case(state, data_dir, one, LEAD, Wanted(("json",), Tlp.AMBER))
    assert read(state).log == before
