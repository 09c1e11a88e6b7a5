"""Elements of arrays and objects over many lines, whatever the pieces they are fed in."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.parse.json_documents import Splitter, begins_documents


def split(data: bytes, step: int = 1 << 20) -> list[bytes]:
    splitter = Splitter()
    found = [one for at in range(0, len(data), step) for one in splitter.feed(data[at : at + step], last=False)]
    return found + splitter.feed(b"", last=True)


@pytest.mark.parametrize(
    ("data", "elements"),
    [
        (b'{"Records":[{"a":1},{"b":"}]\\""} ],"next":{"c":[1]}}', [b'{"a":1}', b'{"b":"}]\\""}']),
        (b'\xef\xbb\xbf[\n {"a":1},\n 5, "x,y", [{"b":1}]]', [b'{"a":1}', b"5", b'"x,y"', b'[{"b":1}]']),
        (b'{"kind":"EventList","metadata":{},"items":[{"a":1}],"x":{}}', [b'{"a":1}']),
        (b'{"Records":[]}{"Records":[{"a":1}]} [{"b":2}]', [b'{"a":1}', b'{"b":2}']),
        (b'{\n "a": 1\n}\n{\n "b": {}\n}\n', [b'{\n "a": 1\n}', b'{\n "b": {}\n}']),
        (b'[{"a":1},{"b":"cut\n},{"c":1}]', [b'{"a":1}', b'{"b":"cut\n}', b'{"c":1}']),
        (b'[{"a":1},{"b', [b'{"a":1}', b'{"b']),
        (b"[]", []),
    ],
)
@pytest.mark.parametrize("step", [1, 3, 1 << 20])
def test_elements_of_a_stream(data: bytes, elements: list[bytes], step: int) -> None:
    assert split(data, step) == elements


@pytest.mark.parametrize(
    "sample",
    [
        b'{"Records": [{', b' [ {"a":1}', b"[]", b'{\n  "a": 1,\n', b'{"kind":"EventList","items":[{',
        b'\xef\xbb\xbf[{"a":',
    ],
)  # fmt: skip
def test_beginnings_of_documents(sample: bytes) -> None:
    assert begins_documents(sample)


@pytest.mark.parametrize(
    "sample",
    [
        b'{"a":1}\n{"b":2}\n', b'{"a":\n', b"[Fri Nov 21] [error] x\n", b'{"items":[1,2],"user":"u"}\n', b"", b"{",
        b"text", b'{"a":1', b'{"a": "cut sh\n{"b":2}\n',
    ],
)  # fmt: skip
def test_beginnings_of_lines(sample: bytes) -> None:
    assert not begins_documents(sample)


VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.lists(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), min_size=1, max_size=4)
SIGNS = (b"{", b"}", b"[", b"]", b'"', b"\\", b",", b"\n", b" ", b"a", b'"k":', b'{"Records":[')


@settings(max_examples=40)
@given(OBJECTS, st.integers(1, 40), st.sampled_from([None, "Records"]), st.sampled_from([None, 1]))
def test_any_objects_come_out_as_they_went_in(
    objects: list[dict[str, Any]], step: int, wrapper: str | None, indent: int | None
) -> None:
    data = json.dumps({wrapper: objects} if wrapper else objects, indent=indent).encode()
    assert [json.loads(one) for one in split(data, step)] == objects


@given(st.lists(st.sampled_from(SIGNS), max_size=30), st.integers(1, 9))
def test_rubbish_ends_and_nothing_but_separators_is_lost(pieces: list[bytes], step: int) -> None:
    data = b"".join(pieces)
    found = split(data, step)
    assert sum(map(len, found)) <= len(data)
    if b"[" not in data:
        assert b"".join(found).translate(None, b" ,\n") == data.translate(None, b" ,\n")


def test_a_long_row_of_quotes_is_read_in_one_pass() -> None:
    assert len(split(b"[{" + b'\\"' * 300_000 + b"\n}, {}]")) == 2  # a second pass for each quote would take hours


def test_an_element_without_end_is_given_up() -> None:
    splitter = Splitter(longest=100)
    assert splitter.feed(b'[{"a":"' + b"x" * 200, last=False) == [b'{"a":"' + b"x" * 200]
    assert splitter.feed(b'"},{"b":1}]', last=False) == []
    assert splitter.feed(b"", last=True) == []
