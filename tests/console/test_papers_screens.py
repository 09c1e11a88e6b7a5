"""The playbook of an incident, its forms and letters, the export centre and the contact register, as screens."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import httpx
import pytest
from console.admin_seeding import actor_named, session_of
from console.entering import Enter, entries
from console.law_seeding import answer_incidents, controller_of
from console.test_cases_screens import HIDING, TRICKS, everything
from console.test_screens import opened, page
from filled_forms import AT, answered, one_answer
from making import somebody
from report.test_forms import FIELDS as COUNTED
from starlette.applications import Starlette
from streamlit.testing.v1 import AppTest

from warroom.access.session_policy import STANDARD, Proof
from warroom.catalog.answers import AnswerError
from warroom.catalog.forms import Form, FormField, load_forms
from warroom.catalog.playbook_parts import Playbook
from warroom.catalog.playbooks import load_playbooks
from warroom.console import document_route
from warroom.console.document_base import Base
from warroom.console.form_filling import Filling, sheet_of
from warroom.console.form_inputs import answer_of, inputs_of, other_of
from warroom.console.playbook_tasks import opened_by
from warroom.console.texts import words
from warroom.incidents.tagging import tag
from warroom.report import contacts
from warroom.report.documents import Wanted, make_version
from warroom.settings import ROOT
from warroom.store import exports, shared_drafts
from warroom.store.audit import AuditAction
from warroom.store.contacts import Told
from warroom.store.database import State, now_us
from warroom.store.evidence_files import EvidenceFile
from warroom.store.views import playbook as playbook_views
from warroom.store.views.annual import kor3_counts
from warroom.store.views.contacts import register
from warroom.store.views.documents import documents_of, documents_of_periods

# Streamlit asks for the session's context, which its own test runner has not got.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

LEAD = somebody("somchai")
FIELDS = [
    (form.id, field)
    for form in load_forms().values()
    for field in (*form.fields, *form.head)
    if form.scope == "incident"
]
TRICK = "<b>12-2569"
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
        assert language == "th" or not re.search("[ก-๙]", inputs[0].label)
        assert answer_of(field, dict.fromkeys(told, ""), [FILE]) is None, (form, field.key)
        assert len({one.name for one in inputs}) == len(inputs)


_FORM = "warroom_form"


def _reachable(form: Form, language: str) -> dict[str, str]:
    """The form's fields that its sections offer, each with its label, as the screen makes them."""
    found: dict[str, str] = {}
    for asking in {one.when for one in form.fields}:
        answers = answered(form) | ({asking[0]: min(asking[1])} if asking else {})
        filling = Filling(form, "test", Base(answers, {}), [FILE])
        sheets = [sheet_of(words(language), filling, one, answers) for one in filling.sections]
        labels = {one.name: one.label for sheet in sheets for one in reversed(sheet.inputs)}
        keys = {name.partition(".")[0]: label for name, label in labels.items()}
        found |= {one.key: keys[one.key] for one in form.fields if one.key in keys}
    return found


@pytest.mark.parametrize("language", ["th", "en"])
def test_every_field_of_every_form_is_reachable_and_bilingual(language: str) -> None:
    found = {form.id: _reachable(form, language) for form in load_forms().values()}
    assert {
        form: len(labels) for form, labels in found.items()
    } == COUNTED  # and tests/report/test_printing.py finds each of them on paper
    for form in load_forms().values():
        for field in form.fields:
            own, other = (field.th, field.en) if language == "th" else (field.en, field.th)
            assert own.strip()
            assert own != other
            assert found[form.id][field.key].startswith(own), (form.id, field.key)


def _labels(app: AppTest) -> dict[str, str]:
    """The labels of the fields that the page's forms were told to show, each under its field's key."""
    told = [json.loads(one.proto.json) for one in app.get("bidi_component") if one.proto.component_name == _FORM]
    return {one["name"].partition(".")[0]: one["label"] for form in told for one in reversed(form["fields"])}


