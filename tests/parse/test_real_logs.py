"""Parity with Filebeat on its own samples, field by field, and plaso's odd syslog shapes."""

from __future__ import annotations

import ipaddress
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from parse.reading import NOW, SAMPLES, by_ecs_name

from warroom.model import RAW
from warroom.parse import ParseContext, parse, recognise

FORMATS = {"nginx": "nginx", "apache": "apache", "system": "syslog"}
FIELDS = (
    "source.ip", "source.port", "destination.ip", "user.name", "http.request.method", "http.response.status_code",
    "http.response.body.bytes", "http.request.referrer", "user_agent.original", "url.original", "process.name",
    "process.pid", "host.hostname", "event.outcome",
)  # fmt: skip


def samples(folder: str) -> list[Path]:
    return sorted(
        path for path in (SAMPLES / folder).iterdir() if "LICENSE" not in path.name and path.suffix != ".json"
    )


@pytest.mark.parametrize("log", samples("filebeat"), ids=lambda path: path.name)
def test_every_field_that_filebeat_expects(log: Path) -> None:
    content = log.read_bytes()
    lines = [line for line in content.split(b"\n") if line.strip()]
    context = ParseContext(FORMATS[log.name.partition("_")[0]], "UTC", NOW)
    parsed = parse(pa.array(lines, pa.binary()), context)
    events = {event[RAW]: by_ecs_name(event) for event in parsed.events.to_pylist()}
    assert len(parsed.events) + len(parsed.rejects) == len(lines)
    for expected in json.loads(Path(f"{log}-expected.json").read_text()):
        start = expected["log.offset"]
        raw = content[start : content.find(b"\n", start) if b"\n" in content[start:] else None]
        found = events[raw]
        for name in FIELDS:
            want = expected.get(name)
            if want not in (None, "", "-"):
                assert same(name, want, found.get(name)), f"{name}: {raw!r}"
        if "@timestamp" in expected:
            assert_same_time(found["@timestamp"], expected)


def same(name: str, want: object, got: object) -> bool:
    if name.endswith(".ip"):
        return ipaddress.ip_address(want) == ipaddress.ip_address(got)
    if name == "url.original":
        return got in (want, want.replace(" ", "%20")) or str(got).startswith(f"{want}?")
    return str(want).split("[")[0] == str(got) if name == "process.name" else want == got


def assert_same_time(got: datetime, expected: dict[str, Any]) -> None:
    want = datetime.fromisoformat(expected["@timestamp"])
    allowed = {want.astimezone(UTC)}
    if expected["@timestamp"].endswith("-02:00"):  # Filebeat's tests read lines without a zone so
        allowed.add(want.replace(tzinfo=UTC))
    assert got.replace(microsecond=got.microsecond // 1000 * 1000) in {
        time.replace(microsecond=time.microsecond // 1000 * 1000) for time in allowed
    }


@pytest.mark.parametrize("log", sorted((SAMPLES / "plaso").glob("syslog*")), ids=lambda path: path.name)
def test_odd_syslog_is_recognised_and_what_is_continued_is_refused(log: Path) -> None:
    content = log.read_bytes()
    assert recognise(content) == "syslog"
    lines = [line for line in content.split(b"\n") if line.strip()]
    parsed = parse(pa.array(lines, pa.binary()), ParseContext("syslog", "UTC", NOW))
    refused = [lines[one.row] for one in parsed.rejects]
    assert len(parsed.events) + len(refused) == len(lines)
    assert all(line[:1] in b"\tws MX" for line in refused), refused


def test_programs_and_hosts_of_odd_syslog() -> None:
    lines = [
        b"2016-10-25T12:37:23.297265-07:00 INFO periodic_scheduler[13707]: cleanup_logs: job completed",
        b"<15>1 2021-03-06T04:07:38.251122+00:00 hostname log_tag - 123 -  this is debug",
        b"Mar 11 19:26:45 osx-machine sockerfilterfw[1985] <Info>: launchd Allow TCP LISTEN",
        b"Dec 13 11:35:57 a-mac Google Chrome[85294]: objc",
        b"Apr 4 03:39:57 --- last message repeated 1 time ---",
    ]
    events = parse(pa.array(lines, pa.binary()), ParseContext("syslog", "UTC", NOW)).events.to_pylist()
    assert [event["process_name"] for event in events] == [
        "periodic_scheduler", "log_tag", "sockerfilterfw", "Google Chrome", None,
    ]  # fmt: skip
    assert [event["host_hostname"] for event in events] == [None, "hostname", "osx-machine", "a-mac", None]
    assert events[0]["fields"]["level"] == "INFO"
    assert events[1]["fields"]["msgid"] == "123"
