"""The grouping in a real Chromium: its reasons are read, alerts are split off, incidents merged, all of it undone."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from console.choosing import choose
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import insert

from warroom.incidents.grouping import group
from warroom.store import incidents as store
from warroom.store.database import State, now_us
from warroom.store.tables import alerts

if TYPE_CHECKING:
    from console.conftest import Console

pytestmark = pytest.mark.slow
RULES = (("Path traversal", "ไล่เส้นทางไฟล์"), ("SQL injection", "ฝังคำสั่ง SQL"))


def raise_alerts(state: State, name: str, told: list[tuple[int, list[tuple[str, str]]]]) -> None:
    """Store alerts of the last minutes (number of the rule, entities) and group them."""
    at = now_us() - 120_000_000
    with state.write("alerts") as connection:
        connection.execute(
            insert(alerts),
            [
                {
                    "id": f"{name}{number:060x}",
                    "rule_id": f"22222222-2222-4222-8222-{rule:012d}",
                    "rule_title": RULES[rule][0],
                    "rule_title_th": RULES[rule][1],
                    "severity": ("medium", "high")[rule],
                    "platform_id": "gdx",
                    "feed_id": "tang_rat_api",
                    "first_at": at + number * 1_000_000,
                    "last_at": at + number * 1_000_000,
                    "raised_at": at + number * 1_000_000,
                    "count": 3,
                    "entities": json.dumps(entities),
                    "event_ids": "[]",
                    "tags": "[]",
                    "drill": False,
                    "waiting": True,
                }
                for number, (rule, entities) in enumerate(told)
            ],
        )
    group(state, timedelta(hours=1))


def found(state: State, alert: str) -> int:
    with state.read() as connection:
        for one in store.find(connection):
            if any(it.id.startswith(alert) for it in store.alerts_of(connection, one.id)):
                return one.id
    raise AssertionError(alert)


def typed(page: Page, name: str) -> Locator:
    """Give the field that is typed into, once the one of before is gone."""
    field = page.locator(f".st-key-panel_regroup [data-field={name}] :is(input, textarea)")
    expect(field).to_have_count(1)
    return field


def press(page: Page, name: str) -> None:
    """Press a button, once the screen of before is gone."""
    button = page.locator(".st-key-panel_regroup").get_by_role("button", name=name)
    expect(button).to_have_count(1)
    button.click()


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("WARROOM_TEST_PICTURES"):
        page.wait_for_timeout(1500)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def open_grouping(page: Page, console: Console, number: int) -> None:
    page.goto(f"{console.url}/?incident={number}")
    show_grouping(page)


def show_grouping(page: Page) -> None:
    page.get_by_role("radio", name="Grouping").or_(page.get_by_role("radio", name="การรวมเหตุ")).click()
    page.locator(".st-key-panel_operations").wait_for()


def test_split_merge_and_undo(console: Console, page: Page) -> None:
    state = console.state
    attacker, other = ("address", "198.51.100.77"), ("address", "198.51.100.88")
    raise_alerts(state, "aaaa", [(0, [attacker]), (0, [attacker]), (1, [attacker])])
    raise_alerts(state, "bbbb", [(1, [other])])
    first, second = found(state, "aaaa"), found(state, "bbbb")
    console.enter(page, f"?incident={first}")
    show_grouping(page)

    expect(page.locator(".wr-reasons")).to_contain_text("share the address 198.51.100.77")
    expect(page.locator(".st-key-panel_folded tbody tr")).to_have_count(2)
    expect(page.locator(".st-key-panel_risk .wr-risk")).to_contain_text("/ 100")

    # a rule is split off, and its next alert goes there
    choose(page.locator(".st-key-panel_regroup").get_by_role("combobox"), "SQL injection")
    typed(page, "reason").fill("another actor behind the same proxy")
    press(page, "Split off into a new incident")
    expect(page.locator(".st-key-panel_regroup .wr-done")).to_contain_text("Split off into a new incident: #")
    apart = found(state, f"aaaa{2:060x}")
    assert apart not in {first, second}
    raise_alerts(state, "cccc", [(1, [attacker])])
    assert found(state, "cccc") == apart
    expect(page.locator(".wr-operation").first).to_contain_text("another actor behind the same proxy")

    # without a number nothing is merged; with one all of it goes
    press(page, "Merge all of it")
    expect(page.locator(".st-key-panel_regroup .wr-warning")).to_contain_text("Write a reason first")
    typed(page, "reason").fill("one actor")
    press(page, "Merge all of it")
    expect(page.locator(".st-key-panel_regroup .wr-warning")).to_contain_text("Type the number")
    typed(page, "target").fill(f"#{second}")
    press(page, "Merge all of it")
    expect(page.locator(".wr-gone")).to_contain_text(f"#{second}")
    page.locator(".wr-gone a").click()
    expect(page.locator(".wr-head h1")).to_contain_text(f"#{second}")
    assert found(state, f"aaaa{0:060x}") == second

    # and comes back
    show_grouping(page)
    typed(page, "reason").fill("no: two actors")
    page.get_by_role("button", name="Undo").first.click()
    expect(page.locator(".wr-operation.undone")).to_contain_text("no: two actors")
    assert found(state, f"aaaa{0:060x}") == first
    assert console.complaints == []


def test_a_campaign_is_one_line_that_says_what_was_folded(lone_console: Console, page: Page) -> None:
    bots = [(0, [("address", f"203.0.113.{number}"), ("user", f"u-{number}")]) for number in range(40)]
    raise_alerts(lone_console.state, "dddd", bots)
    number = found(lone_console.state, "dddd")
    lone_console.enter(page)
    row = page.locator(f"tr[data-incident='{number}']")
    expect(row).to_contain_text("+39")
    expect(row.locator("td.alerts")).to_have_text("40")
    picture(page, "queue-en")
    open_grouping(page, lone_console, number)
    expect(page.locator(".wr-reasons")).to_contain_text("strangers whom “Path traversal” hit at once")
    picture(page, "campaign-en")


@pytest.mark.parametrize("language", ["th", "en"])
def test_the_panel_fits_in_both_languages(console: Console, page: Page, language: str) -> None:
    addresses = {"th": "198.51.100.61", "en": "198.51.100.62"}
    name, entities = f"ffff{language}", [("address", addresses[language]), ("user", f"somchai-{language}")]
    raise_alerts(console.state, name, [(number % 2, entities) for number in range(30)])
    console.enter(page, f"?incident={found(console.state, name)}", language=language)
    show_grouping(page)
    for width, height in ((1920, 1080), (1366, 768)):
        page.set_viewport_size({"width": width, "height": height})
        picture(page, f"panel-{language}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
        page.locator(".st-key-panel_operations").scroll_into_view_if_needed()
        picture(page, f"panel-{language}-{width}-below")
    if language == "th":
        told = page.locator(".wr-reasons, .st-key-panel_regroup, .st-key-panel_operations, .wr-risks").all_inner_texts()
        for english in ("Split", "Reason", "Undo", "Severity", "Grouping"):
            assert english not in " ".join(told)
    assert console.complaints == []
