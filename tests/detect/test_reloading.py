"""A change of one rule reads one file, and the rule set is ready before events ask for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.detect.events import batch
from warroom.detect import RuleFiles, RuleSet, load_rules, match

RULE = """title: '{0}'
id: 00000000-0000-4000-8000-00000000000{0}
logsource: {{category: {1}}}
detection: {{s: {{a: '{2}'}}, condition: s}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number, category in enumerate(["one", "one", "two", "two"], 1):
        write(tmp_path, number, category)
    return tmp_path


def write(folder: Path, number: int, category: str, text: str = "x") -> None:
    (folder / f"{number}.yml").write_text(RULE.format(number, category, text))


def answers(rules: RuleSet) -> set[tuple[int, str]]:
    """Which event, one of each category, which rule."""
    events = batch([{"a": "x"}, {"a": "x"}, {"a": "y"}], core={"log_category": ["one", "two", "two"]})
    found = match(events, rules).to_pylist()
    return {(pair["row"], rules.rules[pair["rule"]].title) for pair in found}


def conditions(rules: RuleSet) -> dict[str, object]:
    return {rule.id: rule.condition for rule in rules.rules}


def test_only_the_changed_rule_is_read_and_all_is_compiled_before_events_come(folder: Path) -> None:
    files = RuleFiles([folder], folder / "cache")
    before = files.load()
    assert answers(before) == {(0, "1"), (0, "2"), (1, "3"), (1, "4")}
    write(folder, 3, "two", "y")
    after = files.load()
    kept = [number for number in "1234" if conditions(after)[ID + number] is conditions(before)[ID + number]]
    assert kept == ["1", "2", "4"]
    assert "compiled" in vars(after)
    assert answers(after) == {(0, "1"), (0, "2"), (1, "4"), (2, "3")}
    assert answers(before) == {(0, "1"), (0, "2"), (1, "3"), (1, "4")}


ID = "00000000-0000-4000-8000-00000000000"


def test_rules_come_and_go(folder: Path) -> None:
    files = RuleFiles([folder])
    first = files.load()
    answers(first)
    (folder / "1.yml").unlink()
    second = files.load()
    assert answers(second) == {(0, "2"), (1, "3"), (1, "4")}
    write(folder, 1, "one")
    write(folder, 5, "one")
    third = files.load()
    assert answers(third) == {(0, "1"), (0, "2"), (0, "5"), (1, "3"), (1, "4")}
    for path in folder.glob("*.yml"):
        path.unlink()
    assert files.load().rules == ()


def test_where_nothing_changed_all_that_was_learnt_stays(folder: Path) -> None:
    files = RuleFiles([folder])
    before = files.load()
    answers(before)
    (folder / "1.yml").touch()
    assert files.load().compiled is before.compiled


def test_a_file_that_was_mended_loads_and_a_broken_one_goes(folder: Path) -> None:
    files = RuleFiles([folder], folder / "cache")
    assert files.load().refused == []
    (folder / "2.yml").write_text("title: [\n")
    broken = files.load()
    assert ([Path(fault.file).name for fault in broken.refused], len(broken.rules)) == (["2.yml"], 3)
    write(folder, 2, "one")
    assert (files.load().refused, len(files.load().rules)) == ([], 4)


def test_reloading_answers_like_loading_anew(folder: Path) -> None:
    files = RuleFiles([folder])
    answers(files.load())
    write(folder, 6, "two", "*")
    (folder / "3.yml").unlink()
    (folder / "0.yml").write_text((folder / "4.yml").read_text().replace("'x'", "'y'"))  # an id twice: the first counts
    again, anew = files.load(), load_rules([folder])
    assert answers(again) == answers(anew)
    assert again.refused == anew.refused
