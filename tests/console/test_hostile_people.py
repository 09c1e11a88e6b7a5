"""Attack strings in everything that accounts, tokens, sessions, the audit and a provider bring to the screens.

No script runs, no request leaves, no element of theirs is made, nothing hides, and the page's frame still stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from console import hostile, hostile_people
from console.admin_seeding import add_people, session_of
from console.conftest import Console, console_over, console_over_copy
from console.looking import PATIENCE_MS, gone_to, looked_at, victim_of
from joserfc.jwk import RSAKey
from oidc_provider.hostile import Hostile, claims, signed
from oidc_provider.hostile import hostile as hostile_provider
from oidc_provider.running import CLIENT, signing_key
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select

from warroom.console.cookie import COOKIE
from warroom.console.markup import visible
from warroom.console.masking import masked
from warroom.console.oidc_routes import CALLBACK_PATH, START_PATH
from warroom.console.texts import words
from warroom.store import accounts as rows
from warroom.store import audit
from warroom.store.audit import AuditAction, Filter
from warroom.store.audit_tables import audit as audit_table
from warroom.store.database import State

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
#: Accounts that are there when one is opened: their list is drawn anew each time.
CROWD = 60
#: One of so many is opened: a few in the ordinary run, where their lists show all of them; each one in the long run.
some_or_all = pytest.mark.parametrize("every", [4, pytest.param(1, marks=pytest.mark.soak)])


@pytest.fixture(scope="module")
def hostile_console(busy_days: Callable[[], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with console_over_copy(busy_days(), tmp_path_factory.mktemp("people")) as running:
        add_people(running.state)
        yield running


@pytest.fixture(scope="module")
def crowd(hostile_console: Console) -> list[tuple[int, str]]:
    """An account of each payload by hand, and of some others: their numbers and names."""
    return hostile_people.plant_people(hostile_console.state, 0, CROWD)


@pytest.fixture
def console(hostile_console: Console) -> Console:
    hostile_console.complaints.clear()
    return hostile_console


@pytest.fixture
def victim(console: Console, context: BrowserContext) -> Page:
    page = victim_of(console, context)
    console.watch(page)
    return page


def be(console: Console, page: Page, token: str) -> None:
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": console.url}])


def opened_lists(page: Page, console: Console, panel: str) -> None:
    """Open every list of choices in a panel and look at what it offers."""
    for one in page.locator(f".st-key-panel_{panel} [data-baseweb=select] input").all():
        one.click()
        page.wait_for_selector("[data-baseweb=popover] li, [data-baseweb=popover] [role=option]", state="attached")
        looked_at(page, console)
        page.keyboard.press("Escape")


@some_or_all
@pytest.mark.parametrize("language", ["en", "th"])
def test_the_accounts_screen(
    console: Console, crowd: list[tuple[int, str]], victim: Page, language: str, every: int
) -> None:
    be(console, victim, session_of(console.state, "boss", language=language))
    victim.goto(f"{console.url}/?screen=accounts")
    rows = victim.locator(".st-key-panel_accounts tr[data-id]")
    expect(rows).to_have_count(len(crowd) + 7, timeout=PATIENCE_MS)
    victim.wait_for_selector(".st-key-panel_token_new")
    frame = looked_at(victim, console)["headings"]
    names = victim.locator(".st-key-panel_accounts tr[data-id] td:first-child").all_text_contents()
    assert {visible(name) for _, name in crowd} <= set(names)
    labels = victim.locator(".st-key-panel_tokens tr[data-id] td:nth-child(2)").all_text_contents()
    assert {visible(payload[:400]) for payload in hostile.payloads()[:CROWD]} == set(labels)
    opened_lists(victim, console, "token_new")
    # Those by hand are opened one by one, some in either language: what they say is nobody's language.
    for place in range(language == "th", 40, 2 * every):
        number, name = crowd[place]
        gone_to(victim, f"/?screen=accounts&account={number}")
        expect(victim.locator(".st-key-panel_account_chosen .hint")).to_have_text(visible(name), timeout=PATIENCE_MS)
        expect(victim.locator(".st-key-panel_account_sessions .wr-session")).to_have_count(2, timeout=PATIENCE_MS)
        victim.wait_for_selector(".st-key-panel_account_deeds button")
        found = looked_at(victim, console)["headings"]
        assert (found[:2], len(found)) == (frame[:2], len(frame) + 1)
    for token in range(1 + (language == "th"), 21, 2 * every):
        gone_to(victim, f"/?screen=accounts&token={token}")
        label = visible(hostile.payloads()[token - 1][:400])
        expect(victim.locator(".st-key-panel_token_chosen h3")).to_have_text(label, timeout=PATIENCE_MS)
        victim.wait_for_selector(".st-key-panel_token_chosen .wr-facts")
        looked_at(victim, console)


def test_the_list_of_all_accounts(console: Console, crowd: list[tuple[int, str]], victim: Page) -> None:
    others = hostile_people.plant_people(console.state, CROWD, len(hostile.payloads()))
    be(console, victim, session_of(console.state, "boss"))
    victim.goto(f"{console.url}/?screen=accounts")
    rows = victim.locator(".st-key-panel_accounts tr[data-id]")
    expect(rows).to_have_count(len(hostile.payloads()) + 7, timeout=PATIENCE_MS)
    victim.wait_for_selector(".st-key-panel_token_new")
    names = set(rows.locator("td:first-child").all_text_contents())
    assert [name for _, name in crowd + others if visible(name) not in names] == []
    looked_at(victim, console)
    opened_lists(victim, console, "token_new")


@some_or_all
@pytest.mark.usefixtures("crowd")
def test_the_audit_screen(console: Console, victim: Page, every: int) -> None:
    told = hostile_people.plant_deeds(console.state)
    assert sum(len(one.values) for one in told) == len(hostile.payloads())
    be(console, victim, session_of(console.state, "dpo"))
    victim.goto(f"{console.url}/?screen=audit")
    rows = victim.locator(".st-key-panel_audit_entries tr[data-id]")
    expect(rows.first).to_be_visible(timeout=PATIENCE_MS)
    victim.wait_for_selector(".st-key-panel_audit_holds")
    frame = looked_at(victim, console)["headings"]
    opened_lists(victim, console, "audit_search")
    detail = victim.locator(".st-key-panel_audit_entry")
    for one in told if every == 1 else [*told[::every], *told[-2:]]:  # the last two are what no code of ours writes
        rows.locator(f"xpath=self::tr[@data-id='{one.number}']").click()
        expect(detail.locator(".hint")).to_have_text(f"#{one.number:,}")
        names = set(detail.locator("dt").all_text_contents())
        values = "\n".join(detail.locator("dd").all_text_contents())
        assert [name for name in one.names if visible(masked(name)) not in names] == []
        assert [value for value in one.values if visible(masked(value)) not in values] == []
        assert looked_at(victim, console)["headings"] == frame
    victim.fill(".st-key-audit_text input", hostile.BY_HAND[0])
    victim.locator(".st-key-panel_audit_search").get_by_role(
        "button", name=words("en")("trail.search"), exact=True
    ).click()
    expect(rows).not_to_have_count(0)
    looked_at(victim, console)


@some_or_all
def test_ones_own_account(console: Console, crowd: list[tuple[int, str]], victim: Page, every: int) -> None:
    for place, (number, name) in enumerate(crowd[:40]):
        if place % (3 * every) or (place and place % 7 == 0):
            continue  # a page each takes its time; every seventh is disabled
        be(console, victim, hostile_people.token_of(number))
        victim.goto(f"{console.url}/?screen=me")
        expect(victim.locator(".wr-session")).to_have_count(2, timeout=PATIENCE_MS)
        victim.wait_for_selector(".st-key-panel_me_language")
        found = looked_at(victim, console)
        assert len(found["headings"]) == 5
        assert found["headings"][0] == visible(hostile.payloads()[place][:400])
        assert victim.locator(".st-key-panel_me_facts dd").first.text_content() == visible(name)


@pytest.fixture
def there(seeded: State, data_dir: Path, tmp_path: Path) -> Iterator[tuple[Console, Hostile, RSAKey]]:
    """A console whose provider says whatever a test wants."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(0o600)
    key = signing_key()
    with hostile_provider() as provider:
        provider.says("/jwks", {"keys": [key.as_dict(private=False)]})
        told = {
            "WARROOM_OUTBOUND": "127.0.0.0/8",
            "WARROOM_OIDC_ISSUER": provider.issuer,
            "WARROOM_OIDC_CLIENT_ID": CLIENT,
            "WARROOM_OIDC_CLIENT_SECRET_FILE": str(secret),
            "WARROOM_OIDC_ROLE_MAP": "soc=administrator,analyst",
        }
        with console_over(seeded, data_dir, tmp_path / "console.log", **told) as running:
            yield running, provider, key


