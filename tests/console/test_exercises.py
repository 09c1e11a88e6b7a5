"""Two exercises from alert to closed incident, played in a real Chromium by the people of a war room.

With WARROOM_EXAMPLES=docs/examples the papers that come out are kept there, with pictures of their pages.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from console.admin_seeding import CHEAP, OPERATOR, PASSWORD, add_people, session_of
from console.conftest import console_over
from console.exercising import Desk
from console.seeding import Attack, add_attack, fresh_state, seed
from playwright.sync_api import expect

from warroom.access import Role, accounts
from warroom.console.cookie import COOKIE
from warroom.respond.board import board, breach_register
from warroom.settings import ROOT
from warroom.store import accounts as account_rows
from warroom.store import incidents
from warroom.store.database import State, now_us
from warroom.store.printed import load_printed
from warroom.store.views.annual import kor3_counts
from warroom.store.views.documents import documents_of

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
