"""The page for a first detector: what it says to write is sound, and what it says to type makes it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from warroom.bench.backtest_entities import grouped_kinds
from warroom.bench.name_taken import taken
from warroom.bench.scaffold import scaffold
from warroom.bench.trials import try_all
from warroom.console.screens import draft as editor
from warroom.detect import load_rules
from warroom.detect.content import detector_files, faults_of, read_detectors
from warroom.settings import ROOT

PAGE = (ROOT / "docs" / "write-a-detector.md").read_text(encoding="utf-8")
#: What the page calls its detector.
NAME = "authn_otp_six_wrong"
DETECTORS = ROOT / "detectors"


@pytest.fixture
def detector(tmp_path: Path) -> Path:
    """Give the page's detector with its samples, in a folder of drafts."""
    rule, samples = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    folder = tmp_path / "drafts"
    folder.mkdir()
    (folder / f"{NAME}.yml").write_text(rule, encoding="utf-8")
    (folder / f"{NAME}.samples.yaml").write_text(samples, encoding="utf-8")
    return folder / f"{NAME}.yml"


def test_the_detector_of_the_page_is_sound_and_does_what_it_says(detector: Path) -> None:
    assert faults_of(read_detectors([detector])[0]) == []
    (trial,) = try_all([detector], detector.parent)
    assert trial.failures == []
    assert {case.expected for case in trial.cases} == {True, False}


def test_the_lines_of_the_page_become_the_selection_that_it_tells() -> None:
    (pasted,) = re.findall(r"--from - <<'END'\n(.*?)END", PAGE, re.DOTALL)
    made = scaffold(NAME, pasted, "", date(2026, 11, 23))
    assert "reason: 'bad_otp'\n        method: 'otp'\n" in made.rule


def test_nothing_of_the_page_is_a_detectors_that_is_there_already(detector: Path) -> None:
    commands = re.findall(r"^\./run rules \w+ (authn_\w+)", PAGE, re.MULTILINE)
    assert set(commands) == {NAME, editor._EXAMPLE}  # noqa: SLF001 - what the editor shows as an example of a name
    assert taken(NAME, "", DETECTORS) == ""
    others, _ = read_detectors([path for path in detector_files(DETECTORS) if path.parent.name == "authn"])
    both = faults_of([*others, *read_detectors([detector])[0]])
    assert [one.reason for one in both] == []  # no id and no title is given twice


def test_a_back_test_of_the_page_counts_by_account(detector: Path) -> None:
    (correlation,) = load_rules([detector]).correlations
    assert grouped_kinds(correlation) == {"user"}
