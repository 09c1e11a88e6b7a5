"""Reports from outside: an incident is opened or joined, and the law's first moment is set for good."""

from __future__ import annotations

from dataclasses import replace

import pytest
from making import somebody

from warroom.access import Role
from warroom.errors import ConflictError, ForbiddenError, NotFoundError, UsageError
from warroom.incidents import actions, taking_in
from warroom.incidents.taking_in import Channel, Told
from warroom.incidents.timing import change_informed
from warroom.model import Disposition, Severity
from warroom.store import incidents as store
from warroom.store.database import State, now_us
from warroom.store.views import cases

MALEE = somebody("malee", Role.LIAISON)
HOUR = 3_600_000_000
CITIZEN = "1-1017-00203-45-0"


def told(**changes: object) -> Told:
    made = Told(
        Channel.LINE_1212,
        f"somebody sells our data, sample {CITIZEN}",
        now_us() - 2 * HOUR,
        reporter="Somying Jaidee",
        contact="081-234-5678",
        reference="1212-69-004417",
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def case(state: State, number: int) -> cases.CaseView:
    found = cases.case(state, number)
    assert found is not None
    return found


def test_a_report_opens_an_incident_and_sets_when_we_were_informed(state: State) -> None:
    report = told()
    number = taking_in.open_from_report(state, MALEE, report, "Data for sale", Severity.HIGH, "gdx")
    with state.read() as connection:
        incident = store.get(connection, number)
        log = store.log_of(connection, number)
    assert (incident.title, incident.severity, incident.status, incident.platform_id, incident.drill) == (
        "Data for sale",
        "high",
        "new",
        "gdx",
        False,
    )
    assert incident.first_at == incident.last_at == report.informed_at
    assert [entry.action for entry in log] == ["opened_by_hand", "reported", "informed"]
    (time,) = case(state, number).informed
    assert (time.moment, time.set_by, time.reason) == (report.informed_at, "malee", "")
    ((_, kept),) = case(state, number).reports
    assert (kept.channel, kept.reporter, kept.claim, kept.taken_by) == (
        "line_1212",
        "Somying Jaidee",
        report.claim,
        "malee",
    )
    # what the log tells everybody names no reporter
    assert not any("Somying" in str(entry.body) or "081" in str(entry.body) for entry in log)
    actions.acknowledge(state, number, somebody("anong"))
    actions.close(state, number, somebody("anong"), Disposition.BENIGN, "an old leak")


def test_a_title_names_nobody(state: State) -> None:
    number = taking_in.open_from_report(state, MALEE, told(), f"sold: {CITIZEN}", Severity.LOW, "gdx")
    with state.read() as connection:
        assert store.get(connection, number).title == "sold: x-xxxx-xxxx3-45-x"


def test_a_second_report_joins_and_the_first_moment_stays(state: State, one: int) -> None:
    first = told(informed_at=now_us() - 3 * HOUR)
    taking_in.attach_report(state, MALEE, first, one)
    taking_in.attach_report(state, MALEE, told(informed_at=now_us() - 9 * HOUR, channel=Channel.EMAIL), one)
    seen = case(state, one)
    assert [report.channel for _, report in seen.reports] == ["line_1212", "email"]
    assert [time.moment for time in seen.informed] == [first.informed_at]
    with pytest.raises(NotFoundError):
        taking_in.attach_report(state, MALEE, told(), 99)


def test_the_moment_changes_only_with_a_reason_and_every_value_is_kept(state: State, one: int) -> None:
    report = told()
    taking_in.attach_report(state, MALEE, report, one)
    earlier = report.informed_at - HOUR
    with pytest.raises(UsageError, match="reason"):
        change_informed(state, one, MALEE, earlier, "  x ")
    with pytest.raises(UsageError, match="future"):
        change_informed(state, one, MALEE, now_us() + HOUR, "a later call")
    change_informed(state, one, MALEE, earlier, "the letter came an hour before")
    with pytest.raises(ConflictError, match="already"):
        change_informed(state, one, MALEE, earlier, "the letter came an hour before")
    newest, first = case(state, one).informed
    assert (newest.moment, newest.reason, first.moment) == (
        earlier,
        "the letter came an hour before",
        report.informed_at,
    )
    with state.read() as connection:
        entry = store.log_of(connection, one)[-1]
    assert (entry.action, entry.body["before"], entry.body["moment"]) == (
        "informed",
        str(report.informed_at),
        str(earlier),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"claim": ""},
        {"claim": "x" * 1_000_000},
        {"claim": "a\0b"},
        {"claim": "\udc00"},
        {"contact": "y" * 501},
        {"reporter": "z" * 201},
        {"channel": "telepathy"},
        {"informed_at": 2**60},
        {"informed_at": 0},
    ],
)
def test_reports_that_are_none_are_refused_and_leave_nothing(state: State, changes: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        taking_in.open_from_report(state, MALEE, told(**changes), "Title", Severity.LOW, "gdx")
    with state.read() as connection:
        assert store.find(connection) == []


def test_what_hides_is_kept_as_it_came_and_lines_are_lines(state: State) -> None:
    tricks = "moc.knab\u202e zero\u200bwidth \u2066x\u2069"
    number = taking_in.open_from_report(
        state, MALEE, told(claim=tricks, reporter="a\nb\tc"), "one\n two", Severity.LOW, "gdx"
    )
    ((_, kept),) = case(state, number).reports
    assert (kept.claim, kept.reporter) == (tricks, "a b c")
    with state.read() as connection:
        assert store.get(connection, number).title == "one two"


def test_who_may_not_opens_nothing(state: State, one: int) -> None:
    elsewhere = somebody("malee", Role.LIAISON, platforms=frozenset({"gdx"}))
    with pytest.raises(ForbiddenError, match="tang_rat"):
        taking_in.open_from_report(state, elsewhere, told(), "Title", Severity.LOW, "tang_rat")
    with pytest.raises(ForbiddenError, match="tang_rat"):
        taking_in.attach_report(state, elsewhere, told(), one)
    with pytest.raises(ForbiddenError, match="open_incidents"):
        taking_in.attach_report(state, somebody("dpo", Role.DPO), told(), one)
    assert case(state, one).reports == ()
