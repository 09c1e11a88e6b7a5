"""Service levels, notifications and handover, as people use them in a real Chromium; and to whom they open."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from console.admin_seeding import actor_named, add_people, session_of
from console.choosing import choose
from console.duty_seeding import add_history, add_rota
from console.entering import Enter, page, quick
from console.hostile import BY_HAND
from console.looking import PATIENCE_MS, looked_at, victim_of
from notify.outside import web
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import update

from warroom.access import Actor, Role
from warroom.access.keys import load_key
from warroom.console.person import Person
from warroom.console.ways import Way, open_to
from warroom.incidents import channels, handing_over
from warroom.incidents.channels import opener
from warroom.incidents.shifts import Shift, read_shifts, shift_at, shift_before
from warroom.incidents.targets import targets_now
from warroom.model import Severity
from warroom.notify.courier import Courier
from warroom.notify.delivering import Delivery
from warroom.store import outbox
from warroom.store.database import State, now_us
from warroom.store.lease import Lease
from warroom.store.outbox import Channel
from warroom.store.tables import incidents

if TYPE_CHECKING:
    from console.conftest import Console

slow = pytest.mark.slow
CLOCK = re.compile(r"(\d+ \S+ )?\d\d:\d\d:\d\d")


def enter_as(console: Console, opened: Page, name: str, *, language: str = "en") -> Page:
    """Sign somebody in in a browser of their own."""
    token = session_of(console.state, name, language=language)
    opened.context.add_cookies([{"name": "warroom_session", "value": token, "url": console.url}])
    console.watch(opened)
    return opened


def test_the_screens_open_to_who_may(staff: State) -> None:
    def ways(name: str) -> set[Way]:
        return set(open_to(Person(actor_named(staff, name), "en", "t"))) & {Way.SLA, Way.NOTIFICATIONS, Way.HANDOVER}

    assert ways("anong") == {Way.SLA, Way.HANDOVER}
    assert ways("wipa") == {Way.SLA, Way.HANDOVER, Way.NOTIFICATIONS}
    assert ways("boss") == {Way.NOTIFICATIONS}
    assert ways("dpo") == {Way.SLA}
    confined = Actor("x", frozenset(Role), frozenset({"gdx"}), account_id=1)
    assert set(open_to(Person(confined, "en", "t"))) & {Way.HANDOVER, Way.NOTIFICATIONS} == set()


@quick
@slow
def test_a_refused_screen_says_so_and_the_others_stand(enter: Enter, staff: State) -> None:
    add_history(staff, 12)
    assert "Your roles do not open this screen" in page(enter("anong", screen="notifications"))
    assert "Internal targets" in page(enter("anong", screen="sla"))
    assert "No channel yet" in page(enter("wipa", screen="notifications"))
    shown = page(enter("anong", screen="handover", shift="9" * 40))
    assert "Shift handover" in shown
    assert "Legal clocks: none are kept" in shown


@slow
def test_the_board_counts_down_by_itself_and_opens_an_incident(
    lone_console: Console, other_page: Callable[[], Page]
) -> None:
    add_people(lone_console.state)
    add_history(lone_console.state)
    add_rota(lone_console.state)
    for language in ("en", "th"):
        opened = enter_as(lone_console, other_page(), "anong", language=language)
        opened.goto(f"{lone_console.url}/?screen=sla")
        left = opened.locator("td.left b").first
        expect(left).to_have_text(CLOCK, timeout=PATIENCE_MS)
        before = left.inner_text()
        expect(left).not_to_have_text(before, timeout=PATIENCE_MS)
        expect(opened.locator(".st-key-panel_sla_board tbody tr")).to_have_count(12, timeout=PATIENCE_MS)
        expect(opened.locator(".js-plotly-plot")).to_be_visible(timeout=PATIENCE_MS)
        expect(opened.locator(".wr-tier").first).to_contain_text("anong", timeout=PATIENCE_MS)
        first = opened.locator(".st-key-panel_sla_board tbody tr").first
        number = first.locator("td.number").inner_text()
        first.click()
        expect(opened.locator(".wr-head h1")).to_contain_text(number, timeout=PATIENCE_MS)
        opened.context.close()
    assert lone_console.complaints == []


@slow
def test_a_channel_is_made_and_tried_and_its_address_is_never_seen_again(
    office: Console, other_page: Callable[[], Page]
) -> None:
    lease = Lease(office.state, office.data_dir)
    lease.take()
    with web() as site:
        opened = enter_as(office, other_page(), "wipa")
        opened.goto(f"{office.url}/?screen=notifications")
        opened.get_by_label("Name").fill("ห้อง SOC")
        opened.get_by_label("Address (a secret)").fill(f"json://soc:hunter2secret@127.0.0.1:{site.port}/hook")
        opened.get_by_label("Address (a secret)").blur()
        opened.get_by_role("button", name="Add the channel").click()
        expect(opened.locator(".wr-done")).to_contain_text("was added", timeout=PATIENCE_MS)
        opened.locator(".st-key-panel_channels tbody tr").first.click()
        opened.get_by_role("button", name="Send a test message").click()
        expect(opened.locator(".wr-done")).to_contain_text("on its way", timeout=PATIENCE_MS)
        key = load_key(office.data_dir)
        assert Delivery(office.state, lease, opener(key), Courier("127.0.0.1")).run() == 1
        assert site.got[0]["title"] == "ข้อความทดสอบจากห้องบัญชาการ"
        expect(opened.locator(".wr-table.outbox .sent")).to_have_count(1, timeout=PATIENCE_MS)
        assert "hunter2" not in opened.content()
        opened.get_by_text("Rota", exact=True).click()
        choose(opened.get_by_role("combobox", name="Person"), "anong")
        opened.get_by_text("Repeats weekly").click()
        opened.get_by_role("button", name="Add the turn").click()
        expect(opened.locator(".wr-turn")).to_contain_text("anong", timeout=PATIENCE_MS)
        opened.get_by_text("Targets", exact=True).click()
        field = opened.locator(".st-key-duty_target_critical input").first
        field.fill("20")
        field.press("Enter")
        opened.locator(".st-key-target_save_critical button").click()
        expect(opened.locator(".wr-done")).to_contain_text("Saved", timeout=PATIENCE_MS)
    assert targets_now(office.state)[Severity.CRITICAL].acknowledge == 20 * 60
    assert office.complaints == []


@slow
def test_two_people_hand_a_shift_over_and_it_stays_as_it_was_signed(
    office: Console, other_page: Callable[[], Page]
) -> None:
    goes = enter_as(office, other_page(), "anong", language="th")
    comes = enter_as(office, other_page(), "wipa", language="en")
    for opened in (goes, comes):
        opened.goto(f"{office.url}/?screen=handover")
    notes = "[data-field=notes] textarea"
    goes.locator(notes).press_sequentially("ติดต่อ GDX เรื่อง #3 แล้ว")
    expect(comes.locator(notes)).to_have_value("ติดต่อ GDX เรื่อง #3 แล้ว", timeout=PATIENCE_MS)
    goes.reload()
    expect(goes.locator(notes)).to_have_value("ติดต่อ GDX เรื่อง #3 แล้ว", timeout=PATIENCE_MS)
    goes.get_by_role("button", name="ลงนามในฐานะผู้ส่งมอบ").click()
    expect(goes.locator(".wr-lead")).to_contain_text("ผู้รับมอบต้องเป็นคนอื่น", timeout=PATIENCE_MS)
    expect(goes.get_by_role("button", name="ลงนามในฐานะผู้รับมอบ")).to_have_count(0, timeout=PATIENCE_MS)
    sign = comes.get_by_role("button", name="Sign as who comes")
    sign.click(timeout=PATIENCE_MS)  # it appears by itself
    expect(comes.locator(".wr-paper.signed")).to_contain_text("anong", timeout=PATIENCE_MS)
    expect(comes.locator(".wr-paper.signed em")).to_have_count(0, timeout=PATIENCE_MS)
    expect(comes.locator(notes)).to_have_count(0, timeout=PATIENCE_MS)
    comes.get_by_label("Addendum").fill("it was #4")
    comes.get_by_label("Addendum").blur()
    comes.get_by_role("button", name="Add it").click()
    expect(comes.locator(".wr-paper.signed")).to_contain_text("it was #4", timeout=PATIENCE_MS)
    comes.get_by_placeholder("Words of notes").fill("#3")
    comes.get_by_placeholder("Words of notes").press("Enter")
    expect(comes.locator(".wr-handovers li")).to_have_count(1, timeout=PATIENCE_MS)
    expect(goes.locator(".wr-paper.signed")).to_contain_text("wipa", timeout=PATIENCE_MS)
    comes.goto(f"{comes.url}&print=1")
    expect(comes.locator(".wr-paper").first).to_contain_text("ติดต่อ GDX", timeout=PATIENCE_MS)
    assert office.complaints == []


@slow
def test_what_attackers_write_stays_text_on_every_screen(lone_console: Console, context: BrowserContext) -> None:
    add_people(lone_console.state)
    channel = {"quiet_from": None, "quiet_to": None, "per_minute": 5, "enabled": True, "made_at": 0}
    with lone_console.state.write("incidents") as connection:
        for number, text in enumerate(BY_HAND[:12], 1):
            values = {"title": text, "title_th": text, "assignee": text}
            connection.execute(update(incidents).where(incidents.c.id == number).values(**values))
    lead = actor_named(lone_console.state, "wipa")
    for text in BY_HAND[:4]:
        wanted = Channel(0, text[:60], "", Severity.LOW, None, "en", personal=False, **channel)  # type: ignore[arg-type]
        number = channels.add_channel(
            lone_console.state, lead, load_key(lone_console.data_dir), wanted, "json://room.example/x"
        )
        with lone_console.state.write() as connection:
            key = outbox.put(connection, number, "opened", Severity.HIGH, {"title": text}, 1, incident_id=1)
            outbox.end(connection, [key], "failed", 2, text)
    shift = shift_at(read_shifts("08:00-20:00,20:00-08:00"), now_us())
    number = handing_over.hand_over(lone_console.state, lead, shift, "\n".join(BY_HAND), BY_HAND[0])
    victim = victim_of(lone_console, context)
    token = session_of(lone_console.state, "wipa")
    victim.context.add_cookies([{"name": "warroom_session", "value": token, "url": lone_console.url}])
    places = ("sla", "notifications", f"handover&shift={shift.since}", f"handover&shift={shift_before_of(shift)}")
    for place, waited in zip(places, ("td.left b", ".wr-table.outbox", ".wr-paper.signed", ".wr-paper"), strict=True):
        victim.goto(f"{lone_console.url}/?screen={place}")
        victim.wait_for_selector(waited)
        expect(victim.locator(waited).first).to_be_visible(timeout=PATIENCE_MS)
        if place == "notifications":  # Streamlit's own fields for times have marks of direction in them
            victim.get_by_text("Targets", exact=True).click()
            victim.wait_for_selector(".wr-target")
            expect(victim.get_by_text("Quiet hours")).to_have_count(0, timeout=PATIENCE_MS)
        looked_at(victim, lone_console)
    assert number == 1


def shift_before_of(shift: Shift) -> int:
    return shift_before(read_shifts("08:00-20:00,20:00-08:00"), shift).since
