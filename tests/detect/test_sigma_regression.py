"""SigmaHQ's own regression cases: each rule matches at least as many events of its recording as SigmaHQ says.

The long one: ``WARROOM_REGRESSION=<folder of regression_data> WARROOM_RULES=<folder or archive of rules>
pytest -m handed`` runs every case of a folder against every rule.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from warroom.catalog import read_yaml
from warroom.collect.paths import blocks
from warroom.detect import RuleSet, load_rules, match
from warroom.parse import ParseContext, parse

CASES = Path(__file__).resolve().parent.parent / "samples/sigma_regression"
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def matches(recording: Path, rules: RuleSet) -> Counter[str]:
    """How many events of an EVTX file each rule matches."""
    found: Counter[str] = Counter()
    for block in blocks(recording, 1 << 20):
        events = parse(block.lines, ParseContext("evtx", "UTC", NOW)).events
        source = ("windows", None, None)
        names = ("log_product", "log_category", "log_service")
        for name, value in zip(names, source, strict=True):
            events = events.append_column(name, pa.array([value] * len(events), pa.string()))
        found.update(rules.rules[number].id for number in match(events, rules)["rule"].to_pylist())
    return found


def told(info: Path) -> list[tuple[str, int]]:
    """The rule and the least number of matches, of each test of a case."""
    (document,) = read_yaml(info)
    data: dict[str, Any] = document.data
    rule = str(data["rule_metadata"][0]["id"])
    return [(rule, test.get("match_count") or 1) for test in data["regression_tests_info"]]


@pytest.mark.parametrize("case", sorted(CASES.glob("*/info.yml")), ids=lambda info: info.parent.name)
def test_a_rule_matches_its_recording(case: Path) -> None:
    rules = load_rules([case.parent / f"{case.parent.name}.yml"])
    assert not rules.refused
    for rule, least in told(case):
        assert matches(case.parent / f"{rule}.evtx", rules)[rule] >= least


@pytest.mark.handed
@pytest.mark.timeout(7200)
def test_every_case_of_a_folder() -> None:
    assert {"WARROOM_RULES", "WARROOM_REGRESSION"} <= os.environ.keys(), "they name the rules and the folder of cases"
    rules = load_rules([Path(os.environ["WARROOM_RULES"])])
    cases = [(info, *case) for info in Path(os.environ["WARROOM_REGRESSION"]).rglob("info.yml") for case in told(info)]
    assert cases
    missed = [
        f"{info.parent.name}: {rule} of {least}"
        for info, rule, least in cases
        if matches(info.parent / f"{rule}.evtx", rules)[rule] < least
    ]
    assert not missed
