"""The quick way through ordinary access-log lines gives what the patterns give, for every line it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parse.reading import NOW, SAMPLES

from warroom.parse import ParseContext, access_log, combined
from warroom.parse.shapes import Part
from warroom.parse.text import decode

CONTEXT = ParseContext("apache", "UTC", NOW)
LINE = b'192.0.2.1 - - [21/Nov/2026:09:00:00 +0700] "GET /a?b=c HTTP/1.1" 200 5 "https://x/" "UA 1"'
#: Every piece of an ordinary line: what it is, and what it may be instead.
PIECES: tuple[tuple[bytes, ...], ...] = (
    (b"192.0.2.1", b"2001:db8::1", b"-", b"a.example", b"192.0.2.01", b"10.0.0.1,", b"192.0.2.1:80", "\u0e01".encode()),
    (b" - - [", b" - x [", b" i - [", b" -  [", b"  - - ["),
    (b"21/Nov/2026:09:00:00 +0700", b"31/Feb/2026:09:00:00 +0700", b"21/Nov/2026:09:00:01 +0000", b"x" * 26),
    (b'] "', b']  "', b']"', b']] "'),
    (b"GET", b"OPTIONS", b"get", b"PROPFIND", b"", b"GET "),
    (b" /a?b=c", b" /", b" *", b" /?", b" /a b", b" /\\x22", b" /\\", b" http://x/?q", "/ \u0e01?\u0e02".encode(), b""),
    (b' HTTP/1.1"', b' HTTP/2.0"', b' HTTP/2"', b' HTTP/1.1 "', b'"', b' HTTP/x.y"'),
    (b" 200", b" 404", b" 000", b" 20", b" 2000", b" 2x0", b"  200"),
    (b" 5", b" -", b" 12345678", b" 123456789", b" 0", b" ", b" 1-", b" 00012", b" " + b"9" * 25),
    (b' "https://x/"', b' "-"', b' ""', b' "a\\"b"', b'  "-"', b""),
    (b' "UA 1"', b' "-"', b' ""', b' "-" ', b' "UA" "192.0.2.9"', b' "UA" rest', b"", b' "\\""'),
)


@st.composite
def nearly_ordinary(draw: st.DrawFn) -> bytes:
    """A line with a few pieces, or a few bytes, other than usual."""
    odd = draw(st.sets(st.integers(0, len(PIECES) - 1), max_size=3))
    line = bytearray(b"".join(draw(st.sampled_from(way)) if n in odd else way[0] for n, way in enumerate(PIECES)))
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 2)))):
        start = draw(st.integers(0, len(line)))
        line[start : start + draw(st.integers(0, 2))] = draw(
            st.one_of(st.sampled_from([b'"', b" ", b"-", b"]", b"\\", b"?", b"7"]), st.binary(max_size=2))
        )
    return bytes(line).replace(b"\n", b" ")


def by_row(parts: list[Part]) -> dict[int, Any]:
    """What is known of each line, without nulls."""
    found: dict[int, Any] = {}
    for part in parts:
        columns = {**part.core, **{f"fields.{name}": column for name, column in part.fields.items()}, "ts": part.ts}
        values = {name: column.to_pylist() for name, column in columns.items()}
        for place, row in enumerate(part.rows.to_pylist()):
            assert row not in found
            found[row] = {name: column[place] for name, column in values.items() if column[place] is not None}
    return found


def check(lines: list[bytes]) -> int:
    """Hold the two ways together; how many lines went the quick one."""
    text, _, _ = decode(pa.array(lines, pa.binary()))
    rows = pa.array(range(len(text)), pa.int32())
    slow, refused = access_log.by_patterns(text, rows, CONTEXT)
    parts, rejects = access_log.parse(text, CONTEXT)
    assert by_row(parts) == by_row(slow)
    assert rejects == refused
    quick = combined.cut(text)
    return 0 if quick is None else len(quick.rows)


@settings(max_examples=120)
@given(st.lists(nearly_ordinary(), min_size=1, max_size=8))
def test_nearly_ordinary_lines_are_read_alike(lines: list[bytes]) -> None:
    check(lines)


@pytest.mark.parametrize(
    "log",
    sorted(path for path in (SAMPLES / "filebeat").glob("*") if path.suffix == ".log"),
    ids=lambda path: path.name,
)
def test_real_logs_are_read_alike(log: Path) -> None:
    check([line for line in log.read_bytes().split(b"\n") if line.strip()])


def test_ordinary_lines_go_the_quick_way() -> None:
    lines = [
        LINE,
        LINE.replace(b"192.0.2.1", b"2001:db8::1"),
        LINE.replace(b"GET /a?b=c HTTP/1.1", b"DELETE /%E0%B8%81 HTTP/2.0"),
        LINE.replace(b"https://x/", b"-").replace(b" 5 ", b" - "),
        LINE.replace(b"UA 1", "เบราว์เซอร์".encode()),
    ]
    assert check(lines) == len(lines)


def test_a_piece_of_a_longer_array_is_read_as_if_alone() -> None:
    text = pa.array([LINE.replace(b"/a", b"/%d" % number).decode() for number in range(5)])
    part = combined.cut(text.slice(2, 2))
    assert part is not None
    assert part.core["url_path"].to_pylist() == ["/2", "/3"]
    assert part.rows.to_pylist() == [0, 1]
