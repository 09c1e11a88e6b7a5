"""Access-log lines with a few pieces, or bytes, other than usual, and what was read of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Iterable

    from warroom.parse.shapes import Part

LINE = b'192.0.2.1 - - [21/Nov/2026:09:00:00 +0700] "GET /a?b=c HTTP/1.1" 200 5 "https://x/" "UA 1"'
#: Every piece of an ordinary line: what it is, and what it may be instead.
PIECES: tuple[tuple[bytes, ...], ...] = (
    (
        b"192.0.2.1", b"2001:db8::1", b"-", b"a.example", b"192.0.2.01", b"10.0.0.1,", b"192.0.2.1:80", b"1.2.3.256",
        b"[2001:db8::1]:443", b"255.255.255.255", b"1.2.3", "\u0e01".encode(), b"a:b", b"",
    ),
    (b" - - [", b" - x [", b" i - [", b" -  [", b"  - - [", b' - "x [', b" - a b [", b" - [ ["),
    (
        b"21/Nov/2026:09:00:00 +0700", b"31/Feb/2026:09:00:00 +0700", b"21/Nov/2026:09:00:01 +0000", b"x" * 26,
        b"21/Nov/2026:23:59:60 +0000", b"21/nov/2026:09:00:00 +0700", b"1/Nov/2026:09:00:00 +0700",
    ),
    (b'] "', b']  "', b']"', b']] "'),
    (b"GET", b"OPTIONS", b"get", b"PROPFIND", b"", b"GET ", b"VERSION-CONTROL", b"A" * 20),
    (b" /a?b=c", b" /", b" *", b" /?", b" /a b", b" /\\x22", b" /\\", b" http://x/?q", "/ \u0e01?\u0e02".encode(), b"",
     b" /" + b"x" * 30 + b"??", b" /a\x01", b" /a\t"),
    (b' HTTP/1.1"', b' HTTP/2.0"', b' HTTP/2"', b' HTTP/1.1 "', b'"', b' HTTP/x.y"', b" HTTP/" + b"1" * 12 + b'"'),
    (b" 200", b" 404", b" 000", b" 20", b" 2000", b" 2x0", b"  200"),
    (b" 5", b" -", b" 12345678", b" 123456789", b" 0", b" ", b" 1-", b" 00012", b" " + b"9" * 18, b" " + b"9" * 25),
    (b' "https://x/"', b' "-"', b' ""', b' "a\\"b"', b'  "-"', b""),
    (
        b' "UA 1"', b' "-"', b' ""', b' "-" ', b' "UA" "192.0.2.9"', b' "UA" rest', b"", b' "\\""', b' "UA" "-"',
        b' "UA" "" ""', b' "UA" "x\\"', b' "a\tb"',
    ),
)  # fmt: skip


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


def by_row(parts: Iterable[Part]) -> dict[int, Any]:
    """What is known of each line, without nulls."""
    found: dict[int, Any] = {}
    for part in parts:
        columns: dict[str, pa.Array] = {**part.core, **{f"fields.{name}": one for name, one in part.fields.items()}}
        values = {name: column.to_pylist() for name, column in columns.items()} | {"ts": part.ts.to_pylist()}
        for place, row in enumerate(part.rows.to_pylist()):
            assert row not in found
            found[row] = {name: column[place] for name, column in values.items() if column[place] is not None}
    return found
