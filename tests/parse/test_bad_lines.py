"""Hostile bytes: every line is exactly one event or exactly one reject, whatever it holds."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parse.reading import NOW, SAMPLES, event, read

from warroom.errors import UsageError
from warroom.log_formats import FORMATS
from warroom.parse import ParseContext, parse, recognise
from warroom.reading import PLAIN, Options

LINE = b'192.0.2.1 - - [21/Nov/2026:09:00:00 +0700] "GET /%s HTTP/1.1" 200 5 "-" "x"'
INVENTED = [
    LINE % b"a",
    b"Feb  9 21:19:40 host sshd[1]: Failed password for root from 192.0.2.1 port 5 ssh2",
    b'<34>1 2003-10-11T22:14:15.003Z host su 1 ID47 [a@1 b="c"] message',
    b'{"ts":"2026-11-21T09:00:00Z","src_ip":"192.0.2.1","a":{"b":[1,{"c":null}]},"status":"200"}',
    b'2569-11-22 10:00:00,192.0.2.1,"a, b"',
    "๒๒ พ.ย. ๒๕๖๙ 10:00:00;192.0.2.1;x".encode(),
    b'time=2026-11-21T09:00:00Z level=info msg="a b" src=192.0.2.1',
    b'{"log":"%s\\n","stream":"stdout","time":"2026-11-21T09:00:00.1Z"}' % (LINE % b"b").replace(b'"', b'\\"'),
    b"2026-11-21T09:00:00.1Z stdout F " + LINE % b"c",
    b"<190>Nov 21 09:00:00 web nginx[7]: " + LINE % b"d",
    LINE % b"e" + b' "8.8.8.8, 203.0.113.5:99"',
    b'{"src_ip":"10.0.0.1","Forwarded":"for=\\"[2001:db8::1]:5\\", for=10.0.0.2","t":"29/02/67"}',
    b'{"n":1.50,"e":1e9,"l":12345678901234567890,"t":true,"x":null,"s":"\\u0e01\\"","n":-0}',
    b"2026-11-21T09:00:00.123456789Z stdout F a line",
    b"2 111111111111 eni-1 192.0.2.1 10.0.0.2 38471 443 6 1 44 1674898496 1674898507 ACCEPT OK",
    b"<Event><System><EventID>1</EventID><Channel>c</Channel></System><EventData><Data Name='a'/></EventData></Event>",
    b'{"winlog":{"channel":"Security","event_data":{"Status":"0x0"}},"EventID":1,"cs-uri-stem":"/","date":["x"]}',
    b'{"protoPayload":{"methodName":"m","authorizationInfo":[{"granted":false}]},"resultType":"0","Operation":["x"]}',
    b'{"log":"{\\"a\\":1}","stream":"stdout","time":"2026-11-21T09:00:00Z","CloudTrailEvent":"{}"}',
]
NOT_LOGS = (".json", ".yaml", ".yml", ".assert", ".md", ".py")
#: A few lines of every file: enough of each kind, for the files are many.
REAL = [
    line
    for path in sorted(SAMPLES.glob("*/**/*"))
    if path.is_file() and path.suffix not in NOT_LOGS and "LICENSE" not in path.name
    for line in path.read_bytes().split(b"\n", 12)[:12]
    if line.strip()
]
REAL += [case["line"].encode() for case in json.loads((SAMPLES / "makers" / "network.json").read_text())]
#: What a feed may say of any format, and formats that need it.
OPTIONS = [
    PLAIN,
    Options(columns=("ts", "src_ip", "x"), pattern=r"^(?P<ts>\S+) (?P<src_ip>\S+)(?P<x>.*)$"),
    Options(header=True, delimiter=";", assigns=":", time_format="%d %b %Y %T", pattern=r"(?P<a>x*)?"),
    Options(envelope="syslog", columns=("a", "b"), pattern="(?P<a>.)"),
    Options(envelope="docker", proxies=("10.0.0.0/8", "192.0.2.0/24"), pattern="("),
    Options(envelope="cri", kinds={"src_ip": "address", "status": "integer"}, delimiter="||"),
    Options(kinds={"src_ip": "time", "ts": "time", "x": "flag", "n": "number", "addresses": "address"}),
    Options(proxies=("0.0.0.0/1", "2001:db8::/32"), time_format="%d/%m/%y", era="buddhist"),
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


LINES = st.lists(st.one_of(mutated(), st.binary(min_size=1, max_size=60)), max_size=12)


@settings(max_examples=200)
@given(st.sampled_from(sorted(FORMATS)), LINES)
def test_every_line_is_one_event_or_one_reject(log_format: str, lines: list[bytes]) -> None:
    holds_together(log_format, lines)


@settings(max_examples=120)
@given(st.sampled_from(sorted(FORMATS)), LINES, st.sampled_from(OPTIONS))
def test_so_it_is_whatever_a_feed_says(log_format: str, lines: list[bytes], options: Options) -> None:
    holds_together(log_format, lines, options)


@pytest.mark.soak
@settings(max_examples=8_000)
@given(st.sampled_from(sorted(FORMATS)), LINES, st.sampled_from(OPTIONS))
def test_every_line_is_one_event_or_one_reject_at_length(log_format: str, lines: list[bytes], options: Options) -> None:
    holds_together(log_format, lines, options)


@pytest.mark.parametrize("log_format", sorted(FORMATS))
def test_real_lines_of_every_format_are_no_trouble_to_any_parser(log_format: str) -> None:
    holds_together(log_format, REAL)


@pytest.mark.parametrize("log_format", sorted(FORMATS))
def test_deep_lines(log_format: str) -> None:
    deep = [b'{"a":' * depth + b"1" + b"}" * depth for depth in (15, 17, 300, 900, 1_100, 50_000)]
    holds_together(log_format, [*deep, b"[" * 50_000, b'{"a":' * 50_000, b'{"a":' + b"[" * 500 + b"]" * 500 + b"}"])


@pytest.mark.soak
@pytest.mark.parametrize("log_format", sorted(FORMATS))
def test_lines_of_ten_megabytes(log_format: str) -> None:
    size = 10 << 20
    seed = next((line for line in INVENTED if len(read(log_format, line).events)), INVENTED[0])
    holds_together(log_format, [seed + b"a" * size])
    holds_together(log_format, [b" " + b'"\\' * (size // 2), seed + b" a=" * (size // 3)])


def holds_together(log_format: str, lines: list[bytes], options: Options = PLAIN) -> None:
    """Nothing is raised; events and rejects are together every line once; the bytes are kept."""
    context = ParseContext(log_format, "Asia/Bangkok", NOW, {"ts": "t"} if options.era else {}, options=options)
    parsed = parse(pa.array(lines, pa.binary()), context)
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
    with pytest.raises(UsageError, match="use one of"):
        read("ngnix", b"x")


@pytest.mark.parametrize(
    ("sample", "log_format"),
    [
        (LINE % b"a" + b"\ntorn li", "nginx"),
        (b'[10/Aug/2018:09:45:56 +0200] 192.0.2.1 TLSv1.2 X "GET / HTTP/1.1" 1375\n', "apache"),
        (b"rubbish\nFeb  9 21:19:40 h sshd[1]: x\n", "syslog"),
        (b"<15>Mar  6 04:07:23 host what this is\nand more\n", "syslog"),
        (b'{"a":1}\n', "jsonl"),
    ],
)
def test_formats_are_recognised(sample: bytes, log_format: str) -> None:
    assert recognise(sample) == log_format


def test_what_no_parser_knows_is_not_guessed() -> None:
    with pytest.raises(UsageError, match="--format"):
        recognise(b"hello: what is this\nand that\n")
