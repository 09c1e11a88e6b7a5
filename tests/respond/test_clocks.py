"""The clock engine: calendar arithmetic in Bangkok over UTC, lights, what starts and what waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from responding import DAY, HOUR, us

from warroom.catalog.legal import load_clocks
from warroom.errors import UsageError
from warroom.respond.clocks import Light, Planned, light, plan, soonest, with_defaults
from warroom.respond.durations import after, at, day_after_year, year_end
from warroom.store.database import from_us, to_us

CLOCKS: Final = MappingProxyType(load_clocks())
MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(to_us)  # noqa: DTZ001


def due(clock: str, moments: dict[str, int], **more: object) -> Planned:
    return soonest(plan(CLOCKS, with_defaults(moments), **more))[clock]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-11-21T09:00+07:00", "PT72H", "2026-11-24T09:00+07:00"),
        ("2026-11-21T09:00+07:00", "P15D", "2026-12-06T09:00+07:00"),
        ("2026-12-31T23:30+07:00", "PT24H", "2027-01-01T23:30+07:00"),
        ("2028-02-28T23:00+07:00", "P1D", "2028-02-29T23:00+07:00"),
        ("2027-02-28T23:00+07:00", "P1D", "2027-03-01T23:00+07:00"),
        ("2028-02-29T08:00+07:00", "P1Y", "2029-02-28T08:00+07:00"),
        ("2028-02-28T18:00+00:00", "P1Y", "2029-02-27T18:00+00:00"),  # 29 February in Bangkok already
        ("2026-01-31T08:00+07:00", "P1M", "2026-02-28T08:00+07:00"),
        ("2026-03-31T08:00+07:00", "-P1M", "2026-02-28T08:00+07:00"),
        ("2026-12-01T08:00+07:00", "-P7D", "2026-11-24T08:00+07:00"),
        ("2026-01-15T08:00+07:00", "P1Y2M3DT4H5M6S", "2027-03-18T12:05:06+07:00"),
        ("2026-01-01T00:00+07:00", "P2W", "2026-01-15T00:00+07:00"),
    ],
)
def test_durations(start: str, duration: str, end: str) -> None:
    assert after(us(start), duration) == us(end)


@pytest.mark.parametrize("told", ["", "P", "PT", "72H", "P1.5D", "PT72h", "P๓D", "P-1D", "P1DT", "P99999999D", "P1D "])
def test_what_is_no_duration_is_refused(told: str) -> None:
    with pytest.raises(UsageError, match="no ISO 8601 duration"):
        after(0, told)


@pytest.mark.parametrize("told", ["P9999Y", "-P9999Y", "P999999D", "-P999999D"])
def test_the_end_of_the_calendar_is_told(told: str) -> None:
    with pytest.raises(UsageError, match="outside the calendar"):
        after(us("9000-01-01T00:00+00:00") if told[0] == "P" else 0, told)


@given(MOMENTS, st.integers(0, 10_000), st.integers(0, 400))
def test_hours_and_days_are_elapsed_time(moment: int, hours: int, days: int) -> None:
    assert after(moment, f"PT{hours}H") - moment == hours * HOUR
    assert after(moment, f"P{days}D") == after(moment, f"PT{24 * days}H")
    assert after(after(moment, f"P{days}D"), f"-P{days}D") == moment


@given(MOMENTS, st.integers(0, 60))
def test_months_keep_bangkoks_hour_and_never_leave_the_month(moment: int, months: int) -> None:
    begun, ended = at(moment), at(after(moment, f"P{months}M"))
    assert (ended.year * 12 + ended.month) - (begun.year * 12 + begun.month) == months
    assert ended.timetz() == begun.timetz()
    assert ended.day == begun.day or (ended.day < begun.day and (ended + timedelta(days=1)).day == 1)


@given(MOMENTS)
def test_the_annual_report_is_due_on_31_january_of_bangkoks_next_year(moment: int) -> None:
    found = due("NCSA_K3_ANNUAL", {"detected_at": moment})
    assert found.due_at is not None
    last = at(found.due_at)
    assert (last.year, last.month, last.day) == (at(moment).year + 1, 1, 31)
    assert (last + timedelta(seconds=1)).day == 1
    assert from_us(found.due_at).day == 31  # also where UTC is shown


@pytest.mark.parametrize(
    ("moment", "year"),
    [
        ("2026-12-31T23:59:59+07:00", 2027),
        ("2026-12-31T16:59:59Z", 2027),
        ("2026-12-31T17:00:00Z", 2028),  # New Year in Bangkok
    ],
)
def test_new_year_is_bangkoks(moment: str, year: int) -> None:
    found = due("NCSA_K3_ANNUAL", {"detected_at": us(moment)})
    assert found.due_at == us(f"{year}-01-31T23:59:59+07:00")


def test_a_year_that_ended_is_the_same_by_its_last_and_the_next_ones_first_moment() -> None:
    ends = [us("2026-12-31T23:59:59.999999+07:00"), us("2027-01-01T00:00+07:00")]
    assert {day_after_year(one, "01-31") for one in ends} == {us("2027-01-31T23:59:59+07:00")}
    assert day_after_year(ends[0], "02-31") == us("2027-02-28T23:59:59+07:00")
    assert year_end(us("2026-05-05T00:00Z")) == ends[1]


@given(MOMENTS, MOMENTS)
def test_the_earlier_of_detection_and_occurrence_counts(one: int, other: int) -> None:
    found = due("NCSA_K2_24H", {"occurred_at": one, "detected_at": other})
    assert (found.starts_at, found.due_at) == (min(one, other), min(one, other) + DAY)


@given(MOMENTS)
def test_a_light_changes_at_half_at_a_fifth_and_after_the_deadline(moment: int) -> None:
    found = due("PDPC_72H", {"aware_at": moment})
    whole = 72 * HOUR
    assert found.due_at == moment + whole
    for spent, shown in (
        (0, Light.GREEN),
        (whole // 2 - 1, Light.GREEN),
        (whole // 2, Light.AMBER),
        (whole * 8 // 10 - 1, Light.AMBER),
        (whole * 8 // 10, Light.RED),
        (whole, Light.RED),
        (whole + 1, Light.PASSED),
    ):
        assert light(found, moment + spent) is shown


@given(MOMENTS, st.lists(st.integers(0, 100 * HOUR), min_size=2).map(sorted))
def test_a_light_never_turns_back(moment: int, looks: list[int]) -> None:
    found = due("PDPC_72H", {"aware_at": moment})
    order = list(Light)
    shown = [order.index(one) for one in (light(found, moment + look) for look in looks) if one is not None]
    assert shown == sorted(shown)
    assert len(shown) == len(looks)


def test_what_is_due_ahead_counts_back_from_its_start() -> None:
    changes = us("2026-12-21T09:00+07:00")
    found = due("CONTACT_52", {"change_at": changes})
    assert (found.due_at, found.part.means) == (changes - 7 * DAY, "ahead_of")
    assert light(found, changes - 20 * DAY) is Light.GREEN
    assert light(found, changes - 8 * DAY) is Light.RED
    assert light(found, changes - 6 * DAY) is Light.PASSED
    both = due("CONTACT_52", {"change_at": changes, "designated_at": changes - 40 * DAY})
    assert both.started_by == "designated_at"  # due ten days before the change


def test_nothing_known_starts_nothing_and_each_says_what_it_waits_for() -> None:
    for one in plan(CLOCKS, with_defaults({})):
        assert (one.starts_at, one.due_at, one.started_by) == (None, None, None)
        assert one.waits_for == one.part.starts != ()
        assert light(one, 0) is None


def test_a_regulators_time_is_waited_for_and_counts_once_it_is_known() -> None:
    moments = {"detected_at": us("2026-11-21T09:00+07:00")}
    waiting = due("REGULATOR", moments)
    assert (waiting.due_at, waiting.waits_for) == (None, ("limit_of_the_regulator",))
    assert due("REGULATOR", moments, regulator="PT6H").due_at == moments["detected_at"] + 6 * HOUR


def test_updates_count_from_the_last_report_and_sooner_while_it_spreads() -> None:
    sent, again = us("2026-11-21T09:00+07:00"), us("2026-11-21T20:00+07:00")
    assert due("NCSA_UPDATE", {"ncsa_k2_sent_at": sent}).due_at == sent + DAY
    assert due("NCSA_UPDATE", {"ncsa_k2_sent_at": sent}, spreading=True).due_at == sent + 12 * HOUR
    assert due("NCSA_UPDATE", {"ncsa_k2_sent_at": sent, "ncsa_update_sent_at": again}).due_at == again + DAY


def test_awareness_is_assumed_from_information_never_from_detection_alone() -> None:
    moment = us("2026-11-21T09:00+07:00")
    assert due("PDPC_72H", {"informed_at": moment}).starts_at == moment
    assert due("PDPC_72H", {"informed_at": moment, "aware_at": moment + HOUR}).starts_at == moment + HOUR
    assert due("PDPC_72H", {"detected_at": moment}).starts_at is None
