"""Firewalls, translations, VPNs, IDS, WAFs and host audit: lines as their makers document them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parse.reading import SAMPLES, event, read

from warroom.parse import recognise

CASES: list[dict[str, Any]] = json.loads((SAMPLES / "makers" / "network.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['format']}: {case['line'][:40]}")
def test_a_line(case: dict[str, Any]) -> None:
    found = event(case["format"], case["line"].encode())
    told = {**found["fields"], **{name: value for name, value in found.items() if name != "fields"}}
    told["ts"] = str(told["ts"])
    assert {name: told.get(name) for name in case["expected"]} == case["expected"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['format']}: {case['line'][:40]}")
def test_a_line_is_recognised(case: dict[str, Any]) -> None:
    asked = case["format"]
    found = recognise(case["line"].encode() + b"\n")
    if asked in ("syslog", "nginx"):  # the format that is for such lines alone tells more
        assert found in (asked, "filterlog", "cisco", "openvpn", "modsecurity", "netfilter", "alert_fast")
    else:
        assert found in (asked, "syslog" if asked == "netfilter" else asked)


@pytest.mark.parametrize(
    "log_format",
    [
        "netfilter",
        "nat",
        "filterlog",
        "windows_firewall",
        "cisco",
        "fortigate",
        "panos",
        "alert_fast",
        "openvpn",
        "nfdump",
    ],
)
def test_other_lines_are_refused_with_what_was_expected(log_format: str) -> None:
    parsed = read(log_format, b"words", b"Nov 21 10:00:00 host - nothing of this kind")
    assert [reject.row for reject in parsed.rejects] == [0, 1]
    assert all("expected" in reject.reason or "neither" in reject.reason for reject in parsed.rejects)


def test_plaso_alerts_have_the_years_that_their_dates_say() -> None:
    lines = (SAMPLES / "plaso" / "suricata_alert_fast.log").read_bytes().split(b"\n")
    times = [str(found["ts"])[:10] for found in read("alert_fast", *filter(None, lines)).events.to_pylist()]
    assert times == ["2010-10-05", "2021-12-28", "2021-12-28", "2022-01-02", "2022-02-04"]


def test_plaso_alert_without_a_year_and_ports_behind_whole_ipv6_addresses() -> None:
    lines = (SAMPLES / "plaso" / "snort3_alert_fast.log").read_bytes().split(b"\n")
    found = read("alert_fast", *filter(None, lines)).events.to_pylist()
    assert [str(one["ts"])[:19] for one in found][::3] == ["2025-12-28 12:55:38", "2026-02-04 23:41:31"]
    last = found[3]
    assert (last["source_ip"], last["source_port"]) == ("2001:df1:c200:c::35", 60884)
    assert (last["destination_ip"], last["destination_port"]) == ("2001:4860:4860::8888", 80)


def test_plaso_windows_firewall() -> None:
    content = (SAMPLES / "plaso" / "windows_firewall.log").read_bytes()
    lines = [line for line in content.split(b"\n") if line.strip()]
    assert recognise(content) == "windows_firewall"
    parsed = read("windows_firewall", *lines, timezone="Asia/Bangkok")
    assert [reject.row for reject in parsed.rejects] == [0, 1, 2, 3]  # its header
    first = parsed.events.to_pylist()[0]
    assert str(first["ts"]) == "2005-04-11 01:05:57+00:00"
    assert (first["source_ip"], first["destination_port"], first["event_action"]) == ("123.45.78.90", 137, "block")


@given(st.sampled_from(CASES), st.data())
def test_a_line_that_was_cut_is_an_event_or_a_reject(case: dict[str, Any], data: st.DataObject) -> None:
    line = case["line"].encode()
    cut = line[: data.draw(st.integers(1, len(line)))]
    parsed = read(case["format"], cut)
    assert len(parsed.events) + len(parsed.rejects) == 1


@pytest.mark.parametrize(
    ("log_format", "line"),
    [
        ("cef", b"CEF:0|a|b|c"), ("leef", b"LEEF:1.0|a|b"),
        ("modsecurity", b"2021/12/26 12:36:51 [error] 9#9: *1 open()"),
        ("modsecurity_serial", b"--1a2b3c4d-A--\nno time"), ("laurel", b'{"SYSCALL":{}}'), ("wazuh", b'{"rule":{}}'),
        ("modsecurity_audit", b'{"transaction":1}'), ("macos_security", b"Feb 26 19:11:56 h secd[1]: x"),
    ],
)  # fmt: skip
def test_what_is_of_another_kind_is_refused(log_format: str, line: bytes) -> None:
    (reject,) = read(log_format, line).rejects
    assert reject.reason.startswith("no ")


def test_plaso_macos_security_log() -> None:
    content = (SAMPLES / "plaso" / "security.log").read_bytes()
    assert recognise(content) == "macos_security"
    parsed = read("macos_security", *[line for line in content.split(b"\n") if line.strip()])
    assert (len(parsed.events), parsed.rejects) == (9, [])
    assert parsed.events.column("message").to_pylist()[6] == "Good byte old year :'("


def test_plaso_selinux_log() -> None:
    content = (SAMPLES / "plaso" / "selinux.log").read_bytes()
    parsed = read("auditd", *[line for line in content.split(b"\n") if line.strip()])
    assert [reject.row for reject in parsed.rejects] == [1, 3, 4, 5]  # without a time, a type or its milliseconds


@pytest.mark.parametrize(
    ("log_format", "line"),
    [
        ("cef", b"CEF:0|vendor|product|1|class|name|5|"),
        ("cef", b"CEF:0|vendor|product|1|class|name|5|words without a key"),
        ("leef", b"LEEF:1.0|v|p|1|e|devTime=2026-11-21\tdevTimeFormat=yyyy-MM-dd dd"),  # no pattern has a day twice
        ("leef", b"LEEF:1.0|v|p|1|e|devTime=0001-01-01 +0700\tdevTimeFormat=yyyy-MM-dd Z"),  # before the first year
        ("auditd", b"type=AVC msg=audit(1243332701.744:101): " + b"a" * 200_000),
        ("auditd", b"type=AVC msg=audit(1243332701.744:101): k=" + b"a " * 100_000),
    ],
    ids=lambda value: str(value[:40]),
)
def test_what_has_broken_a_reader_is_an_event(log_format: str, line: bytes) -> None:
    assert len(read(log_format, line).events) == 1


def test_pfsense_packets_as_crowdsec_has_them() -> None:
    lines = (SAMPLES / "crowdsec" / "pfsense-rfc5424-filterlog" / "pfsense-rfc5424-filterlog.log").read_bytes()
    found = read("filterlog", *[line for line in lines.split(b"\n") if line.strip()]).events.to_pylist()
    assert recognise(lines) == "filterlog"
    assert [(one["source_ip"], one["source_port"], one["destination_port"], one["event_action"]) for one in found] == [
        ("192.168.5.6", 42970, 80, "block"),
        ("192.168.10.110", 55726, 443, "block"),
        ("fdfd:ace:ace:10:d8:cdbf:f6f8:6d69", 65382, 443, "block"),
        ("192.168.5.6", 58014, 80, "block"),
    ]
    assert {(one["host_hostname"], one["fields"]["program"], one["fields"]["pid"]) for one in found} == {
        ("firewall.lan", "filterlog", "92653")
    }
