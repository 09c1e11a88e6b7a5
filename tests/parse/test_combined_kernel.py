"""The compiled way through access-log lines gives what the patterns give, for every line it takes."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parse.access_lines import LINE, by_row, nearly_ordinary
from parse.reading import NOW, SAMPLES

from warroom.machine.compiling import LARGE
from warroom.parse import ParseContext, access_log, parse
from warroom.parse.combined_columns import cut
from warroom.parse.text import decode

CONTEXT = ParseContext("nginx", "UTC", NOW)
CODED = ParseContext("nginx", "UTC", NOW, coded=True)
LOGS = sorted(path for path in (SAMPLES / "filebeat").glob("*") if path.suffix == ".log")
#: Lines that a server writes now and then, and what is no line of a server.
ODD = (
    rb'192.0.2.7 - - [21/Nov/2026:09:00:00 +0700] "\x16\x03\x01" 400 157 "-" "-"',
    rb'192.0.2.8 - - [21/Nov/2026:09:00:00 +0700] "GET /q HTTP/1.1" 200 5 "-" "a \"b\""',
    b"no line of an access log",
    b'host.example - - [21/Nov/2026:09:00:00 +0700] "GET /h HTTP/1.1" 200 5 "-" "UA 1" more',
)


def check(lines: list[bytes]) -> int:
    """Hold the two ways together; how many lines were taken."""
    text, _, _ = decode(pa.array(lines, pa.binary()))
    parts, _ = access_log.by_patterns(text, pa.array(range(len(text)), pa.int32()), CONTEXT)
    quick = cut(text)
    if quick is None:
        return 0
    slow = by_row(parts)
    for row, found in by_row([quick]).items():
        assert found == slow[row]
    return len(quick.rows)


def many(lines: int) -> list[bytes]:
    """So many different lines, large enough to be read by compiled functions."""
    filling = b"x" * (1 + LARGE // lines)
    return [LINE.replace(b"/a", b"/%d" % number).replace(b"UA 1", b"UA" + filling) for number in range(lines)]


@settings(max_examples=150)
@given(st.lists(nearly_ordinary(), min_size=1, max_size=8))
def test_nearly_ordinary_lines_are_read_alike(lines: list[bytes]) -> None:
    check(lines)


def test_a_line_that_ends_too_early_or_lacks_a_byte_is_read_alike() -> None:
    for line in (LINE, LINE + b' "192.0.2.9"', LINE.replace(b" - - ", b" - anna ")):
        check([line[:end] for end in range(1, len(line))])
        check([line[:at] + line[at + 1 :] for at in range(len(line))])


@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.name)
def test_real_logs_are_read_alike(log: Path) -> None:
    check([line for line in log.read_bytes().split(b"\n") if line.strip()])


def test_usual_lines_are_taken() -> None:
    lines = [
        LINE,
        LINE.replace(b"192.0.2.1", b"2001:db8::1"),
        LINE.replace(b"192.0.2.1", b"[2001:db8::1]:443"),
        LINE.replace(b" - - ", b" - anna "),
        LINE.replace(b"GET /a?b=c HTTP/1.1", b"PROPFIND /%E0%B8%81 HTTP/2"),
        LINE.replace(b"https://x/", b"-").replace(b" 5 ", b" - "),
        LINE.replace(b"UA 1", "เบราว์เซอร์".encode()),
        LINE[: LINE.index(b' "https')],
        LINE + b' "-"',
        LINE + b' "192.0.2.9, 10.0.0.1"',
    ]
    assert check(lines) == len(lines)


@given(
    st.datetimes(datetime(1600, 1, 1), datetime(9800, 12, 31)),  # noqa: DTZ001  the zone is drawn, too
    st.integers(-30, 30),
    st.integers(0, 70),
    st.booleans(),
)
def test_times_are_read_alike(time: datetime, hours: int, minutes: int, broken: bool) -> None:  # noqa: FBT001  drawn
    day = b"31" if broken else b"%02d" % time.day
    month = b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()[time.month - 1]
    clock = time.strftime("%H:%M:%S").encode()
    zone = b"%c%02d%02d" % (b"-+"[hours > 0], abs(hours), minutes)
    written = day + b"/" + month + b"/%04d:" % time.year + clock + b" " + zone
    text = pa.array([LINE.replace(b"21/Nov/2026:09:00:00 +0700", written).decode()])
    parts, _ = access_log.by_patterns(text, pa.array([0], pa.int32()), CONTEXT)
    assert by_row([part] if (part := cut(text)) else []) == by_row(parts)


def test_the_time_of_each_line_is_its_own() -> None:
    times = ["21/Nov/2026:09:00:00 +0700", "21/Nov/2026:09:00:01 +0700", "21/Nov/2026:09:00:01 +0000",
             "22/Nov/2026:09:00:01 +0000", "22/Nov/2027:09:00:01 +0000", "99/Nov/2027:09:00:01 +0000",
             "22/Nov/2027:09:00:01 +0000"]  # fmt: skip
    part = cut(pa.array([LINE.decode().replace(times[0], time) for time in times]))
    assert part is not None
    assert part.rows.to_pylist() == [0, 1, 2, 3, 4, 6]
    assert part.ts.to_pylist() == [
        datetime.strptime(time, "%d/%b/%Y:%H:%M:%S %z").astimezone(UTC) for time in times if time[0] == "2"
    ]


@given(st.lists(st.sampled_from(["0", "00", "1", "9", "10", "99", "199", "249", "250", "256", "300", "1000", "", "x"]),
                min_size=1, max_size=5).map(".".join))  # fmt: skip
def test_four_numbers_are_an_address(text: str) -> None:
    part = cut(pa.array([LINE.decode().replace("192.0.2.1", text)]))
    try:
        ipaddress.ip_address(text)
    except ValueError:
        assert part is None
    else:
        assert part is not None
        assert part.core["source_ip"].to_pylist() == [text]


def test_more_texts_than_are_looked_through_keep_their_places() -> None:
    agents = [f"agent {number % 30_000}" for number in range(40_000)]
    part = cut(pa.array([LINE.decode().replace("UA 1", agent) for agent in agents]))
    assert part is not None
    assert part.core["user_agent_original"].to_pylist() == agents


def test_texts_that_return_are_kept_once() -> None:
    part = cut(pa.array([LINE.decode()] * 100 + [LINE.decode().replace("GET", "PUT")]))
    assert part is not None
    assert part.core["http_request_method"].dictionary.to_pylist() == ["GET", "PUT"]
    assert part.core["user_agent_original"].dictionary.to_pylist() == ["UA 1"]


def test_a_piece_of_a_longer_array_is_read_as_if_alone() -> None:
    text = pa.array([LINE.replace(b"/a", b"/%d" % number).decode() for number in range(5)])
    part = cut(text.slice(2, 2))
    assert part is not None
    assert part.core["url_path"].to_pylist() == ["/2", "/3"]
    assert part.rows.to_pylist() == [0, 1]


def test_odd_lines_stand_among_many_in_their_order_whether_columns_are_dictionaries_or_not() -> None:
    lines = many(200)
    for number, odd in enumerate(ODD):
        lines.insert(40 * number + 7, odd)
    text, _, _ = decode(pa.array(lines, pa.binary()))
    parts, refused = access_log.by_patterns(text, pa.array(range(len(text)), pa.int32()), CONTEXT)
    coded, plain = parse(pa.array(lines, pa.binary()), CODED), parse(pa.array(lines, pa.binary()), CONTEXT)
    assert coded.rejects == plain.rejects == refused
    assert coded.rows.to_pylist() == plain.rows.to_pylist() == sorted(by_row(parts))
    assert coded.events.to_pylist() == plain.events.to_pylist()
    assert pa.types.is_dictionary(coded.events.schema.field("user_agent_original").type)
    assert not any(pa.types.is_dictionary(column.type) for column in plain.events.columns)
    assert by_row(access_log.parse(text, CODED)[0]) == by_row(parts)