def test_what_a_provider_says(there: tuple[Console, Hostile, RSAKey], context: BrowserContext) -> None:
    console, provider, key = there
    victim = victim_of(console, context)
    console.watch(victim)
    back = f"{console.url}{CALLBACK_PATH}"
    every = hostile.payloads()
    # Claims: names and addresses of accounts that are made of them.
    names = hostile.BY_HAND[:12]
    for place, payload in enumerate(names):
        with httpx.Client(timeout=20) as browser:
            asked = dict(parse_qsl(urlsplit(browser.get(f"{console.url}{START_PATH}").headers["location"]).query))
            now = int(datetime.now(UTC).timestamp())
            told = {"preferred_username": payload, "name": payload, "email": payload, "roles": ["soc", payload]}
            usual = {"sub": f"{place}{payload}"[:200], "nonce": asked["nonce"], "iat": now, "exp": now + 300}
            provider.says("/token", {"id_token": signed(claims(provider, **usual, **told), key), "access_token": "x"})
            answer = browser.get(back, params={"state": asked["state"], "code": "x"})
            assert answer.status_code == 200, answer.text[-300:]
            assert "<script" not in answer.text
            if place % 4 == 0:  # every screen is a page to load, and all of them read names alike
                be(console, victim, answer.cookies[COOKIE])
                victim.goto(f"{console.url}/?screen=me")
                victim.wait_for_selector(".wr-facts")
                looked_at(victim, console)
    for screen in ("accounts", "audit"):
        victim.goto(f"{console.url}/?screen={screen}")
        expect(
            victim.locator(f".st-key-panel_{screen.replace('audit', 'audit_entries')} tr[data-id]").first
        ).to_be_visible()
        looked_at(victim, console)
        if screen == "accounts":
            shown = victim.locator(".st-key-panel_accounts tr[data-id]").all_text_contents()
            assert [name for name in names if not any(visible(name)[:20] in row for row in shown)] == []
    # Errors: none of the provider's words are on our pages.
    context.clear_cookies()
    refusal = ""
    for at in range(0, len(every), 200):
        some = " ".join(every[at : at + 200])[:6_000]
        query = urlencode(
            {"error": some[:200], "error_description": some, "error_uri": some[:500], "state": some[:500]}
        )
        victim.goto(f"{back}?{query}")
        assert victim.evaluate("window.ran") == []
        assert victim.locator("script, iframe, img, object, embed, base, svg, form").count() == 0
        refusal = refusal or victim.locator("main").inner_html()
        assert victim.locator("main").inner_html() == refusal
    complaints = [one for one in console.complaints if "401" not in one]
    assert complaints == []


