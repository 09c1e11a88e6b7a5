from __future__ import annotations

import io
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
        ("ncsa_category: 1", "ncsa_category: 12", 30, "`custom: ncsa_category` must be one of 0 (Training"),
        ("playbook: account_takeover", "playbook: pray", 31, "`custom: playbook` must be one of account_takeover"),
        ("falsepositives:\n    - A program with an old password or key\n", "", 1, "`falsepositives` needs"),
        ("9fe805cf-a66c-4f6b-a781-66fbb6dbef5f", "78221a6e-7c65-4556-abbe-bb6d61479ba3", 38, "already stands in"),
        ("title: SSH Sign-In Failed", "title: Password Guessing over SSH", 37, "title `password guessing"),
        ("name: sshd_brute_force_event", "name: sshd_other", 37, "one detector a file"),
        ("condition: selection", "condition: absent", 51, "absent"),
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
    assert capsys.readouterr().out == "4 samples of 1 detector hold.\n"


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


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, detectors: Path) -> Path:
    """The folder of detectors is one of the test's own, and no worker ever ran."""
    monkeypatch.setenv("WARROOM_DETECTORS", str(detectors))
    monkeypatch.setenv("WARROOM_DATA", str(tmp_path / "data"))
    return detectors


def test_the_check_tells_machines_what_is_no_fault_and_may_surprise(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", "check", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["sigma"]["notes"] == []
    assert "dangling_detection" in answer["sigma"]["validators"]
    assert answer["unmapped"] == []
    assert any(source["logsource"]["service"] == "kyc" for source in answer["blind_feeds"])
    assert not any("tang_rat_sshd" in source["feeds"] for source in answer["blind_feeds"])
    text = (elsewhere / "sshd" / "sshd_brute_force.yml").read_text(encoding="utf-8")
    other = text.replace("sshd_brute_force_event", "sshd_again_event").replace("Password Guessing over SSH", "Again")
    for old, new in (("78221a6e", "78221a6f"), ("9fe805cf", "9fe805c0"), ("SSH Sign-In Failed", "Failed Again")):
        assert old in other
        other = other.replace(old, new)
    (elsewhere / "sshd" / "sshd_again.yml").write_text(other, encoding="utf-8")
    samples = elsewhere / "sshd" / "sshd_brute_force.samples.yaml"
    shutil.copy(samples, samples.with_name("sshd_again.samples.yaml"))
    ((name, _, reason),) = check(elsewhere, capsys)
    assert name == "sshd_brute_force.yml"
    assert "asks the same as “Again”" in reason


def test_the_cost_of_rules_is_told(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "check", "--cost", "--json", str(elsewhere)]) == 0
    (cost,) = json.loads(capsys.readouterr().out)["cost"]
    assert cost["title"] == "Password Guessing over SSH"
    assert cost["microseconds_an_event"] >= 0


def test_what_came_of_the_samples_is_written_for_others(
    rule: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rules", "test", str(rule), "--junit", str(tmp_path / "junit.xml"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["cpu_seconds"].keys() == {"sshd_brute_force"}
    assert 'tests="4" failures="0"' in (tmp_path / "junit.xml").read_text(encoding="utf-8")


def test_a_new_detector_is_written_from_standard_input(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = b'{"ts":"2026-11-21T09:00:00Z","user_id_hash":"u1","method":"otp","result":"fail","reason":"bad_otp"}\n'
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(line)))
    assert main(["rules", "new", "authn_otp_guessing", "--from", "-"]) == 0
    assert (elsewhere / "authn" / "authn_otp_guessing.yml").is_file()
    assert "rules check" in capsys.readouterr().out
    assert main(["rules", "test", str(elsewhere / "authn")]) == 0
    assert main(["rules", "new", "authn_otp_guessing"]) == 2
    assert "is there already" in capsys.readouterr().err
    assert main(["rules", "new", "kyc_odd", "--draft"]) == 0
    drafts = tmp_path / "data" / "drafts"
    files = {path.name: path for path in drafts.iterdir()}
    assert set(files) == {"kyc_odd.yml", "kyc_odd.samples.yaml"}
    assert {path.stat().st_mode & 0o777 for path in files.values()} == {0o600}  # as the console writes them
    capsys.readouterr()
    assert main(["rules", "new", "authn_otp_guessing", "--draft"]) == 2
    assert "is there already, authn/authn_otp_guessing.yml: choose another name" in capsys.readouterr().err
    assert set(drafts.iterdir()) == set(files.values())
    for path in files.values():
        path.rename(path.with_name(path.name.replace("kyc_odd", "authn_otp_guessing")))
    assert main(["rules", "check", "authn_otp_guessing"]) == 1
    told = capsys.readouterr().out
    assert "authn_otp_guessing.yml: a detector named `authn_otp_guessing` is there already" in told
    assert "must be one of 0 (Training" in told  # both lists that a person chooses from
    assert "must be one of account_takeover" in told


def test_coverage_without_a_store_is_that_of_the_rules(
    elsewhere: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert elsewhere.is_dir()
    assert main(["rules", "coverage", "--json", "--navigator", str(tmp_path / "layer.json")]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(one["id"], one["rules"], one["tested"], one["alerts"]) for one in answer["techniques"]] == [
        ("T1021.004", 1, 1, 0),
        ("T1110.001", 1, 1, 0),
    ]
    assert [tactic["name"] for tactic in answer["tactics"] if tactic["covered"]] == [
        "Credential Access",
        "Lateral Movement",
    ]
    layer = json.loads((tmp_path / "layer.json").read_bytes())
    assert [one["score"] for one in layer["techniques"]] == [3, 3]
    assert main(["rules", "coverage"]) == 0
    assert "Credential Access: 1 of " in capsys.readouterr().out


def test_a_target_without_a_backend_says_what_to_install(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "convert", "splunk"]) == 2
    assert "pip install pysigma-backend-splunk" in capsys.readouterr().err


def test_a_release_is_compared_and_brought_in(
    elsewhere: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = ROOT / "detectors" / "upstream" / "rules" / "linux" / "builtin" / "sshd"
    shutil.copytree(source, tmp_path / "release" / "rules" / "linux" / "builtin" / "sshd")
    (tmp_path / "release" / "LICENSE").write_text("Detection Rule License", encoding="utf-8")
    release = str(tmp_path / "release")
    assert main(["rules", "upstream", "diff", release]) == 1
    assert "1 rule added, 0 changed" in capsys.readouterr().out
    assert main(["rules", "upstream", "import", release]) == 2
    assert "give it with --commit" in capsys.readouterr().err
    assert main(["rules", "upstream", "import", release, "--commit", "a" * 40, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["licence"] == "Detection Rule License"
    assert main(["rules", "upstream", "diff", release]) == 0
    capsys.readouterr()
    assert check(elsewhere, capsys) == []


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list", str(tmp_path / "nowhere")]) == 2
    assert "no such detector file or folder" in capsys.readouterr().err
