"""The search screen in a real Chromium: asking, narrowing by facet and by brush, pivoting, keeping, refusing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

from warroom.store.audit import AuditAction, Filter
from warroom.store.audit import read as read_audit

if TYPE_CHECKING:
    from console.conftest import Console

pytestmark = pytest.mark.slow


def at(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def expect_rows(page: Page, count: int) -> None:
    expect(page.locator(".st-key-panel_search_rows tr[data-id]")).to_have_count(count)


def test_asking_narrowing_pivoting_and_coming_back_by_the_address(console: Console, page: Page) -> None:
    console.enter(page, "?screen=search")
    expect_rows(page, 96)
    field = page.get_by_role("textbox", name="Query")
    field.fill("sqlmap")
    field.press("Enter")
    expect_rows(page, 8)
    assert at(page)["q"] == "sqlmap"
    # a facet narrows, and its minus leaves out
    page.locator(".st-key-panel_search_facets [data-value='failure'] button.value").click()
    expect_rows(page, 4)
    assert at(page)["q"] == 'sqlmap event.outcome:"failure"'
    expect(field).to_have_value('sqlmap event.outcome:"failure"')
    # a value of one event is the next search
    page.locator(".st-key-panel_search_event [data-value='198.51.100.9'] button[aria-label^='Without']").click()
    expect(page.locator(".st-key-panel_search_rows")).to_contain_text("Nothing found")
    assert at(page)["q"].endswith('-source.ip:"198.51.100.9"')
    page.goto(f"{console.url}/?screen=search&in=events&span=day&q=source.ip%3A198.51.100.9")
    expect_rows(page, 8)
    assert console.complaints == []


def test_drawing_over_the_histogram_narrows_the_time(console: Console, page: Page) -> None:
    console.enter(page, "?screen=search&in=events&span=six")
    expect_rows(page, 96)
    plot = page.locator(".st-key-panel_search_time .nsewdrag").bounding_box()
    assert plot is not None
    y = plot["y"] + plot["height"] / 2
    page.mouse.move(plot["x"] + plot["width"] * 0.93, y)
    page.mouse.down()
    page.mouse.move(plot["x"] + plot["width"] * 0.96, y, steps=4)
    page.mouse.move(plot["x"] + plot["width"] * 0.995, y, steps=4)
    page.mouse.up()
    page.wait_for_url(re.compile(r"span=\d+-\d+"))
    since, until = (int(one) for one in at(page)["span"].split("-"))
    assert 0 < until - since < 3_600_000_000
    rows = page.locator(".st-key-panel_search_rows tr[data-id]")
    expect(rows.nth(95)).not_to_be_attached()
    expect(rows.first).to_be_visible()  # while the table is drawn anew there are none


def test_a_search_that_cannot_be_understood_says_where_and_what_to_write(console: Console, page: Page) -> None:
    console.enter(page, "?screen=search&in=events&q=a+status%3Aabc")
    expect(page.locator(".wr-warning")).to_have_text(re.compile("Character 3: abc is no number: write 500"))
    page.click(".langs button[lang=th]")
    expect(page.locator(".wr-warning")).to_have_text(re.compile("ตัวอักษรที่ 3: abc ไม่ใช่ตัวเลข"))


def test_incidents_are_found_kept_and_opened(console: Console, page: Page) -> None:
    console.enter(page, "?screen=search&in=incidents&q=severity%3Acritical")
    expect_rows(page, 3)
    page.get_by_role("button", name="Keep this search").click()
    page.get_by_role("textbox", name="Name").fill("Critical ones")
    page.get_by_role("textbox", name="Name").press("Tab")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.locator(".wr-warning")).to_have_text("The search is kept.")
    page.goto(f"{console.url}/?screen=search")
    page.get_by_role("button", name="Kept and recent").click()
    page.get_by_role("button", name="Critical ones").click()
    expect_rows(page, 3)
    page.locator(".st-key-panel_search_rows tr[data-id='3']").click()
    expect(page.locator(".wr-head .number")).to_have_text("#3")


def test_a_search_for_a_person_is_masked_and_recorded_once(console: Console, page: Page) -> None:
    console.enter(page, "?screen=search")
    field = page.get_by_role("textbox", name="Query")
    field.fill("1101700203450")
    field.press("Enter")
    expect(page.locator(".st-key-panel_search_rows")).to_contain_text("Nothing found")
    page.get_by_role("button", name="Kept and recent").click()
    expect(page.locator("[data-testid=stPopoverBody]")).not_to_contain_text("1101700203450")
    with console.state.read() as connection:
        told = read_audit(connection, Filter(actions=(AuditAction.SEARCH_IDENTIFIER,))).entries
    assert len(told) == 1
    assert "1101700203450" not in told[0].body


def test_the_export_is_a_file_that_the_audit_knows(console: Console, page: Page) -> None:
    console.enter(page, "?screen=search&in=events&span=day&q=platform%3Agdx")
    expect_rows(page, 16)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Export CSV").click()
    assert taken.value.suggested_filename == "log-events.csv"
    assert taken.value.path().read_bytes().count(b"sqlmap") == 8
    with console.state.read() as connection:
        told = read_audit(connection, Filter(actions=(AuditAction.EXPORT,))).entries
    assert [entry.actor for entry in told] == ["วิภา"]


def test_an_incident_leads_to_the_lines_about_what_it_names(console: Console, page: Page) -> None:
    console.enter(page, "?incident=3")
    page.locator(".wr-entities a.wr-pivot").click()
    expect_rows(page, 8)
    assert at(page)["q"] == 'source.ip:"198.51.100.9"'
