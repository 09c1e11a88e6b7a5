"""What placeholders stand for comes from files beside the rules; a rule is refused until its values are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.detect.events import batch
from warroom.detect import load_rules, match
from warroom.detect.heading import RefusedError
from warroom.detect.placeholders import Placeholders, read_placeholders

RULE = """title: A rule
logsource: {category: test}
detection:
  s:
    user|expand: '%admins%'
  condition: s
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rule.yml").write_text(RULE)
    return tmp_path


def found(folder: Path) -> list[int]:
    rules = load_rules([folder], folder / "cache")
    assert rules.refused == []
    events = batch([{"user": "adm_joe"}, {"user": "root"}, {"user": "%admins%"}])
    return match(events, rules)["row"].to_pylist()


def test_a_rule_waits_for_its_values_and_follows_them(folder: Path) -> None:
    (fault,) = load_rules([folder], folder / "cache").refused
    assert (fault.line, fault.reason) == (
        5,
        "the placeholder %admins% has no values: write a line `admins: [value, …]` in detectors/placeholders.yml",
    )
    (folder / "placeholders.yml").write_text("admins: adm_*\n")
    assert found(folder) == [0]
    (folder / "placeholders.yml").write_text("admins: [root]\nothers: [1]\n")
    assert found(folder) == [1]
    assert found(folder) == [1]


def test_values_may_lie_in_a_folder_of_files(folder: Path) -> None:
    (folder / "placeholders").mkdir()
    (folder / "placeholders" / "people.yml").write_text("admins: [root]\n")
    (folder / "placeholders" / "places.yml").write_text("admins: [adm_*]\nservers: [srv1]\n")
    values, faults = read_placeholders([folder])
    assert values == {"admins": ("root",), "servers": ("srv1",)}
    (fault,) = faults
    assert (Path(fault.file).name, fault.line, "stands in" in fault.reason) == ("places.yml", 1, True)


@pytest.mark.parametrize(
    "text", ["admins: {a: b}\n", "admins: [null]\n", "admins: [true]\n", "5: [a]\n", "- a\n", "a: [\n"]
)
def test_values_that_are_none_are_faults(folder: Path, text: str) -> None:
    (folder / "placeholders.yml").write_text(text)
    (fault, *_) = load_rules([folder]).refused
    assert (Path(fault.file).name, bool(fault.reason)) == ("placeholders.yml", True)


def test_several_placeholders_stand_for_every_combination_within_a_bound() -> None:
    some = Placeholders({"a": ("1", "2"), "b": ("x", "y"), "many": tuple(map(str, range(200)))})
    assert some.expanded("%a%-%b%") == ["1-x", "1-y", "2-x", "2-y"]
    with pytest.raises(RefusedError, match="more than 10,000"):
        some.expanded("%many%%many%")
    assert some.asked.keys() == {"a", "b", "many"}