def test_what_is_typed_before_the_gate_is_neither_shown_nor_kept(console: Console, victim: Page) -> None:
    with console.state.write() as connection:
        rows.change(connection, 1, must_change_password=True)
        last = connection.scalar(select(func.max(audit_table.c.seq)))
    every = hostile.payloads()
    origin = {"origin": console.url}
    for payload in every[:8]:
        answer = httpx.post(
            f"{console.url}/signin",
            # accounts of other tests have the payloads alone for their names
            data={"name": f"x {payload}", "password": payload, "code": payload},
            headers=origin,
        )
        assert "<script" not in answer.text
        assert (answer.text.count("<form"), answer.text.count("<meta")) == (1, 2)
        assert payload not in answer.text
    with console.state.read() as connection:
        failed = audit.read(connection, Filter(actions=(AuditAction.SIGN_IN_FAILED,)), limit=50).entries
    failed = [entry for entry in failed if entry.seq > last]
    assert [(entry.actor, entry.subject_id) for entry in failed] == [("unknown", "")] * 8
    # the form of a password that is due
    be(console, victim, session_of(console.state, "boss"))
    victim.goto(console.url)
    for payload in hostile.BY_HAND[3:9]:
        victim.fill("input[name=old]", payload[:200])
        victim.fill("input[name=password]", payload[:200])
        victim.click("button[value=en]")
        expect(victim.locator(".problem")).to_be_visible()
        assert victim.evaluate("window.ran") == []
        assert victim.locator("form").count() == 1
        assert victim.locator("script, iframe, img, object, embed, base, svg, a").count() == 0
    assert [one for one in console.complaints if "Failed to load resource" not in one] == []
