from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from warroom.__main__ import main
from warroom.settings import ROOT

RULE = ROOT / "detectors" / "sshd" / "sshd_brute_force.yml"


@pytest.fixture
def detectors(tmp_path: Path) -> Path:
    """A folder with one of the shipped detectors and its samples."""
    folder = tmp_path / "detectors" / "sshd"
    folder.mkdir(parents=True)
    for source in (RULE, RULE.with_name("sshd_brute_force.samples.yaml")):
        shutil.copy(source, folder)
    return tmp_path / "detectors"


@pytest.fixture
def rule(detectors: Path) -> Path:
    return detectors / "sshd" / "sshd_brute_force.yml"


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def check(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, int, str]]:
    code = main(["rules", "check", str(folder), "--json"])
    faults = json.loads(capsys.readouterr().out)["faults"]
    assert code == (1 if faults else 0)
    return [(Path(fault["file"]).name, fault["line"], fault["reason"]) for fault in faults]


def test_a_sound_detector_has_no_fault(detectors: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(detectors, capsys) == []
    assert main(["rules", "check", str(detectors)]) == 0
    assert "no fault" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("attack.t1110.001", "attack.t11", 12, "no known tag"),
        ("status: test", "status: good", 3, "`status` must be one of"),
        ("level: high", "level: grave", 0, "level"),
        ("    title_th:", "    title_xx:", 27, "`custom: title_th` is missing"),
        ("falsepositives:\n    - A program with an old password or key\n", "", 1, "`falsepositives` needs"),
        ("9fe805cf-a66c-4f6b-a781-66fbb6dbef5f", "78221a6e-7c65-4556-abbe-bb6d61479ba3", 34, "already stands in"),
        ("title: SSH Sign-In Failed", "title: Password Guessing over SSH", 33, "title `password guessing"),
        ("name: sshd_brute_force_event", "name: sshd_other", 33, "one detector a file"),
        ("condition: selection", "condition: absent", 47, "absent"),
    ],
)
def test_a_fault_is_told_with_file_line_and_what_to_do(
    rule: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, line: int, reason: str
) -> None:
    edit(rule, old, new)
    faults = check(rule.parent.parent, capsys)
    told = [fault for fault in faults if reason in fault[2]]
    assert told, faults
    assert told[0][0] == rule.name
    assert not line or told[0][1] == line


def test_a_detector_without_samples_is_a_fault(rule: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule.with_name("sshd_brute_force.samples.yaml").unlink()
    assert check(rule.parent.parent, capsys) == [
        (rule.name, 0, "has no samples: write sshd_brute_force.samples.yaml beside it")
    ]


def test_a_detector_with_another_name_is_a_fault(rule: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule.rename(rule.with_name("brute.yml"))
    rule.with_name("sshd_brute_force.samples.yaml").rename(rule.with_name("brute.samples.yaml"))
    ((file, _, reason),) = check(rule.parent.parent, capsys)
    assert (file, reason) == ("brute.yml", "name it sshd_<behaviour>.yml, in small letters, digits and _")


def test_a_changed_missing_or_added_rule_of_others_is_a_fault(
    detectors: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(ROOT / "detectors" / "upstream" / "rules" / "linux" / "builtin" / "sshd", detectors / "upstream")
    (added,) = (detectors / "upstream").glob("*.yml")
    shutil.copy(added, detectors / "upstream" / "changed.yml")
    files = {"changed.yml": "0" * 64, "gone.yml": "0" * 64}
    (detectors / "upstream" / "UPSTREAM.json").write_text(json.dumps({"files": files}), encoding="utf-8")
    told = {name: reason for name, line, reason in check(detectors, capsys) if not line}
    assert "was changed" in told["changed.yml"]
    assert "is missing" in told["gone.yml"]
    assert "is not in UPSTREAM.json" in told[added.name]


def test_samples_that_hold(detectors: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "test", str(detectors)]) == 0
    assert capsys.readouterr().out == "4 samples of 1 detectors hold.\n"


def test_a_rule_that_no_longer_finds_its_attack_fails_its_samples(
    rule: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(rule, "gte: 10", "gte: 1000")
    assert main(["rules", "test", str(rule), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["cases"] == 4
    assert [failure["reason"] for failure in answer["failures"]] == [
        "“root” must match and does not",
        "“unknown users” must match and does not",
    ]
    assert all(failure["line"] > 0 for failure in answer["failures"])


def test_a_rule_that_grew_too_loud_fails_its_samples(rule: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(rule, "gte: 10", "gte: 1")
    assert main(["rules", "test", str(rule)]) == 1
    assert "must not match and does: Password Guessing over SSH" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("format: syslog", "format: morse", "`format` must be one of"),
        ("must_match:", "must_hit:", "unknown key `must_hit`"),
        ("every: 3s", "every: soon", "`every` must be a time"),
        ("times: 15", "times: 1000000000", "at most 20000 lines"),
        ("service: sshd", "shop: sshd", "`logsource` needs"),
        ("- why: root", "- because: root", "a case needs `why`"),
    ],
)
def test_faulty_samples_are_told(
    rule: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, reason: str
) -> None:
    edit(rule.with_name("sshd_brute_force.samples.yaml"), old, new)
    assert main(["rules", "test", str(rule)]) == 1
    out = capsys.readouterr().out
    assert reason in out
    assert "sshd_brute_force.samples.yaml:" in out


def test_the_list_tells_both_titles_and_leaves_out_rules_that_only_serve(
    detectors: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", "list", str(detectors), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["title_en"], row["level"], row["kind"]) == ("Password Guessing over SSH", "high", "event_count")
    assert row["title_th"] == "เดารหัสผ่านผ่าน SSH"
    assert row["logsource"] == "linux/sshd"


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list", str(tmp_path / "nowhere")]) == 2
    assert "no such detector file or folder" in capsys.readouterr().err
