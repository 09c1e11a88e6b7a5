"""Docker's and Kubernetes' lines around what a container wrote."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from parse.reading import SAMPLES, event, read

from warroom.parse import recognise

TIME = b"2026-11-21T09:00:00.123456789Z"


def test_plasos_cri_lines() -> None:
    lines = (SAMPLES / "plaso_cloud/cri.log").read_bytes().splitlines()
    assert recognise(b"\n".join(lines) + b"\n") == "cri"
    found = read("cri", *lines).events.to_pylist()
    assert [(one["fields"]["stream"], one["fields"]["logtag"], one["message"]) for one in found[:3]] == [
        ("stdout", "P", "log content 1"),
        ("stderr", "F", "log content 2"),
        ("stderr", "F", "2024/04/16 06:21:30 Starting server..."),
    ]
    assert found[1]["ts"] == datetime(2016, 10, 6, 0, 17, 9, 669794, UTC)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (TIME + b" stdout F plain", "plain"),
        (TIME + b" stderr F ", ""),
        (TIME + b" stdout P:x half a line ", "half a line "),
        (b"2026-11-21T16:00:00.123456789+07:00 stdout F \xe0\xb8\x81", "ก"),
    ],
)
def test_cri_lines(line: bytes, message: str) -> None:
    found = event("cri", line)
    assert found.get("message") == message
    assert found["ts"] == datetime(2026, 11, 21, 9, 0, 0, 123456, UTC)


@pytest.mark.parametrize(
    "line", [b"", b"x", TIME, TIME + b" stdin F x", TIME + b" stdout X x", b"yesterday!! stdout F x"]
)
def test_what_is_no_cri_line(line: bytes) -> None:
    (reject,) = read("cri", line or b" ").rejects
    assert "no CRI line" in reject.reason


def test_a_text_that_is_json_gives_its_own_fields() -> None:
    inner = (
        b'{"ts":"2026-11-21T08:59:59Z","level":"warn","stream":"audit","user":"u1","src_ip":"192.0.2.1",'
        b'"n":{"a":[1,2]}}'
    )
    for log_format, line in (
        ("cri", TIME + b" stdout F " + inner),
        ("docker", b'{"log":"' + inner.replace(b'"', b'\\"') + b'\\n","stream":"stdout","time":"' + TIME + b'"}'),
    ):
        found = event(log_format, line)
        fields = found["fields"]
        assert (fields["level"], fields["n.a"], fields["stream"], fields["log.stream"]) == (
            "warn", ["1", "2"], "stdout", "audit",
        )  # fmt: skip
        assert (found["user_name"], found["source_ip"]) == ("u1", "192.0.2.1")
        assert found["ts"] == datetime(2026, 11, 21, 8, 59, 59, tzinfo=UTC)
        assert found["message"] == inner.decode()


def test_texts_with_and_without_json_in_one_batch() -> None:
    lines = [TIME + b' stdout F {"user":"u1"}', TIME + b" stdout F plain", TIME + b' stdout F {"torn":']
    found = read("cri", *lines).events.to_pylist()
    assert [one["user_name"] for one in found] == ["u1", None, None]
    assert [one["message"] for one in found] == ['{"user":"u1"}', "plain", '{"torn":']
    assert len({one["ts"] for one in found}) == 1


def test_dockers_lines() -> None:
    line = b'{"log":"GET /\\r\\n","stream":"stderr","attrs":{"tag":"web"},"time":"' + TIME + b'"}'
    assert recognise(line) == "docker"
    found = event("docker", line)
    assert (found["message"], found["fields"]["log"]) == ("GET /", "GET /\r\n")
    assert found["fields"]["attrs.tag"] == "web"
    assert found["ts"] == datetime(2026, 11, 21, 9, 0, 0, 123456, UTC)
