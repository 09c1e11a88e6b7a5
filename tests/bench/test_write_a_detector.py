"""The page for a first detector: what it says to write is sound, and what it says to type makes it."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from warroom.bench.scaffold import scaffold
from warroom.bench.trials import try_all
from warroom.detect.content import faults_of, read_detectors
from warroom.settings import ROOT

PAGE = (ROOT / "docs" / "write-a-detector.md").read_text(encoding="utf-8")


@pytest.fixture
def detector(tmp_path: Path) -> Path:
    """Give the page's detector with its samples, in a folder of drafts."""
    rule, samples = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    folder = tmp_path / "drafts"
    folder.mkdir()
    (folder / "authn_otp_guessing.yml").write_text(rule, encoding="utf-8")
    (folder / "authn_otp_guessing.samples.yaml").write_text(samples, encoding="utf-8")
    return folder / "authn_otp_guessing.yml"


def test_the_detector_of_the_page_is_sound_and_does_what_it_says(detector: Path) -> None:
    assert faults_of(read_detectors([detector])[0]) == []
    (trial,) = try_all([detector], detector.parent)
    assert trial.failures == []
    assert {case.expected for case in trial.cases} == {True, False}


def test_the_lines_of_the_page_become_the_selection_that_it_tells() -> None:
    (pasted,) = re.findall(r"--from - <<'END'\n(.*?)END", PAGE, re.DOTALL)
    made = scaffold("authn_otp_guessing", pasted, "", date(2026, 11, 23))
    assert "reason: 'bad_otp'\n        method: 'otp'\n" in made.rule
