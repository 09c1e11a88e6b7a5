"""Filters narrow the rules they name, where their log source holds the rule's, and say what they name in vain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.detect.events import batch
from warroom.__main__ import main
from warroom.detect import RuleSet, load_rules, match

RULE = """title: Rule {0}
id: 00000000-0000-4000-8000-00000000000{0}
name: rule_{0}
logsource: {{product: linux, category: test}}
detection:
  s: {{a: x}}
  condition: s
"""
FILTER = """title: A filter
logsource: {product: Linux}
filter:
  rules:
    - 00000000-0000-4000-8000-000000000001
    - rule_2
  admins: {user: [root, adm]}
  nights: {hour: night}
  condition: not 1 of *
"""
PLAIN = {"a": "x"}
ROOT = {"a": "x", "user": "root"}
NIGHT = {"a": "x", "hour": "night"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in (1, 2, 3):
        (tmp_path / f"rule_{number}.yml").write_text(RULE.format(number))
    (tmp_path / "a_filter.yml").write_text(FILTER)
    return tmp_path


def found(rules: RuleSet) -> list[tuple[int, str]]:
    events = batch([PLAIN, ROOT, NIGHT], core={"log_product": ["linux"] * 3})
    return [(pair["row"], rules.rules[pair["rule"]].title[-1]) for pair in match(events, rules).to_pylist()]


def test_a_filter_narrows_the_rules_it_names_by_id_or_name_and_no_other(folder: Path) -> None:
    rules = load_rules([folder], folder / "cache")
    assert rules.refused == []
    assert found(rules) == [(0, "1"), (0, "2"), (0, "3"), (1, "3"), (2, "3")]
    assert [len(rule.filters) for rule in rules.rules] == [1, 1, 0]
    assert found(load_rules([folder], folder / "cache")) == found(rules)


def test_a_filter_for_any_rule_narrows_those_of_its_log_source(folder: Path) -> None:
    text = FILTER.replace("rules:\n    - 00000000-0000-4000-8000-000000000001\n    - rule_2", "rules: any")
    (folder / "a_filter.yml").write_text(text)
    (folder / "rule_3.yml").write_text(RULE.format(3).replace("product: linux, ", ""))
    rules = load_rules([folder])
    assert rules.refused == []
    assert found(rules) == [(0, "1"), (0, "2"), (0, "3"), (1, "3"), (2, "3")]


def test_filters_add_up(folder: Path) -> None:
    (folder / "b_filter.yml").write_text(
        "title: Another\nlogsource: {category: test}\nfilter: {rules: rule_1, s: {user|exists: false}, condition: s}\n"
    )
    rules = load_rules([folder])
    assert rules.refused == []
    assert [one.title for one in rules.rules[0].filters] == ["A filter", "Another"]
    assert found(rules) == [(0, "1"), (0, "2"), (0, "3"), (1, "3"), (2, "3")]


def test_a_rule_named_twice_is_filtered_once(folder: Path) -> None:
    (folder / "a_filter.yml").write_text(FILTER.replace("rule_2", "rule_1"))
    assert [len(rule.filters) for rule in load_rules([folder]).rules] == [1, 0, 0]


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("    - rule_2", "    - rule_9", 6, "names `rule_9`, which is no loaded rule"),
        ("    - rule_2", "    - counting", 6, "names `counting`, is a correlation"),
        ("product: Linux", "product: windows", 5, "does not hold that of"),
        ("product: Linux", "product: linux, service: x", 6, "(linux/test): widen it"),
    ],
)
def test_what_a_filter_names_in_vain_is_told_with_its_line(
    folder: Path, old: str, new: str, line: int, reason: str
) -> None:
    (folder / "counting.yml").write_text(
        "title: Counting\nname: counting\ncorrelation: {type: event_count, rules: [rule_3], group-by: [a],"
        " timespan: 1m, condition: {gte: 1}}\n"
    )
    (folder / "a_filter.yml").write_text(FILTER.replace(old, new))
    rules = load_rules([folder])
    told = {(Path(fault.file).name, fault.line): fault.reason for fault in rules.refused}
    assert reason in told["a_filter.yml", line]
    assert len(rules.rules) == 3
    assert [bool(rule.filters) for rule in rules.rules] == ["rule_" in old, False, False]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  condition: not 1 of *\n", ""),
        ("  condition: not 1 of *\n", "  condition: not absent\n"),
        ("    - rule_2", "    - 2"),
        ("    - rule_2", "    - 00000000-0000-4000-8000-000000000001"),
        ("rules:\n    - 00000000-0000-4000-8000-000000000001\n    - rule_2", "rules: []"),
        ("rules:\n    - 00000000-0000-4000-8000-000000000001\n    - rule_2", "other: {a: b}"),
        ("logsource: {product: Linux}\n", ""),
        ("title: A filter\n", ""),
    ],
)
def test_a_broken_filter_is_refused_and_the_rules_load(folder: Path, old: str, new: str) -> None:
    assert old in FILTER
    (folder / "a_filter.yml").write_text(FILTER.replace(old, new))
    rules = load_rules([folder])
    ((name, reason),) = [(Path(fault.file).name, fault.reason) for fault in rules.refused]
    assert (name, bool(reason)) == ("a_filter.yml", True)
    assert [len(rule.filters) for rule in rules.rules] == [0, 0, 0]


def test_filtered_rules_are_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["rules", "check", str(folder), "--json"])
    tuned = json.loads(capsys.readouterr().out)["filtered"]
    place = f"A filter ({folder / 'a_filter.yml'}:1)"
    assert tuned == [
        {"rule": f"Rule {number} ({folder / f'rule_{number}.yml'}:1)", "filters": [place]} for number in (1, 2)
    ]
    main(["rules", "check", str(folder)])
    assert f"note: Rule 1 ({folder / 'rule_1.yml'}:1): tuned by {place}" in capsys.readouterr().out
    main(["rules", "list", str(folder), "--json"])
    assert [row["filters"] for row in json.loads(capsys.readouterr().out)] == [[place], [place], []]
    main(["rules", "list", str(folder)])
    assert capsys.readouterr().out.count("rule, filtered") == 2


def test_a_filter_that_excepts_nothing_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "a_filter.yml").write_text(FILTER.replace("not 1 of *", "1 of *"))
    main(["rules", "check", str(folder), "--json"])
    tuned = json.loads(capsys.readouterr().out)["filtered"]
    assert ["keeps only what it selects" in row["filters"][0] for row in tuned] == [True, True]
