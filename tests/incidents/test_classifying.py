"""NCSA category and level: the rules propose, a person decides, history is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import somebody

from warroom.catalog.ncsa import FILE, load_ncsa
from warroom.errors import ConflictError, ContentError, UsageError
from warroom.incidents.classifying import Known, Proposal, classify, propose
from warroom.model import Disposition, Severity
from warroom.store.database import State
from warroom.store.rules.loaded import Said
from warroom.store.views import cases

ANONG = somebody("anong")
NCSA = load_ncsa()


def known(*tags: str, severity: str = "high", criticality: str = "critical", **more: object) -> Known:
    told = {"drill": False, "disposition": None} | more
    said = Said(frozenset(told.pop("named", ())), frozenset(tags))  # type: ignore[call-overload]
    return Known(said, frozenset(), "gdx", criticality, Severity(severity), **told)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("what", "categories", "level"),
    [
        (known("attack.t1498.001"), (7,), "non_serious"),
        (known("attack.t1498.001", severity="critical"), (7,), "serious"),
        (known("attack.t1498", severity="critical", criticality="medium"), (7,), "non_serious"),
        (known("attack.t1110.001"), (1,), "undetermined"),
        (known("attack.t1110.004"), (5,), "non_serious"),
        (known("attack.t1595.002", severity="low"), (2,), "undetermined"),
        (known("attack.t1098", "attack.t1595"), (6,), "non_serious"),
        (known("attack.t1098", "attack.t1105"), (4, 6), "non_serious"),
        (known("attack.impact"), (8,), "undetermined"),
        (known(), (8,), "undetermined"),
        (known("attack.t1498", drill=True), (0,), "undetermined"),
        (known("attack.t1498", disposition=Disposition.FALSE_POSITIVE), (9,), "undetermined"),
        (known("attack.t1498", disposition=Disposition.TRUE_POSITIVE), (7,), "non_serious"),
        # detectors name categories themselves, at any severity; what gives way to another one still does
        (known(named=[5], severity="low"), (5,), "non_serious"),
        (known("attack.t1105", named=[5, 7]), (4, 5, 7), "non_serious"),
        (known(named=[1, 5]), (5,), "non_serious"),
        (known(named=[5, 6], severity="critical"), (6,), "serious"),
        (known(named=[3, 8]), (3,), "undetermined"),
        (known(named=[8]), (8,), "undetermined"),
        (known(named=[0, 9, 10, -1]), (8,), "undetermined"),
        (known(named=[5], drill=True), (0,), "undetermined"),
        (known(named=[5], disposition=Disposition.FALSE_POSITIVE), (9,), "undetermined"),
    ],
)
def test_proposals(what: Known, categories: tuple[int, ...], level: str) -> None:
    found = propose(what, NCSA)
    assert (found.categories, found.level) == (categories, level)
    assert all(rule.th and rule.en and rule.source for rule in found.because)


def test_it_is_told_that_a_detector_names_the_category() -> None:
    named, tagged = propose(known("attack.t1498", named=[4]), NCSA).because[1::-1]
    assert (named.id, named.certain) == ("detector_4", False)
    assert "detector" in named.en
    assert "ตัวตรวจจับ" in named.th
    assert tagged.id == "denial"


def test_a_crisis_is_never_proposed() -> None:
    assert {rule.proposes for rule in NCSA.level_rules} == {"undetermined", "non_serious", "serious"}
    assert set(NCSA.categories) == set(range(10))
    assert [one.number for one in NCSA.categories.values() if not one.at_once] == [0, 1, 9]


def test_a_decision_is_kept_with_what_was_proposed_and_the_newest_counts(state: State, one: int) -> None:
    proposal = propose(known("attack.t1190"), NCSA)
    classify(state, one, ANONG, [5], "non_serious", "as proposed", proposed=proposal)
    classify(state, one, somebody("malee"), [7, 5, 5], "crisis_b", "the minister decided", proposed=proposal)
    found = cases.case(state, one)
    assert found is not None
    newest, first = found.classified
    assert (newest.actor, newest.categories, newest.level) == ("malee", (5, 7), "crisis_b")
    assert (first.categories, first.reason, first.proposed["categories"]) == ((5,), "as proposed", [5])


@pytest.mark.parametrize(
    ("categories", "level", "reason"),
    [
        ([], "serious", "because"),
        ([10], "serious", "because"),
        ([0, 5], "serious", "because"),
        ([5], "very_serious", "because"),
        ([5], "serious", " no "),
        ([5], "serious", "x" * 1_000_000),
    ],
)
def test_decisions_that_are_none_are_refused(
    state: State, one: int, categories: list[int], level: str, reason: str
) -> None:
    with pytest.raises(UsageError):
        classify(state, one, ANONG, categories, level, reason, proposed=Proposal((8,), "undetermined", ()))
    found = cases.case(state, one)
    assert found is not None
    assert found.classified == ()


def test_who_saw_an_older_incident_decides_nothing(state: State, one: int) -> None:
    proposal = Proposal((8,), "undetermined", ())
    classify(state, one, ANONG, [5], "serious", "because", proposed=proposal, version=1)
    with pytest.raises(ConflictError):
        classify(state, one, ANONG, [6], "serious", "because", proposed=proposal, version=1)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    category: 7\n", "    category: 11\n", "there is no category 11"),
        ("    unless: [6]\n", "    unles: [6]\n", "unknown key `unles`"),
        ("    disposition: [benign, false_positive]\n", "    disposition: [fine]\n", "no disposition fine"),
        ("    severity: medium\n", "    severity: huge\n", "huge"),
        ('    en: "techniques that deny service"\n', "    en: 7\n", "`en` is no text"),
    ],
)
def test_a_fault_in_the_file_is_told_with_its_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "ncsa.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ContentError, match=rf"ncsa\.yaml:\d+: not a rule: .*{told}"):
        load_ncsa(file)
