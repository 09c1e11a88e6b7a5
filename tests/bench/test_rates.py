"""Alerts a day are told where a day was looked at, and nowhere else."""

from __future__ import annotations

import pytest

from warroom.bench.rates import DAY_US, a_day, hundredths, seen_us, spelt

MINUTE = 60_000_000


def test_less_than_a_day_tells_nothing_of_a_day() -> None:
    assert (a_day(1, MINUTE), hundredths(1, MINUTE), a_day(5, 0)) == (None, None, None)
    assert (a_day(3, 2 * DAY_US), hundredths(3, 4 * DAY_US), a_day(1, DAY_US)) == (1.5, 75, 1.0)


def test_how_long_figures_were_looked_at_for() -> None:
    assert seen_us({"seen_us": 5, "since": 10, "until": 100}) == 5
    assert seen_us({"since": 10, "until": 100}) == 90
    for figures in ({}, {"since": 0, "until": 100}, {"seen_us": True}, {"since": "x", "until": 3}):
        assert seen_us(figures) is None


@pytest.mark.parametrize(
    ("span", "told"),
    [
        (0, "less than a minute"),
        (MINUTE, "1 minute"),
        (12.9 * MINUTE, "12 minutes"),
        (60 * MINUTE, "1 hour"),
        (DAY_US - 1, "23 hours"),
        (DAY_US, "1 day"),
        (2.5 * DAY_US, "2.5 days"),
    ],
)
def test_a_span_is_spelt_in_the_unit_that_fits(span: float, told: str) -> None:
    assert spelt(span) == told
