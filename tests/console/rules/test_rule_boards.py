"""The catalogue of detectors, what waits, coverage, noise."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from console.admin_seeding import actor_named
from console.entering import Enter, page, quick
from console.rule_entering import labels, listed
from console.rule_seeding import (
    DRAFTED,
    ENGINEER,
    EXCEPTION,
    LOUD,
    SHY,
    STRANGE,
    rule,
)

from warroom.bench import cost_kept
from warroom.bench import stages as deeds
from warroom.bench.catalogue import entries_of
from warroom.bench.cost import Cost
from warroom.bench.drafts import drafts_folder
from warroom.catalog.stages import Stage
from warroom.console import attack_matrix
from warroom.console.person import Person
from warroom.console.rule_asking import Asked, narrowed
from warroom.console.rule_coverage import navigator_layer
from warroom.console.rule_sights import CONDITIONS
from warroom.console.texts import CATALOGUE, load_texts
from warroom.console.ways import Way, open_to
from warroom.detect import load_rules
from warroom.errors import ForbiddenError
from warroom.store.database import State
from warroom.store.rules import proposals, stages

pytestmark = quick


def test_who_sees_incidents_sees_rules_and_who_manages_them_writes_drafts(staff: State) -> None:
    seen = {Way.RULES, Way.COVERAGE, Way.NOISE}
    for name, sees, writes in (
        ("anong", True, False),
        ("dpo", True, False),
        ("prometheus", True, True),
        ("boss", False, False),
    ):
        ways = open_to(Person(actor_named(staff, name), "en", "t"))
        assert (seen <= ways, Way.DRAFT in ways) == (sees, writes), name
        assert bool(seen & ways) is sees


@pytest.mark.usefixtures("ruled")
def test_the_catalogue_lists_rules_and_says_at_its_head_what_does_not_load(enter: Enter) -> None:
    app = enter("anong", screen="rules")
    shown, table = page(app), listed(app)
    assert "authn/authn_broken.yml" in shown
    assert "4 of 4 detectors" in shown
    assert all(one in table for one in (LOUD, SHY, STRANGE, EXCEPTION, "Guessing at the door", "govplatform/authn"))
    assert "Write a new one" not in shown
    assert "Write a new one" in page(enter("prometheus", screen="rules"))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (Asked("เดารหัส"), {LOUD}),
        (Asked("guessing t1078"), {SHY}),
        (Asked("user_name", origin="upstream"), {STRANGE}),
        (Asked(stage="shadow"), {SHY}),
        (Asked(level="medium"), {SHY}),
        (Asked("the", source="govplatform/authn", level="high"), {LOUD}),
        (Asked(LOUD[:8]), {LOUD}),
        (Asked("door slowly"), set()),
    ],
)
def test_all_words_must_be_in_one_rule(detectors: Path, asked: Asked, found: set[str]) -> None:
    rules = entries_of(load_rules([detectors]), detectors)
    assert {one.id for one in narrowed(rules, asked, {LOUD: "production", SHY: "shadow"})} == found


@pytest.mark.usefixtures("ruled")
def test_the_catalogue_is_narrowed_by_the_address(enter: Enter) -> None:
    table = listed(enter("anong", screen="rules", q="slowly", stage="shadow", level="medium", origin="own"))
    assert SHY in table
    assert LOUD not in table


@pytest.mark.usefixtures("staff")
def test_no_rule_at_all_is_said_with_what_to_do(enter: Enter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("WARROOM_DETECTORS", str(tmp_path / "none"))
    assert "There is no detector yet" in page(enter("anong", screen="rules"))
    assert "cell uncovered" in page(enter("anong", screen="coverage"))


@pytest.mark.usefixtures("ruled")
def test_nothing_found_and_no_such_rule_are_said(enter: Enter) -> None:
    assert "No detector has all of this" in page(enter("anong", screen="rules", q="zzz"))
    assert "No detector has this id" in page(enter("anong", screen="rules", rule="'; DROP"))


def test_who_may_approve_is_told_and_who_proposed_waits(ruled: State, enter: Enter) -> None:
    yours, link = "1 rule waits for your approval", f"rule={SHY}"
    shown = page(enter("prometheus", screen="mine"))
    assert yours in shown
    assert link in shown
    app = enter("prometheus", screen="rules", state="waiting")
    assert yours in page(app)
    assert "Detectors (1)" in listed(app)
    assert "Waits for approval" in listed(app)
    assert SHY in listed(app)
    assert LOUD not in listed(app)
    looking_on = enter("anong", screen="mine")
    assert link not in page(looking_on)
    assert "Detectors (1)" not in listed(looking_on)
    with ruled.read() as connection:
        (asked,) = stages.proposals(connection)
    deeds.withdraw(ruled, ENGINEER, asked.id, "somebody else proposes it")
    deeds.propose(ruled, actor_named(ruled, "prometheus"), SHY, "a week without a false alarm")
    own = enter("prometheus", screen="mine")
    assert yours not in page(own)
    assert "waits for a second person" in page(own)
    assert "Detectors (1)" not in listed(own)


@pytest.mark.usefixtures("ruled")
def test_a_cost_that_was_measured_stands_in_the_catalogue(enter: Enter, data_dir: Path, detectors: Path) -> None:
    assert "nothing was measured on this machine yet" in listed(enter("anong", screen="rules"))
    file = detectors / "authn" / "authn_loud.yml"
    cost_kept.keep(data_dir / "cache", [Cost(one, 7.25, 0.1) for one in load_rules([file]).rules])
    table = listed(enter("anong", screen="rules"))
    assert "7.25 " in table
    assert "nothing was measured" not in table


@pytest.mark.usefixtures("ruled")
def test_a_technique_that_attack_does_not_have_is_not_counted_as_covered(
    enter: Enter, detectors: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert attack_matrix.known({"T1110": 1, "T9999": 2}) == {"T1110": 1}
    shutil.copytree(detectors, tmp_path / "detectors")
    text = rule(DRAFTED, "Of no technique", technique="t9999")
    (tmp_path / "detectors" / "authn" / "authn_strange.yml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("WARROOM_DETECTORS", str(tmp_path / "detectors"))
    shown = page(enter("anong", screen="coverage"))
    assert '<span class="name">Covered</span><strong>2</strong>' in shown
    assert "does not know: T9999" in shown


@pytest.mark.usefixtures("ruled")
def test_coverage_tells_what_is_covered_tested_and_seen_and_gives_a_layer(enter: Enter, staff: State) -> None:
    shown = page(enter("anong", screen="coverage"))
    assert "T1110" in shown
    assert "rules: 1 in production, 0 in shadow, 1 with samples; alerts: " in shown
    assert "cell shadowed" in shown
    assert "q=t1110" in shown
    layer = json.loads(navigator_layer(actor_named(staff, "anong"), {}, "x"))
    assert layer["domain"] == "enterprise-attack"
    with pytest.raises(ForbiddenError):
        navigator_layer(actor_named(staff, "boss"), {}, "x")


def test_the_names_of_tactics_break_between_words() -> None:
    """Thai has no spaces: where lines are of one length, a word such as เป้าหมาย keeps its parts together."""
    style = (Path(attack_matrix.__file__).parent / "assets" / "finding.css").read_text(encoding="utf-8")
    (heading,) = (line for line in style.splitlines() if line.startswith(".wr-matrix header b {"))
    assert "text-wrap: balance" in heading


def test_the_noise_board_tells_the_loudest_and_what_is_proposed(ruled: State, enter: Enter) -> None:
    app = enter("anong", screen="noise")
    assert LOUD in listed(app)
    assert "2 open" in page(app)
    assert "Make a filter draft" not in labels(app)
    app = enter("prometheus", screen="noise")
    app.text_input(key="tuning_reason_1").set_value("the agency scans itself")
    app.button(key="tuning_dismiss_1").click().run()
    with ruled.read() as connection:
        assert proposals.get(connection, 1).state == proposals.DISMISSED
    assert "1 open" in page(app)


def test_a_proposal_becomes_a_filter_among_the_drafts(ruled: State, enter: Enter, data_dir: Path) -> None:
    app = enter("prometheus", screen="noise")
    app.button(key="tuning_draft_1").click().run()
    (file,) = drafts_folder(data_dir).glob("*.yml")
    assert "filter:" in file.read_text(encoding="utf-8")
    with ruled.read() as connection:
        assert proposals.get(connection, 1).draft == file.name
    assert f"draft={file.stem}" in page(app)


def test_what_rules_are_called_has_texts() -> None:
    spoken = load_texts(CATALOGUE)
    assert {f"rulestate.{one}" for one in CONDITIONS} <= spoken.keys()
    assert {f"{section}.{one}" for section in ("stage", "stagetold") for one in Stage} <= spoken.keys()
