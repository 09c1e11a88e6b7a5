"""What a feed usually brings, learnt from its past, and what is less than chance explains."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making import new_store
from sqlalchemy import func, insert, select

from warroom.store import usual as rates
from warroom.store.database import State
from warroom.store.feed_tables import feed_hours
from warroom.store.tables import feed_states, ledger
from warroom.store.usual import CHANCE, Usual, beyond_chance, learn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HOUR, DAY, WEEK = 1, 24, 168
#: Monday, 2 November 2026, 00:00 in Bangkok, in hours since 1970.
MONDAY = 498_209
HOUR_US, MINUTE_US = 3_600_000_000, 60_000_000


def office(hour: int) -> float:
    """Records of a counter's system: working hours of working days, a little at night and at weekends."""
    day, clock = divmod((hour - MONDAY) % WEEK, DAY)
    busy = math.exp(-(((clock - 13) / 4) ** 2))
    return 40 + (6000 if day < 5 else 700) * busy


def portal(hour: int) -> float:
    """Records of a public portal: day and night, more in the evening."""
    clock = (hour - MONDAY) % DAY
    return 900 + 700 * math.sin((clock - 13) / 24 * 2 * math.pi)


def sparse(_: int) -> float:
    """Three records an hour: an administrator's bastion."""
    return 3


def nightly(hour: int) -> float:
    """Ten thousand records at two in the morning, nothing else."""
    return 10_000 if (hour - MONDAY) % DAY == 2 else 0


SHAPES = (office, portal, sparse, nightly)


def counted(expected: float, chance: random.Random) -> int:
    """Draw what comes in an hour: a normal draw is close enough, with more spread than chance alone has."""
    if expected < 30:
        below, count, product = math.exp(-expected), 0, chance.random()
        while product > below:
            product *= chance.random()
            count += 1
        return count
    return max(0, round(chance.gauss(expected, 2 * math.sqrt(expected) + 0.08 * expected)))


def weeks(shape: Callable[[int], float], count: int, seed: int = 7) -> dict[int, int]:
    chance = random.Random(seed)
    return {hour: counted(shape(hour), chance) for hour in range(MONDAY, MONDAY + count * WEEK)}


