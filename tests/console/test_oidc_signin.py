"""Signing in by a real provider at the real console: both are processes on this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from access.people import ADMIN
from console.conftest import console_over
from oidc_provider.running import CLIENT, SECRET, Browser, Running, free_port, running
from playwright.sync_api import Page

from warroom import access
from warroom.access import accounts
from warroom.access.roles import Role
from warroom.console.cookie import COOKIE
from warroom.console.oidc_routes import CALLBACK_PATH, ERRAND_COOKIE, NOTICE_PATH, START_PATH
from warroom.store.audit import AuditAction, Filter, read
from warroom.store.database import State

pytestmark = pytest.mark.slow

ANONG = {"name": "อนงค์ ใจดี", "preferred_username": "anong", "roles": ["soc"]}
RECHECK = 5


@dataclass
class There:
    """The console, its store, and the provider that it was told of."""

    url: str
    state: State
    provider: Running

    @property
    def back(self) -> str:
        return f"{self.url}{CALLBACK_PATH}"

    def start(self, browser: httpx.Client, **query: str) -> httpx.Response:
        return browser.get(f"{self.url}{START_PATH}?{urlencode(query)}")

    def enter(self, browser: httpx.Client, person: Browser | None = None, **query: str) -> httpx.Response:
        """Go all the way: to the provider, through its pages, and back."""
        begun = self.start(browser, **query)
        assert begun.status_code == 303
        answer = (person or Browser(self.back)).go(begun.headers["location"], "anong")
        return browser.get(self.back, params=answer)

    def roles(self, token: str) -> frozenset[Role] | None:
        session = access.find_session(self.state, token, datetime.now(UTC))
        return None if session is None else session.actor.roles


@pytest.fixture(scope="module")
def console_with_provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[There]:
    folder = tmp_path_factory.mktemp("oidc")
    url = f"http://127.0.0.1:{free_port()}"
    secret, log = folder / "client-secret", folder / "console.log"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    state = State(f"sqlite:///{folder / 'data' / 'state.db'}")
    state.migrate()
    with running(folder, f"{url}{CALLBACK_PATH}") as provider:
        told = {
            "WARROOM_ADDRESS": url.removeprefix("http://"),
            "WARROOM_OUTBOUND": "127.0.0.0/8, ::1",
            "WARROOM_OIDC_ISSUER": provider.issuer,
            "WARROOM_OIDC_CLIENT_ID": CLIENT,
            "WARROOM_OIDC_CLIENT_SECRET_FILE": str(secret),
            "WARROOM_OIDC_ROLE_MAP": "soc=analyst;lead=analyst,shift_lead",
            "WARROOM_OIDC_RECHECK_SECONDS": str(RECHECK),
        }
        with console_over(state, folder / "data", log, **told):
            yield There(url, state, provider)
    state.close()
    assert SECRET not in log.read_text()


@pytest.fixture
def there(console_with_provider: There) -> There:
    console_with_provider.provider.knows(anong=ANONG)
    return console_with_provider


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=20) as opened:
        yield opened


def until(holds: Callable[[], bool]) -> None:
    for _ in range(300):
        if holds():
            return
        time.sleep(0.1)
    raise AssertionError("it never came to hold")


def test_the_sign_in_page_leads_to_the_provider_in_both_languages(there: There, browser: httpx.Client) -> None:
    page = browser.get(f"{there.url}/?incident=17").text
    assert f'href="{START_PATH}?language=th&amp;incident=17"' in page
    assert "เข้าระบบด้วยบัญชีหน่วยงาน" in page
    assert "Organisation sign-in" in page
    assert START_PATH not in browser.get(f"{there.url}/signin?token=x").text


def test_the_way_there_is_kept_in_a_cookie_that_no_script_reads(there: There, browser: httpx.Client) -> None:
    begun = there.start(browser)
    cookie = begun.headers["set-cookie"].lower()
    for word in ("httponly", "samesite=lax", "path=/oidc/", "max-age=600"):
        assert word in cookie
    assert begun.headers["location"].startswith(f"{there.provider.issuer}/auth?")
    assert "code_challenge_method=S256" in begun.headers["location"]


def test_signing_in_opens_a_new_session_and_ends_the_browsers_old_one(there: There, browser: httpx.Client) -> None:
    old = there.enter(browser).cookies[COOKIE]
    answer = there.enter(browser)
    new = answer.cookies[COOKIE]
    assert (answer.status_code, answer.headers["refresh"]) == (200, "0; url=/")
    set_cookies = [value.lower() for value in answer.headers.get_list("set-cookie")]
    session = next(value for value in set_cookies if value.startswith(COOKIE))
    assert "httponly" in session
    assert "samesite=strict" in session
    assert any(value.startswith(f'{ERRAND_COOKIE}=""') and "max-age=0" in value for value in set_cookies)
    assert new != old
    assert (there.roles(old), there.roles(new)) == (None, {Role.ANALYST})
    assert "<title>Streamlit" in browser.get(there.url).text


def test_only_what_the_console_knows_to_ask_for_is_led_on_to(there: There, browser: httpx.Client) -> None:
    answer = there.enter(browser, incident="17", next="//evil.example", url="https://evil.example", wall="//x")
    assert answer.headers["refresh"] == "0; url=/?incident=17"
    assert "evil" not in answer.text


def test_an_answer_that_this_browser_did_not_ask_for_signs_nobody_in(there: There, browser: httpx.Client) -> None:
    """CSRF on the callback: an attacker's own, valid answer in somebody else's browser."""
    with httpx.Client(timeout=20) as attacker:
        answer = Browser(there.back).go(there.start(attacker).headers["location"], "anong")
    bare = browser.get(there.back, params=answer)
    there.start(browser)  # with a sign-in of its own under way as well
    other = browser.get(there.back, params=answer)
    for refused in (bare, other):
        assert refused.status_code == 401
        assert COOKIE not in refused.cookies
        assert "did not confirm this sign-in" in refused.text
        assert answer["state"] not in refused.text
    with there.state.read() as connection:
        entry = read(connection, Filter(actions=(AuditAction.SIGN_IN_FAILED,)), limit=1).entries[0]
    assert (entry.actor, "its state is another" in entry.body) == ("unknown", True)


def test_a_callback_that_is_sent_again_signs_nobody_in(there: There, browser: httpx.Client) -> None:
    begun = there.start(browser)
    errand = browser.cookies[ERRAND_COOKIE]
    answer = Browser(there.back).go(begun.headers["location"], "anong")
    token = browser.get(there.back, params=answer).cookies[COOKIE]
    with httpx.Client(timeout=20, cookies={ERRAND_COOKIE: errand}) as thief:
        again = thief.get(there.back, params=answer)
    assert (again.status_code, COOKIE in again.cookies) == (401, False)
    until(lambda: there.roles(token) is None)  # the provider takes back what a replayed code had opened


def test_who_has_no_role_is_told_so(there: There, browser: httpx.Client) -> None:
    there.provider.knows(anong=ANONG | {"roles": []})
    answer = there.enter(browser)
    assert (answer.status_code, COOKIE in answer.cookies) == (403, False)
    assert "grants you no role here" in answer.text


def test_a_role_change_reaches_a_signed_in_person_by_itself(there: There, browser: httpx.Client) -> None:
    token = there.enter(browser).cookies[COOKIE]
    there.provider.knows(anong=ANONG | {"roles": ["lead"]})
    until(lambda: there.roles(token) == {Role.ANALYST, Role.SHIFT_LEAD})
    there.provider.knows()
    until(lambda: there.roles(token) is None)
    assert "Streamlit" not in browser.get(there.url).text


def test_the_providers_logout_notice_ends_the_session(there: There, browser: httpx.Client) -> None:
    person = Browser(there.back)
    token = there.enter(browser, person).cookies[COOKIE]
    person.sign_out(there.provider.issuer)
    until(lambda: there.roles(token) is None)
    with there.state.read() as connection:
        told = read(connection, Filter(actions=(AuditAction.SESSION_REVOKED,)), limit=1).entries[0].body
    assert "signed out at the provider" in told


def test_a_forged_logout_notice_ends_nothing(there: There, browser: httpx.Client) -> None:
    token = there.enter(browser).cookies[COOKIE]
    for notice in ("", "a.b.c", "eyJhbGciOiJub25lIn0.e30."):
        assert browser.post(f"{there.url}{NOTICE_PATH}", data={"logout_token": notice}).status_code == 400
    assert browser.post(f"{there.url}{NOTICE_PATH}", data={"x": "x" * 40_000}).status_code == 413
    assert there.roles(token) == {Role.ANALYST}


def test_leaving_offers_to_sign_out_at_the_provider_too(there: There, browser: httpx.Client) -> None:
    token = there.enter(browser).cookies[COOKIE]
    page = browser.post(f"{there.url}/signout", headers={"origin": there.url})
    assert there.roles(token) is None
    assert f'href="{there.provider.issuer}/session/end?client_id={CLIENT}&amp;post_logout_redirect_uri=' in page.text
    assert "Sign out there too" in page.text
    assert browser.post(f"{there.url}/signout", headers={"origin": there.url}).headers["location"] == "/"


def test_a_disabled_account_is_told_so(there: There, browser: httpx.Client) -> None:
    there.enter(browser)
    accounts.disable(there.state, ADMIN, "anong", datetime.now(UTC))
    try:
        answer = there.enter(browser)
        assert (answer.status_code, "account is disabled" in answer.text) == (403, True)
    finally:
        accounts.enable(there.state, ADMIN, "anong", datetime.now(UTC))


def test_a_real_browser_comes_back_from_another_site_and_is_inside(there: There, page: Page) -> None:
    """The provider is at localhost, the console at 127.0.0.1: two sites. Strict cookies are at stake."""
    page.goto(there.url)
    page.click("a.provider[lang=en]")
    page.fill("input[name=login]", "anong")
    page.fill("input[name=password]", "x")
    page.click("button[type=submit]")
    page.click("button[type=submit]")  # consent
    page.wait_for_selector("[data-testid=stApp]")
    assert page.url == f"{there.url}/"
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies(there.url)}
    assert cookies[COOKIE]["sameSite"] == "Strict"


def test_a_provider_that_is_down_says_so_and_the_other_ways_in_stay(there: There, browser: httpx.Client) -> None:
    assert browser.get(f"{there.url}/").status_code == 200
    begun = there.start(browser)
    answer = Browser(there.back).go(begun.headers["location"], "anong")
    there.provider.stop()
    try:
        refused = browser.get(there.back, params=answer)
        assert (refused.status_code, COOKIE in refused.cookies) == (502, False)
        assert "cannot be reached" in refused.text
    finally:
        there.provider.start()


def test_guessing_at_the_callback_is_slowed_down(there: There, browser: httpx.Client) -> None:
    answers = [browser.get(there.back, params={"state": "x", "code": "y"}).status_code for _ in range(12)]
    assert answers[-1] == 429  # the last test here: this address has to wait a minute now


def test_without_a_provider_there_is_nothing_of_it(tmp_path: Path, browser: httpx.Client) -> None:
    with State(f"sqlite:///{tmp_path / 'data' / 'state.db'}") as state:
        state.migrate()
        with console_over(state, tmp_path / "data", tmp_path / "console.log") as running:
            url = running.url
            assert START_PATH not in browser.get(url).text
            for method, path in (("GET", START_PATH), ("GET", CALLBACK_PATH), ("POST", NOTICE_PATH)):
                assert browser.request(method, f"{url}{path}").status_code == 404
                assert browser.request("PUT", f"{url}{path}").status_code == 401
