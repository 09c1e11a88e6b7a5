"""The quick way through ordinary access-log lines gives what the patterns give, for every line it takes."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parse.access_lines import LINE, by_row, nearly_ordinary
from parse.reading import NOW, SAMPLES

from warroom.parse import ParseContext, access_log, combined
from warroom.parse.text import decode

CONTEXT = ParseContext("apache", "UTC", NOW)


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
