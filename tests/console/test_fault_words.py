"""Faults of detectors are told in the language of the page: those that people make most often have a text."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from console.rule_seeding import DRAFTED, SAMPLES, rule

from warroom.bench.drafts import whose
from warroom.bench.editing import check_draft
from warroom.console.fault_words import fault_told
from warroom.console.texts import words
from warroom.settings import ROOT

SOUND = rule(DRAFTED, "Guessing by draft")
#: What somebody changes in a sound rule, and a word of what is told then.
MISTAKES = {
    "title: Guessing by draft": ("title:", "`title`"),
    f"id: {DRAFTED}": ("id: 17", "id"),
    "level: high": ("level: heigh", "`level`"),
    "status: stable": ("status: done", "`status`"),
    "t1110.001": ("t9999", "ATT&CK"),
    "attack.credential-access": ("credential access", "แท็ก"),
    "title_th: กฎทดสอบ": ("title_th:", "`custom: title_th`"),
    "playbook: account_takeover": ("playbook: none", "account_takeover"),
    "condition: selection": ("condition:", "`condition`"),
    "condition: selection ": ("condition: (selection", "วงเล็บ"),
    "condition: selection  ": ("condition: 1 of other*", "other*"),
    "logsource: {product: govplatform, service: authn}": ("logsource: {}", "`logsource`"),
    "falsepositives: [An old password]": ("falsepositives: []", "`falsepositives`"),
    "date: 2026-11-01": ("date: yesterday", "`date: yesterday`"),
    "detection:": ("detektion:", "Sigma"),
    "tags: [": ("tags: [[", "YAML"),
}


@pytest.mark.parametrize(("there", "instead", "told"), [(old.strip(), *new) for old, new in MISTAKES.items()])
def test_a_mistake_is_told_in_thai_with_what_stands_there(there: str, instead: str, told: str, tmp_path: Path) -> None:
    assert there in SOUND
    found = check_draft("authn_drafted", SOUND.replace(there, instead), SAMPLES, tmp_path).rule
    said = [fault_told(one.reason, words("th")) for one in found]
    assert any(told in one for one in said), said
    assert all(re.search("[ก-๙]", one) for one in said), said
    assert [fault_told(one.reason, words("en")) for one in found] == [one.reason for one in found]


def test_samples_that_do_not_hold_are_told_in_thai(tmp_path: Path) -> None:
    other = SAMPLES.replace('"result": "failure"', '"result": "x"')
    (case,) = (one for one in check_draft("authn_drafted", SOUND, other, tmp_path).cases if one.failure)
    assert fault_told(case.failure, words("th")) == "“a failure” ต้องพบ แต่ไม่พบ"


def test_what_nobody_foresaw_is_told_as_it_is() -> None:
    assert fault_told("something new is wrong", words("th")) == "something new is wrong"
    assert fault_told("x" * 5_000, words("th")) == "x" * 5_000


def test_a_missing_title_is_told_once(tmp_path: Path) -> None:
    found = check_draft("authn_drafted", SOUND.replace("title: Guessing by draft", "title:"), SAMPLES, tmp_path).rule
    assert sum("`title`" in one.reason for one in found) == 1


def test_what_a_person_does_is_refused_in_their_language() -> None:
    for said, told in (
        ("a reason needs 5 to 500 characters", "เหตุผลต้องมี 5 ถึง 500 ตัวอักษร"),
        (whose("17", "authn_a.yml", "Guessing"), "id 17 เป็นของ authn_a.yml “Guessing” อยู่แล้ว"),
    ):
        assert fault_told(said, words("th")).startswith(told)


#: Where the acts on incidents are, and what they ask of the store.
ACTS = [
    *(path for path in (ROOT / "warroom" / "incidents").glob("*.py") if path.name != "shifts.py"),  # a setting's faults
    *(ROOT / "warroom" / "respond").glob("*.py"),
    *(ROOT / "warroom" / "report" / f"{name}.py" for name in ("clearance", "contacts", "documents")),
    *(
        ROOT / "warroom" / "store" / f"{name}.py"
        for name in [
            "contacts",
            "containments",
            "controllers",
            "documents",
            "duty",
            "evidence_files",
            "exports",
            "handovers",
            "incidents",
            "outbox",
            "planned",
            "playbook_runs",
            "regrouping",
            "search_history",
            "sendings",
            "suppressions",
        ]
    ),
    ROOT / "warroom" / "access" / "guard.py",
]
REFUSALS = {"ConflictError", "ForbiddenError", "NotFoundError", "UsageError"}


def refusals(path: Path) -> list[str]:
    """Give what a module says when it refuses, with 7 where it puts something in."""
    raised = [node.exc for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Raise)]
    calls = [one for one in raised if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)]
    given = [one.args[0] for one in calls if one.args and ast.unparse(one.func) in REFUSALS]
    return [text for one in given if (text := said(one))]


def said(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(said(part) for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "7"


@pytest.mark.parametrize("path", ACTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_refusal_of_an_act_is_told_in_thai(path: Path) -> None:
    english = [one for one in refusals(path) if not re.search("[ก-๙]", fault_told(one, words("th")))]
    assert english == []


def test_a_refusal_keeps_its_places() -> None:
    told = "incident 12 and more is no act: `x`"
    assert fault_told(told, words("th")) == told
    assert fault_told("incident 12 is closed: reopen it first", words("th")) == "เหตุการณ์ 12 ปิดแล้ว ให้เปิดใหม่ก่อน"
    assert fault_told("a note needs 1 to 2000 characters", words("th")) == "หมายเหตุต้องมี 1 ถึง 2000 ตัวอักษร"
