from pathlib import Path

import pytest

from warroom.catalog.answers import AnswerError, check
from warroom.catalog.forms import FILE, load_forms
from warroom.errors import ContentError

#: The fields of the official forms and of our additions, as counted by hand in the legal specification.
FIELDS = {
    "pdpc_notification": 24,
    "pdpc_late": 6,
    "pdpc_exemption": 5,
    "subject_notice": 9,
    "processor_notice": 5,
    "risk_assessment": 8,
    "ncsa_k1": 13,
    "ncsa_k2": 49,
    "ncsa_k3": 4,
    "ropa": 8,
    "dsr": 5,
}
OPTIONS = {
    ("pdpc_notification", "breach_types"): 3,
    ("pdpc_notification", "cause"): 7,
    ("pdpc_notification", "actor_origin"): 5,
    ("pdpc_notification", "risk_level"): 3,
    ("pdpc_late", "delay_reason"): 3,
    ("pdpc_exemption", "ground"): 3,
    ("subject_notice", "channel"): 6,
    ("ncsa_k1", "continuity"): 2,
    ("ncsa_k1", "threat_level"): 5,
    ("ncsa_k1", "categories"): 7,
    ("ncsa_k2", "continuity"): 2,
    ("ncsa_k2", "threat_level"): 5,
    ("ncsa_k2", "regulator_notified"): 2,
    ("ncsa_k2", "categories"): 8,  # and "other", as its label says
    ("ncsa_k2", "situation"): 8,
    ("ncsa_k2", "actions"): 6,
    ("ncsa_k2", "pii_types"): 8,
    ("ncsa_k2", "symptoms"): 24,
    ("ncsa_k3", "by_category"): 10,
    ("ncsa_k3", "by_asset"): 5,
    ("ncsa_k3", "by_level"): 4,
    ("dsr", "right"): 7,
    ("dsr", "outcome"): 2,
}


def test_every_field_of_every_form_is_there() -> None:
    assert {key: len(form.fields) for key, form in load_forms().items()} == FIELDS


def test_every_choice_has_its_options() -> None:
    found = {(f.id, one.key): len(one.options) for f in load_forms().values() for one in f.fields if one.options}
    assert found == OPTIONS


def test_the_parts_of_kor_2_hold_the_fields_of_the_paper() -> None:
    form = load_forms()["ncsa_k2"]
    assert {one.id: len(form.part(one.id)) for one in form.sections} == {"ก": 13, "ข": 10, "ค": 3, "ง": 23}
    assert [one.id for one in form.sections if one.part == 2] == ["ง"]


def test_forms_answer_the_clocks_that_ask_for_them() -> None:
    found = {key: dict(form.kinds) for key, form in load_forms().items()}
    assert found["ncsa_k2"] == {
        "partial": "NCSA_K2_24H",
        "complete": "NCSA_K2_24H",
        "update": "NCSA_UPDATE",
        "closure": "NCSA_CLOSE",
    }
    assert {key: form.answers_clock for key, form in load_forms().items() if form.answers_clock} == {
        "pdpc_notification": "PDPC_72H",
        "pdpc_late": "PDPC_15D",
        "subject_notice": "SUBJECT_NOTICE",
        "processor_notice": "PROCESSOR_72H",
        "ncsa_k1": "NCSA_K1",
        "ncsa_k2": "NCSA_K2_24H",
        "ncsa_k3": "NCSA_K3_ANNUAL",
        "dsr": "DSR_ACCESS_30D",
    }


def test_only_what_the_law_lets_go_unfinished_has_a_partial_version() -> None:
    partial = {key for key, form in load_forms().items() if form.partial}
    assert partial == {"pdpc_notification", "processor_notice", "ncsa_k1", "ncsa_k2"}


@pytest.mark.parametrize("form", ["ncsa_k1", "ncsa_k2"])
def test_categories_that_are_told_once_a_year_are_refused_at_once(form: str) -> None:
    field = load_forms()[form].field("categories")
    check(field, ["7", "8"])
    for code in ("0", "1", "9"):
        with pytest.raises(AnswerError, match="not one of the options"):
            check(field, ["7", code])
    check(load_forms()[form].field("threat_level"), "undetermined")
    check(load_forms()["ncsa_k3"].field("by_category"), {str(number): 1 for number in range(10)})


def test_what_was_not_read_in_the_official_text_says_so() -> None:
    assert {key for key, form in load_forms().items() if not form.certain} == {"ropa", "dsr"}


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("        need: L\n", "        need: X\n", "there is no need `X`"),
        ("        type: email\n", "        type: mail\n", "there is no type `mail`"),
        ("    approve: decide\n", "", "`approve` is missing"),
        ("    scope: incident\n", "    scope: incident\n    colour: red\n", "unknown key `colour`"),
        ("        type: multi\n", "        type: text\n", "has options where it is a choice"),
        ("      - key: aware_at\n", "      - key: occurred_at\n", "the key `occurred_at` stands twice"),
        ("closing: [ended_at,", "closing: [never,", "`never`, which is no field"),
        ("when: {channel:", "when: {chanel:", "which is no field"),
        ('section: "who"', 'section: "how"', "there is no section `how`"),
        ('{code: "7", ', '{code: "6", ', "each code once"),
    ],
)
def test_a_fault_is_told_with_file_and_line(tmp_path: Path, old: str, new: str, reason: str) -> None:
    text = FILE.read_text("utf-8")
    changed = tmp_path / "forms.yaml"
    changed.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ContentError, match=rf"forms\.yaml:\d+.*{reason}"):
        load_forms(changed)
