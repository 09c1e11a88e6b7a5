"""What crowdsec's hub asserts of its samples of firewalls, IDS, WAF and host audit, in the columns they belong in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from parse import crowdsec
from parse.reading import SAMPLES, read

from warroom.parse import recognise

CASES = SAMPLES / "crowdsec"
STAGES = ("s00-raw", "s01-parse", "s02-enrich")
#: crowdsec's own things: how it labels a line, its cut of the line, and texts of times that ``Meta.timestamp`` tells.
LEFT_OUT = {
    "Success.", "Whitelisted.", "Parsed.message", "Parsed.program", "Parsed.logsource", "Parsed.timestamp",
    "Parsed.date", "Parsed.time", "Parsed.suricata_timestamp", "Parsed.msg_type", "Unmarshaled.auditd.msg",
    "Meta.datasource_path", "Meta.datasource_type", "Meta.log_type", "Meta.sub_log_type", "Meta.service",
    "Enriched.MarshaledTime", "Enriched.MarshaledTime[4:]", "Parsed.syslog_version", "Parsed.timestamp8601",
}  # fmt: skip
PACKET = {
    "Parsed.int_eth": "IN", "Parsed.length": "LEN", "Parsed.proto": "PROTO", "Parsed.src_ip": "source_ip",
    "Parsed.src_port": "source_port", "Parsed.dst_ip": "destination_ip", "Parsed.dst_port": "destination_port",
    "Meta.source_ip": "source_ip", "Meta.machine": "host_hostname", "Parsed.hostname": "host_hostname",
    "Parsed.action": "letter", "Meta.action": "verdict", "Parsed.dst_zone": "dst_zone", "Parsed.rule_id": "rule_number",
    "Parsed.pid": "process_pid", "Parsed.sshd_client_ip": "source_ip", "Parsed.sshd_invalid_user": "user_name",
    "Meta.target_user": "user_name",
}  # fmt: skip
MODSECURITY = {
    "Parsed.apacheseverity": "apache_level", "Parsed.modsecmessage": "engine_message",
    "Parsed.modsecseverity": "result",
    "Parsed.ruledata": "data", "Parsed.rulefile": "file", "Parsed.ruleid": "id", "Parsed.ruleline": "line",
    "Parsed.rulemessage": "msg", "Parsed.ruleseverity": "severity", "Parsed.source_port": "source_port",
    "Parsed.sourcehost": "source_ip", "Parsed.targethost": "hostname", "Parsed.targeturi": "uri",
    "Parsed.uniqueid": "unique_id", "Parsed.version": "ver", "Meta.modsec_message": "msg",
    "Meta.modsec_ruledata": "data", "Meta.rule_id": "id", "Meta.source_ip": "source_ip", "Parsed.http_code": "code",
    "Parsed.phase": "phase", "Meta.http_code": "code", "Meta.modsec_phase": "phase", "Parsed.accuracy": "accuracy",
    "Parsed.maturity": "maturity", "Parsed.ref": "ref", "Parsed.cid": "cid", "Parsed.loglevel": "level",
    "Parsed.http_version": "http_version", "Parsed.pid": "process_pid", "Parsed.tid": "tid",
    "Parsed.upstream": "upstream",
    "Parsed.remote_addr": "source_ip", "Parsed.request": "url_original", "Parsed.verb": "http_request_method",
    "Parsed.target_fqdn": "server",
    **{f"Parsed.ruletag{number}": f"tag.{number}" for number in range(10)},
}  # fmt: skip
FILTERLOG = {"Parsed.syslog_priority": "priority", "Parsed.pid": "pid", "Meta.machine": "host_hostname"}
ALERT = {
    "Parsed.suricata_priority": "priority", "Parsed.source_port": "source_port", "Parsed.rule_id": "sid",
    "Parsed.proto": "PROTO", "Parsed.dest_port": "destination_port", "Parsed.dest_ip": "destination_ip",
    "Parsed.source_ip": "source_ip", "Parsed.suricata_alert_signature": "rule_name", "Parsed.suricata_gid": "gid",
    "Parsed.suricata_classification": "classification", "Parsed.suricata_alert_signature_rev": "rev",
    "Meta.suricata_alert_signature_id": "sid", "Meta.suricata_rule_severity": "severity",
    "Meta.source_ip": "source_ip",
}  # fmt: skip
EVE = {
    "Parsed.suricata_alert_signature_rev": "alert.rev", "Parsed.dest_ip": "destination_ip", "Parsed.proto": "proto",
    "Parsed.dest_port": "destination_port", "Parsed.suricata_alert_signature": "rule_name",
    "Meta.suricata_alert_signature_id": "alert.signature_id", "Meta.source_ip": "source_ip",
    "Meta.suricata_flow_id": "flow_id", "Meta.suricata_rule_severity": "alert.severity",
}  # fmt: skip
AUDIT = {
    "Parsed.event_inc_id": "serial", "Meta.auditd_eventid": "serial", "Meta.exe": "process_executable",
    "Meta.tty": "tty", "Meta.uid": "uid", "Meta.auid": "auid", "Meta.ppid": "ppid",
}  # fmt: skip
LAUREL = {
    "Parsed.event_inc_id": "serial", "Meta.auditd_eventid": "serial", "Meta.exe": "process_executable",
    "Meta.comm": "process_name", "Meta.pid": "process_pid", "Meta.parent_progname": "process_parent_executable",
    "Meta.tty": "SYSCALL.tty", "Meta.uid": "uid", "Meta.auid": "auid", "Meta.ppid": "SYSCALL.ppid",
    "Meta.euid": "SYSCALL.euid", "Meta.subj": "subj", "Meta.sig": "ANOM_ABEND.sig",
}  # fmt: skip
CEF = {
    "Parsed.cef_device_product": "DeviceProduct", "Parsed.cef_device_vendor": "DeviceVendor",
    "Parsed.cef_device_version": "DeviceVersion", "Parsed.cef_event_name": "Name", "Parsed.cef_severity": "Severity",
    "Parsed.cef_signature_id": "DeviceEventClassID", "Parsed.cef_version": "CEFVersion",
    "Parsed.hostname": "host_hostname",
}  # fmt: skip
TCPDUMP = {
    "Parsed.new_connection": "new", "Parsed.tcpflags": "tcpflags", "Parsed.dest_ip": "destination_ip",
    "Parsed.dest_port": "destination_port", "Parsed.source_port": "source_port", "Parsed.source_ip": "source_ip",
    "Meta.dest_ip": "destination_ip", "Meta.dest_port": "destination_port", "Meta.source_ip": "source_ip",
}  # fmt: skip


@pytest.mark.parametrize(
    ("case", "log_format", "recognised", "names"),
    [
        ("iptables-logs", "netfilter", "syslog", PACKET),
        ("iptables-logs", "syslog", "syslog", PACKET),
        ("unifi-logs", "netfilter", "netfilter", PACKET),
        ("pfsense-rfc5424-filterlog", "filterlog", "filterlog", FILTERLOG),
        ("modsecurity-logs", "modsecurity", "modsecurity", MODSECURITY),
        ("modsecurity-logs-nginx", "modsecurity", "modsecurity", MODSECURITY),
        ("suricata-logs-fastlog", "alert_fast", "alert_fast", ALERT),
        ("suricata-logs-evelog", "suricata_eve", "suricata_eve", EVE),
        ("auditd-logs", "auditd", "auditd", AUDIT),
        ("laurel-logs", "laurel", "laurel", LAUREL),
        ("cef-logs", "cef", "cef", CEF),
        ("tcpdump-logs", "tcpdump", "tcpdump", TCPDUMP),
    ],
)
def test_what_crowdsec_asserts(case: str, log_format: str, recognised: str, names: Mapping[str, str]) -> None:
    folder = CASES / case
    lines = crowdsec.log_lines(folder)
    assert recognise(b"\n".join(lines)) == recognised
    parsed = read(log_format, *lines)
    assert parsed.rejects == []
    events = [flat(found) for found in parsed.events.to_pylist()]
    compared = 0
    for stage in STAGES:
        for line, told in crowdsec.expectations(folder, stage).items():
            for key, value in told.items():
                if key not in LEFT_OUT:
                    assert same(events[line], key, value, names), (line, key, value)
                    compared += 1
    assert compared > len(names)


def flat(found: Mapping[str, Any]) -> dict[str, Any]:
    """An event's columns and fields under their names, with what crowdsec cuts otherwise."""
    event = {name: value for name, value in found["fields"].items() if value is not None}
    event |= {name: value for name, value in found.items() if name not in ("fields", "raw") and value is not None}
    event["letter"] = {"drop": "D", "accept": "A"}.get(event.get("verdict", ""))
    event["new"] = "true" if "S" in event.get("tcpflags", "") else None
    event["apache_level"] = f"{event.get('module', '')}:{event.get('level')}"
    event["PROTO"] = event.get("PROTO", event.get("proto", "").upper())
    event["LEN"] = event.get("UDP_LEN", event.get("LEN"))
    return event | {f"tag.{number}": tag for number, tag in enumerate(event.get("tag", ()))}


def same(event: Mapping[str, Any], key: str, value: object, names: Mapping[str, str]) -> bool:
    if key.startswith("Meta.timestamp"):
        written = f"{event['ts']:%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".") + "Z"
        return written[4 if "[4:]" in key else 0 :] == value
    parts = key.split(".", 2)
    name = names.get(key) or (parts[2] if parts[0] == "Unmarshaled" else None)
    assert name, f"no column is named for {key}"
    found = event.get(name)
    if name in ("uid", "auid", "subj") and found is None:
        found = event.get(f"SYSCALL.{name}", event.get(f"ANOM_ABEND.{name}"))
    if isinstance(found, list):
        found = found[0]
    found = "" if found is None else found  # syslog's readers leave out what is empty
    if isinstance(value, float):
        return found != "" and float(found) == value
    return str(found) == str(value)
