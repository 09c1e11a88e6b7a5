"""Platforms, ATT&CK and the map in a real Chromium: what was stored is shown, and nothing leaves the machine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from making import ORIGIN, parsed
from playwright.sync_api import Page, expect

from warroom.catalog import load_platforms
from warroom.enrich.envelope import add_envelope
from warroom.store import coverage
from warroom.store.rollups import count_events

if TYPE_CHECKING:
    from console.conftest import Console

pytestmark = pytest.mark.slow


def count(console: Console, platform: str, back: timedelta, count: int, country: str = "TH", failures: int = 0) -> None:
    """Count events as a commit does."""
    at = datetime.now(UTC) - back
    rows = parsed(count, [at] * count)
    for name, values in (
        ("event_outcome", ["failure"] * failures + ["success"] * (count - failures)),
        ("source_geo_country_iso_code", [country] * count),
    ):
        rows = rows.set_column(rows.schema.get_field_index(name), name, pa.array(values))
    numbers = pa.array(range(count), pa.int64())
    events = add_envelope(rows, ORIGIN, numbers, numbers, at + timedelta(minutes=1), timedelta(minutes=10))
    place = events.schema.get_field_index("platform_id")
    with console.state.write() as connection:
        count_events(connection, events.set_column(place, "platform_id", pa.array([platform] * count)))


def test_every_platform_has_its_tile_and_opens(console: Console, page: Page) -> None:
    for week in (1, 2, 3):
        count(console, "gdx", timedelta(weeks=week) + timedelta(minutes=5), 600)
        count(console, "gdx", timedelta(weeks=week) + timedelta(minutes=65), 600)
    count(console, "gdx", timedelta(minutes=5), 100, failures=10)
    count(console, "gdcc", timedelta(minutes=5), 40)
    console.enter(page, "?screen=platforms")
    expect(page.locator(".wr-plate")).to_have_count(len(load_platforms()))
    gdx = page.locator("[data-platform='gdx']")
    expect(gdx).to_contain_text("100/h")
    expect(gdx).to_contain_text("% of usual")
    expect(gdx.locator(".rows .bad")).to_be_visible()
    expect(gdx).to_contain_text("90.0 %")
    expect(gdx).to_contain_text("2 open")
    expect(page.locator("[data-platform='gdcc']")).to_contain_text("usual not known yet")
    expect(page.locator("[data-platform='nsw']")).to_contain_text("not connected")
    gdx.click()
    expect(page.locator(".st-key-panel_platform_traffic .js-plotly-plot")).to_be_visible()
    expect(page.locator(".st-key-panel_platform_incidents")).to_contain_text("SQL injection")
    expect(page.locator(".st-key-panel_platform_facts")).to_contain_text("13-digit citizen ID")
    assert console.complaints == []


def test_what_was_seen_stands_against_what_rules_cover(console: Console, page: Page) -> None:
    coverage.tell(console.state, [["attack.t1190"], ["attack.t1190", "attack.t1059.004"], ["attack.t9999"]])
    console.enter(page, "?screen=attack")
    exploited = page.locator(".wr-matrix a.cell", has_text="T1190")
    expect(exploited).to_have_attribute("title", "T1190 Exploit Public-Facing Application · 9 alerts · 2 rules")
    assert "uncovered" not in str(exploited.get_attribute("class"))
    expect(page.locator(".wr-matrix a.cell.uncovered", has_text="T1530")).to_be_visible()
    expect(page.locator(".wr-matrix div.cell.covered", has_text="T1059")).to_be_visible()
    expect(page.locator(".st-key-panel_attack")).to_contain_text("does not know: T9999")
    exploited.click()
    expect(page.locator(".st-key-panel_search_rows tr[data-id='3']")).to_be_visible()
    assert console.complaints == []


def test_the_map_is_drawn_here_and_a_country_is_searched_for(lone_console: Console, page: Page) -> None:
    count(lone_console, "gdx", timedelta(minutes=5), 90)
    count(lone_console, "gdx", timedelta(minutes=5), 10, country="SG")
    count(lone_console, "gdx", timedelta(minutes=5), 3, country="XX")
    lone_console.enter(page, "?screen=map", language="th")
    expect(page.locator("path[data-country='TH']")).to_have_class("c5")
    expect(page.locator("path[data-country='SG']")).to_have_class("c3")
    expect(page.locator("path[data-country='FR']")).to_have_class("c0")
    expect(page.locator(".wr-ranks")).to_contain_text("สิงคโปร์")
    expect(page.locator(".wr-ranks")).to_contain_text("XX")
    page.locator("path[data-country='TH']").click()
    expect(page.get_by_role("textbox", name="คำค้น")).to_have_value('country:"TH"')
    assert lone_console.complaints == []
