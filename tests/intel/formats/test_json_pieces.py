"""A large document is read in pieces, and is the same as if it were read at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.intel.formats import json_pieces
from warroom.intel.formats.json_document import parse_json
from warroom.intel.formats.json_pieces import Long, parse_large
from warroom.intel.formats.reading import FormatRefusedError


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bring everything down to sizes of a test."""
    monkeypatch.setattr(json_pieces, "LARGE", 200)
    monkeypatch.setattr(json_pieces, "_PIECE", 100)


def entries(count: int, **more: object) -> list[dict[str, object]]:
    return [{"type": "indicator", "number": number, **more} for number in range(count)]


def whole(found: Any) -> Any:  # noqa: ANN401 - JSON
    """Go through all there is, as a reader does."""
    if isinstance(found, list):
        return [whole(one) for one in found]
    return {name: whole(one) for name, one in found.items()} if isinstance(found, dict) else found


def longs(found: Any) -> list[Long]:  # noqa: ANN401 - likewise
    inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    return ([found] if isinstance(found, Long) else []) + [one for part in inner for one in longs(part)]


def outcome(parse: Callable[[bytes], object], data: bytes) -> object:
    try:
        return whole(parse(data))
    except FormatRefusedError as problem:
        return str(problem)


NESTED = [{"source_name": "a", "url": "},{"}, {"source_name": "b]}\\"}]


@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize(
    "document",
    [
        {"type": "bundle", "objects": entries(50)},
        {"objects": entries(50, name='}, {"type"'), "more": True},
        {"type": "bundle", "objects": entries(50, references=NESTED, name="ประเทศไทย"), "id": "ไทย"},
        {"Event": {"info": "x", "Tag": [{"name": "a"}, {"name": "b"}], "Attribute": entries(50), "Object": []}},
        {"response": [{"Event": {"Attribute": entries(50, Tag=NESTED), "Tag": [{"name": "tlp:red"}], "info": "]"}}]},
        entries(50),
        entries(50, deep=[[[{"type": "indicator"}, {"type": "indicator"}]]]),
    ],
)
def test_a_large_document_is_what_it_is_when_read_at_once(document: object, indent: int | None) -> None:
    data = json.dumps(document, indent=indent, ensure_ascii=False).encode()
    found = parse_large(data)
    (long,) = longs(found)
    assert len(long) < 50  # only the first piece is held
    assert len(list(long)) == 50
    assert whole(found) == document
    assert whole(found) == document  # and again


@pytest.mark.parametrize(
    "document",
    [
        {"objects": entries(2)},
        {"objects": [1] * 500},
        {"objects": ["x" * 500]},
        {"text": "x" * 500, "objects": entries(3)},
        {"Object": entries(10), "Attribute": entries(10)},
        [[[[{"a": 1}]]]] * 50,
        {"a": "[{},{" * 100},
    ],
)
def test_others_are_read_at_once(document: object) -> None:
    found = parse_large(json.dumps(document).encode())
    assert not longs(found)
    assert found == document


@pytest.mark.parametrize("fault", [0.3, 0.7, 0.999])
@pytest.mark.parametrize("wrong", [b"\x00", b"}", b"]", b'"', b"\xff", b",,", b""])
def test_what_is_broken_is_told_as_if_it_were_read_at_once(fault: float, wrong: bytes) -> None:
    data = json.dumps({"objects": entries(50, name="ไทย"), "more": True}).encode()
    place = round(len(data) * fault)
    broken = data[:place] + wrong if not wrong else data[:place] + wrong + data[place + 1 :]
    assert outcome(parse_large, broken) == outcome(parse_json, broken)


def test_a_name_that_stands_twice() -> None:
    data = json.dumps({"objects": entries(50)}).encode()
    assert parse_large(data[:-1] + b', "objects": []}') == {"objects": []}


_ENTRIES = st.lists(
    st.dictionaries(
        st.sampled_from(["type", "a", "b"]),
        st.text(alphabet='ab{}[],:"\\ ไ', max_size=8) | st.lists(st.just({"type": 1}), max_size=3),
        max_size=3,
    ),
    max_size=60,
)


@given(_ENTRIES, _ENTRIES, st.sampled_from([None, 1]))
def test_any_document_is_what_it_is(first: list[object], second: list[object], indent: int | None) -> None:
    document = {"x": {"objects": first}, "y": second}
    data = json.dumps(document, indent=indent, ensure_ascii=False).encode()
    assert whole(parse_large(data)) == document
