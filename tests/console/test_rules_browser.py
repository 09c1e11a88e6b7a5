"""The catalogue in a real browser: hundreds of rules scroll, keys choose, what strangers wrote stays text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from console.admin_seeding import add_people, session_of
from console.choosing import choose
from console.conftest import console_over
from console.rule_seeding import HOSTILE, LOUD, STRANGE, rule, seed_rules, write_detectors
from playwright.sync_api import Page, expect

from warroom.console.cookie import COOKIE

if TYPE_CHECKING:
    from warroom.store.database import State

pytestmark = pytest.mark.slow
MANY = 300


def test_hundreds_of_rules_scroll_keys_choose_and_texts_stay_texts(
    seeded: State, data_dir: Path, tmp_path: Path, page: Page
) -> None:
    detectors = tmp_path / "detectors"
    write_detectors(detectors)
    for number in range(MANY):
        text = rule(f"{number:08d}-0000-4000-9000-000000000000", f"Many {number:03d}", level="low")
        (detectors / "authn" / f"authn_many_{number:03d}.yml").write_text(text, encoding="utf-8")
    add_people(seeded)
    seed_rules(seeded, data_dir, detectors)
    with console_over(seeded, data_dir, tmp_path / "console.log", WARROOM_DETECTORS=str(detectors)) as console:
        token = session_of(seeded, "prometheus")
        page.context.add_cookies([{"name": COOKIE, "value": token, "url": console.url}])
        console.watch(page)
        page.goto(f"{console.url}/?screen=rules")
        rows = page.locator("[role=grid] tbody tr:not(.gap)")
        expect(rows.first).to_be_visible()
        assert rows.count() < MANY / 3
        assert page.locator("[role=grid]").get_attribute("aria-rowcount") == str(MANY + 5)
        scroll = page.locator(".scroll")
        scroll.focus()
        for key in ("j", "j", "k"):
            page.keyboard.press(key)
        expect(page.locator("tr[aria-selected=true]")).to_have_attribute("aria-rowindex", "2")
        scroll.evaluate("(it) => { it.scrollTop = it.scrollHeight; }")
        expect(page.locator(f"tr[aria-rowindex='{MANY + 5}']")).to_be_visible()
        page.get_by_label("Words").fill("alert(1)")
        page.keyboard.press("Enter")
        expect(rows).to_have_count(1)
        expect(rows).to_contain_text(HOSTILE)
        scroll.focus()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        expect(page.locator(".wr-head h1")).to_contain_text(HOSTILE)
        assert f"rule={STRANGE}" in page.url
        # in another language the filters stay what they are
        page.goto(f"{console.url}/?screen=rules&state=waiting")
        expect(rows).to_have_count(1)
        page.click(".langs button[lang=th]")
        expect(rows).to_contain_text("รออนุมัติ")
        choose(page.get_by_role("combobox", name="ขั้น"), "เงา")
        expect(page).to_have_url(f"{console.url}/?screen=rules&stage=shadow&state=waiting")
        page.click(".langs button[lang=en]")
        expect(rows).to_contain_text("Waits for approval")
        page.goto(f"{console.url}/?screen=rules&rule={LOUD}")
        expect(page.locator(".wr-stages .here")).to_contain_text("Production")
        expect(page.locator("pre code")).to_contain_text("เดารหัสผ่านที่ประตู")
        # a machine may have no Thai font of its own: each text in a fixed width names ours
        families = page.locator("code, pre").evaluate_all("all => all.map(one => getComputedStyle(one).fontFamily)")
        assert len(families) > 2
        assert all("Plex Thai" in one for one in families), families
        assert not console.complaints
