from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.bench.pasted import lines_of, sample_lines
from warroom.bench.scaffold import scaffold, write
from warroom.catalog import parse_yaml
from warroom.detect.content import faults_of, read_detectors
from warroom.detect.samples import Source, failures, read_samples, rules_under_test
from warroom.errors import UsageError

TODAY = date(2026, 11, 23)
PASTED = (
    '{"ts":"2026-11-21T09:00:01.951+07:00","user_id_hash":"u-1","method":"otp","result":"fail","reason":"bad_otp",'
    '"src_ip":"8.8.8.8","device_id":"d-9","note":"call 081-234-5678, somchai@example.co.th"}'
)
WEB = '8.8.4.4 - - [21/Nov/2026:09:00:00 +0700] "GET /wp-admin/setup.php?step=1 HTTP/1.1" 404 12 "-" "Chrome/142.0.0.0"'


def test_pasted_lines_become_a_detector_whose_samples_hold(tmp_path: Path) -> None:
    made = scaffold("authn_otp_guessing", f"{PASTED}\n\n{PASTED}\r\n", "", TODAY)
    rule, samples = write(made, tmp_path / made.folder)
    assert rule.parent.name == "authn"
    read = read_samples(samples)
    assert [case.expected for case in read.cases][:2] == [True, True]
    assert not all(case.expected for case in read.cases)
    assert list(failures(read, rules_under_test(rule, tmp_path))) == []
    (document,) = parse_yaml(rule.read_bytes(), rule)
    assert document.data["detection"]["selection"] == {"reason": "bad_otp", "method": "otp"}
    assert document.data["logsource"] == {"product": "govplatform", "service": "authn"}


def test_personal_data_and_public_addresses_are_gone_and_the_time_is_the_samples_own() -> None:
    text = scaffold("authn_otp_guessing", PASTED, "", TODAY).samples
    for secret in ("081-234-5678", "somchai@", "8.8.8.8", "2026-11-21"):
        assert secret not in text
    assert '"ts":"$time"' in text
    assert '"src_ip":"203.0.113.1"' in text


def test_every_text_that_is_left_is_named_until_it_is_written(tmp_path: Path) -> None:
    rule, samples = write(scaffold("authn_otp_guessing", PASTED, "", TODAY), tmp_path / "authn")
    left = [fault for fault in faults_of(read_detectors([rule])[0]) if "still to be written" in fault.reason]
    assert {Path(fault.file) for fault in left} == {rule, samples}
    assert all(fault.line for fault in left)
    text = rule.read_text(encoding="utf-8")
    for old, new in (
        ("replace.with-a-tactic-and-a-technique-of-attack", "attack.t1110.001"),
        ("'REPLACE: a file of playbooks/, without .yml'", "account_takeover"),
        ("'REPLACE: the number of a category of data/reference/ncsa_categories.yaml'", "1"),
        ("REPLACE: ", ""),
    ):
        text = text.replace(old, new)
    rule.write_text(text, encoding="utf-8")
    samples.write_text(samples.read_text(encoding="utf-8").replace("REPLACE: ", ""), encoding="utf-8")
    assert faults_of(read_detectors([rule])[0]) == []


def test_a_format_is_recognised_and_a_rule_for_web_servers_is_for_all_of_them() -> None:
    made = scaffold("webserver_setup", WEB, "", TODAY)
    assert "logsource: {category: webserver}" in made.rule
    assert "url.path: '/wp-admin/setup.php'" in made.rule
    assert made.samples.startswith("format: nginx\nlogsource: {product: nginx, category: webserver}\n")
    assert '203.0.113.1 - - [$time] "GET' in made.samples
    assert "Chrome/142.0.0.0" in made.samples


def test_what_a_shipper_makes_json_of_is_read_as_json() -> None:
    made = scaffold("os_syslog_x", '{"ts":"2026-11-21T09:00:00Z","process":"sudo","message":"x"}', "", TODAY)
    assert made.samples.startswith("format: jsonl\nlogsource: {product: linux, service: syslog}\n")


def test_without_lines_an_ordinary_one_of_the_kind_is_there_to_be_changed() -> None:
    made = scaffold("kyc_odd_attempt", "", "", TODAY)
    assert "attempt_id" in made.samples
    assert any("no line was given" in note for note in made.notes)


@pytest.mark.parametrize(
    ("name", "pasted", "kind", "reason"),
    [
        ("../../etc/passwd", PASTED, "", "name it <log source>_<behaviour>"),
        ("authn", PASTED, "", "name it <log source>_<behaviour>"),
        ("authn_x", PASTED, "nosuch", "there is no kind of log"),
        ("authn_x", PASTED, "kyc", "a detector of kyc is named kyc_<behaviour>"),
        ("odd_thing", PASTED, "", "many systems write: say which with --logsource"),
        ("odd_thing", "", "", "there are no lines"),
        ("web_setup", WEB, "", "lines of a web server: name it webserver_<behaviour>"),
        ("authn_x", "no JSON", "", "line 1 does not parse as jsonl"),
        ("authn_x", "{}\x00", "", "line 1 has control characters"),
        ("authn_x", "x" * 20_000, "", "shorten it"),
        ("authn_x", "{}\n" * 60, "", "paste at most 50"),
    ],
)
def test_what_cannot_become_a_detector_is_told(name: str, pasted: str, kind: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        scaffold(name, pasted, kind, TODAY)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    made = scaffold("authn_otp_guessing", PASTED, "", TODAY)
    (tmp_path / "authn_otp_guessing.samples.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is there already"):
        write(made, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["authn_otp_guessing.samples.yaml"]


@settings(max_examples=25)
@given(st.text(min_size=1, max_size=80))
def test_whatever_a_line_holds_the_files_are_yaml_that_means_it(text: str) -> None:
    line = '{"ts":"2026-11-21T09:00:00Z","action":' + json.dumps(text, ensure_ascii=False) + "}"
    try:
        wanted = lines_of(line)
    except UsageError:
        return
    made = scaffold("app_audit_x", line, "", TODAY)
    (rule,) = parse_yaml(made.rule.encode(), Path("rule.yml"))
    (samples,) = parse_yaml(made.samples.encode(), Path("rule.samples.yaml"))
    source = Source("jsonl", "UTC", {"product": "govplatform", "service": "app_audit"})
    assert samples.data["must_match"][0]["line"] == sample_lines(wanted, source)[0].text
    assert rule.data["id"]


def _json(text: str) -> str:
    import json  # noqa: PLC0415

    return json.dumps(text, ensure_ascii=False)
