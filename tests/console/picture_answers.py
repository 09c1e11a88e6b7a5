"""What a shift answers in law: clocks, a playbook that is followed, forms, packs and the register of contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from console.duty_seeding import HOUR
from console.law_seeding import answer_incidents, controller_of

from warroom.catalog.forms import load_forms
from warroom.catalog.playbooks import load_playbooks
from warroom.report import contacts, exporting
from warroom.report.clearance import Wanted as Export
from warroom.report.documents import Wanted, make_version, sign
from warroom.report.filling import fill
from warroom.report.marking import Tlp
from warroom.respond import playing
from warroom.settings import ROOT
from warroom.store import shared_drafts
from warroom.store.contacts import Told
from warroom.store.database import now_us
from warroom.store.views.casefile import casefile

if TYPE_CHECKING:
    from pathlib import Path

    from warroom.access import Actor
    from warroom.store.database import State

_MINUTE: Final = 60_000_000
_KYC: Final = "kyc_fraud"


def add_answers(state: State, folder: Path, lead: Actor, analyst: Actor, first: int) -> None:
    """Answer the shift's first four incidents in law; the second one has a part of everything."""
    answer_incidents(state, first)
    number = first + 1
    _follow(state, number, lead)
    _assess(state, number, lead)
    known = casefile(state, number)
    assert known is not None
    agency = controller_of(state, number)
    told = fill(load_forms()["ncsa_k2"], known, controller_id=agency, now=now_us()).answers
    made = make_version(state, folder, analyst, Wanted("ncsa_k2", told, "partial", number, agency))
    sign(state, lead, made.version_id, "verified", "ตรวจกับบันทึกเหตุการณ์แล้ว")
    ncsa = _register(state, lead)
    exporting.export_case(state, folder, number, lead, Export(("json", "stix"), Tlp.AMBER, contact_id=ncsa))


def _follow(state: State, number: int, lead: Actor) -> None:
    playbook = load_playbooks(ROOT / "playbooks")[0][_KYC]
    run = playing.start(state, number, lead, playbook, "อุปกรณ์เดียวพิสูจน์ตัวตนหลายคน")
    question = next(iter(playbook.questions))
    playing.answer(state, run, lead, question.id, question.answers[0], "ตรวจจากบันทึก KYC แล้ว")
    first, second, *_ = [task for task in playbook.tasks if not task.when and task.owner != "dpo"]
    playing.finish(state, run, lead, first.id, "12 ราย จากอุปกรณ์ emu-4471-a9c2")
    playing.skip(state, run, lead, second.id, "ผู้ให้บริการทำให้แล้วก่อนรับแจ้ง")


def _assess(state: State, number: int, lead: Actor) -> None:
    place = f"incident/{number}/assessment/{controller_of(state, number)}"
    for part, fields in {
        "facts": {"types": "C", "subjects_how": "number", "subjects_count": "120,000"},
        "factors": {"f1": "3", "f1_text": "ภาพใบหน้าและเลขบัตรประชาชน"},
        "enisa": {
            "context_sensitive": "sensitive_plain",
            "identification": "maximum",
            "circumstance_malice": "m_intent",
        },
    }.items():
        for name, text in fields.items():
            shared_drafts.save(state, f"{place}/{part}", name, text, 0, lead.name, now_us())


def _register(state: State, lead: Actor) -> int:
    ncsa = Told(
        "ncsa", "สกมช. (ThaiCERT)", name="ศูนย์ประสานการรักษาความมั่นคงปลอดภัย", email="soc@ncsa.example", phone="02-000-0000"
    )
    number = contacts.add_contact(state, lead, ncsa)
    for told in (
        Told("dpo", "สพร.", name="คุณสมศรี รักดี", position="DPO", email="dpo@dga.example", phone="02-000-0001"),
        Told("processor", "บริษัท ผู้รับจ้างดูแลระบบ จำกัด", name="คุณวิชัย", phone="081-000-0002", platforms=("tang_rat_kyc",)),
        Told("agency", "กรมการปกครอง", name="ห้องเวร", phone="02-000-0003", cii=True),
    ):
        contacts.add_contact(state, lead, told)
    at = now_us()
    contacts.enter_drill(state, lead, number, at - 2 * HOUR, at - 2 * HOUR + 5 * _MINUTE, "ห้องเวรรับสาย")
    return number
