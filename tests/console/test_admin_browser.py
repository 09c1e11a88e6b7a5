"""The screens about audit, accounts and one's own account in a real browser, in both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from console.admin_seeding import session_of
from playwright.sync_api import Page, expect

from warroom.console.cookie import COOKIE
from warroom.console.texts import LANGUAGES, words

if TYPE_CHECKING:
    from console.conftest import Console

pytestmark = pytest.mark.slow


SHOWN = {
    "audit": (".st-key-panel_audit_chain", "tr[data-id]"),
    "accounts": (".st-key-panel_account_new", "tr[data-id]"),
    "me": (".st-key-panel_me_language", ".wr-session"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_screen_opens_from_the_masthead(office: Console, page: Page, language: str) -> None:
    office.watch(page)
    token = session_of(office.state, "boss", language=language)
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": office.url}])
    page.goto(f"{office.url}/?screen=me")
    page.wait_for_selector(".st-key-factor_begin")
    spoken = words(language)
    for name, selectors in SHOWN.items():
        page.get_by_role("button", name="boss" if name == "me" else spoken(f"app.{name}"), exact=True).click()
        expect(page).to_have_url(f"{office.url}/?screen={name}")
        for selector in selectors:
            expect(page.locator(selector).first).to_be_visible()
        for width, height in ((1920, 1080), (1366, 768)):
            page.set_viewport_size({"width": width, "height": height})
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    page.click(".st-key-factor_begin button")
    drawn = page.locator(".wr-qr")
    expect(drawn).to_be_visible()
    assert drawn.evaluate("picture => picture.naturalWidth") > 0
    page.get_by_role("button", name=spoken("app.accounts"), exact=True).click()
    page.locator(".st-key-panel_accounts tr[data-id]", has_text="wipa").click()
    expect(page.locator(".st-key-panel_account_chosen")).to_contain_text("wipa")
    page.get_by_role("button", name=spoken("app.audit"), exact=True).click()
    page.locator(".st-key-panel_audit_entries .scroll").focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator(".st-key-panel_audit_entry dl")).to_be_visible()
    assert office.complaints == []


def test_a_wall_shows_no_links(office: Console, page: Page) -> None:
    token = session_of(office.state, "dpo")
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": office.url}])
    page.goto(f"{office.url}/?wall=1")
    page.wait_for_selector("tr[data-incident]")
    assert page.locator("nav.links, button:visible").count() == 0
