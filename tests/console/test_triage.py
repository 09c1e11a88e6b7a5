"""The queue by keyboard in a real Chromium: acts are done once, to the incident that the cursor is on."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from console.seeding import ATTACKS, Attack, add_attack
from making import somebody
from playwright.sync_api import Page, expect

from warroom.access import Role, accounts
from warroom.incidents import actions
from warroom.model import Disposition, Status
from warroom.store import views
from warroom.store.drafts import load_draft

if TYPE_CHECKING:
    from console.conftest import Console

    from warroom.store.views import IncidentRow

pytestmark = pytest.mark.slow


def strange(number: int) -> Attack:
    """An attack of an address of its own."""
    return Attack(
        title=f"Strange request {number}",
        title_th=f"คำขอแปลก {number}",
        severity=("low", "medium", "high", "critical")[number % 4],
        platform="gdx",
        feed="tang_rat_api",
        kind="address",
        value=f"198.51.100.{100 + number}",
        tags=("attack.t1190",),
        alerts=1,
        minutes_ago=1 + number / 10,
        raw="strange {n}",
    )


def arrive(console: Console, number: int) -> int:
    """Let an attack come; gives its incident."""
    add_attack(console.state, console.data_dir, strange(number), now=datetime.now(UTC), number=60 + number)
    return max(row.id for row in views.queue(console.state))


def incident(console: Console, number: int) -> IncidentRow:
    view = views.incident(console.state, number)
    assert view is not None
    return view.incident


def cursor(page: Page) -> int:
    return int(page.locator("tr[aria-selected=true]").get_attribute("data-incident") or 0)


def go_to(page: Page, number: int) -> None:
    """Move the cursor to an incident."""
    rows = page.locator("tr[data-incident]")
    page.locator(f"tr[data-incident='{number}']").wait_for()
    page.keyboard.press("j")
    for _ in range(2 * rows.count()):
        order = rows.evaluate_all("all => all.map(one => Number(one.dataset.incident))")
        if (at := cursor(page)) == number:
            return
        page.keyboard.press("j" if order.index(at) < order.index(number) else "k")
    raise AssertionError(number)


def test_twenty_incidents_are_triaged_by_keyboard_alone_while_others_arrive(lone_console: Console, page: Page) -> None:
    for number in range(10):
        arrive(lone_console, number)
    lone_console.enter(page)
    expect(page.locator("tr[data-incident]")).to_have_count(len(ATTACKS) + 10)
    page.keyboard.press("j")
    done: dict[int, str] = {}
    for turn in range(20):
        at = cursor(page)
        assert at not in done
        if turn % 4 == 3:
            arrive(lone_console, 10 + turn)
            page.locator(f"tr[data-incident='{len(ATTACKS) + 11 + turn // 4}']").wait_for()
            assert cursor(page) == at, "an arrival moved the cursor"
        if turn % 2:
            page.keyboard.press("a")
            done[at] = "acknowledged"
        else:
            page.keyboard.press("c")
            page.keyboard.press("3")
            page.keyboard.type(f"Nothing came of #{at}; j k x a m u are letters here.")
            page.keyboard.press("Enter")
            done[at] = "closed"
        expect(page.locator("tr[aria-selected=true]")).not_to_have_attribute("data-incident", str(at))
    for number, outcome in done.items():
        if outcome == "closed":
            expect(page.locator(f"tr[data-incident='{number}']")).to_have_count(0)
        else:
            expect(page.locator(f"tr[data-incident='{number}'] .status")).to_have_text("Acknowledged")
        found = incident(lone_console, number)
        assert (found.status, found.assignee) == (Status(outcome), "วิภา" if outcome == "acknowledged" else None)
    assert {found.disposition for found in (incident(lone_console, one) for one in done) if found.closed_at} == {
        Disposition.FALSE_POSITIVE
    }
    assert lone_console.complaints == []


def test_several_at_once_and_back_again(console: Console, page: Page) -> None:
    chosen = [arrive(console, number) for number in (41, 42, 43)]
    console.enter(page)
    for number in chosen:
        go_to(page, number)
        page.keyboard.press("x")
    expect(page.locator(".said")).to_have_text("3 selected")
    page.keyboard.press("c")
    page.keyboard.press("1")
    page.keyboard.type("One campaign.")
    page.keyboard.press("Enter")
    for number in chosen:
        expect(page.locator(f"tr[data-incident='{number}']")).to_have_count(0)
    page.keyboard.press("u")
    for number in chosen:
        expect(page.locator(f"tr[data-incident='{number}'] .status")).to_have_text("Investigating")
    page.keyboard.press("u")
    expect(page.locator(".said")).to_have_text("Nothing to undo.")


def test_acts_that_follow_each_other_at_once_are_all_done_and_none_twice(console: Console, page: Page) -> None:
    first = arrive(console, 44)
    console.enter(page)
    go_to(page, first)
    for key in "amkmja":
        page.keyboard.press(key)
    expect(page.locator(f"tr[data-incident='{first}'] .status")).to_have_text("Acknowledged")
    page.wait_for_timeout(6000)  # longer than the page waits before it sends again
    view = views.incident(console.state, first)
    assert view is not None
    assert [entry.action for entry in view.log if entry.actor == "วิภา"] == ["acknowledged"]


def test_what_somebody_else_changed_is_not_acted_on_and_the_cursor_goes_to_nobody_elses(
    console: Console, page: Page
) -> None:
    at = arrive(console, 45)
    console.enter(page)
    go_to(page, at)
    actions.close(console.state, at, somebody("อรทัย"), Disposition.BENIGN, "Known test.")
    expect(page.locator(f"tr[data-incident='{at}']")).to_have_count(0)
    page.keyboard.press("a")  # the cursor stands on nothing: nothing is acknowledged
    expect(page.locator(".said")).to_have_text("No incident here to do this to.")
    page.keyboard.press("j")
    assert cursor(page) != at


def test_a_half_written_reason_survives_a_reload(console: Console, page: Page) -> None:
    at = arrive(console, 46)
    console.enter(page)
    go_to(page, at)
    page.keyboard.press("c")
    page.keyboard.press("1")
    page.keyboard.type("Half a reason")
    for _ in range(300):
        if load_draft(console.state, "วิภา", f"incident/{at}/note"):
            break
        page.wait_for_timeout(100)
    page.reload()
    go_to(page, at)
    page.keyboard.press("c")
    expect(page.locator(".closing textarea")).to_have_value("Half a reason")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator(".closing")).to_be_hidden()


def test_the_filter_narrows_and_the_help_tells_every_key(console: Console, page: Page) -> None:
    console.enter(page)
    page.wait_for_selector("tr[data-incident]")
    page.keyboard.press("/")
    page.keyboard.type("sql gateway")
    expect(page.locator("tr[data-incident]:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    expect(page.locator("tr[aria-selected=true] .incident")).to_have_text("SQL injection on the API gateway")
    page.keyboard.press("?")
    expect(page.locator(".help")).to_contain_text("assign to me")
    page.keyboard.press("Escape")
    expect(page.locator(".help")).to_be_hidden()
    page.keyboard.press("o")
    expect(page.locator(".wr-head h1")).to_contain_text("SQL injection")


def test_who_looks_on_acts_on_nothing(console: Console, page: Page) -> None:
    at = arrive(console, 47)
    console.enter(page, name="มานะ")
    go_to(page, at)
    boss, now = somebody("boss", Role.ADMINISTRATOR), datetime.now(UTC)
    accounts.create(console.state, boss, accounts.Newcomer("boss", boss.roles), now)
    accounts.set_roles(console.state, boss, "มานะ", [Role.VIEWER], now)
    page.keyboard.press("a")
    # The page was drawn before the role was taken away, or after: the act itself is refused then.
    expect(page.locator(".said")).to_have_text(re.compile("No incident here to do this to|lacks the permission"))
    assert incident(console, at).status is Status.NEW
