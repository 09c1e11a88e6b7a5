"""The files that decide on what a rule matches, as the record of a drill wants them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from warroom.bench.backtest_choice import chosen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warroom.detect import Correlation, Rule, RuleSet


def rule_files(rules: RuleSet, ids: Iterable[str]) -> dict[str, tuple[Path, ...]]:
    """Give of each rule that there is, by id, its file and those of the rules that it counts."""
    found: dict[str, tuple[Path, ...]] = {}
    for rule_id in ids:
        picked = chosen(rules, {rule_id})
        both: list[Rule | Correlation] = [*picked.rules, *picked.correlations]
        if both:
            found[rule_id] = tuple(Path(name) for name in sorted({one.file for one in both}))
    return found
