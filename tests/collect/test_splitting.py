"""Blocks of ordinary lines are split at once, as any others are line by line."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from warroom.collect.lines import Lines, compiled, split
from warroom.machine.compiling import LARGE


def _is_clean(line: bytes) -> bool:
    try:
        return all(letter >= " " or letter == "\t" for letter in line.decode())
    except UnicodeDecodeError:
        return False


#: Bytes that look like the beginning or the middle of a character.
BROKEN = st.lists(st.sampled_from([0x7F, 0x80, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF]))
PIECES = st.sampled_from([b"a", b"bc", b"\n", b"\n", b"\r", b"\r\n", b" ", b"\t", b"x" * 30, "ก".encode(), b"\0", b"{"])


def told(found: Lines) -> tuple[object, ...]:
    return (
        found.lines.to_pylist(), found.offsets.to_pylist(), found.rejects, found.numbers.tolist(),
        found.reject_numbers, found.count,
    )  # fmt: skip


def by_hand(data: bytes, offset: int, limit: int) -> tuple[object, ...]:
    kept: list[tuple[bytes, int, int]] = []
    refused: list[tuple[int, bytes]] = []
    numbers: list[int] = []
    pieces = data.split(b"\n")
    pieces = pieces if pieces[-1] else pieces[:-1]
    for number, piece in enumerate(pieces):
        line = piece.removesuffix(b"\r")
        if not line.strip(b" \t\r\v\f"):
            pass
        elif len(line) > limit:
            refused.append((offset, line))
            numbers.append(number)
        else:
            kept.append((line, offset, number))
        offset += len(piece) + 1
    lines, offsets, places = (list(column) for column in zip(*kept, strict=True)) if kept else ([], [], [])
    return lines, offsets, refused, places, numbers, len(pieces)


@given(st.lists(PIECES, max_size=20).map(b"".join), st.integers(0, 1 << 40))
def test_lines_are_split_as_by_hand(data: bytes, offset: int) -> None:
    lines, offsets, rejects, *rest = told(split(data, offset, 40))
    assert isinstance(rejects, list)
    assert (lines, offsets, [reject[:2] for reject in rejects], *rest) == by_hand(data, offset, 40)


@given(
    st.lists(
        st.one_of(PIECES, st.sampled_from([b"y" * 31, b"z" * 62, "😀".encode()]), BROKEN.map(bytes)), max_size=30
    ).map(b"".join),
    st.integers(0, 1 << 40),
)
def test_compiled_functions_split_as_by_hand(data: bytes, offset: int) -> None:
    found = compiled(data, offset, 40)
    expected = by_hand(data, offset, 40)
    assert (found is None) == bool(expected[2])
    if found is not None:
        assert told(found) == expected
        assert not found.clean or all(_is_clean(line) for line in data.split(b"\n"))


@given(st.lists(st.one_of(PIECES, BROKEN.map(bytes)), max_size=3).map(b"".join), st.integers(0, 130))
def test_whether_lines_are_clean_text_is_seen_where_little_is_unusual(piece: bytes, before: int) -> None:
    data = b"x" * before + piece + b"y" * 2_000
    found = compiled(data, 0, 5_000)
    assert found is not None
    assert found.clean is (b"\r" not in data and all(_is_clean(line) for line in data.split(b"\n")))


def test_very_short_lines_find_room() -> None:
    data = b"a\n\nb\r\n" * 1000
    found = compiled(data, 0, 40)
    assert found is not None
    assert told(found) == by_hand(data, 0, 40)


def test_large_blocks_outlive_the_bytes_they_were_split_from() -> None:
    data = bytearray(b"one line\n" * (LARGE // 8))
    found = split(memoryview(data), 0, 40)
    data[:] = bytes(len(data))
    assert found.lines[0].as_py() == found.lines[-1].as_py() == b"one line"
