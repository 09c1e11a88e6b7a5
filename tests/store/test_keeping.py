"""Never before its time, never under a hold: judged here anew, in other words than the code's."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from warroom.errors import UsageError
from warroom.store.holds import Hold, HoldKind
from warroom.store.keeping import FeedDay, HeldIncident, Policy, deletable, policy

YEARS = st.dates(date(2024, 1, 1), date(2034, 12, 31))
FEEDS = {"web": "tang_rat", "app": "tang_rat", "gdx": "gdx", "lost": None}
HOUR = timedelta(hours=1)
BANGKOK = 7 * HOUR


def us(when: datetime) -> int:
    return (when - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@st.composite
def feed_days(draw: st.DrawFn) -> FeedDay:
    day, feed = draw(YEARS), draw(st.sampled_from(sorted(FEEDS)))
    first = start(day) - draw(st.integers(0, 10 * 24)) * HOUR  # logs of days ago may come late
    last = first + draw(st.integers(0, 11 * 24)) * HOUR
    return FeedDay(feed, FEEDS[feed], day.isoformat(), us(first), us(last))


@st.composite
def a_hold(draw: st.DrawFn) -> Hold:
    first, last = sorted((draw(YEARS), draw(YEARS)))
    maybe = st.booleans()
    kind = draw(st.sampled_from(list(HoldKind)))
    return Hold(
        id=1,
        kind=kind,
        incident_id=draw(st.integers(1, 2)) if kind is HoldKind.INCIDENT else None,
        order_number="1/2569",
        authority="MDES",
        ordered_on=first.isoformat(),
        feed_id=draw(st.sampled_from([None, *sorted(FEEDS)])),
        platform_id=draw(st.sampled_from([None, "tang_rat", "gdx"])),
        from_day=first.isoformat() if draw(maybe) else None,
        to_day=last.isoformat() if draw(maybe) else None,
        reason="case",
        set_at=0,
        set_by="x",
        expires_on=draw(st.one_of(st.none(), YEARS.map(date.isoformat))),
        lifted_at=draw(st.sampled_from([None, None, 5])),
        lifted_by=None,
        lifted_why=None,
    )


@st.composite
def an_incident(draw: st.DrawFn) -> HeldIncident:
    first, last = sorted((draw(YEARS), draw(YEARS)))
    ends = us(start(last)) if draw(st.booleans()) else None
    return HeldIncident(1, draw(st.sampled_from(["tang_rat", "gdx"])), frozenset({"app"}), us(start(first)), ends)


def is_about(one: FeedDay, hold: Hold, incidents: list[HeldIncident]) -> bool:
    """Whether a person would say that a hold is about these logs; days are those of Thailand."""
    low, high = start(date(1970, 1, 2)), start(date(2100, 1, 1))
    feed_ok = platform_ok = True
    if hold.kind is HoldKind.INCIDENT:
        found = [incident for incident in incidents if incident.id == hold.incident_id]
        if not found:
            return True  # nobody knows what it holds: everything
        low = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=found[0].first_at)
        if found[0].last_at is not None:
            high = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=found[0].last_at)
        platform_ok = one.feed_id in found[0].feed_ids or one.platform_id in {None, found[0].platform_id}
    else:
        feed_ok = hold.feed_id in {None, one.feed_id}
        platform_ok = hold.platform_id is None or one.platform_id in {None, hold.platform_id}
        if hold.from_day:
            low = start(date.fromisoformat(hold.from_day)) - BANGKOK
        if hold.to_day:
            high = start(date.fromisoformat(hold.to_day) + timedelta(days=1)) - BANGKOK
    came = start(date.fromisoformat(one.day))
    by_arrival = came < high and came + timedelta(days=1) > low
    by_time = one.min_ts < us(high) and one.max_ts >= us(low)
    return feed_ok and platform_ok and (by_arrival or by_time)


@given(
    st.lists(feed_days(), max_size=8),
    st.lists(a_hold(), max_size=3),
    st.lists(an_incident(), max_size=1),
    st.integers(90, 800),
    YEARS,
    st.integers(0, 86_399),
)
def test_nothing_goes_before_its_time_or_under_a_hold(
    found: list[FeedDay], held: list[Hold], incidents: list[HeldIncident], days: int, today: date, second: int
) -> None:
    now = start(today) + timedelta(seconds=second)
    gone = deletable(found, held, incidents, Policy(days), now)
    here = (now + BANGKOK).date().isoformat()
    for one in gone:
        ingested_last = start(date.fromisoformat(one.day)) + timedelta(days=1)
        assert now - ingested_last >= timedelta(days=days)
        for hold in held:
            over = hold.lifted_at is not None or (hold.expires_on is not None and hold.expires_on < here)
            assert over or not is_about(one, hold, incidents)
    if not held:  # and what is old enough does go
        old = [one for one in found if now - start(date.fromisoformat(one.day)) >= timedelta(days=days + 3)]
        assert set(old) <= set(gone)


@given(feed_days(), YEARS)
@example(FeedDay("web", "tang_rat", "2024-02-29", 0, 0), date(2024, 5, 29))
def test_ninety_days_are_ninety_whole_days_from_ingestion(one: FeedDay, today: date) -> None:
    end = start(date.fromisoformat(one.day)) + timedelta(days=1)
    for now in (start(today), end + timedelta(days=90) - timedelta(microseconds=1)):
        if deletable([one], [], [], Policy(90), now):
            assert now >= end + timedelta(days=90)


def test_fewer_than_ninety_days_need_a_second_word() -> None:
    with pytest.raises(UsageError, match=r"s\.26"):
        policy(89, below_law=False)
    assert policy(90, below_law=False) == Policy(90)
    assert policy(7, below_law=True) == Policy(7)
