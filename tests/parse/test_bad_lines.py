"""Hostile bytes: every line is exactly one event or exactly one reject, whatever it holds."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parse.reading import NOW, SAMPLES, event, read

from warroom.errors import UsageError
from warroom.parse import FORMATS, ParseContext, parse, recognise

LINE = b'192.0.2.1 - - [21/Nov/2026:09:00:00 +0700] "GET /%s HTTP/1.1" 200 5 "-" "x"'
INVENTED = [
    LINE % b"a",
    b"Feb  9 21:19:40 host sshd[1]: Failed password for root from 192.0.2.1 port 5 ssh2",
    b'<34>1 2003-10-11T22:14:15.003Z host su 1 ID47 [a@1 b="c"] message',
    b'{"ts":"2026-11-21T09:00:00Z","src_ip":"192.0.2.1","a":{"b":[1,{"c":null}]},"status":"200"}',
    b'{"n":1.50,"e":1e9,"l":12345678901234567890,"t":true,"x":null,"s":"\\u0e01\\"","n":-0}',
]
REAL = [
    line
    for path in sorted(SAMPLES.glob("*/*"))
    if path.suffix != ".json" and "LICENSE" not in path.name
    for line in path.read_bytes().split(b"\n")
    if line.strip()
]
SEEDS = st.one_of(st.sampled_from(INVENTED), st.sampled_from(REAL))


#: What parsers cut at, and what has broken others.
SIGNS = [
    b'"',
    b"[",
    b"]",
    b"\\",
    b" ",
    b"{",
    b"}",
    b":",
    b",",
    b"-",
    b"\0",
    b"\r",
    b"\t",
    b"\xff",
    b"\xc2\x85",
    b"%s",
    b"9" * 25,
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    line = bytearray(draw(SEEDS))
    other = draw(SEEDS)
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(line)))
        cut = draw(st.integers(0, len(other)))
        line[start : start + draw(st.integers(0, 8))] = draw(
            st.one_of(st.binary(max_size=6), st.sampled_from(SIGNS), st.just(other[cut : cut + 20]))
        )
    return bytes(line).replace(b"\n", b" ") or b"x"


@settings(max_examples=200)
@given(
    st.sampled_from(sorted(FORMATS)), st.lists(st.one_of(mutated(), st.binary(min_size=1, max_size=60)), max_size=12)
)
def test_every_line_is_one_event_or_one_reject(log_format: str, lines: list[bytes]) -> None:
    holds_together(log_format, lines)


@pytest.mark.soak
@settings(max_examples=8_000)
@given(
    st.sampled_from(sorted(FORMATS)), st.lists(st.one_of(mutated(), st.binary(min_size=1, max_size=200)), max_size=12)
)
def test_every_line_is_one_event_or_one_reject_at_length(log_format: str, lines: list[bytes]) -> None:
    holds_together(log_format, lines)


@pytest.mark.parametrize("log_format", sorted(FORMATS))
def test_real_lines_of_every_format_are_no_trouble_to_any_parser(log_format: str) -> None:
    holds_together(log_format, REAL)


def holds_together(log_format: str, lines: list[bytes]) -> None:
    """Nothing is raised; events and rejects are together every line once; the bytes are kept."""
    parsed = parse(pa.array(lines, pa.binary()), ParseContext(log_format, "Asia/Bangkok", NOW))
    rows = parsed.rows.to_pylist()
    assert sorted(rows + [one.row for one in parsed.rejects]) == list(range(len(lines)))
    assert rows == sorted(rows)
    assert parsed.events.column("raw").to_pylist() == [lines[row] for row in rows]
    assert parsed.events.column("ts").null_count == 0
    assert all(one.reason for one in parsed.rejects)


def test_broken_utf8_is_replaced_in_fields_and_kept_in_raw() -> None:
    found = event("nginx", LINE % b"\xff\xfe\xe0\xb8")
    assert found["url_original"] == "/\ufffd\ufffd\ufffd"
    assert b"\xff\xfe\xe0\xb8" in found["raw"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [(LINE % b"a\0b", "NUL bytes"), (bytes(range(1, 9)) * 30, "binary data"), (b"\xff" * 99, "binary data")],
)
def test_rubbish_is_refused_with_a_reason(line: bytes, reason: str) -> None:
    parsed = read("nginx", LINE % b"1", line, LINE % b"2")
    assert parsed.rows.to_pylist() == [0, 2]
    assert [(one.row, reason in one.reason) for one in parsed.rejects] == [(1, True)]


def test_no_line_is_no_event() -> None:
    for log_format in FORMATS:
        assert len(read(log_format).events) == 0


def test_an_unknown_format_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="use one of nginx"):
        read("ngnix", b"x")


@pytest.mark.parametrize(
    ("sample", "log_format"),
    [
        (LINE % b"a" + b"\ntorn li", "nginx"),
        (b'[10/Aug/2018:09:45:56 +0200] 192.0.2.1 TLSv1.2 X "GET / HTTP/1.1" 1375\n', "apache"),
        (b"rubbish\nFeb  9 21:19:40 h sshd[1]: x\n", "syslog"),
        (b'{"a":1}\n', "jsonl"),
    ],
)
def test_formats_are_recognised(sample: bytes, log_format: str) -> None:
    assert recognise(sample) == log_format


def test_what_no_parser_knows_is_not_guessed() -> None:
    with pytest.raises(UsageError, match="--format"):
        recognise(b"2016/10/25 14:49:34 [error] 1#0: x\n")
