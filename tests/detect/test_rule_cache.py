"""Rules come back from the cache as they were read, and their conditions only when something asks for them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.detect.events import batch
from warroom.detect import Rule, RuleSet, load_rules, match

RULES = """title: One
id: 00000000-0000-4000-8000-000000000001
name: one
author: A. Nan
level: high
tags: [attack.t1190]
logsource: {product: linux, category: one}
detection: {s: {a: 'x*', b|re: '^y+$'}, t: [word], condition: s or not t}
---
title: Two
id: 00000000-0000-4000-8000-000000000002
logsource: {category: one}
detection: {s: {a: null}, condition: s}
---
title: Often
id: 00000000-0000-4000-8000-000000000003
correlation:
  {type: event_count, rules: [one], group-by: [a], timespan: 1m, condition: {gte: 2}, generate: true}
---
title: Not this
id: 00000000-0000-4000-8000-000000000004
logsource: {category: one}
filter: {rules: [00000000-0000-4000-8000-000000000002], s: {b: z}, condition: not s}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/rules.yml").write_text(RULES)
    (tmp_path / "rules/bad.yml").write_text("title: x\n")
    return tmp_path


def load(folder: Path) -> RuleSet:
    return load_rules([folder / "rules"], folder / "cache")


def unpacked(rule: Rule) -> bool:
    """Whether the rule's own place for its condition holds it; asking the rule would fetch it."""
    try:
        Rule.__dict__["condition"].__get__(rule)
    except AttributeError:
        return False
    return True


def test_kept_rules_are_as_they_were_read(folder: Path) -> None:
    read, kept = load(folder), load(folder)
    assert kept.rules[0] is not read.rules[0]
    for left, right in ((kept, read), (read, kept)):
        assert left.rules == right.rules
        assert left.correlations == right.correlations
        assert left.refused == right.refused
    assert hash(kept.rules[0]) == hash(read.rules[0])
    assert kept.rules[0] != replace(read.rules[0], title="Another")
    assert kept.rules[0] != kept.rules[1]
    assert kept.rules[0] != "One"


def test_conditions_are_unpacked_when_they_are_asked_for(folder: Path) -> None:
    load(folder)
    kept = load(folder)
    assert not unpacked(kept.rules[0])
    events = batch(
        [{"a": "xy", "b": "yy"}, {"b": "z"}, {"a": "q"}],
        core={"log_category": ["one"] * 3, "log_product": ["linux"] * 3},
    )
    found = match(events, kept).to_pylist()
    assert found == match(events, load_rules([folder / "rules"])).to_pylist()
    assert found
    assert unpacked(kept.rules[0])


def test_what_was_kept_is_kept_again_beside_what_is_new(folder: Path) -> None:
    load(folder)
    new = RULES.partition("---")[0].replace("One", "New").replace("0001", "0009")
    (folder / "rules/new.yml").write_text(new)
    both = load(folder)
    again = load(folder)
    assert {rule.title for rule in again.rules} == {"One", "Two", "New"}
    assert again.rules == both.rules


def test_a_kept_rule_has_no_other_attributes(folder: Path) -> None:
    load(folder)
    with pytest.raises(AttributeError, match="nothing"):
        load(folder).rules[0].nothing  # type: ignore[attr-defined]  # noqa: B018
