"""The compiled tokeniser reads what the exact reader reads, or leaves it to that."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from parse.reading import NOW, SAMPLES

from warroom.parse import ParseContext, jsonl
from warroom.parse.flatten import MAX_NAMES
from warroom.parse.json_columns import Paths, read
from warroom.parse.json_room import Room
from warroom.parse.text import decode

CONTEXT = ParseContext("jsonl", "UTC", NOW)

NAMES = st.sampled_from(["a", "b", "a.b", "", "Event ID", "ชื่อ", "x" * 40, 'q"', "n\\"])
NUMBERS = st.one_of(
    st.integers(-5, 5),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 1.5, 1e5, 1e-5, 0.0001, 0.00001, 123456789.25, 1e22]),
)
TEXTS = st.one_of(
    st.sampled_from(["", "C:\\Windows\\x", 'say "x"', "a/b", "ก\u0301", "\U0001f600", "line\nend\t", "\0", "-", "1"]),
    st.text(max_size=12),
    st.text('\\"/a', max_size=80),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=12,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=6)

#: Pieces of which nearly-JSON is made.
PIECES = st.sampled_from(
    ["{", "}", "[", "]", ":", ",", '"a"', '"b"', '"a.b"', '"', "\\", "\\u0e01", "\\ud83d", "\\ude00", "\\/", "\\x",
     "1", "-", "-0", "01", "1.0", "1.50", "1.", ".5", "1e3", "1E400", "0.00001", "12345678901234567890", "true",
     "false", "null", "nul", " ", "\t", "\r", "\x01", "ก", '{"a":', '"x"}', '{"a":1}', "\x7f", "NaN"]
)  # fmt: skip


@st.composite
def lines(draw: st.DrawFn) -> bytes:
    kind = draw(st.integers(0, 9))
    if kind == 0:
        return "".join(draw(st.lists(PIECES, max_size=12))).encode() or b"{"
    blanks = draw(st.sampled_from([(",", ":"), (", ", ": "), (" ,\t", "\t:  ")]))
    text = json.dumps(draw(OBJECTS), ensure_ascii=draw(st.booleans()), separators=blanks)
    if kind < 4:
        start = draw(st.integers(0, len(text)))
        text = text[:start] + draw(PIECES) + text[start + draw(st.integers(0, 3)) :]
    return text.encode("utf-8", "surrogatepass").replace(b"\n", b" ")


def rows_of(found: tuple[Any, ...]) -> tuple[list[dict[str, Any]], Any]:
    rows, columns, rejects = found[:3]
    texts = {name: column.to_pylist() for name, column in columns.items()}
    events = [
        {"row": row} | {name: column[place] for name, column in texts.items() if column[place] is not None}
        for place, row in enumerate(rows.to_pylist())
    ]
    return events, sorted((one.row, one.reason) for one in rejects)


def check(given_lines: list[bytes], context: ParseContext = CONTEXT) -> None:
    text, _, _ = decode(pa.array(given_lines, pa.binary()))
    quick = jsonl.by_tokens(text, context)
    assert quick is not None
    assert rows_of(quick) == rows_of(jsonl.exactly(text, context))


@settings(max_examples=120)
@given(st.lists(lines(), min_size=1, max_size=8))
def test_any_lines_are_read_alike(given_lines: list[bytes]) -> None:
    check(given_lines)


@pytest.mark.soak
@pytest.mark.timeout(7200)
@settings(max_examples=20_000)
@given(st.lists(lines(), min_size=1, max_size=12))
def test_any_lines_are_read_alike_at_length(given_lines: list[bytes]) -> None:
    check(given_lines)


@settings(max_examples=50)
@given(st.lists(lines(), min_size=1, max_size=8), st.frozensets(NAMES, max_size=3))
def test_what_is_wanted_is_read_alike(given_lines: list[bytes], wanted: frozenset[str]) -> None:
    check(given_lines, ParseContext("jsonl", "UTC", NOW, wanted=wanted))


@settings(max_examples=100)
@given(st.lists(lines(), min_size=1, max_size=8))
def test_tables_may_be_full_at_any_place_of_a_line(given_lines: list[bytes]) -> None:
    text, _, _ = decode(pa.array(given_lines, pa.binary()))
    tiny = read(text, Paths(lambda _: True), Room(cells=1, values=1, known=1, elements=1), 64)
    roomy = read(text, Paths(lambda _: True), Room(), 64)
    assert tiny.left.tolist() == roomy.left.tolist()
    assert rows_of((tiny.rows, tiny.columns, [])) == rows_of((roomy.rows, roomy.columns, []))


@given(st.text('\\"/aé\t', max_size=150), st.integers(0, 70))
def test_quotes_and_escapes_may_stand_anywhere(text: str, before: int) -> None:
    for one in (json.dumps({"b" * before: text, "c": text}), json.dumps({"a": text})[before:], '{"a":"' + text + '"}'):
        check([one.encode(), b'{"after":1}'])


def test_ordinary_lines_are_left_to_nobody() -> None:
    ordinary = [
        '{"EventID": 1, "Image": "C:\\\\Windows\\\\a.exe", "Ok": true, "N": null, "Share": 0.25, "tags": ["x", "y"]}',
        '{"a":{"b":{"c":[1,{"d":"\\u0e01\\ud83d\\ude00\\/"}]}},"e":{},"f":[],"long":123456789012345678901234567890}',
        ' { "a" : -12 } ',
    ]
    found = read(pa.array(ordinary), Paths(lambda _: True), Room(), 64)
    assert len(found.left) == 0
    events, _ = rows_of((found.rows, found.columns, []))
    assert events[1]["a.b.c.d"] == ["ก\U0001f600/"]
    check([line.encode() for line in ordinary])


def test_real_json_lines_are_read_alike() -> None:
    read = 0
    for path in sorted(SAMPLES.parent.rglob("*")):  # each by itself: all of them have more names than a batch may have
        if path.is_file() and (lines := [line for line in path.read_bytes().split(b"\n") if line.startswith(b"{")]):
            check(lines)
            read += len(lines)
    assert read > 100


def test_tables_grow() -> None:
    check([b'{"a":"%d","l":[%d,%d]}' % (number, number, number % 7) for number in range(9_000)])


def test_names_lists_and_odd_lines_may_come_late() -> None:
    given_lines = [b'{"a":"%d"}' % (number % 3) for number in range(3_000)]
    given_lines[1_030] = b'{"a":"1","a":"2"}'
    given_lines[1_500] = b'{"late":"x","l":["y","z"],"a":"0"}'
    given_lines[2_999] = b"{" + b",".join(b'"n%d":%d' % (number, number) for number in range(400)) + b"}"
    check(given_lines)


def test_a_line_whose_names_cost_too_much_is_left() -> None:
    head = b'{"long":"' + b"x" * 300_000 + b'",'
    names = b",".join(b'"n%d":%d' % (number, number) for number in range(60))
    text = pa.array([(head + names + b"}").decode(), '{"a":1}'])
    found = read(text, Paths(lambda _: True), Room(), 1_000)
    assert found.left.tolist() == [0]
    assert found.columns["a"].to_pylist() == ["1"]
    check([head + names + b"}", b'{"a":1}'])


def test_too_many_names_are_left_to_the_exact_reader() -> None:
    many = pa.array([f'{{"n{number}":1}}' for number in range(MAX_NAMES + 10)])
    assert jsonl.by_tokens(many, CONTEXT) is None


def test_a_large_batch_goes_the_quick_way_and_comes_as_dictionaries_where_they_are_allowed() -> None:
    lines_ = [b'{"a":"%d","b":"same","pad":"%s"}' % (number, b"x" * 200) for number in range(6_000)]
    text = pa.array(lines_, pa.binary()).cast(pa.string())
    (coded,), _ = jsonl.parse(text, ParseContext("jsonl", "UTC", NOW, wanted=frozenset({"b"}), coded=True))
    assert list(coded.fields) == ["b"]
    assert coded.fields["b"].dictionary.to_pylist() == ["same"]
    (plain,), _ = jsonl.parse(text, CONTEXT)
    assert plain.fields["a"].type == pa.string()
    assert plain.fields["a"].to_pylist() == [str(number) for number in range(6_000)]


def test_lists_fill_their_table_in_the_middle_of_a_line() -> None:
    line = b'{"a": [1, 2, 3], "b": "x"}'
    found = read(pa.array([line.decode()] * 5_000), Paths(lambda _: True), Room(), 64)
    assert not len(found.left)
    assert found.columns["a"].to_pylist() == [["1", "2", "3"]] * 5_000
