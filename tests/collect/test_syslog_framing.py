from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.collect.syslog_framing import LARGEST, Framing
from warroom.collect.syslog_relp import Frames


def messages(data: bytes, limit: int = 100, kind: str = "auto", piece: int = 1 << 20) -> list[bytes]:
    framing = Framing(limit, kind)
    found = []
    for place in range(0, len(data), piece):
        found += framing.feed(data[place : place + piece])
    return [one.data for one in [*found, *framing.end()] if one.reason is None]


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000])
def test_counted_and_ended_messages_are_told_apart_one_by_one(piece: int) -> None:
    stream = b"6 <1>abc<2>line\n<3>crlf\r\n9 <4>in\nner<5>nul\x00\n \n11 <6>12 <7>xy<8>last"
    expected = [b"<1>abc", b"<2>line", b"<3>crlf", b"<4>in\nner", b"<5>nul", b"<6>12 <7>xy", b"<8>last"]
    assert messages(stream, piece=piece) == expected


def test_what_only_looks_like_a_count_is_a_line() -> None:
    lines = [b"0 zero", b"2026-11-22T10:00:00Z host app: x", b"12: cisco", b"1234567890 ten digits"]
    assert messages(b"\n".join(lines) + b"\n") == lines


def test_framing_can_be_said() -> None:
    assert messages(b"5 lines of text\n", kind="newline") == [b"5 lines of text"]
    assert messages(b"3 abc\n3 def", kind="octet_counting") == [b"abc", b"def"]
    framing = Framing(100, "octet_counting")
    found = framing.feed(b"3 abc<13>no length\n")
    assert [(one.data, one.reason is None) for one in found] == [(b"abc", True), (b"<13>no length", False)]
    assert framing.broken is not None
    assert framing.feed(b"3 abc") == []


@pytest.mark.parametrize("piece", [1, 9, 64, 1000])
@pytest.mark.parametrize("counted", [True, False])
def test_a_message_over_the_limit_is_refused_in_pieces_and_the_next_is_read(piece: int, *, counted: bool) -> None:
    long = b"x" * 250
    stream = b"250 " + long + b"4 <1>a" if counted else long + b"\n<1>a\n"
    framing = Framing(100)
    found = []
    most = 0
    for place in range(0, len(stream), piece):
        found += framing.feed(stream[place : place + piece])
        most = max(most, framing.held)
    assert most <= 102 + piece
    assert b"".join(one.data for one in found if one.reason) == long
    assert all(len(one.data) <= 100 for one in found)
    assert [one.data for one in found if not one.reason] == [b"<1>a"]


def test_a_line_of_exactly_the_limit_is_a_message() -> None:
    for end in (b"\n", b"\r\n", b"\0", b""):
        assert messages(b"y" * 100 + end) == [b"y" * 100]
        assert messages(b"y" * 101 + end) == []


def test_a_count_that_lies() -> None:
    framing = Framing(100)
    assert framing.feed(b"20 <1>abc\n<2>def\n") == []
    (left,) = framing.end()
    assert (left.data, left.reason) == (b"<1>abc\n<2>def", "the connection ended after 14 of 20 bytes")
    framing = Framing(100)
    (left,) = framing.feed(b"%d <1>abc" % (LARGEST + 1))
    assert left.reason is not None
    assert framing.broken is not None
    assert framing.held == 0


@given(
    sent=st.lists(st.tuples(st.booleans(), st.binary(max_size=40)), max_size=12),
    cuts=st.lists(st.integers(1, 50), max_size=20),
)
def test_nothing_is_lost_however_the_stream_is_cut(sent: list[tuple[bool, bytes]], cuts: list[int]) -> None:
    stream, expected = b"", b""
    for counted, text in sent:
        data = text if counted else text.replace(b"\n", b"").replace(b"\0", b"")
        if not counted and data[:1].isdigit():
            data = b"<" + data
        if counted and not data:
            continue
        stream += b"%d %b" % (len(data), data) if counted else data + b"\n"
        kept = data.rstrip(b"\r\n\0")
        expected += kept if kept.strip(b" \t\r\v\f") else b""
    framing = Framing(30)
    found, place = [], 0
    for cut in [*cuts, len(stream)]:
        found += framing.feed(stream[place : place + cut])
        place += cut
    found += framing.end()
    # a piece may end in what would be an end of line, which is left out
    drop = b" \t\r\v\f\n\0"
    assert b"".join(one.data for one in found).translate(None, drop) == expected.translate(None, drop)
    assert all(len(one.data) <= 30 or one.reason for one in found)


@given(st.binary(max_size=300), st.integers(1, 60))
def test_rubbish_is_held_within_bounds(data: bytes, piece: int) -> None:
    for kind in ("auto", "newline", "octet_counting"):
        framing = Framing(50, kind)
        for place in range(0, len(data), piece):
            assert all(one.data for one in framing.feed(data[place : place + piece]))
            assert framing.held <= 64 + piece
        framing.end()
        assert not framing.within


@pytest.mark.parametrize("piece", [1, 5, 1000])
def test_relp_frames(piece: int) -> None:
    stream = b"1 open 14 relp_version=0\n2 syslog 5 a\nb c\n3 close 0\n"
    frames = Frames(100)
    found = []
    for place in range(0, len(stream), piece):
        found += frames.feed(stream[place : place + piece])
    assert [tuple(one) for one in found] == [
        (1, b"open", b"relp_version=0"),
        (2, b"syslog", b"a\nb c"),
        (3, b"close", b""),
    ]
    assert not frames.within


@given(st.binary(max_size=300), st.integers(1, 60))
def test_relp_rubbish_ends_the_session(data: bytes, piece: int) -> None:
    frames = Frames(50)
    for place in range(0, len(data), piece):
        frames.feed(data[place : place + piece])
        assert frames.held <= 250 + piece
    for bad in (b"x" * 100, b"1 syslog 999999999 x", b"1 syslog 1 abc"):
        broken = Frames(50)
        broken.feed(bad)
        assert broken.broken is not None
