import json
from dataclasses import replace

import pytest
from casefiles import AT, HOUR, a_case

from warroom.catalog.answers import check_all
from warroom.catalog.forms import load_forms
from warroom.catalog.letters import load_letters, load_words
from warroom.model import Status
from warroom.report.filling import fill, fill_year
from warroom.store.rulings import Classified
from warroom.store.views.annual import Kor3Counts
from warroom.store.views.case_rows import Moment
from warroom.store.views.casefile import CaseFile

FORMS = load_forms()


def filled(form: str, case: CaseFile) -> dict[str, object]:
    return fill(FORMS[form], case).answers


@pytest.mark.parametrize("key", FORMS)
@pytest.mark.parametrize("words", ["SQL injection", "x" * 30_000, "\u202e#panic()", " "])
def test_what_is_filled_in_is_an_answer_and_says_where_it_is_from(key: str, words: str) -> None:
    made = fill(FORMS[key], a_case(words))
    check_all(FORMS[key], made.answers)
    assert made.sources.keys() == made.answers.keys()


def test_kor_2_knows_the_agency_the_times_the_category_and_what_was_found() -> None:
    case = a_case("พบการบุกรุก")
    told = filled("ncsa_k2", case)
    assert told["contact_agency"] == case.controllers[0].agency
    assert told["reported_at"] == AT
    assert told["known_at"] == case.incident.opened_at
    assert told["categories"] == ["5", "7"]
    assert told["service"] == "แอปพลิเคชัน “ทางรัฐ” (Citizen Portal)"
    assert told["regulator_notified"] == {"choice": "not_yet"}
    assert [one["text"] for one in told["timeline"]] == ["พบการบุกรุก", "พบการบุกรุก"]  # type: ignore[attr-defined]
    assert [one["at"] for one in told["timeline"]] == [AT - 7 * HOUR, AT - 6 * HOUR]  # type: ignore[attr-defined]


def test_a_category_that_is_told_once_a_year_is_never_filled_in() -> None:
    decided = Classified(AT, "wipa", (1, 7), "non_serious", "why", {})
    assert filled("ncsa_k1", replace(a_case(), classified=decided))["categories"] == ["7"]
    explained = replace(decided, categories=(9,))
    assert "categories" not in filled("ncsa_k1", replace(a_case(), classified=explained))
    assert filled("ncsa_k1", replace(a_case(), classified=None))["threat_level"] == "undetermined"


def test_awareness_is_what_was_recorded_else_the_first_information() -> None:
    without = replace(a_case(), moments=())
    opened = without.incident.opened_at
    assert filled("pdpc_notification", without)["aware_at"] == opened
    informed = Moment("informed_at", None, opened - HOUR, AT, "malee", "by telephone")
    assert filled("pdpc_notification", replace(without, moments=(informed,)))["aware_at"] == opened - HOUR
    aware = Moment("aware_at", without.controllers[0].id, opened + HOUR, AT, "wipa", "confirmed then")
    told = filled("pdpc_notification", replace(without, moments=(informed, aware)))
    assert (told["aware_at"], told["aware_basis"]) == (opened + HOUR, "confirmed then")
    assert "occurred_at" not in told  # nobody said when


def test_the_situation_follows_the_status_and_symptoms_only_what_is_sure() -> None:
    case = replace(a_case(), containments=())
    assert filled("ncsa_k2", case)["situation"] == ["investigating"]
    closed = replace(case, incident=replace(case.incident, status=Status.CONTAINED), techniques=("T1498.001", "T1190"))
    told = filled("ncsa_k2", closed)
    assert (told["situation"], told["symptoms"]) == (["contained"], ["sym10", "sym17"])


def test_an_assessment_fills_the_counts_and_the_factors() -> None:
    case = a_case()
    body = {
        "types": ["C", "A"],
        "subjects": {"how": "estimate", "count": 200_000},
        "records": {"how": "unknown", "count": None},
        "factors": {"f1": {"score": 3, "text": "ถูกเผยแพร่"}, "f2": {"score": 2, "text": ""}},
    }
    judged = replace(case, assessments=(replace(case.assessments[0], body=json.dumps(body)),))
    told = filled("pdpc_notification", judged)
    assert (told["breach_types"], told["subject_count"], told["record_count"]) == (["C", "A"], 200_000, "unknown")
    assert told["risk_level"] == "high"
    factors = filled("risk_assessment", judged)
    assert factors == {"f1": {"score": 3, "text": "ถูกเผยแพร่"}, "f2": {"score": 2}}


def test_each_controller_has_its_own() -> None:
    case = a_case()
    other = replace(case.controllers[0], id=77, agency="หน่วยงานที่สอง")
    both = replace(case, controllers=(*case.controllers, other))
    assert fill(FORMS["ncsa_k1"], both, controller_id=77).answers["contact_agency"] == "หน่วยงานที่สอง"
    assert fill(FORMS["ncsa_k1"], both).answers["contact_agency"] == case.controllers[0].agency


def test_a_year_is_filled_with_its_counts_in_the_buddhist_era() -> None:
    counts = Kor3Counts(3, {str(one): one for one in range(10)}, {"website": 3}, {"serious": 1}, 0, 0, 2)
    made = fill_year(FORMS["ncsa_k3"], 2026, counts)
    assert made.answers["year"] == 2569
    assert made.answers["by_category"]["9"] == 9
    assert set(made.sources) == {"year", "by_category", "by_asset", "by_level"}


def test_every_letter_of_a_form_is_there_and_names_only_its_fields() -> None:
    letters = load_letters()
    used = {form.letter for form in FORMS.values() if form.letter}
    assert used == letters.keys()
    for form in FORMS.values():
        if form.letter:
            known = {one.key for one in (*form.fields, *form.head)}
            for text in letters[form.letter].texts.values():
                assert text.places <= known
    assert all(told["th"] or key == "secrecy.none" for key, told in load_words().items())
