"""Days, weeks, months and years of Bangkok, and how they are asked for and written."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.errors import UsageError
from warroom.report.periodic import period_title
from warroom.report.periods import (
    DAY_US,
    Kind,
    before,
    dates,
    of_shift,
    part_label,
    period_at,
    read_moment,
    read_period,
)
from warroom.store.database import to_us

CALENDAR = (Kind.DAILY, Kind.WEEKLY, Kind.MONTHLY, Kind.ANNUAL)
MOMENTS = st.datetimes(datetime(2001, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC)).map(to_us)  # noqa: DTZ001


@given(MOMENTS, st.sampled_from(CALENDAR))
def test_periods_follow_each_other_without_a_gap(at: int, kind: Kind) -> None:
    period = period_at(kind, at)
    assert period.since <= at < period.until
    assert before(period).until == period.since
    assert period.parts[0] == period.since
    assert list(period.parts) == sorted(set(period.parts))
    assert period.parts[-1] < period.until
    assert read_period(kind, period.name) == period


@pytest.mark.parametrize(
    ("kind", "asked", "days", "th", "en"),
    [
        (Kind.DAILY, "2026-11-22", 1, "22 พฤศจิกายน พ.ศ. 2569", "22 November 2026"),
        (Kind.DAILY, "2571-02-29", 1, "29 กุมภาพันธ์ พ.ศ. 2571", "29 February 2028"),
        (
            Kind.WEEKLY,
            "2026-W53",
            7,
            "สัปดาห์ที่ 53 (28 ธันวาคม พ.ศ. 2569 – 3 มกราคม พ.ศ. 2570)",
            "Week 53 (28 December 2026 – 3 January 2027)",
        ),
        (Kind.MONTHLY, "๒๕๗๑-๒", 29, "กุมภาพันธ์ พ.ศ. 2571", "February 2028"),
        (Kind.ANNUAL, "2569", 365, "พ.ศ. 2569", "2026"),
        (Kind.ANNUAL, "2028", 366, "พ.ศ. 2571", "2028"),
    ],
)
def test_a_period_as_people_ask_for_it_and_read_it(kind: Kind, asked: str, days: int, th: str, en: str) -> None:
    period = read_period(kind, asked)
    assert period.until - period.since == days * DAY_US
    assert (period_title(period, "th"), period_title(period, "en")) == (th, en)


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        (Kind.DAILY, "2027-02-29"),
        (Kind.DAILY, "2026-11"),
        (Kind.WEEKLY, "2025-W53"),
        (Kind.WEEKLY, "2026-47"),
        (Kind.MONTHLY, "2026-13"),
        (Kind.MONTHLY, "69-11"),
        (Kind.ANNUAL, "1850"),
        (Kind.ANNUAL, "yesterday' OR 1=1"),
    ],
)
def test_what_is_no_period_is_refused_with_an_example(kind: Kind, asked: str) -> None:
    with pytest.raises(UsageError, match="is no period of this report: write 2026"):
        read_period(kind, asked)


def test_a_day_begins_at_bangkoks_midnight() -> None:
    period = period_at(Kind.DAILY, to_us(datetime(2026, 11, 21, 17, 0, tzinfo=UTC)))
    assert period.name == "2026-11-22"
    assert period_at(Kind.DAILY, period.since - 1).name == "2026-11-21"
    assert len(period.parts) == 24


def test_a_shift_over_midnight() -> None:
    since = read_moment("2026-11-22T20:00")
    shift = of_shift(since, since + DAY_US // 2)
    assert shift.name == "2026-11-22T20:00"
    assert dates(shift, "th") == "22 พฤศจิกายน พ.ศ. 2569 20.00–08.00 น."
    assert dates(shift, "en") == "22 November 2026 20:00–08:00"
    assert [part_label(shift, one, "th") for one in shift.parts][:5] == ["20", "21", "22", "23", "00"]
    assert before(shift).until == since
    with pytest.raises(UsageError, match="is no shift"):
        read_moment("20 o'clock")
