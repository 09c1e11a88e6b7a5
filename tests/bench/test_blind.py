"""When a rule was blind: from which minute to which, by which feed, and whether what was missing came afterwards."""

from __future__ import annotations

import pytest
from making import somebody
from sqlalchemy import insert, update

from warroom.access import Role
from warroom.bench.blind import Filled, Spell, blind_spells, told_spells
from warroom.errors import NotFoundError
from warroom.store import feedstate
from warroom.store.database import State
from warroom.store.rules import late, loaded
from warroom.store.rules.loaded import Loaded
from warroom.store.rules.silence import Silence
from warroom.store.tables import feed_states, ledger, segments

NIDA = somebody("nida", Role.DETECTION_ENGINEER)
MINUTE = 60_000_000
#: 02:00 UTC of a day.
TWO = (1_790_000_000_000_000 // (1440 * MINUTE)) * 1440 * MINUTE + 120 * MINUTE


@pytest.fixture
def fed(state: State) -> State:
    """A rule that looks at two feeds: one spoke each minute but from 02:10 to 02:40, one never."""
    told = [
        feedstate.Registration("web", "tang_rat", "", "", False, 300),
        feedstate.Registration("other", "gdx", "", "", False, 300),
    ]
    feedstate.register(state, told)
    spoken = [*range(-100, 10), *range(40, 60)]
    with state.write() as connection:
        connection.execute(
            insert(ledger),
            [
                {
                    "feed_id": "web",
                    "minute": TWO // MINUTE + number,
                    "received": 5,
                    "stored": 5,
                    "rejected": 0,
                    "evaluated": 5,
                }
                for number in spoken
            ],
        )
        connection.execute(
            update(feed_states).where(feed_states.c.feed_id == "web").values(received_at=TWO + 59 * MINUTE)
        )
    loaded.tell(
        state,
        [Loaded("r", "R", "", "high", "rule", "test", True, "production", "a.yml", None, (), (), ("other", "web"))],
    )
    return state


def at(minutes: int) -> int:
    return TWO + minutes * MINUTE


def test_a_rule_was_blind_from_ten_past_two_to_twenty_to_three(fed: State) -> None:
    assert blind_spells(fed, NIDA, "r", at(0), now=at(61)) == [Silence("web", at(10), at(40), came_later=False)]
    assert blind_spells(fed, NIDA, "r", at(20), now=at(61)) == [Silence("web", at(10), at(40), came_later=False)]
    assert blind_spells(fed, NIDA, "r", at(41), now=at(61)) == []


def test_it_is_blind_still(fed: State) -> None:
    assert blind_spells(fed, NIDA, "r", at(41), now=at(90)) == [Silence("web", at(59), None, came_later=False)]


def test_what_came_later_is_told(fed: State) -> None:
    with fed.write() as connection:
        connection.execute(
            insert(segments).values(
                path="p",
                kind="events",
                feed_id="web",
                day="d",
                rows=1,
                bytes=1,
                sha256="",
                min_ts=at(12),
                max_ts=at(13),
                min_id=1,
                max_id=1,
                created_at=at(45),
            )
        )
    assert [one.came_later for one in blind_spells(fed, NIDA, "r", at(0), now=at(61))] == [True]


def test_a_gap_is_told_as_filled_once_it_was_looked_at_again(fed: State) -> None:
    def of(*, came_later: bool = True, until: int | None = at(40)) -> Spell:
        (found,) = told_spells(fed, [Silence("web", at(10), until, came_later)])
        return found

    assert told_spells(fed, []) == []
    assert of(came_later=False).filled is Filled.NOTHING
    assert of().filled is Filled.FOUND
    with fed.write() as connection:
        late.note(connection, "web", late.Late(3, at(39), at(41)), at(50))
        late.note(connection, "other", late.Late(3, at(39), at(41)), at(50))
    assert of().filled is Filled.WAITS
    assert of(until=at(30)).filled is Filled.FOUND  # what came late is of another time
    with fed.write() as connection:
        for span in late.due(connection, at(55), 9):
            late.filled(connection, span, 1, at(56))
    assert (of().filled, of().at) == (Filled.AGAIN, at(56))


def test_feeds_that_somebody_does_not_see_are_left_out(fed: State) -> None:
    elsewhere = somebody("anong", Role.ANALYST, platforms=frozenset({"gdx"}))
    assert blind_spells(fed, elsewhere, "r", at(0), now=at(61)) == []
    with pytest.raises(NotFoundError):
        blind_spells(fed, NIDA, "nobody's", at(0))
