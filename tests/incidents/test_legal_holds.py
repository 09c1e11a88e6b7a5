from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from warroom.access import Actor, Role
from warroom.errors import ForbiddenError, NotFoundError
from warroom.incidents import legal_holds
from warroom.store.audit import Filter, read
from warroom.store.database import State
from warroom.store.holds import Order, Scope

TODAY = datetime.now(UTC).date()
DPO = Actor("malee", frozenset({Role.DPO}))
ORDER = Order("1/2569", "MDES", TODAY)
WEB = Scope(feed_id="web")

ACTS: dict[str, Callable[[State, Actor], object]] = {
    "incident": lambda state, actor: legal_holds.hold_incident(state, actor, 1, "case"),
    "order": lambda state, actor: legal_holds.hold_order(
        state, actor, ORDER, WEB, "case", expires_on=TODAY + timedelta(days=9)
    ),
    "query": lambda state, actor: legal_holds.hold_query(state, actor, WEB, "case"),
    "lift": lambda state, actor: legal_holds.lift(state, actor, 1, "over"),
    "list": legal_holds.list_holds,
}


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.ANALYST, Role.SHIFT_LEAD, Role.DETECTION_ENGINEER])
def test_who_lacks_the_permission_is_refused(state: State, role: Role, act: str) -> None:
    with pytest.raises(ForbiddenError, match="legal_hold"):
        ACTS[act](state, Actor("somchai", frozenset({role})))
    assert legal_holds.list_holds(state, DPO) == []


def test_the_data_protection_officer_holds_and_lifts(state: State) -> None:
    for act in ("order", "query"):
        ACTS[act](state, DPO)
    with pytest.raises(NotFoundError):
        ACTS["incident"](state, DPO)
    ACTS["lift"](state, DPO)
    first, second = legal_holds.list_holds(state, DPO)
    assert (first.set_by, first.lifted_by, second.lifted_by) == ("malee", "malee", None)


def test_the_audit_shows_nobody(state: State) -> None:
    number = legal_holds.hold_query(state, DPO, WEB, "asked by 1-1017-00203-45-0")
    legal_holds.lift(state, DPO, number, "1-1017-00203-45-0 withdrew it")
    with state.read() as connection:
        entries = read(connection, Filter(subject_kind="hold")).entries
    assert len(entries) == 2
    assert all("x-xxxx-xxxx3-45-x" in entry.body and "00203" not in entry.body for entry in entries)
