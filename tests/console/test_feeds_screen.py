"""The feeds screen and the banners, run by Streamlit's own test runner: what falls, who is blind, what was lost."""

from __future__ import annotations

import re

import pytest
from console.entering import Enter
from console.feed_seeding import seed_feeds
from streamlit.testing.v1 import AppTest

from warroom.console import clock_words
from warroom.console.texts import words
from warroom.store.database import State
from warroom.store.skews import Basis, Skew

# Streamlit asks for the session's context, which its own test runner has not got.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def page(app: AppTest) -> str:
    assert not app.exception
    return "\n".join(str(element.proto.body) for element in app.get("html"))


def test_feeds_stand_worst_first_with_what_is_usual_lost_and_wrong(staff: State, enter: Enter) -> None:
    seed_feeds(staff)
    app = enter("wipa", screen="feeds")
    shown = page(app)
    places = [shown.index(told) for told in (">Silent<", ">Falling<", ">Losing<", ">OK<")]
    assert places == sorted(places)
    assert re.search(r"\b(2[5-9]|3[0-5]) %<", shown)
    assert "1,221" in shown
    assert "ahead by at least 3.4 s" in shown
    assert "off by +4.2 ±0.31 ms" in shown
    app.toggle(key="feeds_ailing").set_value(True).run()
    assert ">OK<" not in page(app)


def test_one_feed_says_who_looks_at_it_what_was_lost_and_whose_clock_is_off(staff: State, enter: Enter) -> None:
    seed_feeds(staff)
    shown = page(enter("wipa", screen="feeds", feed="tang_rat_access"))
    assert "Detectors that look at it: 40" in shown
    assert "SQL injection in the query" in shown
    assert "dropped by the kernel" in shown
    assert "the same hour of 8 weeks" in shown
    assert "&lt;b&gt;web-03&lt;/b&gt;\\u202e" in shown
    assert "<b>web-03" not in shown


def test_banners_name_the_detectors_that_do_not_see(staff: State, enter: Enter) -> None:
    seed_feeds(staff)
    shown = page(enter("wipa"))
    assert "Feed silent for 41 min: Central API gateway" in shown
    assert "2 detectors, such as Scraping of the central gateway" in shown
    assert re.search(r"Feed down to \d\d % of what is usual at this hour: Digital wallet registration", shown)


def test_a_feed_that_is_not_there_is_said(enter: Enter) -> None:
    assert "No feed of this name is switched on" in page(enter("wipa", screen="feeds", feed="'; DROP TABLE feeds"))


@pytest.mark.parametrize(
    ("basis", "skew", "spread", "level", "told"),
    [
        (Basis.NTP, 1_500_000, 4_000, "bad", "off by +1.5 ±0.004 s"),
        (Basis.NTP, -12_000, 250, "warn", "off by −12.0 ±0.25 ms"),
        (Basis.NTP, 900, 20, "good", "off by +0.9 ±0.02 ms"),
        (Basis.ARRIVAL, 1_200_000, 250_000, "bad", "ahead by at least 1.2 s"),
        (Basis.ARRIVAL, 40_000, 250_000, "warn", "ahead by at least 40.0 ms"),
        (Basis.ARRIVAL, -900_000, 250_000, "quiet", "behind or late, at most 900 ms"),
        (Basis.ARRIVAL, -7_200_000_000, 250_000, "warn", "behind or late, at most 120 min"),
    ],
)
def test_a_clock_is_told_as_far_as_it_is_known(basis: Basis, skew: int, spread: int, level: str, told: str) -> None:
    one = Skew("a", "h", basis, skew, spread, 1, 1)
    assert clock_words.level(one) == level
    assert clock_words.said(one, words("en")) == told
