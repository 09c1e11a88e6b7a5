"""The register of containment requests: asked, done, refused, undone, overdue; nothing acts by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from making import somebody

from warroom.access import Role
from warroom.errors import ConflictError, ForbiddenError, NotFoundError, UsageError
from warroom.incidents import containing
from warroom.incidents.containing import Measure, Outcome, Request, Standing, standing
from warroom.store import incidents as store
from warroom.store.database import State, now_us
from warroom.store.views import cases

ANONG = somebody("anong", Role.ANALYST)
HOUR = 3_600_000_000


def request(**changes: object) -> Request:
    now = now_us()
    made = Request(
        Measure.BLOCK_ADDRESS, "203.0.113.9", "NOC", "floods", now - HOUR, due_at=now + HOUR, ends_at=now + 9 * HOUR
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def states(state: State, ahead: int = 0) -> list[Standing]:
    rows, total = cases.register(state)
    assert total == len(rows)
    return [standing(row.request, now_us() + ahead) for row in rows]


def test_the_life_of_a_request(state: State, one: int) -> None:
    number = containing.ask(state, one, ANONG, request())
    assert (states(state), states(state, 2 * HOUR)) == ([Standing.ASKED], [Standing.OVERDUE])
    containing.answer(state, number, somebody("malee"), Outcome.REFUSED, "needs approval")
    assert states(state, 2 * HOUR) == [Standing.REFUSED]
    done_at = now_us() - HOUR // 2
    containing.answer(state, number, ANONG, Outcome.DONE, occurred_at=done_at)
    assert (states(state), states(state, 10 * HOUR)) == ([Standing.DONE], [Standing.OVERDUE])
    containing.answer(state, number, ANONG, Outcome.UNDONE, "over")
    assert states(state, 10 * HOUR) == [Standing.UNDONE]
    with state.read() as connection:
        log = [(entry.actor, entry.action) for entry in store.log_of(connection, one)][-4:]
    assert log == [
        ("anong", "containment_asked"),
        ("malee", "containment_refused"),
        ("anong", "containment_done"),
        ("anong", "containment_undone"),
    ]


@pytest.mark.parametrize(
    ("outcomes", "wrong"),
    [
        ([], Outcome.UNDONE),
        ([Outcome.DONE], Outcome.DONE),
        ([Outcome.DONE], Outcome.REFUSED),
        ([Outcome.REFUSED], Outcome.UNDONE),
        ([Outcome.DONE, Outcome.UNDONE], Outcome.DONE),
    ],
)
def test_steps_that_cannot_follow_are_refused(state: State, one: int, outcomes: list[Outcome], wrong: Outcome) -> None:
    number = containing.ask(state, one, ANONG, request())
    for outcome in outcomes:
        containing.answer(state, number, ANONG, outcome, "so it is")
    with pytest.raises(ConflictError, match="cannot become"):
        containing.answer(state, number, ANONG, wrong, "no")


@pytest.mark.parametrize(
    "changes",
    [
        {"target": " "},
        {"asked_of": ""},
        {"reason": ""},
        {"reason": "x" * 1_000_000},
        {"target": "y" * 301},
        {"target": "a\0"},
        {"measure": "bomb"},
        {"due_at": 1},
        {"ends_at": 2**61},
        {"asked_at": 2**60},
    ],
)
def test_requests_that_are_none_are_refused(state: State, one: int, changes: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        containing.ask(state, one, ANONG, request(**changes))
    assert states(state) == []


def test_an_answer_comes_after_the_request_and_a_refusal_says_why(state: State, one: int) -> None:
    number = containing.ask(state, one, ANONG, request())
    with pytest.raises(UsageError, match="after the request"):
        containing.answer(state, number, ANONG, Outcome.DONE, occurred_at=now_us() - 2 * HOUR)
    with pytest.raises(UsageError, match="an answer"):
        containing.answer(state, number, ANONG, Outcome.REFUSED)
    with pytest.raises(NotFoundError):
        containing.answer(state, 99, ANONG, Outcome.DONE)


def test_the_register_shows_what_may_be_seen_open_ones_first(state: State, two: tuple[int, int]) -> None:
    first = containing.ask(state, two[0], ANONG, request())
    second = containing.ask(state, two[1], ANONG, request(target="gdx-1"))
    containing.answer(state, second, ANONG, Outcome.REFUSED, "no")
    rows, _ = cases.register(state)
    assert [row.request.id for row in rows] == [first, second]
    rows, total = cases.register(state, scope=("gdx",))
    assert ([row.request.target for row in rows], total) == (["gdx-1"], 1)
    rows, total = cases.register(state, limit=1)
    assert (len(rows), total) == (1, 2)


def test_who_may_not_asks_and_answers_nothing(state: State, one: int) -> None:
    number = containing.ask(state, one, ANONG, request())
    elsewhere = somebody("malee", platforms=frozenset({"gdx"}))
    with pytest.raises(ForbiddenError, match="tang_rat"):
        containing.ask(state, one, elsewhere, request())
    with pytest.raises(ForbiddenError, match="tang_rat"):
        containing.answer(state, number, elsewhere, Outcome.DONE)
    assert states(state) == [Standing.ASKED]
