"""The playbook of an incident, its forms and letters, the export centre and the contact register, as screens."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest
from console.admin_seeding import actor_named, session_of
from console.entering import Enter
from console.test_cases_screens import HIDING, TRICKS, everything
from console.test_screens import opened, page
from filled_forms import AT, one_answer
from making import somebody
from starlette.applications import Starlette

from warroom.access.session_policy import STANDARD, Proof
from warroom.catalog.answers import AnswerError
from warroom.catalog.forms import FormField, load_forms
from warroom.catalog.playbook_parts import Playbook
from warroom.catalog.playbooks import load_playbooks
from warroom.console import document_route
from warroom.console.form_inputs import answer_of, inputs_of, other_of
from warroom.console.playbook_tasks import opened_by
from warroom.console.texts import words
from warroom.report import contacts
from warroom.report.documents import Wanted, make_version
from warroom.settings import ROOT
from warroom.store import exports, shared_drafts
from warroom.store.contacts import Told
from warroom.store.database import State, now_us
from warroom.store.evidence_files import EvidenceFile
from warroom.store.views import playbook as playbook_views
from warroom.store.views.contacts import register
from warroom.store.views.documents import documents_of

# Streamlit asks for the session's context, which its own test runner has not got.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

LEAD = somebody("somchai")
FIELDS = [
    (form.id, field)
    for form in load_forms().values()
    for field in (*form.fields, *form.head)
    if form.scope == "incident"
]
FILE = EvidenceFile(3, 1, "0" * 64, 5, "ทดสอบ", "txt", "", AT, "anong")


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_field_of_every_form_is_on_the_screen_and_gives_its_answer_back(language: str) -> None:
    assert len([form for form, _ in FIELDS if form == "ncsa_k2"]) >= 49
    for form, field in FIELDS:
        answer = one_answer(field, "ทดสอบ")
        inputs = inputs_of(words(language), field, answer, "อื่น", [FILE], "source")
        told = {one.name: one.start for one in inputs}
        assert answer_of(field, told, [FILE]) == answer, (form, field.key)
        assert other_of(field, told) == ("อื่น" if field.other_key else "")
        assert all(one.label.strip() for one in inputs)
        assert answer_of(field, dict.fromkeys(told, ""), [FILE]) is None, (form, field.key)
        assert len({one.name for one in inputs}) == len(inputs)


def test_what_is_typed_and_is_no_answer_is_refused_by_its_field() -> None:
    by_type: dict[str, FormField] = {field.type: field for _, field in FIELDS}
    for kind, wrong in (("email", "nobody"), ("int", "three"), ("money", "1,2,3.4567"), ("timeline", "no time")):
        with pytest.raises(AnswerError):
            answer_of(by_type[kind], {by_type[kind].key: wrong}, [])
    with pytest.raises(AnswerError):
        answer_of(by_type["datetime"], {by_type["datetime"].key: "tomorrow"}, [])
    unknown = next(field for _, field in FIELDS if field.type == "datetime_or_unknown")
    assert answer_of(unknown, {unknown.key: "", f"{unknown.key}.unknown": "unknown"}, []) == "unknown"


def test_a_section_fits_into_what_is_kept_of_a_form() -> None:
    for form in load_forms().values():
        for section in form.sections:
            count = sum(len(inputs_of(words("en"), field, None, "", [])) for field in form.part(section.id))
            assert count <= shared_drafts.MOST_FIELDS, (form.id, section.id)


def test_what_was_filled_in_and_is_taken_out_stays_out(state: State) -> None:
    place = "incident/1/paper/x/a"
    assert shared_drafts.save(state, place, "service", "", 0, "anong", now_us()).version == 0
    assert not shared_drafts.load(state, place)
    kept = shared_drafts.save(state, place, "service", "", 0, "anong", now_us(), taken_out=True)
    assert (kept.text, kept.version) == ("", 1)
    assert shared_drafts.load(state, place)["service"].text == ""


def _run_of(state: State, incident: int) -> playbook_views.RunView:
    found = playbook_views.runs(state, incident)
    assert found
    return found[-1]


def test_a_playbook_is_proposed_started_answered_and_ticked_off(
    seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(data_dir, monkeypatch, incident="1", part="playbook")
    assert "Proposed because:" in page(app)
    app.button(key="playbook_start_account_takeover").click().run()
    assert 'role="progressbar"' in page(app)
    run = _run_of(seeded, 1)
    assert (run.run.playbook, run.run.started_by) == ("account_takeover", "operator")
    assert run.run.sha256[:12] in page(app)
    question = next(iter(_library("account_takeover").questions))
    answer = question.answers[0]
    app.session_state[f"playbook_chosen_{run.run.id}"] = question.id
    app.run()
    for opens in opened_by(_library("account_takeover"), question.id, answer):
        assert opens.en.split("'")[0][:30] in page(app)
    app.button(key=f"playbook_answer_{question.id}_{answer}").click().run()
    assert _run_of(seeded, 1).entries[-1].value == answer
    task = next(one for one in _library("account_takeover").tasks if not one.when and one.owner != "dpo")
    app.session_state[f"playbook_chosen_{run.run.id}"] = task.id
    app.run()
    shared_drafts.save(seeded, f"incident/1/playbook/{run.run.id}/{task.id}", "note", TRICKS, 0, "anong", now_us())
    app.button(key="playbook_skip").click().run()
    assert _run_of(seeded, 1).entries[-1].kind == "skipped"
    shown = everything(app.run())
    assert not set(shown) & set(HIDING)
    assert "<img src=x" not in page(app)
    assert "&lt;img src=x onerror=alert(1)&gt;" in page(app)


def _library(name: str) -> Playbook:
    return load_playbooks(ROOT / "playbooks")[0][name]


def test_a_form_is_filled_looked_at_and_becomes_a_version(
    seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(data_dir, monkeypatch, incident="3", part="documents", form="ncsa_k2")
    assert "fields empty" in page(app)
    place = "incident/3/paper/ncsa_k2.0/ข"
    shared_drafts.save(seeded, place, "service", TRICKS, 0, "anong", now_us())
    app.run()
    app.button(key="paper_preview").click().run()
    assert "These are the pages" in page(app)
    assert app.session_state["paper_pages"][1][0].startswith(b"\x89PNG")
    app.button(key="paper_make").click().run()
    assert "The version is made" in page(app)
    (made,) = documents_of(seeded, 3).documents
    assert made.document.form == "ncsa_k2"
    assert made.versions[0].version.answers["service"].startswith("<img src=x")
    assert not shared_drafts.load(seeded, place)
    assert made.versions[0].version.pdf_sha256[:16] in page(app)
    assert "does not verify it" in page(app)  # who made it is who looks
    assert "<img src=x" not in page(app)


def test_what_is_no_answer_is_said_and_makes_no_version(
    seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared_drafts.save(seeded, "incident/3/paper/ncsa_k2.0/ก", "contact_email", "nobody", 0, "anong", now_us())
    app = opened(data_dir, monkeypatch, incident="3", part="documents", form="ncsa_k2")
    assert "no e-mail address" in page(app)
    app.button(key="paper_make").click().run()
    assert "correct the 1 fields" in page(app)
    assert not documents_of(seeded, 3).documents


def test_somebody_else_verifies_a_version(seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_version(seeded, data_dir, LEAD, Wanted("ncsa_k2", {}, "partial", 3))
    app = opened(data_dir, monkeypatch, incident="3", part="documents", form="ncsa_k2")
    app.button(key="paper_sign_do_verified").click().run()
    assert documents_of(seeded, 3).documents[0].versions[0].signed("verified") is not None


def test_a_pack_is_made_kept_on_record_and_compared_with_later(
    seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(data_dir, monkeypatch, incident="3", part="sharing")
    assert "Nothing is sent by itself" in page(app)
    assert "This is the first sending" in page(app)
    app.button(key="share_make").click().run()
    assert "incident-3.zip" in page(app)
    with seeded.read() as connection:
        (left,), _ = exports.of_incident(connection, 3)
    assert left.masked
    assert left.sha256 in page(app)
    assert "compared with the last pack" in page(app)
    app.button(key="share_done").click().run()
    assert "Ready to download" not in page(app)


def test_the_register_of_contacts(seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(data_dir, monkeypatch, screen="contacts")
    assert "Nobody is in the register yet" in page(app)
    number = contacts.add_contact(seeded, LEAD, Told("ncsa", TRICKS, phone="02-000-0000", cii=True))
    contacts.enter_drill(seeded, LEAD, number, now_us() - 7_200_000_000, now_us() - 6_900_000_000, TRICKS)
    app = opened(data_dir, monkeypatch, screen="contacts", contact=str(number))
    shown = everything(app)
    assert "in 5 min" in shown
    assert not set(shown) & set(HIDING)
    assert "<img src=x" not in page(app)
    before = register(seeded, now=now_us(), stale_days=90).rows[0].contact.checked_at
    app.button(key="contact_check").click().run()
    assert register(seeded, now=now_us(), stale_days=90).rows[0].contact.checked_at > before
    app.button(key="remove_contact_do").click().run()
    assert not register(seeded, now=now_us(), stale_days=90).total


def test_the_forms_are_for_who_may(enter: Enter) -> None:
    sharing = enter("prometheus", incident="3", part="sharing")
    assert "share_make" not in [one.key for one in sharing.button]
    papers = enter("prometheus", incident="3", part="documents")
    assert "paper_make" not in [one.key for one in papers.button]
    playbook = enter("dpo", incident="1", part="playbook")
    assert not [one.key for one in playbook.button if one.key and one.key.startswith("playbook_start")]
    listed = enter("prometheus", screen="contacts")
    assert "contact_add" not in [one.key for one in listed.button]


def test_a_printed_document_is_an_attachment_for_who_prepares_reports(staff: State, data_dir: Path) -> None:
    made = make_version(staff, data_dir, actor_named(staff, "wipa"), Wanted("ncsa_k2", {}, "partial", 3))
    served = Starlette(routes=[document_route.route(staff, data_dir, STANDARD)])
    address = f"/document/{made.version_id}"

    def asked(path: str, name: str = "") -> httpx.Response:
        async def ask() -> httpx.Response:
            told = {"warroom_session": session_of(staff, name, proof=Proof.TWO_FACTORS)} if name else {}
            transport = httpx.ASGITransport(app=served)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", cookies=told) as client:
                return await client.get(path)

        return asyncio.run(ask())

    assert asked(f"{address}/pdf").status_code == 401
    assert asked(f"{address}/pdf", "prometheus").status_code == 403
    answer = asked(f"{address}/pdf", "wipa")
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["content-security-policy"]
    assert asked(f"{address}/docx", "wipa").content.startswith(b"PK")
    for wrong in ("/document/999/pdf", f"{address}/html", "/document/x/pdf", f"/document/{'9' * 30}/pdf"):
        assert asked(wrong, "wipa").status_code == 404
