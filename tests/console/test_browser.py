"""The console in a real Chromium: signing in, acting, languages, and what attackers write staying text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from console.choosing import choose
from console.seeding import Attack, add_attack
from making import somebody
from playwright.sync_api import Page, expect
from sqlalchemy import insert, select

from warroom import access
from warroom.access import accounts
from warroom.console.cookie import COOKIE
from warroom.incidents import actions
from warroom.model import Severity, Status
from warroom.store import views
from warroom.store.tables import alerts, feed_states

if TYPE_CHECKING:
    from console.conftest import Console

pytestmark = pytest.mark.slow

HOSTILE = "<img src=http://203.0.113.250/beacon.png onerror=alert(1)><script>alert(2)</script>![x](http://203.0.113.250/md.png)"

#: Makes what the first banner says long, and gives how far the page is too wide then.
LONG_BANNER = """(() => {
  const banner = document.querySelector(".wr-banner");
  const detail = document.createElement("span");
  detail.className = "blind";
  detail.textContent = "50 detectors, such as One-Time Codes of an Account Are Guessed; ".repeat(9);
  banner.append(detail);
  banner.querySelector("b").textContent = "Feed silent for 10 min: the sign-in log; ".repeat(5);
  const main = document.querySelector("[data-testid=stMain]");
  return main.scrollWidth - main.clientWidth;
})()"""


def hostile_attack(value: str = HOSTILE) -> Attack:
    return Attack(
        title=f"Title {HOSTILE}",
        title_th="",
        severity="critical",
        platform="gdx",
        feed="tang_rat_api",
        kind="user",
        value=value,
        tags=("attack.t1190",),
        alerts=2,
        minutes_ago=1,
        raw=f"raw {HOSTILE} line {{n}}",
        user=HOSTILE,
    )


def arrived(console: Console, attack: Attack, number: int) -> int:
    """Let an attack come; gives its incident."""
    add_attack(console.state, console.data_dir, attack, now=datetime.now(UTC), number=number)
    of_it = alerts.c.rule_id == f"11111111-1111-4111-8111-{number:012d}"
    with console.state.read() as connection:
        return int(connection.scalar(select(alerts.c.incident_id).where(of_it)) or 0)


def lowest(page: Page) -> float:
    """Give where the lowest panel ends."""
    panels = page.locator("[class*=st-key-panel_]")
    return float(panels.evaluate_all("all => Math.max(...all.map(one => one.getBoundingClientRect().bottom))"))


def test_a_link_signs_in_once_and_nothing_leaves_the_machine(console: Console, page: Page) -> None:
    console.watch(page)
    page.goto(console.url)
    expect(page.locator("h2")).to_have_text("Cybersecurity War Room")
    expect(page.locator("pre")).to_have_text("./run console --link")
    link = console.link()
    page.goto(link)
    page.fill("input[name=name]", "วิภา")
    page.click("button[value=en]")
    page.wait_for_selector("tr[data-incident]")
    expect(page.locator(".who")).to_have_text("วิภา")
    # the chart is drawn, the fonts are loaded, and the policy had nothing to refuse
    expect(page.locator(".js-plotly-plot .bars path").first).to_be_attached()
    page.wait_for_function("document.fonts.check('14px \"Plex Thai\"', 'ก')")
    assert console.complaints == []
    cookie = next(one for one in page.context.cookies() if one["name"] == COOKIE)
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    page.context.clear_cookies()
    page.goto(link)
    page.click("button[value=en]")
    expect(page.locator("body")).to_contain_text("no longer valid")
    assert link.split("token=")[1] not in console.log.read_text()


def test_the_language_switches_at_once_and_is_kept(console: Console, page: Page) -> None:
    console.enter(page, name="มาลี")
    expect(page.locator(".st-key-panel_queue h3")).to_have_text("Live incident queue")
    page.click(".langs button[lang=th]")
    expect(page.locator(".st-key-panel_queue h3")).to_have_text("คิวเหตุการณ์สด")
    expect(page.locator("tr[data-incident] .status").first).to_have_text("ใหม่")
    expect(page.locator(".date")).to_contain_text("2569")
    expect(page.locator("[data-testid=stSkipToContent]")).to_have_text("ข้ามไปยังเนื้อหา")
    page.reload()
    expect(page.locator(".st-key-panel_queue h3")).to_have_text("คิวเหตุการณ์สด")


def test_acknowledging_noting_and_closing_survive_a_reload(console: Console, page: Page) -> None:
    console.enter(page)
    page.click("tr[data-incident='1']")
    expect(page).to_have_url(f"{console.url}/?incident=1")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".wr-head .status")).to_have_text("Acknowledged")
    note = page.locator(".st-key-panel_act textarea")
    note.fill("Blocked at the edge.")
    page.get_by_role("button", name="Add note").click()
    expect(page.locator(".wr-timeline .noted p")).to_have_text("Blocked at the edge.")
    expect(note).to_have_value("")
    choose(page.get_by_role("combobox", name="Disposition"), "True positive")
    note.fill("Accounts reset, addresses blocked.")
    page.get_by_role("button", name="Close with this note").click()
    expect(page.locator(".wr-head .status")).to_have_text("Closed")
    page.reload()
    expect(page.locator(".wr-head .status")).to_have_text("Closed")
    expect(page.locator(".wr-head")).to_contain_text("True positive")
    expect(page.locator(".wr-timeline")).to_contain_text("Accounts reset, addresses blocked.")
    expect(page.locator(".wr-timeline")).to_contain_text("วิภา")
    view = views.incident(console.state, 1)
    assert view is not None
    assert (view.incident.status, view.incident.assignee) == (Status.CLOSED, "วิภา")


def test_a_draft_is_kept_as_it_is_typed_and_only_beside_it_a_key_acknowledges(console: Console, page: Page) -> None:
    console.enter(page, "?incident=2")
    note = page.locator(".st-key-panel_act textarea")
    note.press_sequentially("am a half-written note")
    expect(page.locator(".st-key-panel_act .saved")).to_have_text("draft kept")
    page.reload()
    expect(page.locator(".st-key-panel_act textarea")).to_have_value("am a half-written note")
    view = views.incident(console.state, 2)
    assert view is not None
    assert view.incident.status is Status.NEW
    page.get_by_role("button", name="Acknowledge").wait_for()
    page.keyboard.press("a")
    expect(page.locator(".wr-head .status")).to_have_text("Acknowledged")


def test_the_selection_stays_on_its_incident_while_rows_arrive(console: Console, page: Page) -> None:
    console.enter(page)
    page.wait_for_selector("tr[data-incident]")
    for _ in range(3):
        page.keyboard.press("j")
    chosen = page.locator("tr[aria-selected=true]")
    before = chosen.get_attribute("data-incident")
    late = arrived(console, hostile_attack("late-comer"), 50)
    page.wait_for_selector(f"tr[data-incident='{late}']")
    assert chosen.get_attribute("data-incident") == before
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{console.url}/?incident={before}")
    expect(page.locator(".wr-head .number")).to_have_text(f"#{before}")


def test_what_attackers_write_stays_text(console: Console, page: Page) -> None:
    number = arrived(console, hostile_attack(), 51)
    actions.note(console.state, number, somebody(HOSTILE[:90]), HOSTILE)
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    console.enter(page)
    expect(page.locator(f"tr[data-incident='{number}'] .incident")).to_contain_text("<script>alert(2)</script>")
    page.goto(f"{console.url}/?incident={number}")
    expect(page.locator(".wr-head h1")).to_contain_text(HOSTILE)
    expect(page.locator(".wr-entities")).to_contain_text(HOSTILE)
    expect(page.locator(".wr-timeline")).to_contain_text(HOSTILE)
    expect(page.locator(".st-key-panel_events pre")).to_contain_text(f"raw {HOSTILE} line")
    page.goto(f"{console.url}/?wall=1")
    expect(page.locator(f"tr[data-incident='{number}'] .incident")).to_contain_text("<script>")
    assert dialogs == []
    assert page.locator("img[src*='203.0.113.250']").count() == 0
    assert console.complaints == []


def test_revoking_a_session_takes_the_page_away(console: Console, page: Page) -> None:
    console.enter(page, name="อรทัย")
    assert (
        access.end_sessions(console.state, somebody("อรทัย", access.Role.ADMINISTRATOR), "อรทัย", datetime.now(UTC)) == 1
    )
    ended = page.locator(".live:has-text('CONNECTION LOST'), .wr-notice, [role=dialog]")
    expect(ended.first).to_be_visible()
    page.reload()
    expect(page.locator("pre")).to_have_text("./run console --link")


def test_a_role_that_is_taken_away_is_gone_from_pages_that_are_open(console: Console, page: Page) -> None:
    console.enter(page, "?incident=5", name="ปิติ")
    acknowledge = page.get_by_role("button", name="Acknowledge")
    acknowledge.wait_for()
    boss, now = somebody("boss", access.Role.ADMINISTRATOR), datetime.now(UTC)
    accounts.create(console.state, boss, accounts.Newcomer("boss", boss.roles), now)
    accounts.set_roles(console.state, boss, "ปิติ", [access.Role.VIEWER], now)
    expect(page.locator(".st-key-panel_act")).to_contain_text("Your role looks on")
    assert acknowledge.count() == 0
    view = views.incident(console.state, 5)
    assert view is not None
    assert view.incident.status is Status.NEW
    accounts.set_roles(console.state, boss, "ปิติ", [access.Role.ADMINISTRATOR], now)
    expect(page.locator("body")).to_contain_text("no role that sees incidents")
    assert page.locator(".wr-head").count() == 0


def test_signing_out_shows_the_sign_in_page(console: Console, page: Page) -> None:
    console.enter(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("pre")).to_have_text("./run console --link")


def test_the_wall_shows_everything_on_one_screen_without_anything_to_click(console: Console, page: Page) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    console.enter(page, "?wall=1")
    page.wait_for_selector("tr[data-incident]")
    expect(page.locator(".st-key-panel_platforms .wr-tile").first).to_be_visible()
    assert page.locator("button:visible").count() == 0
    assert lowest(page) <= 1080
    # and has room for many platforms
    with console.state.write("feeds") as connection:
        for number in range(20):
            connection.execute(
                insert(feed_states).values(
                    feed_id=f"more_{number}",
                    platform_id=f"platform_{number}",
                    title_th="ฟีด",
                    title_en="Feed",
                    drill=False,
                    lag_bytes=0,
                    silent_after_seconds=900,
                )
            )
    expect(page.locator(".st-key-panel_platforms")).to_contain_text("to look at first")
    expect(page.locator(".wr-tile")).to_have_count(6)
    assert lowest(page) <= 1080


def test_a_look_at_the_war_room_tells_age_severity_and_titles(console: Console, page: Page) -> None:
    console.enter(page)
    page.wait_for_selector("tr[data-incident]")
    # severity is never told by colour alone
    chips = set(page.locator("tr[data-incident] .chip").all_text_contents())
    assert chips <= {severity.capitalize() for severity in Severity} | {"Info"}
    assert "Critical" in chips
    # old data are said to be old: nobody renews the lease of the seeded worker
    expect(page.locator(".live")).to_contain_text("OLD")
    expect(page.locator(".wr-banners")).to_contain_text("every detector is blind")
    # whatever a banner says, it does not run off the screen
    assert page.evaluate(LONG_BANNER) <= 0
    # on this small screen an incident still has its title
    title = page.locator("tr[data-incident='3'] td.incident")
    title.wait_for()
    box = title.bounding_box()
    assert box is not None
    assert box["width"] > 240
