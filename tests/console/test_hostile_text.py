"""Public lists of attack strings in every field that attackers write, on every screen, in a real Chromium.

No script runs, no request leaves, no element of theirs is made, nothing hides, and the page's frame still stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import pytest
from console import hostile
from console.looking import PATIENCE_MS, looked_at, victim_of
from playwright.sync_api import BrowserContext, Page, expect

from warroom.console.markup import visible
from warroom.console.masking import masked
from warroom.store.drafts import load_draft

if TYPE_CHECKING:
    from console.conftest import Console

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture
def victim(console: Console, context: BrowserContext) -> Page:
    return victim_of(console, context)


def shown(payload: str) -> str:
    return visible(masked(payload))


@pytest.mark.parametrize("language", ["en", "th"])
def test_the_incident_screen(console: Console, victim: Page, language: str) -> None:
    planted = hostile.plant(console.state, console.data_dir)
    assert sum(len(one.payloads) for one in planted) >= 800
    console.sign_in(victim, language=language)
    victim.goto(f"{console.url}/?incident=1")
    victim.wait_for_selector(".st-key-panel_events pre")
    victim.wait_for_selector(".st-key-panel_related .wr-title")
    frame = looked_at(victim, console)["headings"]
    assert len(frame) >= 7
    for one in planted:
        victim.goto(f"{console.url}/?incident={one.incident}")
        expect(victim.locator(".wr-head .number")).to_have_text(f"#{one.incident}", timeout=PATIENCE_MS)
        expect(victim.locator(".wr-timeline .noted")).to_have_count(len(one.payloads), timeout=PATIENCE_MS)
        victim.wait_for_selector(".st-key-panel_events pre")
        victim.wait_for_selector(".st-key-panel_related .wr-title")
        found = looked_at(victim, console)
        # every payload is there, as text
        assert found["headings"] == frame
        assert {shown(payload) for payload in one.payloads} <= set(found["entities"])
        assert {shown(payload.strip()) for payload in one.payloads} <= set(found["notes"])
        assert {visible(payload) for payload in one.payloads} == set(found["rules"])
        line = victim.locator(".st-key-panel_events pre").text_content() or ""
        assert line.startswith(shown(one.payloads[0])[:100])
        expect(victim.locator(".st-key-panel_events .wr-raw span")).to_contain_text("/var/log/")
        expect(victim.locator(".live")).to_be_visible()
        expect(victim.locator(".who")).to_have_text("วิภา")


@pytest.mark.parametrize("language", ["en", "th"])
def test_the_war_room_and_the_wall(console: Console, victim: Page, language: str) -> None:
    hostile.plant(console.state, console.data_dir)
    console.sign_in(victim, language=language)
    for wall in (False, True):
        victim.goto(f"{console.url}/?wall=1" if wall else console.url)
        victim.wait_for_selector("tr[data-incident] .incident")
        victim.locator(".js-plotly-plot .bars path").first.wait_for(state="attached")
        victim.wait_for_selector(".wr-tile")
        # the chart's own letters under the pointer: Plotly reads a part of HTML
        victim.locator(".js-plotly-plot .cartesianlayer").hover(force=True)
        if not wall:
            victim.wait_for_selector(".wr-faults li")
        looked_at(victim, console)
        expect(victim.locator(".live")).to_be_visible()
        expect(victim.locator(".wr-banners")).to_contain_text("![beacon]", timeout=PATIENCE_MS)


def test_what_the_address_bar_says(console: Console, victim: Page) -> None:
    console.sign_in(victim)
    every = hostile.payloads()
    joined = [" ".join(every[at : at + 60])[:9_000] for at in range(0, len(every), 60)]
    for told in joined[:4]:
        for address in (f"/?incident={quote(told)}", f"/?wall={quote(told)}", f"/?x={quote(told)}#{quote(told)}"):
            victim.goto(console.url + address)
            victim.wait_for_selector(".live")
            looked_at(victim, console)
    for told in joined:
        page = httpx.get(f"{console.url}/signin", params={"token": told, "incident": told, "wall": told})
        assert page.status_code == 200
        assert "<script" not in page.text
        assert page.text.count("<form") == page.text.count('<input type="hidden"') == 1
        assert page.text.count("<meta") == 2


def test_the_sign_in_page(console: Console, victim: Page) -> None:
    console.watch(victim)
    every = hostile.payloads()
    for at in range(0, len(every), 120):
        token = " ".join(every[at : at + 120])[:9_000]
        victim.goto(f"{console.url}/signin?token={quote(token)}")
        assert victim.locator("input[name=token]").input_value() == visible(token).replace("\n", "").replace("\r", "")
        assert victim.evaluate("window.ran") == []
        assert victim.locator("form").count() == 1
        assert victim.locator("script, iframe, img, object, embed, base, svg").count() == 0
        assert victim.locator("a").count() == 0
    # a name is what one types: it stands in the masthead, and in what others see of one
    for name in (hostile.BY_HAND[0], "<img src=x onerror=alert(1)>", "a\u202eb\u200bc", "{0.__class__}%s"):
        victim.goto("about:blank")  # the page before still asks for its parts: without its cookie it would be refused
        victim.context.clear_cookies()
        victim.goto(console.link())
        victim.fill("input[name=name]", name)
        victim.click("button[value=en]")
        victim.wait_for_selector(".who")
        looked_at(victim, console)
    assert console.complaints == []


def test_no_table_goes_out_as_a_file_that_a_spreadsheet_would_run(console: Console, victim: Page) -> None:
    planted = hostile.plant(console.state, console.data_dir)
    console.sign_in(victim)
    victim.goto(f"{console.url}/?incident={planted[0].incident}")
    tools = victim.locator("[data-testid=stDataFrame] button[aria-label^=Search]")
    expect(tools).to_have_count(2, timeout=PATIENCE_MS)
    for name in ("csv", "download", "export"):
        assert victim.locator(f"[data-testid=stDataFrame] [aria-label*={name} i]").count() == 0
    assert console.complaints == []


def test_half_a_character_in_a_note_is_a_question_mark(console: Console, victim: Page) -> None:
    console.sign_in(victim)
    victim.goto(f"{console.url}/?incident=2")
    note = victim.locator(".st-key-panel_act textarea")
    note.wait_for()
    # no keyboard writes it, but what speaks for a browser can
    note.evaluate("one => { one.value = 'half \\ud800 of a pair \\u0000'; one.dispatchEvent(new Event('input')); }")
    while not load_draft(console.state, "วิภา", "incident/2/note"):
        victim.wait_for_timeout(100)
    victim.get_by_role("button", name="Add note").click()
    expect(victim.locator(".wr-timeline .noted p")).to_have_text("half ? of a pair", timeout=PATIENCE_MS)
    assert console.complaints == []
