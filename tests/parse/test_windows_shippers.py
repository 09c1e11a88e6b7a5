"""One Windows event in several clothes: the same names, the same core columns, the same rule."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from detect import events as making
from parse.reading import event, read

from warroom.detect import match
from warroom.detect.samples import Source, with_envelope
from warroom.parse import ParseContext, parse, recognise

SYSMON = "Microsoft-Windows-Sysmon/Operational"
AT = datetime(2026, 11, 21, 2, 0, 0, 123456, tzinfo=UTC)
DATA = {
    "CommandLine": 'cmd.exe /c "whoami & net user <x>"', "Image": "C:\\Windows\\System32\\cmd.exe",
    "ParentImage": "C:\\Program Files\\Office\\winword.exe", "User": "GOV\\officer-0412", "ProcessId": "4711",
}  # fmt: skip
SYSTEM = {
    "Channel": SYSMON, "EventID": "1", "Provider_Name": "Microsoft-Windows-Sysmon",
    "Provider_Guid": "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}", "Computer": "ws-0412.example.go.th",
    "EventRecordID": "77",
    "Execution_ProcessID": "2100", "Execution_ThreadID": "2200", "Security_UserID": "S-1-5-18",
}  # fmt: skip
RULE = {
    "logsource": {"product": "windows", "category": "process_creation"},
    "detection": {
        "selection": {"ParentImage|endswith": "\\winword.exe", "CommandLine|contains": "whoami", "EventID": 1},
        "channel": {"Channel": SYSMON, "Provider_Name": "Microsoft-Windows-Sysmon", "Computer|startswith": "ws-"},
        "condition": "selection and channel",
    },
}


def xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")


def clothes() -> dict[str, tuple[str, bytes]]:
    written = "2026-11-21T02:00:00.123456Z"
    guid, name, thread = SYSTEM["Provider_Guid"], SYSTEM["Provider_Name"], SYSTEM["Execution_ThreadID"]
    nested = {
        "Provider": {"#attributes": {"Name": name, "Guid": guid}}, "EventID": 1, "EventRecordID": 77,
        "TimeCreated": {"#attributes": {"SystemTime": written}}, "Channel": SYSMON, "Computer": SYSTEM["Computer"],
        "Execution": {"#attributes": {"ProcessID": 2100, "ThreadID": 2200}},
        "Security": {"#attributes": {"UserID": "S-1-5-18"}},
    }  # fmt: skip
    winlog = {
        "channel": SYSMON, "event_id": "1", "provider_name": name, "provider_guid": guid, "record_id": 77,
        "computer_name": SYSTEM["Computer"], "process": {"pid": 2100, "thread": {"id": 2200}},
        "user": {"identifier": "S-1-5-18"}, "event_data": DATA,
    }  # fmt: skip
    old = {
        "@timestamp": written, "log_name": SYSMON, "event_id": 1, "source_name": name, "provider_guid": guid,
        "record_number": "77", "computer_name": SYSTEM["Computer"], "process_id": 2100, "thread_id": 2200,
        "user": {"identifier": "S-1-5-18"}, "event_data": DATA,
    }  # fmt: skip
    flat = {
        "EventTime": "2026-11-21T02:00:00.123456Z", "Channel": SYSMON, "EventID": 1, "SourceName": name,
        "ProviderGuid": guid, "RecordNumber": 77, "Hostname": SYSTEM["Computer"], "ExecutionProcessID": 2100,
        "ThreadID": int(thread), "UserID": "S-1-5-18", **DATA,
    }  # fmt: skip
    data = "".join(f"<Data Name='{key}'>{xml(value)}</Data>" for key, value in DATA.items())
    element = (
        f"<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{name}' "
        f"Guid='{guid}'/><EventID>1</EventID><TimeCreated SystemTime='{written}'/><EventRecordID>77</EventRecordID>"
        f"<Correlation/><Execution ProcessID='2100' ThreadID='2200'/><Channel>{SYSMON}</Channel>"
        f"<Computer>{SYSTEM['Computer']}</Computer><Security UserID='S-1-5-18'/></System><EventData>{data}</EventData>"
        "<RenderingInfo Culture='th-TH'><Message>สร้างโปรเซส</Message><Level>Information</Level></RenderingInfo></Event>"
    )
    return {
        "evtx_dump": ("evtx", json.dumps({"Event": {"System": nested, "EventData": DATA}}).encode()),
        "winlogbeat": ("winlogbeat", json.dumps({"@timestamp": written, "winlog": winlog, "message": "x"}).encode()),
        "winlogbeat-6": ("winlogbeat", json.dumps(old).encode()),
        "nxlog": ("nxlog", json.dumps(flat).encode()),
        "xml": ("windows_xml", element.encode()),
        "xml of a browser": ("windows_xml", b"- " + element.replace("<System>", " - <System> ").encode()),
    }


@pytest.mark.parametrize("name", clothes())
def test_one_rule_and_one_set_of_names_for_all(name: str) -> None:
    log_format, line = clothes()[name]
    found = event(log_format, line)
    assert found["fields"].items() >= (DATA | SYSTEM).items()
    assert found["ts"] == AT
    assert found["host_hostname"] == SYSTEM["Computer"]
    assert found["process_command_line"] == DATA["CommandLine"]
    assert (found["process_pid"], found["user_name"]) == (4711, DATA["User"])
    batch = with_envelope(read(log_format, line).events, Source(log_format, "UTC", {"product": "windows"}))
    assert len(match(batch, making.ruleset(RULE))) == 1
    other = with_envelope(
        read(log_format, line.replace(b"whoami", b"ipconfig")).events,
        Source(log_format, "UTC", {"product": "windows"}),
    )
    assert len(match(other, making.ruleset(RULE))) == 0


@pytest.mark.parametrize("name", clothes())
def test_the_clothes_are_recognised(name: str) -> None:
    log_format, line = clothes()[name]
    if name != "winlogbeat-6":  # its names are too common to tell it
        # flat events with Windows' own names are any JSON to us: rules know them so
        assert recognise(line + b"\n") == ("jsonl" if name == "nxlog" else log_format)


def test_flat_events_meet_rules_as_any_json() -> None:
    _, line = clothes()["nxlog"]
    windows = Source("jsonl", "UTC", {"product": "windows"})
    assert len(match(with_envelope(read("jsonl", line).events, windows), making.ruleset(RULE))) == 1


def test_shippers_side_by_side_and_only_the_names_wanted() -> None:
    lines = [clothes()[name][1] for name in ("winlogbeat", "nxlog", "winlogbeat-6")]
    context = ParseContext("winlogbeat", "UTC", AT, wanted=frozenset(("CommandLine", "Channel", "Provider_Name")))
    for found in parse(pa.array(lines, pa.binary()), context).events.to_pylist():
        assert found["fields"]["CommandLine"] == DATA["CommandLine"]
        assert (found["fields"]["Channel"], found["fields"]["Provider_Name"]) == (SYSMON, SYSTEM["Provider_Name"])


def test_what_stands_twice_keeps_both_values() -> None:
    line = b'{"winlog":{"channel":"Security","event_data":{"Status":"0x0","EventID":"5"}},"Status":"sent"}'
    fields = event("winlogbeat", line)["fields"]
    assert (fields["Status"], fields["winlog.event_data.Status"]) == ("sent", "0x0")
    assert fields["winlog.event_data.EventID"] == "5"
    assert "EventID" not in fields


def test_powershells_json() -> None:
    line = (
        b'{"Id":4625,"ProviderName":"Microsoft-Windows-Security-Auditing","LogName":"Security","MachineName":"dc-01",'
        b'"RecordId":9,"TimeCreated":"/Date(1795226400123)/","Message":"An account failed to log on."}'
    )
    assert recognise(line) == "nxlog"
    found = event("nxlog", line)
    assert found["ts"] == datetime(2026, 11, 21, 2, 0, 0, 123000, tzinfo=UTC)
    assert (found["fields"]["Channel"], found["fields"]["EventID"]) == ("Security", "4625")
    assert found["host_hostname"] == "dc-01"


def test_linux_sysmon_is_not_windows() -> None:
    assert recognise(b'{"Channel":"Linux-Sysmon/Operational","EventID":1,"Hostname":"web-03"}') == "jsonl"


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    b"<Event><System><Channel>&b;</Channel></System></Event>"
)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (BOMB, "document type"),
        (b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><Event/>', "document type"),
        (b"<Event><System><Channel>&undeclared;</Channel></System></Event>", "entity"),
        (b"<Event><System>", "no element found"),
        (b"<Event>" * 30, "too deep"),
        (b"<Event>" + b"<a/>" * 5_000 + b"</Event>", "too many"),
        (b"<Event>" + b"a" * (1 << 20) + b"</Event>", "longer than"),
        (b"<Event><System/></Event>", "no Event with a System"),
        (b"<Other><System><Channel>x</Channel></System></Other>", "no Event with a System"),
        (b"Event", "begins with"),
    ],
)
def test_hostile_xml_is_refused(line: bytes, reason: str) -> None:
    (reject,) = read("windows_xml", line).rejects
    assert reason in reject.reason


@pytest.mark.parametrize(
    "data", ["<Data>a</Data><Data>b</Data>", "<Data Name='EventID'>9</Data>", "<Binary>00</Binary>"]
)
def test_odd_event_data(data: str) -> None:
    line = f"<Event><System><EventID Qualifiers='1'>5</EventID></System><EventData>{data}</EventData></Event>"
    fields: dict[str, Any] = event("windows_xml", line.encode())["fields"]
    assert (fields["EventID"], fields["EventID_Qualifiers"]) == ("5", "1")
    assert fields.get("Data", ["a", "b"]) == ["a", "b"]
    assert fields.get("EventData.EventID", "9") == "9"
