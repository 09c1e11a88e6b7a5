"""The rota: who is on call when, what repeats every week, and which gaps there are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from making import somebody

from warroom.access import Role, accounts
from warroom.access.passwords import Hashing
from warroom.errors import ForbiddenError, NotFoundError, UsageError
from warroom.incidents.on_call import WEEK_US, add_turn, asked, gaps, on_duty, remove_turn, spans
from warroom.store import duty
from warroom.store.database import State
from warroom.store.duty import Turn

LEAD, ANALYST, BOSS = somebody("wipa"), somebody("anong", Role.ANALYST), somebody("boss", Role.ADMINISTRATOR)
HOUR = 3_600_000_000
times = st.integers(0, 5 * WEEK_US)
lengths = st.integers(1, WEEK_US)


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    start = draw(times)
    until = draw(st.none() | st.integers(start + 1, start + 4 * WEEK_US))
    return Turn(0, draw(st.integers(1, 3)), draw(st.sampled_from("abc")), None, start, start + draw(lengths), until)


def falls_in(turn: Turn, at: int) -> bool:
    """The plain definition, week by week."""
    for week in range(12):
        begin = turn.starts_at + week * WEEK_US
        if week and (turn.weekly_until is None or begin >= turn.weekly_until):
            return False
        if begin <= at < begin + turn.ends_at - turn.starts_at:
            return True
    return False


@given(turns(), times)
def test_a_turn_holds_when_its_plain_definition_says_so(turn: Turn, at: int) -> None:
    assert bool(on_duty([turn], turn.tier, at)) is falls_in(turn, at)


@given(st.lists(turns(), max_size=5), st.integers(1, 3), times, st.integers(1, 3 * WEEK_US))
def test_gaps_and_turns_fill_the_time_and_do_not_overlap(rota: list[Turn], tier: int, since: int, length: int) -> None:
    until = since + length
    found = gaps(rota, tier, since, until)
    covered = sorted(span for one in rota if one.tier == tier for span in spans(one, since, until))
    for begin, end in [*found, *covered]:
        assert since <= begin < end <= until
    for begin, end in found:
        assert not on_duty(rota, tier, begin)
        assert not on_duty(rota, tier, end - 1)
        assert all(other_end <= begin or other >= end for other, other_end in covered)
    edges = {since, *(end for _, end in covered if end < until)}
    for edge in edges:
        assert bool(on_duty(rota, tier, edge)) is not any(begin <= edge < end for begin, end in found)


def test_an_empty_tier_passes_on_to_the_next_one_with_somebody() -> None:
    rota = [Turn(1, 1, "anong", None, 0, HOUR, None), Turn(2, 3, "wipa", None, 0, 3 * HOUR, None)]
    assert asked(rota, 1, 3, 0) == (1, [rota[0]])
    assert asked(rota, 1, 3, 2 * HOUR) == (3, [rota[1]])
    assert asked(rota, 2, 3, 4 * HOUR) == (2, [])


def test_turns_are_entered_and_removed_by_who_may(state: State) -> None:
    wanted = accounts.Newcomer("anong", frozenset({Role.ANALYST}), password="trams nimble oak seven")  # noqa: S106
    accounts.create(state, BOSS, wanted, datetime.now(UTC), hashing=Hashing(memory_kib=8, rounds=1))
    turn = Turn(0, 1, "anong", None, 0, 12 * HOUR, 4 * WEEK_US)
    number = add_turn(state, LEAD, turn, now=0)
    with state.read() as connection:
        assert [one.id for one in duty.turns(connection)] == [number]
        assert duty.turns(connection, since=6 * WEEK_US) == []
    with pytest.raises(ForbiddenError):
        remove_turn(state, ANALYST, number)
    remove_turn(state, LEAD, number)
    with pytest.raises(NotFoundError):
        remove_turn(state, LEAD, number)
    for wrong in (
        Turn(0, 9, "anong", None, 0, HOUR, None),
        Turn(0, 1, "anong", None, HOUR, HOUR, None),
        Turn(0, 1, "anong", None, -2 * HOUR, -HOUR, None),
        Turn(0, 1, "nobody", None, 0, HOUR, None),
        Turn(0, 1, "anong", None, 0, 8 * 24 * HOUR, WEEK_US),
    ):
        with pytest.raises(UsageError):
            add_turn(state, LEAD, wrong, now=0)
    with pytest.raises(NotFoundError):
        add_turn(state, LEAD, Turn(0, 1, "anong", 7, 0, HOUR, None), now=0)
