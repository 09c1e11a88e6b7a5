"""Windows channels and event ids to categories, and the names under which shippers write Sigma's fields."""

from __future__ import annotations

from typing import Any

import pytest
from detect import events as making

from warroom.detect import LogSource, match
from warroom.detect.taxonomy import Origin, load_taxonomy

SYSMON = "Microsoft-Windows-Sysmon/Operational"


def matched(event: dict[str, Any], detection: dict[str, Any], **logsource: str) -> bool:
    rules = making.ruleset({"logsource": logsource, "detection": {"selection": detection, "condition": "selection"}})
    return len(match(making.batch([event]), rules)) == 1


@pytest.mark.parametrize(
    ("values", "source"),
    [
        ({"Channel": SYSMON, "EventID": "1"}, {"product": "windows", "category": "process_creation"}),
        ({"Channel": SYSMON.upper(), "EventID": "29"}, {"category": "file_executable_detected", "service": "sysmon"}),
        ({"Channel": "Security", "EventID": "4688"}, {"product": "windows", "category": "process_creation"}),
        ({"Channel": "Security", "EventID": "4657"}, {"product": "windows", "category": "registry_set"}),
        ({"Channel": "PowerShellCore/Operational", "EventID": "4104"}, {"category": "ps_script"}),
        ({"Channel": "Windows PowerShell", "EventID": "400"}, {"category": "ps_classic_start"}),
        ({"Channel": "Microsoft-Windows-Windows Defender/Operational", "EventID": "1116"}, {"category": "antivirus"}),
        ({"Channel": "Linux-Sysmon/Operational", "EventID": "1"}, {"product": "linux", "category": "process_creation"}),
        ({"Channel": SYSMON, "EventID": "12", "EventType": "DeleteKey"}, {"category": "registry_delete"}),
        ({"Channel": SYSMON, "EventID": "12", "EventType": "INFO"}, {"category": "registry_add"}),
    ],
)
def test_an_event_counts_as_what_its_channel_and_id_say(values: dict[str, str], source: dict[str, str]) -> None:
    assert matched(values, {"EventID": values["EventID"]}, **source)


@pytest.mark.parametrize(
    ("values", "source"),
    [
        ({"Channel": "Security", "EventID": "1"}, {"category": "process_creation"}),  # the id is Sysmon's
        ({"Channel": "Unknown", "EventID": "1"}, {"product": "windows"}),
        ({"Channel": SYSMON, "EventID": "12", "EventType": "CreateKey"}, {"category": "registry_delete"}),
        ({"Channel": "Linux-Sysmon/Operational", "EventID": "1"}, {"product": "windows"}),
    ],
)
def test_an_event_counts_as_nothing_more(values: dict[str, str], source: dict[str, str]) -> None:
    assert not matched(values, {"EventID": values["EventID"]}, **source)


@pytest.mark.parametrize(
    "event",
    [
        {"Channel": SYSMON, "EventID": "1", "CommandLine": "whoami /all"},
        {"winlog.channel": SYSMON, "winlog.event_id": "1", "winlog.event_data.CommandLine": "whoami /all"},
        {"log_name": SYSMON, "event_id": "1", "event_data.CommandLine": "whoami /all"},
        {"Event.System.Channel": SYSMON, "Event.System.EventID": "1", "Event.EventData.CommandLine": "whoami /all"},
        {"Channel": "Security", "EventID": "4688", "CommandLine": "whoami /all", "NewProcessName": "C:\\x.exe"},
    ],
    ids=["nxlog", "winlogbeat", "winlogbeat-6", "evtx_dump", "security"],
)
def test_one_rule_for_every_shipper(event: dict[str, str]) -> None:
    assert matched(event, {"CommandLine|contains": "whoami"}, product="windows", category="process_creation")


def test_process_creation_of_the_security_log_answers_sysmons_names() -> None:
    event = {
        "Channel": "Security", "EventID": "4688", "NewProcessName": "C:\\a\\cmd.exe", "ParentProcessName": "C:\\b.exe",
        "SubjectUserName": "anong", "SubjectLogonId": "0x3e7", "MandatoryLabel": "S-1-16-12288",
    }  # fmt: skip
    asked = {
        "Image|endswith": "\\cmd.exe", "ParentImage": "C:\\b.exe", "User": "anong", "LogonId": "0x3e7",
        "IntegrityLevel": ["High", "S-1-16-12288"],
    }  # fmt: skip
    for field, value in asked.items():
        assert matched(event, {field: value}, category="process_creation"), field
    assert not matched(event, {"Image": "C:\\b.exe"}, category="process_creation")


def test_the_fields_own_name_comes_before_all_others() -> None:
    event = {"Channel": SYSMON, "EventID": "1", "Image": "a.exe", "NewProcessName": "b.exe"}
    assert matched(event, {"Image": "a.exe"}, category="process_creation")
    assert not matched(event, {"Image": "b.exe"}, category="process_creation")


def test_names_with_blanks() -> None:
    event = {"Channel": "Microsoft-Windows-Windows Defender/Operational", "EventID": "1116", "Threat Name": "HackTool"}
    assert matched(event, {"ThreatName": "HackTool"}, service="windefend")
    assert matched(event, {"Signature|contains": "HackTool"}, category="antivirus")


def test_what_an_origin_counts_as_is_bounded_in_memory() -> None:
    taxonomy = load_taxonomy()
    for number in range(5_000):
        taxonomy.sources_of(Origin(LogSource(product=f"p{number}")))
    assert taxonomy.sources_of(Origin(LogSource("Nginx")))[1] == {"webserver"}
    assert len(taxonomy._known) <= 4_096  # noqa: SLF001  the bound itself
