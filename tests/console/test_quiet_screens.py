"""Suppressing with a look before and an end, and planned work, as a shift lead does it in a real Chromium."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from console.seeding import ATTACKS, add_attack
from making import somebody
from playwright.sync_api import Page, expect

from warroom.incidents import actions, suppressing
from warroom.incidents.grouping import group
from warroom.model import Disposition
from warroom.store import incidents, suppressions
from warroom.store.tables import alerts

if TYPE_CHECKING:
    from console.conftest import Console

pytestmark = pytest.mark.slow

LEAD = somebody("wipa")
SCAN = replace(ATTACKS[0], title="Web scanner", title_th="", kind="address", value="203.0.113.200", minutes_ago=2)


def queue(console: Console) -> set[int]:
    with console.state.read() as connection:
        return {one.id for one in incidents.find(connection)}


def test_suppressing_shows_what_it_would_have_hidden_hides_it_and_ends(console: Console, page: Page) -> None:
    actions.close(console.state, 1, LEAD, Disposition.TRUE_POSITIVE, "it was real")
    with console.state.read() as connection:
        alert = connection.execute(alerts.select().where(alerts.c.incident_id == 1)).first()
        held = incidents.get(connection, 1).alert_count
    assert alert is not None
    console.enter(page, f"?screen=suppressions&alert={alert.id}")
    preview = page.locator(".wr-preview")
    expect(preview).to_contain_text(f"Would have hidden {held} alerts")
    expect(preview).to_contain_text(f"{held} of them were true")
    hide = page.get_by_role("button", name="Hide until")
    expect(hide).to_be_disabled()  # until somebody says that they know
    page.get_by_text(f"I know that {held} of what it hides were true").click()
    page.get_by_label("Reason").fill("scanner of the agency, every night")
    page.get_by_label("Reason").blur()
    expect(hide).to_be_enabled()
    hide.click()
    expect(page.locator(".wr-done")).to_contain_text("Suppressed")
    expect(page.locator(".st-key-panel_suppressions tbody tr")).to_have_count(1)

    before = queue(console)
    with console.state.read() as connection:
        ((one, _, _),) = suppressions.every(connection, 10)
    again = replace(ATTACKS[0], minutes_ago=0)
    with console.state.write() as connection:  # the same rule, the same entity: what the pattern says
        connection.execute(alerts.update().where(alerts.c.incident_id == 1).values(incident_id=None, waiting=True))
    group(console.state, timedelta(hours=1))
    assert queue(console) == before
    assert again.value == ATTACKS[0].value
    page.reload()
    page.locator(".st-key-panel_suppressions tbody tr").click()
    expect(page.locator(".st-key-panel_suppression")).to_contain_text(f"{held} alerts")

    assert suppressing.give_back_expired(console.state, one.expires_at) == {one.id: held}
    group(console.state, timedelta(hours=1))
    assert len(queue(console) - before) == 1
    page.reload()
    expect(page.locator(".st-key-panel_suppressions tbody tr .mark")).to_have_text("expired")


def test_planned_work_is_announced_and_compared(console: Console, page: Page) -> None:
    console.enter(page, "?screen=planned")
    page.get_by_label("What is planned").fill("Yearly penetration test")
    page.get_by_label("Platform").click()
    page.keyboard.type("Tang Rat super")
    page.keyboard.press("Enter")
    page.get_by_role("textbox", name="Sources, one a line").fill("203.0.113.200\n198.51.100.0/28")
    page.get_by_label("Approved by").fill("CISO")
    page.get_by_role("spinbutton", name="hour, Begins at").press_sequentially("00")
    page.get_by_role("button", name="Enter it").click()
    row = page.locator(".st-key-panel_planned tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Yearly penetration test")
    expect(row).to_contain_text("Tang Rat")
    before = queue(console)
    add_attack(console.state, console.data_dir, SCAN, now=datetime.now(UTC), number=60)
    assert queue(console) == before
    row.click()
    expect(page.locator(".wr-verdicts")).to_contain_text("announced sources that never came: 1")
    folded = page.locator(".st-key-panel_window_folded")
    expect(folded).to_contain_text("Web scanner")
    folded.get_by_role("button", name="Cancel it").click()
    page.locator("[data-testid=stPopoverBody]").get_by_label("Why").fill("called off")
    page.locator("[data-testid=stPopoverBody]").get_by_label("Why").blur()
    page.get_by_role("button", name="Cancel, and put all into the queue").click()
    expect(page.locator(".wr-done")).to_contain_text("Cancelled")
    group(console.state, timedelta(hours=1))
    assert len(queue(console) - before) == 1
