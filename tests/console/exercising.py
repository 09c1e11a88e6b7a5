"""People at a screen of their own, who play an incident to its end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from console.choosing import choose
from playwright.sync_api import Page, expect

from warroom.catalog.forms import load_forms
from warroom.console.texts import words
from warroom.store import shared_drafts
from warroom.store.views.response import response

if TYPE_CHECKING:
    from console.conftest import Console


AGENCY = {
    "address": "ชั้น 17 อาคารบางกอกไทยทาวเวอร์ ถนนรางน้ำ กรุงเทพฯ",
    "mission": "การแลกเปลี่ยนข้อมูลภาครัฐ",
    "contact_name": "วิภา หัวหน้ากะ",
    "contact_position": "หัวหน้ากะศูนย์ปฏิบัติการ",
    "contact_email": "soc@agency.example",
    "contact_phone": "02 555 0100",
    "dpo_name": "นางสาวดวงพร รักษาข้อมูล",
    "dpo_address": "สำนักงาน ชั้น 17",
    "dpo_channel": "dpo@agency.example โทร. 02 555 0199",
}

KINDS = {kind: words("en")(f"paper_kind.{kind}") for kind in ("partial", "complete", "update", "closure")}


@dataclass
class Desk:
    """A person at a screen of their own."""

    console: Console
    page: Page
    incident: int

    def part(self, name: str) -> None:
        self.page.goto(f"{self.console.url}/?incident={self.incident}&part={name}")
        expect(self.page.locator(".st-key-incident_part")).to_be_visible()

    def press(self, key: str) -> None:
        self.page.locator(f".st-key-{key} button").first.click()

    def fill(self, answers: Mapping[str, str], where: str = "") -> None:
        """Fill fields in that are on the screen, and wait until each is kept."""
        for name, text in answers.items():
            row = self.page.locator(f'{where} [data-field="{name}"]').first
            expect(row).to_be_visible()
            boxes = row.locator("input[type=checkbox]")
            chooser = row.locator("select")
            if boxes.count():
                wanted = [row.locator(f'input[type=checkbox][value="{value}"]') for value in text.split(",")]
                if not all(one.is_checked() for one in wanted):
                    for one in wanted:
                        one.check()
                    self.wait_for(name, text)
                continue
            box = chooser if chooser.count() else row.locator("input, textarea").first
            if box.input_value() == text:
                continue
            if chooser.count():
                box.select_option(text)
            else:
                box.fill(text)
            self.wait_for(name, text)

    def wait_for(self, name: str, text: str) -> None:
        """Wait until a draft of the incident holds what was typed."""
        for _ in range(150):
            drafts = shared_drafts.begun(self.console.state, f"incident/{self.incident}/", limit=200)
            typed = [draft.fields[name].text for draft in drafts if name in draft.fields]
            if any(text == one or set(text.split(",")) <= set(one.split(",")) for one in typed):
                return
            self.page.wait_for_timeout(100)
        pytest.fail(f"{name}: {text!r} was not kept")

    def done(self) -> None:
        """Wait until an action is told as done; what was refused fails here with its reason."""
        told = self.page.locator(".wr-done, .wr-warning[role=status]").first
        expect(told).to_be_visible()
        assert "wr-done" in (told.get_attribute("class") or ""), told.inner_text()

    # -- what people do -----------------------------------------------------------------------------------

    def follow(self, playbook: str) -> None:
        self.part("playbook")
        self.press(f"playbook_start_{playbook}")
        expect(self.page.locator(".st-key-panel_playbook")).to_be_visible()

    def answer(self, question: str, answer: str) -> None:
        self.press(f"playbook_answer_{question}_{answer}")
        self.done()

    def introduce(self) -> None:
        """Enter who answers for the agency."""
        view = response(self.console.state, self.incident)
        assert view is not None
        agency = view.present[0].agency
        self.part("law")
        self.task("Controllers", "law_controller_do")
        self.choose("[class*=st-key-law_controller_which]", agency)
        named = self.page.locator('[data-field="agency"] input')
        expect(named).to_have_count(1)  # the empty form of a new one is gone
        expect(named).to_have_value(agency)
        self.fill(AGENCY | {"why": "from the register of contacts"})
        self.press("law_controller_do")
        self.done()

    def task(self, name: str, button: str) -> None:
        """Open one of the forms of the law part; ``button`` is the one that does it."""
        self.page.locator(f".st-key-law_task_{self.incident} button", has_text=name).first.click()
        expect(self.page.locator(f".st-key-{button} button")).to_be_visible()

    def rule(self, clock: str, ruling: str, reason: str) -> None:
        self.part("law")
        self.task("Rule a clock", "law_ruling_do")
        self.fill({"clock": clock, "ruling": ruling, "reason": reason})
        self.press("law_ruling_do")
        self.done()

    def choose(self, where: str, name: str) -> None:
        """Choose an entry of a box."""
        choose(self.page.locator(where).get_by_role("combobox"), name)

    def open_form(self, form: str) -> None:
        self.part("documents")
        self.page.locator(f'.st-key-paper_listing [data-id^="{form}"]').click()

    def write(self, form: str, answers: Mapping[str, str], kind: str, *, letter: bool = False) -> None:
        """Fill a form in, look at its pages, and make a version."""
        self.open_form(form)
        sections = self.page.locator(f"[class*=st-key-paper_section_incident-{self.incident}-paper-{form}-] button")
        expect(sections.first).to_be_visible()
        parts = load_forms()[form]
        for number, section in enumerate(parts.sections):
            own = {field.key: answers[field.key] for field in parts.part(section.id) if field.key in answers}
            if own:
                sections.nth(number).click()
                self.page.wait_for_timeout(2_500)  # the page has drawn itself anew
                self.fill(own)
        self.choose(f"[class*=st-key-paper_kind_{self.incident}_{form}-]", KINDS[kind])
        if letter:
            self.page.locator(f"[class*=st-key-paper_letter_{self.incident}_{form}-]").click()
        self.press("paper_preview")
        self.done()
        expect(self.page.locator(".st-key-paper_pages img").first).to_be_visible()
        self.press("paper_make")
        expect(self.page.locator(".wr-done")).to_contain_text(words("en")("paper.made"))

    def sign(self, form: str, step: str) -> None:
        self.open_form(form)
        self.press(f"paper_sign_do_{step}")
        self.done()

    def record(self, clock: str, recipient: str, reference: str, *, partial: bool = False) -> None:
        """Record that something was sent."""
        self.part("law")
        self.task("Record a sending", "law_sending_do")
        self.fill(
            {
                "clock": clock,
                "sent_at": in_bangkok(),
                "channel": "email",
                "recipient": recipient,
                "reference": reference,
                "partial": "partial" if partial else "complete",
            }
        )
        self.press("law_sending_do")
        self.done()

    def classify(self, category: str, level: str) -> None:
        """Decide the category and level of the threat."""
        self.part("work")
        self.page.get_by_role("button", name=words("en")("ncsa.decide")).click()
        expect(self.page.locator(".st-key-ncsa_do button")).to_be_visible()
        decision = {"categories": category, "level": level, "reason": "a flood from a network of bots"}
        self.fill(decision, "[data-testid=stPopoverBody]")
        self.press("ncsa_do")
        self.done()

    def ended(self) -> None:
        self.part("law")
        self.task("Moments", "law_moment_do")
        self.fill({"name": "ended_at", "at": in_bangkok(), "reason": "no request of the attack for an hour"})
        self.press("law_moment_do")
        self.done()

    def close(self) -> None:
        """Close the response in law, then the incident."""
        self.part("law")
        self.task("Close", "law_close_do")
        self.fill({"reason": "everything was sent, the restoration is verified"})
        self.press("law_close_do")
        self.done()
        self.part("work")
        self.page.locator(".st-key-panel_act textarea").first.fill("answered in law, restored, lessons noted")
        self.choose(".st-key-act_disposition", "True positive")
        self.press("act_close")


def in_bangkok() -> str:
    return (datetime.now(UTC) + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M")
