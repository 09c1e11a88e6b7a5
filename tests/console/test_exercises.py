"""Two exercises from alert to closed incident, played in a real Chromium by the people of a war room.

With WARROOM_EXAMPLES=docs/examples the papers that come out are kept there, with pictures of their pages.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from console.admin_seeding import CHEAP, OPERATOR, PASSWORD, add_people, session_of
from console.choosing import choose
from console.conftest import console_over
from console.seeding import Attack, add_attack, fresh_state, seed
from playwright.sync_api import Page, expect

from warroom.access import Role, accounts
from warroom.catalog.forms import load_forms
from warroom.console.cookie import COOKIE
from warroom.console.texts import words
from warroom.respond.board import board, breach_register
from warroom.settings import ROOT
from warroom.store import accounts as account_rows
from warroom.store import incidents, shared_drafts
from warroom.store.database import State, now_us
from warroom.store.printed import load_printed
from warroom.store.views.annual import kor3_counts
from warroom.store.views.documents import documents_of
from warroom.store.views.response import response

if TYPE_CHECKING:
    from console.conftest import Console
    from playwright.sync_api import Browser

# Minutes of a browser each: with the other long campaigns, alone on the machine.
pytestmark = [pytest.mark.soak, pytest.mark.timeout(600)]

BREACH = Attack(
    "Bulk export of citizens through the API",
    "ส่งออกข้อมูลประชาชนจำนวนมากผ่าน API",
    "critical",
    "gdx",
    "tang_rat_api",
    "address",
    "203.0.113.77",
    ("attack.t1567", "attack.t1213"),
    4,
    20,
    '{{"ts":"2026-11-22T09:0{n}:00Z","client_id":"agency-77","api":"/v1/citizens","status":200,"records_returned":50000}}',
)
FLOOD = Attack(
    "HTTP flood on registration day",
    "ระดมคำขอ HTTP วันลงทะเบียน",
    "critical",
    "digital_wallet_reg",
    "wallet_registration",
    "address",
    "198.51.100.200",
    ("attack.t1499", "attack.t1498"),
    6,
    15,
    '198.51.100.200 - - [22/Nov/2026:09:0{n}:00 +0700] "POST /register HTTP/1.1" 503 312',
)
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


@pytest.fixture(scope="module")
def war_room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    folder = tmp_path_factory.mktemp("exercise")
    with fresh_state(folder / "data") as state:
        seed(state, folder / "data")
        add_people(state)
        somsri = accounts.Newcomer("somsri", frozenset({Role.LIAISON}), "สมศรี ผู้ประสานงาน", None, password=PASSWORD)
        made = accounts.create(state, OPERATOR, somsri, datetime.now(UTC), hashing=CHEAP)
        with state.write() as connection:
            account_rows.change(connection, made.id, must_change_password=False)
        for number, attack in ((90, BREACH), (91, FLOOD)):
            add_attack(state, folder / "data", attack, now=datetime.now(UTC), number=number)
        with console_over(state, folder / "data", folder / "console.log") as running:
            yield running


@pytest.fixture
def desk(war_room: Console, chromium: Browser) -> Iterator[object]:
    opened = []

    def sit(name: str, incident: int) -> Desk:
        context = chromium.new_context(viewport={"width": 1920, "height": 1080})
        opened.append(context)
        token = session_of(war_room.state, name)
        context.add_cookies([{"name": COOKIE, "value": token, "url": war_room.url}])
        page = context.new_page()
        page.set_default_timeout(30_000)
        war_room.watch(page)
        return Desk(war_room, page, incident)

    yield sit
    for context in opened:
        context.close()


def number_of(state: State, title: str) -> int:
    with state.read() as connection:
        return max(one.id for one in incidents.find(connection, statuses=(), limit=50) if one.title == title)


def open_clocks(state: State, incident: int) -> set[str]:
    return {row.state.clock.id for row in board(state, now_us()).running if row.incident.id == incident}


def soon(state: State, incident: int, wanted: Callable[[set[str]], bool]) -> bool:
    """Whether an incident's clocks come to be as wanted: a message of before may stand while the next is done."""
    for _ in range(100):
        if wanted(open_clocks(state, incident)):
            return True
        time.sleep(0.1)
    return False


