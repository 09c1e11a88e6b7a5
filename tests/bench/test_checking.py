from __future__ import annotations

import re
from pathlib import Path

import pytest

from warroom.bench.cost import batches, costs
from warroom.bench.duplicates import duplicates
from warroom.bench.log_fields import blind_feeds, unmapped
from warroom.bench.long_repeats import long_repeats
from warroom.bench.validators import LEFT_OUT, used, validator_notes
from warroom.catalog import Feed, load_feeds
from warroom.catalog.log_fields import load_log_fields
from warroom.detect import RuleSet, load_rules
from warroom.detect.content import read_detectors
from warroom.settings import ROOT

KYC = "logsource: {product: govplatform, service: kyc}\nlevel: high"
LIMIT = 1 << 20


def written(folder: Path, *rules: str) -> tuple[RuleSet, set[str]]:
    """Load rules, each of a file of its own, with an id and a title."""
    files = []
    for number, rule in enumerate(rules):
        file = folder / f"rule_{number}.yml"
        head = f"title: Rule {number}\nid: 5a0d8e61-8f0b-4f0e-9d0d-0d4f9a6a4c{number:02}\n"
        file.write_text(f"{head}{rule}\n", encoding="utf-8")
        files.append(file)
    ruleset = load_rules([folder])
    assert ruleset.refused == []
    return ruleset, {str(file) for file in files}


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> list[Feed]:
    """Give a few of the shipped feeds, one of each kind of log."""
    found = load_feeds(ROOT / "feeds", tmp_path_factory.mktemp("data"))[0]
    return [feed for feed in found if feed.id in ("tang_rat_kyc", "tang_rat_sshd", "tang_rat_waf")]


def test_rules_that_ask_the_same_in_other_words_are_told(tmp_path: Path) -> None:
    ruleset, files = written(
        tmp_path,
        f"{KYC}\ndetection: {{a: {{step: face, decision: fail}}, b: {{geo: TH}}, condition: a and not b}}",
        f"{KYC}\ndetection: {{x: {{geo: TH}}, y: {{decision: fail}}, z: {{step: face}}, condition: not x and z and y}}",
        f"{KYC}\ndetection: {{a: {{step: face, decision: pass}}, b: {{geo: TH}}, condition: a and not b}}",
    )
    (fault,) = duplicates(ruleset, files)
    assert fault.file.endswith("rule_1.yml")
    assert "asks the same as “Rule 0”" in fault.reason
    assert duplicates(ruleset, set()) == []


def test_correlations_are_the_same_whatever_their_rules_are_called(tmp_path: Path) -> None:
    def one(name: str, group: str, span: str) -> str:
        body = f"type: event_count, rules: [{name}], group-by: [{group}], timespan: {span}, condition: {{gte: 3}}"
        return f"correlation: {{{body}}}\nlevel: high"

    def base(name: str) -> str:
        return f"name: {name}\n{KYC}\ndetection: {{a: {{step: face}}, condition: a}}"

    ruleset, files = written(
        tmp_path,
        one("x", "b, a", "5m"),
        base("x"),
        one("y", "a, b", "300s"),
        base("y"),
        one("z", "a, b", "6m"),
        base("z"),
    )
    assert [Path(fault.file).stem for fault in duplicates(ruleset, files)] == ["rule_2"]


def test_fields_that_no_known_log_carries_are_named(tmp_path: Path, feeds: list[Feed]) -> None:
    ruleset, files = written(
        tmp_path,
        f"{KYC}\ndetection: {{a: {{step: face, officer: x, source.ip: 192.0.2.1, shoe_size: 44}}, condition: a}}",
        f"{KYC}\ndetection: {{a: {{decision: fail}}, condition: a}}",
        "logsource: {product: linux, service: sshd}\nlevel: low\ndetection: {a: [Accepted], condition: a}",
        "logsource: {product: nosuch}\nlevel: low\ndetection: {a: {x: 1}, condition: a}",
    )
    found = unmapped(ruleset, files, lambda: feeds, LIMIT)
    assert [(one.rule.title, one.fields, one.met) for one in found] == [
        ("Rule 0", ("shoe_size",), True),
        ("Rule 3", (), False),
    ]


def test_feeds_that_no_rule_looks_at_are_blind(tmp_path: Path, feeds: list[Feed]) -> None:
    ruleset, _ = written(tmp_path, f"{KYC}\ndetection: {{a: {{step: face}}, condition: a}}")
    assert sorted(name for names in blind_feeds(ruleset, feeds, LIMIT).values() for name in names) == [
        "tang_rat_sshd",
        "tang_rat_waf",
    ]


def test_repeats_with_a_high_bound_are_told(tmp_path: Path) -> None:
    asked = f"{KYC}\ndetection: {{a: {{step|re: '^a.{{0,%s}}b$'}}, condition: a}}"
    ruleset, files = written(tmp_path, asked % 200, asked % 20)
    assert [(rule.title, pattern) for rule, pattern in long_repeats(ruleset, files)] == [("Rule 0", "^a.{0,200}b$")]


def test_validators_of_sigma_are_asked_without_the_network(tmp_path: Path) -> None:
    written(tmp_path, f"{KYC}\ndetection: {{a: {{step: face}}, b: {{step: back}}, condition: a}}")
    notes = [fault.reason for fault in validator_notes(read_detectors([tmp_path / "rule_0.yml"])[0])]
    assert any("detection_name b" in note for note in notes), notes
    assert "attacktag" in LEFT_OUT
    assert not LEFT_OUT.keys() & set(used())


def test_what_a_rule_costs_is_measured_where_there_are_events(tmp_path: Path, feeds: list[Feed]) -> None:
    ruleset, _ = written(
        tmp_path,
        f"{KYC}\ndetection: {{a: {{step|re: '(?i)f.ce'}}, condition: a}}",
        "logsource: {product: nosuch}\nlevel: low\ndetection: {a: {x: 1}, condition: a}",
    )
    (cost,) = costs(ruleset, batches(feeds, LIMIT))
    assert cost.rule.title == "Rule 0"
    assert 0 <= cost.microseconds < 1000


def test_optional_fields_are_those_of_the_page_about_values() -> None:
    text = (ROOT / "docs" / "log-values.md").read_text(encoding="utf-8")
    for kind, names in load_log_fields().items():
        for name in names:
            assert re.search(rf"`{name}`", text), f"{kind}: {name}"
