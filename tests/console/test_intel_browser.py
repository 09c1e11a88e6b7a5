"""Threat intelligence in a real browser: what attackers put into feeds does nothing, and a link leads where it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from console.intel_seeding import EVIL, HOSTILE, LISTED, seed_intel
from playwright.sync_api import expect
from sqlalchemy import update

from warroom.console.cookie import COOKIE
from warroom.store.intel.tables import intel_feeds, intel_matches

if TYPE_CHECKING:
    from console.conftest import Console
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SETTLING = (Path(__file__).parent / "settling.js").read_text(encoding="utf-8")
#: Markup, controls, text turned round, and very much of it.
ODD = "<img src=x onerror=\"document.title='owned'\">" + HOSTILE + "\x1b[2J" + "ก" * 2_000


@pytest.fixture(scope="module")
def fed(day_console: Console) -> None:
    """Feeds, and what they listed, for the tests that change nothing."""
    seed_intel(day_console.state, day_console.data_dir)


def test_what_feeds_say_does_nothing_in_a_browser(lone_console: Console, page: Page) -> None:
    seed_intel(lone_console.state, lone_console.data_dir, odd=ODD[:1_900])
    with lone_console.state.write("intel", "incidents") as connection:
        connection.execute(
            update(intel_feeds).values(
                title_th=ODD, title_en=ODD, licence=ODD, about=f"javascript:alert(1){ODD}", failure=ODD,
                refusals=json.dumps([[ODD, ODD]]), refused=1, counts=json.dumps({ODD: 7}),
            )
        )  # fmt: skip
        connection.execute(update(intel_matches).values(observed=ODD[:1_900], column=ODD[:200]))
    token = lone_console.session()
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": lone_console.url}])
    page.add_init_script(SETTLING)
    lone_console.watch(page)
    for address in (
        "?screen=intel", "?screen=intel&feed=thaicert", "?screen=indicators", "?incident=1&part=intel", "?incident=1",
        f"?screen=indicators&value={LISTED}", "?screen=indicators&q=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E%E2%80%AE",
        "?screen=indicators&value=%3Cscript%3Ealert(1)%3C%2Fscript%3E%E2%80%AEgnp.exe&of=user_agent", "?screen=map", "",
    ):  # fmt: skip
        page.goto(f"{lone_console.url}/{address}")
        page.wait_for_selector(".live")
        page.locator("[class*=st-key-panel_]").first.wait_for()
        page.evaluate("settled(250, 30000)")  # an image that is no image has answered then
        assert page.title() != "owned"
        assert page.locator("img[src=x]").count() == 0
        assert page.locator("a[href^=javascript]").count() == 0
        assert "\u202e" not in page.locator("body").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert lone_console.complaints == []


@pytest.mark.usefixtures("fed")
def test_an_incident_leads_to_its_indicator_and_back(console: Console, page: Page) -> None:
    console.enter(page, "?incident=1&part=intel")
    page.get_by_role("link", name=LISTED).first.click()
    expect(page.locator(".st-key-panel_indicator .wr-standing")).to_contain_text("Raises alarms")
    page.locator(".st-key-panel_indicator a", has_text="#5").click()
    expect(page.locator(".wr-head .number")).to_have_text("#5")
    expect(page.locator(".st-key-panel_intel_rests")).to_contain_text(LISTED)


@pytest.mark.usefixtures("fed")
def test_an_indicator_is_chosen_by_keyboard_and_passed_on_defanged(console: Console, page: Page) -> None:
    console.enter(page, f"?screen=indicators&q={EVIL}")
    page.locator("tr[data-id^='url ']").wait_for()
    page.locator(".st-key-panel_indicators_found .scroll").focus()
    row = page.locator("tr[data-id^='url ']")
    for _ in range(4):
        if row.get_attribute("aria-selected") == "true":
            break
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    panel = page.locator(".st-key-panel_indicator")
    expect(panel.locator("pre")).to_contain_text(f"http://{EVIL}/a/gate.php")
    panel.get_by_text("Defanged", exact=True).click()
    expect(panel.locator("pre")).to_contain_text("hxxp://update[.]evil-cdn[.]example/a/gate.php")
    assert console.complaints == []
