from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from making import an_alert, events, somebody

from warroom.access import Actor, Permission, Role
from warroom.errors import ConflictError, ForbiddenError, NotFoundError, UsageError
from warroom.incidents import actions
from warroom.incidents.grouping import group
from warroom.model import Disposition, Status
from warroom.store import incidents as store
from warroom.store.commit import Batch, EventIds, commit
from warroom.store.database import State
from warroom.store.lease import Lease

ANONG, SOMCHAI = somebody("anong"), somebody("somchai")


@pytest.fixture
def number(state: State, data_dir: Path, lease: Lease) -> int:
    ids = EventIds(state)
    batch = Batch("web", "s", None, "{}", 1, events(1, ids.take(1)), 1, alerts=[an_alert()])
    commit(state, data_dir, batch, ids, lease)
    group(state, timedelta(hours=1))
    return 1


def read(state: State, number: int) -> store.Incident:
    with state.read() as connection:
        return store.get(connection, number)


def log(state: State, number: int) -> list[tuple[str, str]]:
    with state.read() as connection:
        return [(entry.actor, entry.action) for entry in store.log_of(connection, number)]


def test_the_life_of_an_incident(state: State, number: int) -> None:
    actions.acknowledge(state, number, ANONG)
    actions.assign(state, number, ANONG, "  somchai   k. ")
    actions.move(state, number, SOMCHAI, Status.CONTAINED)
    actions.move(state, number, SOMCHAI, Status.INVESTIGATING)
    actions.note(state, number, SOMCHAI, "blocked at the WAF")
    actions.close(state, number, SOMCHAI, Disposition.TRUE_POSITIVE, "attacker blocked")
    closed = read(state, number)
    assert (closed.status, closed.disposition, closed.assignee) == ("closed", "true_positive", "somchai k.")
    assert closed.acknowledged_at is not None
    assert closed.closed_at is not None
    actions.reopen(state, number, ANONG, "it came back")
    again = read(state, number)
    assert (again.status, again.disposition, again.closed_at) == ("investigating", None, None)
    assert log(state, number) == [
        ("worker", "opened"),
        ("anong", "acknowledged"),
        ("anong", "assigned"),
        ("somchai", "moved"),
        ("somchai", "moved"),
        ("somchai", "noted"),
        ("somchai", "closed"),
        ("anong", "reopened"),
    ]


def test_acknowledging_makes_an_unassigned_incident_mine_and_works_once(state: State, number: int) -> None:
    actions.acknowledge(state, number, ANONG)
    assert read(state, number).assignee == "anong"
    with pytest.raises(ConflictError, match="not new"):
        actions.acknowledge(state, number, SOMCHAI)


def test_who_looked_at_an_older_version_changes_nothing(state: State, number: int) -> None:
    seen = read(state, number).version
    actions.assign(state, number, ANONG, "anong", version=seen)
    with pytest.raises(ConflictError, match="somebody else"):
        actions.close(state, number, SOMCHAI, Disposition.BENIGN, "nothing", version=seen)
    assert read(state, number).status == "new"
    assert log(state, number)[-1] == ("anong", "assigned")


@pytest.mark.parametrize("text", ["", "   ", "x" * (actions.NOTE_LIMIT + 1)])
def test_a_note_has_words_and_an_end(state: State, number: int, text: str) -> None:
    with pytest.raises(UsageError, match="note"):
        actions.note(state, number, ANONG, text)
    assert log(state, number) == [("worker", "opened")]


def test_closing_needs_a_note_and_happens_once(state: State, number: int) -> None:
    with pytest.raises(UsageError, match="note"):
        actions.close(state, number, ANONG, Disposition.BENIGN, " ")
    actions.close(state, number, ANONG, Disposition.BENIGN, "our scanner")
    with pytest.raises(ConflictError, match="reopen"):
        actions.close(state, number, ANONG, Disposition.BENIGN, "again")
    with pytest.raises(ConflictError, match="reopen"):
        actions.move(state, number, ANONG, Status.CONTAINED)


def test_a_real_incident_is_not_closed_as_a_drill(state: State, number: int) -> None:
    with pytest.raises(UsageError, match="real feeds"):
        actions.close(state, number, ANONG, Disposition.DRILL, "only a drill")


def test_closing_and_new_are_no_working_states(state: State, number: int) -> None:
    for status in (Status.CLOSED, Status.NEW):
        with pytest.raises(UsageError, match="disposition"):
            actions.move(state, number, ANONG, status)


def test_an_incident_that_is_not_there_is_named(state: State) -> None:
    with pytest.raises(NotFoundError, match="incident 99"):
        actions.acknowledge(state, 99, ANONG)


STEPS: dict[Permission, list[Callable[[State, int, Actor], None]]] = {
    Permission.ACT_ON_INCIDENTS: [
        actions.acknowledge,
        lambda state, number, actor: actions.assign(state, number, actor, actor.name),
        lambda state, number, actor: actions.note(state, number, actor, "seen"),
        lambda state, number, actor: actions.move(state, number, actor, Status.CONTAINED),
    ],
    Permission.ASSIGN_OTHERS: [lambda state, number, actor: actions.assign(state, number, actor, "somebody else")],
    Permission.CLOSE_INCIDENTS: [
        lambda state, number, actor: actions.close(state, number, actor, Disposition.BENIGN, "our scanner"),
    ],
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("permission", STEPS)
def test_every_action_as_every_role(state: State, number: int, permission: Permission, role: Role) -> None:
    actor, before = somebody("anong", role), read(state, number)
    for step in STEPS[permission]:
        if actor.can(permission):
            step(state, number, actor)
        else:
            with pytest.raises(ForbiddenError, match="lacks the permission"):
                step(state, number, actor)
    assert (read(state, number) == before) is not actor.can(permission)
    if not actor.can(permission):
        assert log(state, number) == [("worker", "opened")]


def test_reopening_takes_the_permission_too(state: State, number: int) -> None:
    actions.close(state, number, ANONG, Disposition.BENIGN, "our scanner")
    with pytest.raises(ForbiddenError, match="act_on_incidents"):
        actions.reopen(state, number, somebody("dpo", Role.DPO), "look again")
    actions.reopen(state, number, somebody("liaison", Role.LIAISON), "the agency called again")


def test_who_is_confined_to_other_platforms_does_nothing_here(state: State, number: int) -> None:
    elsewhere = somebody("anong", platforms=frozenset({"gdx"}))
    for steps in STEPS.values():
        for step in steps:
            with pytest.raises(ForbiddenError, match="platform tang_rat"):
                step(state, number, elsewhere)
    assert log(state, number) == [("worker", "opened")]
    actions.acknowledge(state, number, somebody("anong", platforms=frozenset({"tang_rat"})))
