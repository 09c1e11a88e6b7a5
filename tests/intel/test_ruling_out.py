"""Ruling a listed value harmless, and undoing it: who may, what it needs, what the audit says."""

from __future__ import annotations

import pytest
from making import somebody

from warroom.access import Role
from warroom.errors import ConflictError, ForbiddenError, NotFoundError, UsageError
from warroom.indicators import Kind
from warroom.intel.ruling_out import lift, rule_out, rulings_about
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.database import State, now_us
from warroom.store.intel import rulings

LEAD = somebody("lead", Role.SHIFT_LEAD)
VIEWER = somebody("viewer", Role.VIEWER)
ADDRESS = "198.51.100.7"
WHY = "our own scanner, checked with the team"
DAY_US = 86_400_000_000


def held(state: State, now: int) -> list[tuple[str, str]]:
    with state.read() as connection:
        return [(one.kind, one.value) for one in rulings.in_force(connection, now)]


def test_a_ruling_holds_until_its_time_and_is_audited(state: State) -> None:
    before = state.versions().get("intel", 0)
    until = now_us() + 7 * DAY_US
    number = rule_out(state, LEAD, Kind.IPV4, ADDRESS, reason=f"  {WHY}\n", until=until)
    assert held(state, now_us()) == [("ipv4", ADDRESS)]
    assert held(state, until) == []
    assert state.versions()["intel"] == before + 1
    (one,) = rulings_about(state, VIEWER, Kind.IPV4, ADDRESS)
    assert (one.id, one.reason, one.by, one.until, one.lifted_at) == (number, WHY, "lead", until, None)
    with state.read() as connection:
        (entry,) = read(connection, Filter(actions=(AuditAction.INDICATOR_RULED_OUT,))).entries
    assert (entry.actor, entry.subject_kind, entry.subject_id) == ("lead", "indicator", ADDRESS)


def test_lifting_ends_it_and_another_may_follow(state: State) -> None:
    number = rule_out(state, LEAD, Kind.DOMAIN, "evil.example", reason=WHY, until=None)
    with pytest.raises(ConflictError, match="lift it first"):
        rule_out(state, LEAD, Kind.DOMAIN, "evil.example", reason=WHY, until=None)
    assert held(state, now_us() + 4000 * DAY_US) == [("domain", "evil.example")]
    assert lift(state, LEAD, number).value == "evil.example"
    assert held(state, now_us()) == []
    with pytest.raises(ConflictError, match="over already"):
        lift(state, LEAD, number)
    assert rule_out(state, LEAD, Kind.DOMAIN, "evil.example", reason=WHY, until=None) != number
    assert [one.lifted_by for one in rulings_about(state, LEAD, Kind.DOMAIN, "evil.example")] == [None, "lead"]
    with state.read() as connection:
        assert len(read(connection, Filter(actions=(AuditAction.INDICATOR_RULING_LIFTED,))).entries) == 1


def test_an_identifier_in_a_value_is_masked_in_the_audit(state: State) -> None:
    rule_out(state, LEAD, Kind.URL, "http://evil.example/?id=1101700203450", reason=WHY, until=None)
    with state.read() as connection:
        (entry,) = read(connection, Filter(actions=(AuditAction.INDICATOR_RULED_OUT,))).entries
    assert "1101700203450" not in entry.subject_id


@pytest.mark.parametrize(
    ("kind", "value", "reason", "days", "told"),
    [
        (Kind.IPV4, ADDRESS, "no", 1, "a reason is one line"),
        (Kind.IPV4, ADDRESS, "a\u202ereason that hides", 1, "a reason is one line"),
        (Kind.IPV4, ADDRESS, WHY, 0, "a ruling is for good"),
        (Kind.IPV4, ADDRESS, WHY, 400, "a ruling is for good"),
        (Kind.FILE_NAME, "a.exe", WHY, 1, "nothing to rule out"),
        (Kind.URL, "", WHY, 1, "a value has"),
        (Kind.URL, "x" * 2049, WHY, 1, "a value has"),
    ],
)
def test_what_makes_no_ruling(state: State, kind: Kind, value: str, reason: str, days: int, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        rule_out(state, LEAD, kind, value, reason=reason, until=now_us() + days * DAY_US)
    assert held(state, now_us()) == []


def test_who_may_not_and_what_is_not_there(state: State) -> None:
    with pytest.raises(ForbiddenError):
        rule_out(state, VIEWER, Kind.IPV4, ADDRESS, reason=WHY, until=None)
    with pytest.raises(ForbiddenError):
        lift(state, VIEWER, 1)
    with pytest.raises(NotFoundError):
        lift(state, LEAD, 7)
