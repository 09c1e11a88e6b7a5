"""Personal data is revealed to who may see it and says why, and the audit says so."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from making import an_alert, events, somebody

from warroom.access import Actor, Role
from warroom.errors import ForbiddenError, NotFoundError, UsageError
from warroom.incidents.grouping import group
from warroom.incidents.revealing import reveal
from warroom.store.audit import AuditAction, Filter, Stored, read
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State
from warroom.store.lease import Lease

REASON = "the agency asks who owns the account"


@pytest.fixture
def number(state: State, data_dir: Path, lease: Lease) -> int:
    ids = EventIds(state)
    commit(
        state, data_dir, Batch("web", "s", None, "{}", 1, events(1, ids.take(1)), 1, alerts=[an_alert()]), ids, lease
    )
    group(state, timedelta(hours=1))
    return 1


def entries(state: State) -> list[Stored]:
    with state.read() as connection:
        return read(connection, Filter(actions=[AuditAction.REVEAL])).entries


def test_the_audit_says_who_saw_what_and_why(state: State, number: int) -> None:
    reveal(state, number, somebody("anong"), f"  {REASON}  of 1-1017-00203-45-0 ")
    (entry,) = entries(state)
    assert (entry.actor, entry.subject_kind, entry.subject_id) == ("anong", "incident", "1")
    assert json.loads(entry.body) == {"minutes": 15, "reason": f"{REASON} of x-xxxx-xxxx3-45-x"}


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ANALYST, Role.SHIFT_LEAD, Role.DPO)])
def test_who_may_not_sees_nothing(state: State, number: int, role: Role) -> None:
    with pytest.raises(ForbiddenError, match="reveal_personal_data"):
        reveal(state, number, Actor("somebody", frozenset({role})), REASON)
    assert entries(state) == []


def test_of_another_platform_nothing_is_seen(state: State, number: int) -> None:
    confined = Actor("anong", frozenset({Role.ANALYST}), frozenset({"another"}))
    with pytest.raises(ForbiddenError, match="platform"):
        reveal(state, number, confined, REASON)
    assert entries(state) == []


@pytest.mark.parametrize("reason", ["", "   why   ", "x" * 301])
def test_a_reason_is_asked_for(state: State, number: int, reason: str) -> None:
    with pytest.raises(UsageError, match="10 to 300 characters"):
        reveal(state, number, somebody("anong"), reason)
    with pytest.raises(NotFoundError):
        reveal(state, number + 1, somebody("anong"), REASON)
    assert entries(state) == []
