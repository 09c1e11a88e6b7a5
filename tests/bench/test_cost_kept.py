"""What rules were measured to cost is kept, as long as their files stay what they were."""

from __future__ import annotations

from pathlib import Path

import pytest
from making import UNION_RULE

from warroom.bench import cost_kept
from warroom.bench.cost import Cost
from warroom.detect import load_rules


@pytest.fixture
def measured(tmp_path: Path) -> tuple[Path, list[Cost]]:
    """Give a rule's file, and what it cost."""
    file = tmp_path / "union.yml"
    file.write_text(UNION_RULE, encoding="utf-8")
    return file, [Cost(rule, 0.81234, 0.2) for rule in load_rules([file]).rules]


def test_a_cost_holds_until_the_file_is_changed(measured: tuple[Path, list[Cost]], tmp_path: Path) -> None:
    file, costs = measured
    name, cache = costs[0].rule.id, tmp_path / "cache"
    assert cost_kept.stamp(cache) == 0
    cost_kept.keep(cache, costs)
    assert cost_kept.stamp(cache) > 0
    assert cost_kept.kept(cache, {name: str(file), "other": str(file)}) == {name: 0.812}
    file.write_text(f"{UNION_RULE}\n# looked at\n", encoding="utf-8")
    assert cost_kept.kept(cache, {name: str(file)}) == {}


def test_what_was_measured_before_stays(measured: tuple[Path, list[Cost]], tmp_path: Path) -> None:
    file, costs = measured
    cost_kept.keep(tmp_path, costs)
    cost_kept.keep(tmp_path, [])
    assert cost_kept.kept(tmp_path, {costs[0].rule.id: str(file)})


@pytest.mark.parametrize("content", [b"{", b"[1]", b'{"x": 1}', b"\xff"])
def test_a_damaged_file_is_as_none(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "rule_costs.json").write_bytes(content)
    assert cost_kept.kept(tmp_path, {"x": str(tmp_path / "gone.yml")}) == {}
