"""Sessions at the running console, in a real browser: what counts as somebody there, and what a role asks for."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx
import pytest
from console.admin_seeding import PASSWORD, session_of
from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from warroom.access import totp
from warroom.access.session_policy import Proof
from warroom.access.tokens import fingerprint
from warroom.console.cookie import COOKIE
from warroom.store.account_tables import sessions
from warroom.store.database import State, to_us

if TYPE_CHECKING:
    from console.conftest import Console

pytestmark = pytest.mark.slow

#: Remembers the page's lines to the server, so that a test can drop one as a proxy does.
LINES = """
const Line = WebSocket;
window.lines = [];
window.WebSocket = class extends Line {
  constructor(...told) { super(...told); window.lines.push(this); }
};
"""


def be(office: Console, page: Page, name: str, proof: Proof = Proof.TWO_FACTORS) -> str:
    office.watch(page)
    token = session_of(office.state, name, proof=proof)
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": office.url}])
    return token


def grown_old(state: State, minutes: float) -> int:
    """Let every session have been seen last so long ago; gives when that was, as it is stored."""
    at = to_us(datetime.now(UTC) - timedelta(minutes=minutes))
    with state.write() as connection:
        connection.execute(update(sessions).values(seen_at=at))
    return at


def seen(state: State, token: str) -> int:
    with state.read() as connection:
        own = sessions.c.token_sha256 == fingerprint(token)
        return int(connection.scalar(select(sessions.c.seen_at).where(own)) or 0)


def until(holds: Callable[[], bool], page: Page) -> None:
    for _ in range(150):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it never came to hold")


def test_neither_the_live_screen_nor_a_new_line_is_somebody_there_but_a_click_is(office: Console, page: Page) -> None:
    token = be(office, page, "anong")
    page.add_init_script(LINES)
    page.goto(office.url)
    page.wait_for_selector("tr[data-incident]")
    before = grown_old(office.state, 10)
    page.wait_for_timeout(5_000)  # two ticks and more of everything that is live
    page.evaluate("window.lines.at(-1).close()")
    until(lambda: page.evaluate("window.lines.length > 1 && window.lines.at(-1).readyState === 1"), page)
    page.wait_for_timeout(3_000)
    assert seen(office.state, token) == before
    page.get_by_role("button", name="anong", exact=True).click()
    page.wait_for_selector(".wr-session")
    assert seen(office.state, token) > before


def test_a_display_keeps_a_session_open_but_not_a_guarded_one(
    office: Console, page: Page, other_page: Callable[[], Page]
) -> None:
    tokens = {}
    for name, opened in (("anong", page), ("dpo", other_page())):
        tokens[name] = be(office, opened, name)
        opened.goto(f"{office.url}/?wall=1")
        opened.wait_for_selector("tr[data-incident]")
    before = grown_old(office.state, 10)
    page.wait_for_timeout(5_000)
    assert seen(office.state, tokens["anong"]) > before
    assert seen(office.state, tokens["dpo"]) == before


def test_a_guarded_session_in_which_nobody_is_there_is_cut_off(office: Console, page: Page) -> None:
    be(office, page, "boss")
    page.add_init_script(LINES)
    page.goto(f"{office.url}/?screen=accounts")
    page.wait_for_selector(".st-key-panel_accounts tr[data-id]")
    grown_old(office.state, 31)
    # Either the line is cut, or the screen was quicker to say that the session is over.
    cut = "window.lines.every(line => line.readyState > 1) || !!document.querySelector('.wr-notice')"
    until(lambda: page.evaluate(cut), page)
    cookies = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    asked = f"{office.url}/_stcore/host-config"
    until(lambda: httpx.get(asked, cookies=cookies).status_code == 401, page)  # the gate believes itself for a second


@pytest.mark.parametrize(
    ("name", "language", "told"),
    [("boss", "en", "works only with a second factor"), ("niran", "th", "ปัจจัยที่สองเท่านั้น")],
)
def test_an_administrator_enrols_a_second_factor_before_anything_else_opens(
    office: Console, page: Page, name: str, language: str, told: str
) -> None:
    office.watch(page)
    page.goto(office.url)
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.click(f"button[value={language}]")
    page.wait_for_selector(".st-key-factor_begin")
    expect(page.locator(".wr-warning")).to_contain_text(told)
    page.goto(f"{office.url}/?screen=accounts")
    page.click(".st-key-factor_begin button")
    page.locator(".wr-qr").wait_for()
    seed = (page.locator(".st-key-panel_me_factor [data-testid=stCode] code").first.text_content() or "").replace(
        " ", ""
    )
    code = totp.code_at(base64.b32decode(seed), totp.step_at(datetime.now(UTC)))
    page.fill(".st-key-factor_code input", code)
    page.click(".st-key-factor_confirm button")
    expect(page.locator(".wr-warning")).to_have_count(0)
    page.goto(f"{office.url}/?screen=accounts")
    page.wait_for_selector(".st-key-panel_accounts tr[data-id]")
    page.goto(f"{office.url}/?screen=me")
    expect(page.locator(".wr-session")).to_contain_text("127.0.0.1 · Chrome, Linux")
    assert office.complaints == []
