"""The onboarding matrix: how far each kind of log of each platform has come, by its feeds and their last lines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from warroom.catalog import Feed, Platform
from warroom.catalog.transports.files import Files
from warroom.onboarding import Connection, onboarding
from warroom.store.views import FeedRow

NOW = 1_795_332_605_000_000
SECOND = 1_000_000
PLATFORMS = {
    "one": Platform("one", "หนึ่ง", "One", "high", ("waf", "authn", "kyc"), personal_data=True),
    "two": Platform("two", "สอง", "Two", "low", ("waf",), personal_data=False),
}
FEED = Feed(
    id="one_waf",
    title_th="ก",
    title_en="a",
    platform_id="one",
    transport="file",
    collect=Files(("/var/log/waf.log",)),
    every_seconds=1.0,
    format="jsonl",
    timezone="Asia/Bangkok",
    log_product="govplatform",
    log_category=None,
    log_service="waf",
    mapping={},
    drill=False,
    enabled=True,
    silent_after_seconds=60,
    file=Path("one_waf.yml"),
    log_source="waf",
)


def row(feed_id: str, received_at: int | None) -> FeedRow:
    return FeedRow(
        feed_id, "one", "ก", "a", False, NOW, None, received_at, 0, None, 60,
        received=0, stored=0, rejected=0, evaluated=0, unbalanced=0, per_minute=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("enabled", "seconds_ago", "expected"),
    [
        (True, 60, Connection.CONNECTED),
        (True, 61, Connection.SILENT),
        (True, None, Connection.NEVER),
        (False, 5, Connection.READY),
    ],
)
def test_a_cell_is_what_its_feed_shows(*, enabled: bool, seconds_ago: int | None, expected: Connection) -> None:
    received = None if seconds_ago is None else NOW - seconds_ago * SECOND
    feed = replace(FEED, enabled=enabled)
    first, second = onboarding(PLATFORMS, [feed], {feed.id: row(feed.id, received)}, {}, NOW)
    assert [cell.log_source for cell in first.cells] == ["waf", "authn", "kyc"]
    waf, authn, _ = first.cells
    assert (waf.connection, waf.feeds) == (expected, ("one_waf",))
    assert (authn.connection, authn.feeds) == (Connection.MISSING, ())
    assert second.cells[0].connection is Connection.MISSING


def test_a_feed_that_the_worker_has_not_told_of_yet_was_never_seen() -> None:
    (first, _) = onboarding(PLATFORMS, [FEED], {}, {}, NOW)
    assert first.cells[0].connection is Connection.NEVER


def test_the_best_of_several_feeds_counts_and_stands_first() -> None:
    feeds = [
        replace(FEED, id="a_off", enabled=False),
        replace(FEED, id="b_silent"),
        replace(FEED, id="c_sends"),
        replace(FEED, id="d_never"),
    ]
    rows = {"b_silent": row("b_silent", NOW - 3600 * SECOND), "c_sends": row("c_sends", NOW - 5 * SECOND)}
    (first, _) = onboarding(PLATFORMS, feeds, rows, {}, NOW)
    cell = first.cells[0]
    assert cell.connection is Connection.CONNECTED
    assert cell.feeds == ("c_sends", "b_silent", "d_never", "a_off")
    assert cell.received_at == NOW - 5 * SECOND


def test_exercises_feeds_of_no_kind_and_of_other_platforms_connect_nothing() -> None:
    feeds = [
        replace(FEED, id="exercise", drill=True),
        replace(FEED, id="unnamed", log_source=None),
        replace(FEED, id="not_ours", platform_id="two"),
    ]
    rows = {feed.id: row(feed.id, NOW) for feed in feeds}
    first, second = onboarding(PLATFORMS, feeds, rows, {}, NOW)
    assert {cell.connection for cell in first.cells} == {Connection.MISSING}
    assert second.cells[0].feeds == ("not_ours",)


def test_a_probe_is_a_row_of_its_own_and_no_kind_of_log() -> None:
    probe = replace(FEED, id="one_probe", transport="probe", log_source=None)
    first, second = onboarding(PLATFORMS, [probe], {probe.id: row(probe.id, NOW)}, {}, NOW)
    assert (first.probe, first.probing.connection) == ("one_probe", Connection.CONNECTED)
    assert {cell.connection for cell in first.cells} == {Connection.MISSING}
    assert (second.probe, second.probing.connection) == (None, Connection.MISSING)


@pytest.mark.parametrize(
    ("ago", "expected"),
    [
        ({}, Connection.NEVER),
        ({"one_waf": 5}, Connection.CONNECTED),
        ({"one_waf": 5, "one_authn": 3600}, Connection.SILENT),
    ],
)
def test_a_platform_is_silent_as_soon_as_one_of_its_logs_is(ago: dict[str, int], expected: Connection) -> None:
    feeds = [FEED, replace(FEED, id="one_authn", log_source="authn")]
    rows = {name: row(name, NOW - seconds * SECOND) for name, seconds in ago.items()}
    (first, _) = onboarding(PLATFORMS, feeds, rows, {}, NOW)
    assert first.connection is expected