def _every_field_is_shown(app: AppTest, place: str, form: Form) -> None:
    found: dict[str, str] = {}
    for section in form.sections:
        app.session_state[f"paper_section_{place}"] = section.id
        found |= _labels(app.run())
    assert len([one for one in form.fields if found[one.key].startswith(one.en)]) == COUNTED[form.id]


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
    _every_field_is_shown(app, "incident/3/paper/ncsa_k2.0", load_forms()["ncsa_k2"])
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
    assert "correct the 1 field that holds" in page(app)
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
    tag(seeded, 3, LEAD, "<b>asset")
    shown = page(app.run())
    assert "somchai: tagged &lt;b&gt;asset" in shown
    assert "tag=&lt;b&gt;asset" not in shown


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
    given = entries(staff, AuditAction.EXPORT)
    assert [(one.actor, one.subject_kind, one.subject_id) for one in given] == [
        ("wipa", "document", str(made.version_id))
    ] * 2
    for wrong in ("/document/999/pdf", f"{address}/html", "/document/x/pdf", f"/document/{'9' * 30}/pdf"):
        assert asked(wrong, "wipa").status_code == 404


def test_the_forms_of_the_agency(seeded: State, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = opened(data_dir, monkeypatch, screen="reports", paper="ncsa_k3.2569")
    _every_field_is_shown(app, "agency/paper/ncsa_k3.2569", load_forms()["ncsa_k3"])
    assert "Counted now: " in page(app)
    counts = kor3_counts(seeded, 2026)
    app.button(key="paper_preview").click().run()
    assert app.session_state["paper_pages"][1][0].startswith(b"\x89PNG")
    app.button(key="paper_make").click().run()
    (made,) = documents_of_periods(seeded).documents
    answers = made.versions[0].version.answers
    assert (made.document.form, made.document.period, answers["year"]) == ("ncsa_k3", "2569", 2569)
    assert answers["by_category"] == counts.by_category
    assert sum(counts.by_asset.values()) > 0
    assert "/document/" not in page(app)  # without a session nothing is given out
    assert "part=law" not in page(app)  # it is of no incident whose clock it could stop
    for name in ("12/2569", " ", "x" * 30):
        app.selectbox(key="agency_paper_form").select("dsr").run()
        app.text_input(key="agency_paper_name").input(name)
        app.button(key="agency_paper_begin").click().run()
        assert app.query_params["paper"] in ("ncsa_k3.2569", ["ncsa_k3.2569"]), name
    app.text_input(key="agency_paper_name").input(TRICK)
    app.button(key="agency_paper_begin").click().run()
    _every_field_is_shown(app, f"agency/paper/dsr.{TRICK}", load_forms()["dsr"])
    shared_drafts.save(seeded, f"agency/paper/dsr.{TRICK}/request", "identity", "บัตร", 0, "anong", now_us())
    again = opened(data_dir, monkeypatch, screen="reports", part="agency")
    (listed,) = [
        json.loads(one.proto.json) for one in again.get("bidi_component") if "listing" in one.proto.component_name
    ]
    assert [f"dsr.{TRICK}", "anong"] in [[row["id"], row["cells"][2]] for row in listed["rows"]]
    assert TRICK not in page(again)
    assert "ropa.2569" in [row["id"] for row in listed["rows"]]


def test_the_forms_of_the_agency_are_for_who_sees_all_platforms(enter: Enter) -> None:
    looking = enter("prometheus", screen="reports", part="agency")
    assert "paper_make" not in [one.key for one in looking.button]
    assert "agency_paper_begin" not in [one.key for one in looking.button]


def test_a_version_comes_with_its_link_into_the_form_of_what_was_sent(
    staff: State, data_dir: Path, enter: Enter
) -> None:
    answer_incidents(staff)
    one = controller_of(staff, 1)
    wanted = Wanted("ncsa_k2", {}, "partial", 1, one)
    made = make_version(staff, data_dir, actor_named(staff, "wipa"), wanted)
    app = enter("anong", incident="1", part="law", version=str(made.version_id))
    told = [json.loads(each.proto.json) for each in app.get("bidi_component") if each.proto.component_name == _FORM]
    (form,) = [each for each in told if each["place"] == f"incident/1/sending/{one}/NCSA_K2_24H"]
    stands = {each["name"]: each["text"] for each in form["fields"]}
    assert (stands["version"], stands["clock"], stands["partial"]) == (str(made.version_id), "NCSA_K2_24H", "partial")
    other = enter("anong", incident="1", part="law", version="1' OR 1=1")
    assert "law_sending_do" in [each.key for each in other.button]


def test_the_register_of_breaches_is_downloaded_by_who_may_export(enter: Enter) -> None:
    assert len(enter("wipa", screen="breaches").get("download_button")) == 1
    assert not enter("prometheus", screen="breaches").get("download_button")