def at(hours: dict[int, int], minute: int, share: float = 1.0, since: int = 1 << 60) -> Usual | None:
    """Judge at a minute, where from minute ``since`` on only a share of the records comes."""

    def come(one: int) -> float:  # in a minute: records are spread evenly over their hour
        return hours.get(one // 60, 0) / 60 * (share if one >= since else 1)

    hour = minute // 60
    known = {one: count for one, count in hours.items() if one < hour}
    for one in (hour - 1, hour):
        begin = one * 60
        known[one] = round(sum(come(at) for at in range(begin, min(begin + 60, minute))))
    received = round(sum(come(one) for one in range(minute - 60, minute)))
    return learn(known, min(hours), hour, minute, received)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("known", [1, 2, 3, 9])
def test_ordinary_weeks_raise_no_alarm(shape: Callable[[int], float], known: int) -> None:
    hours = weeks(shape, known + 2)
    begin = (MONDAY + known * WEEK) * 60
    drops = [
        (minute - begin, found)
        for minute in range(begin, begin + WEEK * 60, 23)
        if (found := at(hours, minute)) is not None and found.drop
    ]
    assert not drops


@pytest.mark.parametrize("shape", [office, portal])
@pytest.mark.parametrize(("share", "drop"), [(0.35, "falling"), (0.03, "silent"), (0.0, "silent")])
@pytest.mark.parametrize("clock", [10 * 60 + 20, 14 * 60, 16 * 60 + 41])
def test_a_drop_is_found_within_the_hour(shape: Callable[[int], float], share: float, drop: str, clock: int) -> None:
    hours = weeks(shape, 10)
    since = (MONDAY + 9 * WEEK + 2 * DAY) * 60 + clock
    found = at(hours, since + 60, share, since)
    assert found is not None
    assert (found.drop, found.basis) == (drop, "week")
    before = at(hours, since, share, since)
    assert before is not None
    assert before.drop is None


def test_few_records_are_never_a_drop_though_none_comes() -> None:
    hours = weeks(sparse, 10)
    found = at(hours, (MONDAY + 9 * WEEK) * 60 + 600, 0, 0)
    assert found is not None
    assert found.received == 0
    assert found.drop is None


def test_a_nightly_load_that_stays_away_is_missed_and_daytime_is_calm() -> None:
    hours = weeks(nightly, 10)
    night = (MONDAY + 9 * WEEK + 2) * 60
    missed = at(hours, night + 60, 0, night)
    assert missed is not None
    assert missed.drop == "silent"
    for minute in range(night + 90, night + 23 * 60, 30):
        found = at(hours, minute)
        assert found is None or found.drop is None


def test_too_little_is_known_in_the_first_days_and_at_the_first_weekend() -> None:
    hours = weeks(office, 3)
    assert at(hours, (MONDAY + 2 * DAY) * 60) is None
    thursday = at(hours, (MONDAY + 3 * DAY + 15) * 60)
    assert thursday is not None
    assert thursday.basis == "day"
    assert at(hours, (MONDAY + 5 * DAY + 15) * 60) is None


def test_two_weeks_in_which_the_war_room_was_down_change_nothing() -> None:
    hours = weeks(portal, 10)
    for hour in range(MONDAY + 3 * WEEK, MONDAY + 5 * WEEK):
        hours[hour] = 0
    since = (MONDAY + 9 * WEEK + 30) * 60
    found = at(hours, since + 60, 0.3, since)
    assert found is not None
    assert found.expected == pytest.approx(portal(MONDAY + 30), rel=0.3)


@settings(max_examples=60, deadline=None)
@given(received=st.integers(0, 400), expected=st.floats(0.01, 800))
def test_chance_is_summed_up_as_poisson_has_it(received: int, expected: float) -> None:
    whole = sum(
        math.exp(count * math.log(expected) - expected - math.lgamma(count + 1)) for count in range(received + 1)
    )
    if beyond_chance(received, expected):
        assert whole < CHANCE * 1.000001
        assert received < expected
        assert beyond_chance(max(0, received - 1), expected)
    elif received < expected <= 200:
        assert whole >= CHANCE * 0.999999


@settings(max_examples=60, deadline=None)
@given(
    hours=st.dictionaries(st.integers(MONDAY, MONDAY + 10 * WEEK), st.integers(0, 1 << 40), max_size=30),
    minute=st.integers(MONDAY * 60, (MONDAY + 10 * WEEK) * 60),
    last=st.integers(0, 1 << 40),
    newest=st.integers(MONDAY - 5, MONDAY + 11 * WEEK),
)
def test_whatever_was_counted_is_judged(hours: dict[int, int], minute: int, last: int, newest: int) -> None:
    found = learn(hours, MONDAY, newest, minute, last)
    if found is not None:
        assert found.samples >= 3
        assert found.expected >= 0
        assert found.drop is None or found.received < found.expected / 2


# -- in the store ------------------------------------------------------------------------------------------

WEDNESDAY = MONDAY + 9 * WEEK + 2 * DAY


@pytest.fixture
def store(tmp_path: Path) -> Iterator[State]:
    state = new_store(tmp_path / "warroom.db")
    yield state
    state.close()


def fill(state: State, feed_id: str, hours: dict[int, int], until: int, last: int) -> None:
    """Note a feed whose last record came in an hour, and what came before."""
    with state.write() as connection:
        connection.execute(
            insert(feed_states).values(
                feed_id=feed_id, platform_id="gdx", title_th="", title_en="", drill=False, lag_bytes=0,
                received_at=until * HOUR_US - MINUTE_US, silent_after_seconds=900,
            )
        )  # fmt: skip
        told = [{"feed_id": feed_id, "hour": hour, "received": count} for hour, count in hours.items() if hour < until]
        connection.execute(insert(feed_hours), told)
        if last:
            counts = {"received": last, "stored": last, "rejected": 0, "evaluated": last}
            connection.execute(insert(ledger).values(feed_id=feed_id, minute=until * 60 - 5, **counts))


def test_all_feeds_are_judged_at_once(store: State) -> None:
    hours = weeks(portal, 10)
    now = (WEDNESDAY + 15) * HOUR_US
    fill(store, "sound", hours, WEDNESDAY + 15, last=hours[WEDNESDAY + 14])
    fill(store, "half", hours, WEDNESDAY + 15, last=hours[WEDNESDAY + 14] // 3)
    fill(store, "gone", hours, WEDNESDAY + 12, last=0)
    fill(store, "new", {WEDNESDAY + 13: 5, WEDNESDAY + 14: 9}, WEDNESDAY + 15, last=9)
    found = rates.usual(store, now)
    assert {feed_id: one.drop for feed_id, one in found.items()} == {"sound": None, "half": "falling", "gone": "silent"}
    missed = sum(portal(hour) for hour in range(WEDNESDAY + 12, WEDNESDAY + 15))
    assert found["gone"].missed == pytest.approx(missed, rel=0.2)
    assert (found["sound"].missed or 0) < hours[WEDNESDAY + 14] / 20


def test_a_counter_that_is_closed_misses_nothing_until_it_opens(store: State) -> None:
    hours = {hour: count for hour, count in weeks(office, 10).items() if office(hour) > 800}
    closed = MONDAY + 8 * WEEK + 4 * DAY + 19
    fill(store, "office", hours, closed, last=0)
    sunday = rates.usual(store, (MONDAY + 8 * WEEK + 5 * DAY + 3) * HOUR_US)["office"]
    assert sunday.missed == 0
    monday = rates.usual(store, (MONDAY + 9 * WEEK + 12) * HOUR_US)["office"]
    assert (monday.missed or 0) > 1000


def test_half_a_year_is_kept(store: State) -> None:
    fill(store, "old", dict.fromkeys(range(MONDAY, MONDAY + 30 * WEEK, DAY), 1), MONDAY + 30 * WEEK, last=0)
    assert rates.forget(store, (MONDAY + 30 * WEEK) * HOUR_US) == 4 * 7
    with store.read() as connection:
        assert connection.scalar(select(func.min(feed_hours.c.hour))) == MONDAY + 4 * WEEK
