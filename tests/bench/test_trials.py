from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from warroom.bench.trials import junit, try_all
from warroom.detect.content import detector_files
from warroom.settings import ROOT

DETECTORS = ROOT / "detectors"


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Give two shipped detectors, one of which has been made deaf."""
    folder = tmp_path / "sshd"
    folder.mkdir()
    for name in ("sshd_brute_force", "sshd_password_spraying"):
        for end in (".yml", ".samples.yaml"):
            shutil.copy(DETECTORS / "sshd" / (name + end), folder)
    deaf = folder / "sshd_brute_force.yml"
    deaf.write_text(deaf.read_text(encoding="utf-8").replace("gte: 10", "gte: 1000"), encoding="utf-8")
    return detector_files(tmp_path)


def test_every_case_is_tried_and_told(files: list[Path]) -> None:
    told: list[tuple[int, int]] = []
    first, second = try_all(files, files[0].parent, lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]
    assert [bool(case.failure) for case in first.cases] == [case.expected for case in first.cases]
    assert first.failures[0].file.endswith("sshd_brute_force.samples.yaml")
    assert not second.failures
    assert {case.expected for case in second.cases} == {True, False}


def test_a_file_without_samples_is_a_fault_of_its_own(files: list[Path]) -> None:
    files[1].with_name("sshd_password_spraying.samples.yaml").unlink()
    _, second = try_all(files, files[0].parent)
    assert second.cases == ()
    assert len(second.failures) == 1


@pytest.mark.slow
def test_processes_side_by_side_say_the_same(files: list[Path]) -> None:
    alone = try_all(files, files[0].parent, processes=1)
    many = try_all(files, files[0].parent, processes=2)
    assert [[(case.why, case.failure) for case in trial.cases] for trial in many] == [
        [(case.why, case.failure) for case in trial.cases] for trial in alone
    ]


def test_junit_names_detector_case_failure_and_line(files: list[Path], tmp_path: Path) -> None:
    samples = files[0].with_name("sshd_brute_force.samples.yaml")
    text = samples.read_text(encoding="utf-8").replace("why: root", r'why: "ro\x01ot <&>"')
    samples.write_text(text, encoding="utf-8")
    trials = try_all(files, files[0].parent)
    junit(trials, tmp_path / "junit.xml")
    suites = ET.parse(tmp_path / "junit.xml").getroot()  # noqa: S314  written two lines above
    first, second = suites.findall("testsuite")
    assert (first.get("name"), first.get("tests"), first.get("failures")) == ("sshd_brute_force", "4", "2")
    assert (second.get("failures"), second.get("errors")) == ("0", "0")
    case = first.findall("testcase")[0]
    assert case.get("name") == "must match: ro\N{REPLACEMENT CHARACTER}ot <&>"
    assert case.get("line") == str(trials[0].cases[0].at)
    failure = case.find("failure")
    assert failure is not None
    assert "must match and does not" in str(failure.get("message"))
