"""Shifts: every moment belongs to one, whatever the day is cut into."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.errors import UsageError
from warroom.incidents.shifts import minute_of_day, read_shifts, shift_at, shift_before, week_of
from warroom.settings import Settings
from warroom.store.database import from_us, to_us

BANGKOK = ZoneInfo("Asia/Bangkok")
moments = st.integers(0, 4_000_000_000_000_000)
cuts = st.sets(st.integers(0, 1439), min_size=1, max_size=8).map(sorted)


def told(starts: list[int]) -> str:
    ends = [*starts[1:], starts[0]]
    return ",".join(f"{a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}" for a, b in zip(starts, ends, strict=True))


@given(cuts, moments)
def test_a_moment_is_in_its_shift_and_the_one_before_ends_where_it_begins(starts: list[int], at: int) -> None:
    shifts = read_shifts(told(starts))
    shift = shift_at(shifts, at)
    assert shift.since <= at < shift.until
    assert shift_at(shifts, shift.since) == shift_at(shifts, shift.until - 1) == shift
    assert shift_before(shifts, shift).until == shift.since


@given(moments)
def test_days_and_weeks_are_bangkoks(at: int) -> None:
    here = from_us(at).astimezone(BANGKOK)
    assert minute_of_day(at) == here.hour * 60 + here.minute
    week = from_us(week_of(at)).astimezone(BANGKOK)
    assert (week.weekday(), week.hour, week.minute) == (0, 0, 0)
    assert 0 <= (here - week).days < 7


def test_the_usual_shifts_change_at_eight() -> None:
    shifts = read_shifts(Settings().shifts)
    night = shift_at(shifts, to_us(datetime(2026, 11, 21, 18, 30, tzinfo=UTC)))  # 01:30 in Bangkok
    assert night.label == "20:00–08:00"
    assert from_us(night.since) == datetime(2026, 11, 21, 13, 0, tzinfo=UTC)
    assert from_us(night.until) == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "8-20", "08:00-20:00", "08:00-20:00,21:00-08:00", "08:00-20:00,19:00-08:00"])
def test_shifts_with_gaps_or_doubles_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="WARROOM_SHIFTS"):
        read_shifts(text)
