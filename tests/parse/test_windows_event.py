"""Windows events out of EVTX: names, values and times as the file has them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parse.reading import event, read

from warroom.parse import recognise
from warroom.parse.windows_event import flatten_event

SYSTEM = {
    "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon", "Guid": "{1}"}},
    "EventID": {"#attributes": {"Qualifiers": 49152}, "#text": 1},
    "TimeCreated": {"#attributes": {"SystemTime": "2026-11-21T09:00:00.123456Z"}},
    "Correlation": None,
    "Channel": "Microsoft-Windows-Sysmon/Operational",
    "Computer": "ws1.example.go.th",
    "Security": {"#attributes": {"UserID": "S-1-5-18"}},
}


def line(**parts: object) -> bytes:
    return json.dumps({"Event": {"#attributes": {"xmlns": "x"}, "System": SYSTEM, **parts}}).encode()


def test_system_and_event_data_have_flat_names() -> None:
    found = event("evtx", line(EventData={"CommandLine": " cmd  /c\ta ", "ProcessId": 12, "Signed": False, "x": None}))
    assert found["ts"] == datetime(2026, 11, 21, 9, 0, 0, 123456, tzinfo=UTC)
    assert found["fields"] == {
        "Provider_Name": "Microsoft-Windows-Sysmon", "Provider_Guid": "{1}", "EventID": "1",
        "EventID_Qualifiers": "49152", "TimeCreated_SystemTime": "2026-11-21T09:00:00.123456Z",
        "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "ws1.example.go.th",
        "Security_UserID": "S-1-5-18", "CommandLine": " cmd  /c\ta ", "ProcessId": "12", "Signed": "false",
    }  # fmt: skip
    assert found["host_hostname"] == "ws1.example.go.th"
    assert found["process_command_line"] == " cmd  /c\ta "


def test_user_data_gives_its_leaves_and_unnamed_data_a_list() -> None:
    inner = {"#attributes": {"xmlns": "y", "version": 2}, "Param1": "a", "Service": {"#attributes": {"name": "s"}}}
    found = flatten_event(json.loads(line(UserData={"PrinterSet": inner}, EventData={"Data": {"#text": ["a", "b"]}})))
    assert found is not None
    assert {"PrinterSet_version": 2, "Param1": "a", "Service_name": "s", "Data": ["a", "b"]}.items() <= found.items()


def test_the_events_own_data_have_the_name_where_system_has_it_too() -> None:
    cleared = {"LogFileCleared": {"Channel": "Security", "EventID": 5}}
    found = flatten_event(json.loads(line(UserData=cleared)))
    assert found is not None
    assert found["Channel"] == "Security"
    assert found["System.Channel"] == "Microsoft-Windows-Sysmon/Operational"
    assert (found["EventID"], found["UserData.EventID"]) == (1, 5)


def test_a_name_that_stands_twice_keeps_both_values() -> None:
    found = flatten_event(json.loads(line(UserData={"A": {"n": 1}, "B": {"n": 2}, "C": {"n": [3]}})))
    assert found is not None
    assert found["n"] == [1, 2, [3]]


@pytest.mark.parametrize("other", [b"{}", b'{"Event":1}', b'{"Event":{"System":[]}}', b'{"Event":{"EventData":{}}}'])
def test_what_is_no_windows_event_is_refused(other: bytes) -> None:
    parsed = read("evtx", other, line(), other)
    assert [(reject.row, "no Windows event" in reject.reason) for reject in parsed.rejects] == [(0, True), (2, True)]
    assert parsed.rows.to_pylist() == [1]


def test_the_form_is_recognised() -> None:
    assert recognise(line() + b"\n" + line() + b"\n") == "evtx"
    assert recognise(b"ElfFile\0" + bytes(100)) == "evtx"


NAMES = st.sampled_from(["#text", "#attributes", "A", "EventID"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@given(st.fixed_dictionaries({"System": json_values, "EventData": json_values, "UserData": json_values}))
def test_no_shape_of_an_event_is_too_odd(parts: dict[str, object]) -> None:
    parsed = read("evtx", json.dumps({"Event": parts}).encode())
    assert len(parsed.events) + len(parsed.rejects) == 1
