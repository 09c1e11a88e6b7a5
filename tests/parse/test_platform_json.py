"""The platforms' own JSON: every minimum field of the 41 kinds stays, and what core has a column for is in it."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from parse.reading import event, read

from warroom.parse import recognise

ROOT = Path(__file__).resolve().parents[2]
KINDS = {
    kind: entry["min_fields"].split(", ")
    for kind, entry in yaml.safe_load((ROOT / "data/reference/platforms.yaml").read_text())[
        "log_source_vocabulary"
    ].items()
}

#: Minimum field → core columns that hold it, of whatever kind.
EVERYWHERE = {
    "ts": ["ts"], "src_ip": ["source_ip"], "client_ip": ["source_ip"], "src": ["source_ip"], "dst": ["destination_ip"],
    "src_ip:port": ["source_ip", "source_port"], "sport": ["source_port"], "dport": ["destination_port"],
    "country": ["source_geo_country_iso_code"], "geo": ["source_geo_country_iso_code"],
    "uri": ["url_original", "url_path"], "url": ["url_original", "url_domain"], "referer": ["http_request_referrer"],
    "user_agent": ["user_agent_original"], "latency_ms": ["event_duration"], "duration_ms": ["event_duration"],
    "user": ["user_name"], "actor": ["user_name"], "db_user": ["user_name"], "principal": ["user_name"],
    "creator": ["user_name"], "user_id": ["user_id"], "user_id_hash": ["user_id", "user_name"],
    "citizen_hash": ["user_id"], "subject_hash": ["user_id"], "payer_hash": ["user_id"], "caller_hash": ["user_id"],
    "client_id": ["user_id"], "action": ["event_action"], "verb": ["event_action"], "event": ["event_action"],
    "statement_class": ["event_action"], "result": ["event_outcome"], "decision": ["event_outcome"],
    "attestation_result": ["event_outcome"], "reason": ["event_reason"], "device_id": ["device_id"],
    "device": ["device_id"], "install_id": ["device_id"], "terminal_id": ["device_id"], "rule_id": ["rule_name"],
    "sid": ["rule_name"], "process": ["process_name"], "command": ["process_command_line"], "message": ["message"],
    "sha256": ["file_hash_sha256"], "hash_after": ["file_hash_sha256"], "qname": ["dns_question_name"],
}  # fmt: skip
#: Where a name means something else than in most kinds.
OF_KIND = {
    "cdn_ddos": {"host": ["url_domain"], "path": ["url_original", "url_path"]},
    "waf": {"host": ["url_domain"], "method": ["http_request_method"]},
    "lb_access": {"status": ["http_response_status_code", "event_outcome"], "bytes": ["http_response_body_bytes"]},
    "web_access": {
        "method": ["http_request_method"], "status": ["http_response_status_code", "event_outcome"],
        "bytes": ["http_response_body_bytes"],
    },
    "api_gw": {
        "method": ["http_request_method"], "status": ["http_response_status_code", "event_outcome"],
        "api": ["url_original", "url_path"],
    },
    "cloud_audit": {"api": ["event_action"]},
    "payment_txn": {"status": ["event_outcome"]},
    "fim": {"host": ["host_hostname"], "path": ["file_path"]},
    "os_syslog": {"host": ["host_hostname"]},
    "edr": {"host": ["host_hostname"]},
    "ntp": {"host": ["host_hostname"]},
}  # fmt: skip
OUTCOMES = {
    "success": "success", "pass": "success", "allow": "success", "accepted": "success", "fail": "failure",
    "denied": "failure", "forbid": "failure", "rejected": "failure", "declined": "failure", "failed": "failure",
    "timeout": "failure", "error": "failure", "manual_review": "unknown",
}  # fmt: skip


def lines_of(kind: str) -> list[bytes]:
    own = ROOT / f"tests/samples/parse/platform/{kind}.log"  # where the shipped feeds read another format
    found = own if own.is_file() else ROOT / f"feeds/samples/{kind}.log"
    return [line[line.index(b"{") :] for line in found.read_bytes().splitlines()]  # some stand in a syslog envelope


@pytest.mark.parametrize("kind", KINDS)
def test_every_minimum_field_stays_and_fills_its_core_columns(kind: str) -> None:
    columns = EVERYWHERE | OF_KIND.get(kind, {})
    met: set[str] = set()
    for line in lines_of(kind):
        native = json.loads(line)
        assert list(native) == KINDS[kind]
        found = event("jsonl", line)
        for name, value in native.items():
            if value is None or value == []:
                continue
            assert found["fields"][name] == as_text(value), name
            for column in columns.get(name, ()):
                if holds(column, value, found):
                    met.add(f"{name}→{column}")
    assert met == {f"{name}→{column}" for name in KINDS[kind] for column in columns.get(name, ())}


def as_text(value: object) -> str | list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return value if isinstance(value, str) else json.dumps(value)


def holds(column: str, value: Any, found: dict[str, Any]) -> bool:  # noqa: ANN401  any JSON value
    """Say whether a column has a value; AssertionError where it has another one than it must."""
    if column == "event_outcome" and value == "pending":  # of a payment no outcome yet, of an attempt one not known
        return found.get(column) in (None, "unknown")
    wanted = _WANTED.get(column, lambda one: one)(value)
    if column == "url_domain" and "://" in value:
        wanted = value.split("/")[2]
    if wanted in ("", None):
        return False
    assert found[column] == wanted, column
    return True


def address(value: str) -> str:
    bare = value.rpartition(":")[0].strip("[]") if "]" in value or value.count(":") == 1 else value
    return str(ipaddress.ip_address(bare))


_WANTED: dict[str, Callable[[Any], object]] = {
    "ts": datetime.fromisoformat,
    "event_outcome": lambda v: OUTCOMES[v] if isinstance(v, str) else ("success" if v < 400 else "failure"),
    "event_duration": lambda value: value * 1_000_000,
    "source_ip": address,
    "source_port": lambda value: int(str(value).rpartition(":")[2]),
    "url_path": lambda value: value.partition("?")[0],
    "rule_name": str,
}


@pytest.mark.parametrize("kind", KINDS)
def test_columns_of_requests_belong_to_requests(kind: str) -> None:
    requests = {"cdn_ddos", "waf", "lb_access", "web_access", "api_gw", "social"}
    for line in lines_of(kind):
        found = event("jsonl", line)
        if kind not in requests:
            assert found.keys().isdisjoint({"url_original", "url_domain", "http_response_status_code"})
            assert "http_response_body_bytes" not in found


def test_samples_are_recognised_and_read_whole() -> None:
    for kind in KINDS:
        lines = lines_of(kind)
        assert recognise(b"\n".join(lines) + b"\n") == "jsonl", kind
        assert len(read("jsonl", *lines).events) == len(lines) >= 4


def test_files_and_urls_in_one_batch() -> None:
    lines = [
        b'{"ts":"2026-11-21T09:00:00Z","host":"web-03","path":"/etc/passwd","hash_before":"a","hash_after":"b"}',
        b'{"ts":"2026-11-21T09:00:00Z","host":"www.example.go.th","path":"/etc/x?y=1","file":"upload.png"}',
    ]
    first, second = read("jsonl", *lines).events.to_pylist()
    assert (first["file_path"], first["url_original"]) == ("/etc/passwd", None)
    assert (second["file_path"], second["url_original"]) == ("upload.png", "/etc/x?y=1")
    assert [one["fields"]["path"] for one in (first, second)] == ["/etc/passwd", "/etc/x?y=1"]
