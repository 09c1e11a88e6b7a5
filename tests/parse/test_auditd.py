"""Linux audit records: pairs, encodings, arguments in pieces; parity with Filebeat on its own samples."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parse.reading import SAMPLES, by_ecs_name, event, read

from warroom.parse import recognise

HEAD = b"type=%s msg=audit(1684329817.579:2995): "
PARITY = (
    "source.ip", "destination.ip", "user.name", "process.name", "process.pid", "host.hostname",
)  # fmt: skip


def test_a_system_call() -> None:
    line = HEAD % b"SYSCALL" + b'arch=c000003e syscall=59 success=yes a0=55d1 pid=27032 uid=0 comm="perl" key=(null)'
    found = event("auditd", line)
    assert found["ts"] == datetime(2023, 5, 17, 13, 23, 37, 579_000, tzinfo=UTC)
    assert found["fields"] == {
        "type": "SYSCALL", "serial": "2995", "arch": "c000003e", "syscall": "59", "SYSCALL": "execve", "success": "yes",
        "a0": "55d1", "pid": "27032", "uid": "0", "comm": "perl", "key": "(null)",
    }  # fmt: skip
    core = {"event_outcome": "success", "process_pid": 27032, "process_name": "perl", "user_id": "0"}
    assert core.items() <= found.items()


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (b"proctitle=6C73002D6C61002F746D70", "ls -la /tmp"),  # NUL between arguments
        (b'proctitle="(sshd)"', "(sshd)"),
        (b"proctitle=FFFE", "\ufffd\ufffd"),  # bytes that are no text
        (b"proctitle=4142", "4142"),  # nothing in `AB` has to be encoded: these are digits
        (b"proctitle=ABC", "ABC"),
    ],
)
def test_encoded_values_are_decoded(written: bytes, meant: str) -> None:
    assert event("auditd", HEAD % b"PROCTITLE" + written)["fields"]["proctitle"] == meant


def test_arguments_make_a_command_line_in_order() -> None:
    found = event("auditd", HEAD % b"EXECVE" + b'argc=3 a0="sh" a1="-c" a2=6563686F2068693B206964')
    assert found["fields"]["a2"] == "echo hi; id"
    assert found["process_command_line"] == "sh -c echo hi; id"
    pieces = event("auditd", HEAD % b"EXECVE" + b'argc=2 a0="cat" a1_len=14 a1[0]=612062 a1[1]=2063')
    assert pieces["process_command_line"] == "cat a b c"


def test_numbers_of_a_system_call_are_no_text() -> None:
    assert event("auditd", HEAD % b"SYSCALL" + b"syscall=2 a1=2041")["fields"]["a1"] == "2041"


def test_a_message_in_quotes_and_what_auditd_adds_in_words() -> None:
    line = HEAD % b"USER_CMD" + (
        b'pid=5 uid=0 auid=1000 msg=\'op=adding group to /etc/group acct="root" exe="/usr/bin/sudo" addr=192.0.2.7 '
        b'hostname=? res=failed\'\x1dUID="root" AUID="somchai"'
    )
    found = event("auditd", line)
    expected = {"op": "adding group to /etc/group", "acct": "root", "addr": "192.0.2.7", "AUID": "somchai"}
    assert expected.items() <= found["fields"].items()
    core = {"user_name": "root", "source_ip": "192.0.2.7", "event_outcome": "failure"}
    assert core.items() <= found.items()
    assert "host_hostname" not in found


def test_a_node_is_the_host() -> None:
    assert event("auditd", b"node=db1 " + HEAD % b"LOGIN" + b"pid=1")["host_hostname"] == "db1"


@pytest.mark.parametrize("line", [b"type=X msg=audit(): a=1", b"msg=audit(1.1:1): a=1", b"type=X msg=g\x05", b"type= "])
def test_what_is_no_record_is_refused(line: bytes) -> None:
    (reject,) = read("auditd", line).rejects
    assert "no audit record" in reject.reason


@pytest.mark.parametrize("log", sorted((SAMPLES / "auditd").glob("*.log")), ids=lambda path: path.name)
def test_real_records_are_recognised_and_none_is_lost(log: Path) -> None:
    content = log.read_bytes()
    lines = [line for line in content.split(b"\n") if line.strip()]
    assert recognise(content) == "auditd"
    parsed = read("auditd", *lines)
    assert (len(parsed.events), parsed.rejects) == (len(lines), [])


@pytest.mark.parametrize("told", sorted((SAMPLES / "auditd").glob("*-expected.json")), ids=lambda path: path.name)
def test_what_filebeat_expects(told: Path) -> None:
    lines = Path(str(told).removesuffix("-expected.json")).read_bytes()
    for want in json.loads(told.read_text()):
        start = want["log.offset"]
        found = by_ecs_name(event("auditd", lines[start:].split(b"\n")[0]))
        for name in PARITY:
            if want.get(name) not in (None, "", "-"):
                assert str(found.get(name)) == str(want[name]), (name, want["event.original"])


@given(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=60))
def test_any_body_is_one_event(body: str) -> None:
    parsed = read("auditd", HEAD % b"EXECVE" + body.encode())
    assert len(parsed.events) + len(parsed.rejects) == 1


def test_enriched_records_have_the_names_behind_their_separator() -> None:
    """Records that the audit daemon enriched (log_format = ENRICHED) name users behind a group separator."""
    first, second, *_ = (SAMPLES / "auditd" / "audit_enriched.log").read_bytes().splitlines()
    found = event("auditd", first)
    assert found["ts"] == datetime(2026, 7, 7, 8, 56, 13, 76_000, tzinfo=UTC)
    assert (
        found["fields"].items() >= {"type": "DEL_USER", "UID": "root", "AUID": "root", "acct": "specimenuser"}.items()
    )
    core = ("deleting-user-not-found", "failure", "/usr/bin/userdel", 2057)
    columns = ("event_action", "event_outcome", "process_executable", "process_pid")
    assert tuple(found[name] for name in columns) == core
    assert event("auditd", second)["event_outcome"] == "success"