def keep(war_room: Console, incident: int, name: str, tmp_path: Path) -> None:
    """Keep the newest version of each form where somebody asked for it, with pictures of its pages."""
    folder = os.environ.get("WARROOM_EXAMPLES")
    for shown in documents_of(war_room.state, incident).documents:
        version, form = shown.versions[0].version, shown.document.form
        pdf = load_printed(war_room.data_dir, version.pdf_sha256)
        docx = load_printed(war_room.data_dir, version.docx_sha256)
        assert pdf.startswith(b"%PDF")
        assert docx.startswith(b"PK")
        if folder:
            place = ROOT / folder / f"{name}-{form}"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.with_suffix(".pdf").write_bytes(pdf)
            place.with_suffix(".docx").write_bytes(docx)
            picture(place.with_suffix(".pdf"), place)
            word = tmp_path / place.name
            command = [
                "soffice",
                "--headless",
                f"-env:UserInstallation=file://{tmp_path}/profile",
                "--convert-to",
                "pdf",
            ]
            subprocess.run(
                [*command, "--outdir", str(tmp_path), str(place.with_suffix(".docx"))], check=True, timeout=120
            )
            picture(word.with_suffix(".pdf"), place.with_name(f"{place.name}-word"))


def picture(pdf: Path, to: Path) -> None:
    """Draw the pages of a PDF as pictures beside it."""
    subprocess.run(["pdftoppm", "-png", "-r", "72", str(pdf), str(to)], check=True, timeout=120)


def test_a_data_breach_from_alert_to_closed_incident(
    war_room: Console, desk: Callable[[str, int], Desk], tmp_path: Path
) -> None:
    number = number_of(war_room.state, BREACH.title)
    anong, wipa, dpo, somchai = (desk(name, number) for name in ("anong", "wipa", "dpo", "somchai"))
    anong.page.goto(war_room.url)
    anong.page.get_by_text(BREACH.title).first.click()
    anong.press("act_acknowledge")
    anong.follow("personal_data_breach")
    anong.answer("credible", "yes")
    assert soon(war_room.state, number, lambda open_: {"PDPC_72H", "NCSA_K2_24H"} <= open_)
    wipa.introduce()
    for clock in ("NCSA_K1", "NCSA_K2_24H", "NCSA_CLOSE"):
        wipa.rule(clock, "not_applicable", "no system was degraded: our lawyer sees no cyber threat under section 3")

    dpo.part("assessment")
    dpo.fill({"types": "C", "subjects_how": "estimate", "subjects_count": "200000", "triggers": "identity_document"})
    dpo.fill({f"f{factor}": score for factor, score in zip(range(1, 9), "32322232", strict=True)})
    dpo.fill({"decision": "high", "reason": "citizen numbers of 200,000 people were read and can be misused"})
    dpo.press("risk_do")
    dpo.done()
    assert soon(war_room.state, number, lambda open_: "SUBJECT_NOTICE" in open_)

    notice = {
        "breach_nature": "ไคลเอนต์ของหน่วยงานหนึ่งดึงข้อมูลประชาชนผ่าน API เกินวัตถุประสงค์ในเวลากลางคืน",
        "cause": "unauthorised",
        "actor_origin": "third_party",
        "subject_categories": "ประชาชนผู้ลงทะเบียนรับบริการ",
        "record_categories": "ชื่อ เลขประจำตัวประชาชน ที่อยู่",
        "effects": "อาจถูกแอบอ้างตัวตนหรือถูกหลอกลวงทางโทรศัพท์",
        "measures_taken": "เพิกถอนสิทธิ์ไคลเอนต์ เปลี่ยนกุญแจ และเก็บล็อกไว้เป็นหลักฐาน",
        "measures_planned": "จำกัดจำนวนรายการต่อคำขอ และแจ้งเจ้าของข้อมูล",
    }
    anong.write("pdpc_notification", notice, "complete", letter=True)
    wipa.sign("pdpc_notification", "verified")
    dpo.sign("pdpc_notification", "approved")
    somchai.record("PDPC_72H", "สคส.", "สคส 0101/2569")
    letter = {
        "nature": "มีผู้ดึงข้อมูลของท่านจากระบบแลกเปลี่ยนข้อมูลโดยไม่ได้รับอนุญาต",
        "contact": "นางสาวดวงพร รักษาข้อมูล โทร. 02 555 0199",
        "effects": "ข้อมูลอาจถูกใช้แอบอ้างตัวตน",
        "remedy": "เปิดสายด่วนช่วยเหลือ และรับผิดชอบค่าใช้จ่ายในการแจ้งความและออกบัตรใหม่",
        "measures": "ปิดช่องทางที่รั่วไหลแล้ว",
        "advice": "อย่าให้รหัส OTP แก่ผู้ใด และตรวจสอบบัญชีของท่าน",
        "channel": "individual_letter",
    }
    anong.write("subject_notice", letter, "complete", letter=True)
    wipa.sign("subject_notice", "verified")
    dpo.sign("subject_notice", "approved")
    somchai.record("SUBJECT_NOTICE", "เจ้าของข้อมูล 200,000 คน", "ปณ 77/2569")
    assert soon(war_room.state, number, lambda open_: open_ == set())
    wipa.close()
    expect(wipa.page.locator(".wr-head .status")).to_have_text("Closed")
    (row,) = [one for one in breach_register(war_room.state, now_us()).rows if one.incident.id == number]
    assert row.bucket == "under_24"
    keep(war_room, number, "breach", tmp_path)
    assert war_room.complaints == []


