"""The engine and the plain evaluator give the same answers, event by event and rule by rule, whatever the batches.

The long campaign: ``pytest -m soak tests/detect/test_against_plain_evaluator.py``. ``WARROOM_SOAK_CASES`` sets how
many cases it draws (one rule × one event is one), ``WARROOM_SOAK_SEED`` repeats a campaign.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from detect.agreement import assert_agreement, assert_same, batch_of, expected, pairs, ruleset_of, with_dictionaries
from detect.drawn import Case, draw
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from warroom.detect import load_rules, match

RULES, EVENTS = 8, 40
#: Where the numbers are; a case is made small by ``agreement``, not by trying other seeds.
SEEDS = st.integers(0, (1 << 63) - 1)
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=35, phases=PHASES)
@given(SEEDS)
def test_engine_agrees_with_plain_evaluator(seed: int) -> None:
    assert_agreement(draw(seed, RULES, EVENTS), f"seed {seed}: ")


@pytest.mark.parametrize("value", ["Bσ\n", "\n", "\nBσ", "Bσ\n\n", ""])
def test_lines_begin_where_pcre_says(value: str) -> None:
    searches: list[Any] = [{"a|re|m": "^$"}, {"|re|m": "^$"}, {"a|re|m": "(?!b)^$"}, {"a|re|i|m": "^bΣ$"}]
    rules = [
        {"title": "lines", "logsource": {"category": "test"}, "detection": {"s": search, "condition": "s"}}
        for search in searches
    ]
    assert_agreement(Case(rules, [], [{"a": value}], ["a"], {"log_category": ["test"]}))


@settings(max_examples=10, phases=PHASES)
@given(SEEDS, st.integers(1, EVENTS))
def test_neither_batches_nor_dictionaries_nor_the_order_of_rows_change_an_answer(seed: int, size: int) -> None:
    case = draw(seed, RULES, EVENTS)
    ruleset, batch = ruleset_of(case), batch_of(case)
    whole = pairs(match(batch, ruleset))
    cut = [
        (row + start, rule)
        for start in range(0, EVENTS, size)
        for row, rule in pairs(match(batch.slice(start, size), ruleset))
    ]
    assert cut == whole
    assert pairs(match(with_dictionaries(batch), ruleset)) == whole
    order = random.Random(seed).sample(range(EVENTS), EVENTS)
    mixed = pairs(match(batch.take(pa.array(order)), ruleset_of(case)))
    assert sorted((order[row], rule) for row, rule in mixed) == whole


@pytest.mark.slow
@settings(max_examples=2, phases=PHASES)
@given(SEEDS)
def test_engine_agrees_where_hardly_two_values_are_alike(seed: int) -> None:
    size = 1600
    case = draw(seed, 4, 2 * size, unlike=True)
    ruleset, batch = ruleset_of(case), batch_of(case)
    halves = [pairs(match(batch.slice(start, size), ruleset)) for start in (0, size)]
    found = [(row + place * size, rule) for place, half in enumerate(halves) for row, rule in half]
    assert_same(case, found, expected(case, batch), f"seed {seed}: ")


@settings(max_examples=5, phases=PHASES)
@given(SEEDS)
def test_rules_from_files_and_from_the_cache_answer_alike(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    case = draw(seed, RULES, EVENTS)
    folder: Path = tmp_path_factory.mktemp("rules")
    for number, rule in enumerate([*case.rules, *case.filters]):
        text = yaml.safe_dump(rule, allow_unicode=True)
        (folder / f"{number:02}.yml").write_text(text, encoding="utf-8")
    values = {name: list(texts) for name, texts in case.values.items()}
    (folder / "placeholders.yml").write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    batch = batch_of(case)
    whole = pairs(match(batch, ruleset_of(case)))
    for cache in (None, folder / "cache", folder / "cache"):
        loaded = load_rules([folder], cache)
        assert not loaded.refused
        assert pairs(match(batch, loaded)) == whole


@pytest.mark.soak
@pytest.mark.timeout(0)
def test_engine_agrees_for_hours(capsys: pytest.CaptureFixture[str]) -> None:
    wanted = int(os.environ.get("WARROOM_SOAK_CASES", "1000000"))
    first = int(os.environ.get("WARROOM_SOAK_SEED", "0")) or random.SystemRandom().randrange(1, 1 << 32)
    batches = -(-wanted // (RULES * EVENTS))
    hits = sum(assert_agreement(draw(seed, RULES, EVENTS), f"seed {seed}: ") for seed in range(first, first + batches))
    with capsys.disabled():
        sys.stdout.write(f"\nseed {first}: {batches * RULES * EVENTS:,} cases agreed, {hits:,} of them hits\n")
