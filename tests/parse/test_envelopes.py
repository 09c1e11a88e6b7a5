"""What stands around a line is taken off, tells what the line does not, and stays in ``raw``."""

from __future__ import annotations

from typing import Any

import orjson
import pyarrow as pa
import pytest
from parse.reading import NOW

from warroom.parse import ParseContext, Parsed, parse
from warroom.reading import Envelope, Options

ACCESS = b'192.0.2.1 - - [21/Nov/2026:09:00:00 +0700] "GET /a HTTP/1.1" 200 5 "-" "x"'


def read(log_format: str, envelope: Envelope, *lines: bytes) -> Parsed:
    context = ParseContext(log_format, "UTC", NOW, options=Options(envelope=envelope))
    parsed = parse(pa.array(lines, pa.binary()), context)
    rows = parsed.rows.to_pylist()
    assert sorted(rows + [one.row for one in parsed.rejects]) == list(range(len(lines)))
    assert parsed.events.column("raw").to_pylist() == [lines[row] for row in rows]
    return parsed


def one(parsed: Parsed) -> dict[str, Any]:
    found = parsed.events.to_pylist()[0]
    return {name: value for name, value in (found | found["fields"]).items() if value is not None}


@pytest.mark.parametrize(
    "header",
    [
        b"<190>Nov 22 05:00:00 web1 nginx[7]: ",
        b"Nov 22 05:00:00 web1 nginx[7]: ",
        b"<190>1 2026-11-22T05:00:00Z web1 nginx 7 - - ",
        b"2026-11-22T05:00:00.000000+00:00 web1 nginx[7]: ",
    ],
)
def test_a_syslog_header_gives_host_program_and_the_time_that_is_missing(header: bytes) -> None:
    found = one(read("nginx", "syslog", header + ACCESS))
    assert (found["host_hostname"], found["process_name"], found["process_pid"]) == ("web1", "nginx", 7)
    assert (str(found["ts"]), found["url_path"]) == ("2026-11-21 02:00:00+00:00", "/a")
    assert str(one(read("jsonl", "syslog", header + b'@cee: {"a":1}'))["ts"]) == "2026-11-22 05:00:00+00:00"


def test_what_docker_writes() -> None:
    lines = [
        orjson.dumps({"log": log, "stream": "stdout", "time": "2026-11-21T00:00:00.123456789Z", "attrs": {"tag": "t"}})
        for log in ('{"a":"ก"}\n', '{"time":"2026-11-20T00:00:00Z","a":2}\r\n', "\n", "no json\n", "a\0b\n")
    ]
    parsed = read("jsonl", "docker", *lines, b'{"x":1}', b"[]", b'{"log":"torn')
    found = parsed.events.to_pylist()
    assert [(str(event["ts"]), event["fields"]["a"]) for event in found] == [
        ("2026-11-21 00:00:00.123456+00:00", "ก"), ("2026-11-20 00:00:00+00:00", "2")
    ]  # fmt: skip
    assert (one(parsed)["stream"], one(parsed)["attrs.tag"]) == ("stdout", "t")
    expected = ["nothing within", "no JSON", "nothing within", "no line of Docker", "no JSON object", "no JSON"]
    assert all(reason in one.reason for reason, one in zip(expected, parsed.rejects, strict=True))


def test_what_container_runtimes_write() -> None:
    parsed = read(
        "nginx",
        "cri",
        b"2026-11-21T00:00:00.1Z stdout F " + ACCESS,
        b"2026-11-21T07:00:00.123456789+07:00 stderr P x",
        b"2026-11-21T00:00:00Z stdout F ",
        b"2026-11-21T00:00:00Z stdin F x",
    )
    assert (one(parsed)["stream"], one(parsed)["logtag"], one(parsed)["url_path"]) == ("stdout", "F", "/a")
    assert [one.row for one in parsed.rejects] == [1, 2, 3]
    assert "no access-log line" in parsed.rejects[0].reason


@pytest.mark.parametrize("envelope", ["syslog", "docker", "cri"])
def test_an_envelope_that_is_missing_is_told(envelope: Envelope) -> None:
    assert len(read("nginx", envelope, b"?", b"{}", b'{"log":1}').rejects) == 3
    assert len(read("nginx", envelope).rows) == 0