def test_a_flood_on_registration_day_from_alert_to_the_yearly_count(
    war_room: Console, desk: Callable[[str, int], Desk], tmp_path: Path
) -> None:
    number = number_of(war_room.state, FLOOD.title)
    anong, wipa, liaison = (desk(name, number) for name in ("anong", "wipa", "somsri"))
    anong.page.goto(war_room.url)
    anong.page.get_by_text(FLOOD.title).first.click()
    anong.press("act_acknowledge")
    anong.classify("7", "undetermined")
    anong.follow("ddos_registration_day")
    anong.answer("nature", "attack")
    assert soon(war_room.state, number, lambda open_: open_ == {"NCSA_K1", "NCSA_K2_24H"})
    wipa.introduce()
    known = {"core_mission": "yes", "threat_level": "undetermined", "continuity": "new"}
    anong.write("ncsa_k1", known | {"categories": "7"}, "complete", letter=True)
    wipa.sign("ncsa_k1", "verified")
    liaison.sign("ncsa_k1", "approved")
    liaison.record("NCSA_K1", "สกมช.", "สกมช 55/2569")
    anong.write("ncsa_k2", {"situation": "containing"}, "partial")
    wipa.sign("ncsa_k2", "verified")
    liaison.sign("ncsa_k2", "approved")
    liaison.record("NCSA_K2_24H", "สกมช.", "สกมช 56/2569", partial=True)
    assert soon(war_room.state, number, lambda open_: open_ == {"NCSA_UPDATE"})
    more = {
        "regulator_notified": "not_yet",
        "service": "หน้าลงทะเบียนดิจิทัลวอลเล็ต",
        "actions": "logs_checked",
        "origin": "เครือข่ายบอตจากต่างประเทศ",
        "people_affected": "45000",
        "symptoms": "sym05,sym17",
        "remediation": "เปิดระบบป้องกัน DDoS ที่ขอบเครือข่าย และจำกัดอัตราคำขอต่อเซสชัน",
        "recovery_forecast": "บริการกลับสู่ปกติแล้ว",
    }
    anong.write("ncsa_k2", more, "complete")
    wipa.sign("ncsa_k2", "verified")
    liaison.sign("ncsa_k2", "approved")
    liaison.record("NCSA_UPDATE", "สกมช.", "สกมช 57/2569")
    wipa.ended()
    assert soon(war_room.state, number, lambda open_: "NCSA_CLOSE" in open_)
    lessons = {"prevent": "ซ้อมรับมือก่อนวันลงทะเบียนทุกครั้ง", "lessons": "ต้องขยายคิวก่อนเวลาเปิด"}
    anong.write("ncsa_k2", lessons, "closure")
    wipa.sign("ncsa_k2", "verified")
    liaison.sign("ncsa_k2", "approved")
    liaison.record("NCSA_CLOSE", "สกมช.", "สกมช 60/2569")
    wipa.close()
    expect(wipa.page.locator(".wr-head .status")).to_have_text("Closed")
    assert kor3_counts(war_room.state, datetime.now(UTC).year).by_category["7"] == 1
    keep(war_room, number, "flood", tmp_path)
    assert war_room.complaints == []
