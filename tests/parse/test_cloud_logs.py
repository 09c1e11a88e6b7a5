"""CloudTrail, Kubernetes audit and Suricata EVE: recognised, with the log source that rules ask for."""

from __future__ import annotations

import json

import pytest
from parse.reading import SAMPLES, event

from warroom.log_formats import FORMATS
from warroom.parse import recognise
from warroom.parse.json_documents import Splitter


@pytest.mark.parametrize(
    ("sample", "log_format", "source"),
    [
        ("cloud/stratus_cloudtrail_stop.json", "cloudtrail", ("aws", None, "cloudtrail")),
        ("cloud/invictus_records.json", "cloudtrail", ("aws", None, "cloudtrail")),
        ("cloud/falco_exec_pod.json", "k8s_audit", ("kubernetes", "application", "audit")),
        ("network/suricata_eve.log", "suricata_eve", ("suricata", None, None)),
    ],
)
def test_real_logs_are_recognised(sample: str, log_format: str, source: tuple[str | None, ...]) -> None:
    assert recognise((SAMPLES / sample).read_bytes()) == log_format
    assert FORMATS[log_format].logsource == source


def test_a_cloudtrail_record() -> None:
    (record,) = Splitter().feed((SAMPLES / "cloud/invictus_records.json").read_bytes(), last=True)
    found = event("cloudtrail", record)
    native = json.loads(record)
    assert found["fields"]["eventName"] == native["eventName"]
    assert found["event_action"] == native["eventName"]
    assert found["ts"].isoformat() == native["eventTime"].replace("Z", "+00:00")


def test_whole_request_parameters_can_be_searched() -> None:
    found = event("cloudtrail", b'{"eventName":"PutBucketVersioning","requestParameters":{"V":{"Status":"Suspended"}}}')
    assert found["fields"]["requestParameters"] == '{"V":{"Status":"Suspended"}}'
    assert found["fields"]["requestParameters.V.Status"] == "Suspended"
    assert "responseElements" not in found["fields"]


def test_half_a_character_hides_nothing() -> None:
    found = event("cloudtrail", b'{"eventName":"\\ud800","requestParameters":{"a":"Suspended"}}')
    assert found["fields"]["requestParameters"] == '{"a":"Suspended"}'


def test_a_kubernetes_record() -> None:
    found = event("k8s_audit", (SAMPLES / "cloud/falco_exec_pod.json").read_bytes().splitlines()[0])
    assert found["fields"]["objectRef.subresource"] == "exec"
    assert found["fields"]["verb"] == "create"
    assert found["url_path"].endswith("/exec")


def test_a_suricata_alert() -> None:
    lines = (SAMPLES / "network/suricata_eve.log").read_bytes().splitlines()
    alert = next(line for line in lines if b'"event_type":"alert"' in line)
    found = event("suricata_eve", alert)
    native = json.loads(alert)
    assert found["source_ip"] == native["src_ip"]
    assert found["destination_port"] == native["dest_port"]
    assert found["rule_name"] == native["alert"]["signature"]


@pytest.mark.parametrize("line", [b'{"event_type":"x","timestamp":1}', b'{"verb":"GET","ts":1}', b'{"Event":"x"}'])
def test_other_objects_stay_json_lines(line: bytes) -> None:
    assert recognise(line + b"\n") == "jsonl"
