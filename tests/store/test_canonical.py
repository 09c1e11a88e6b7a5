"""Canonical JSON: however it is written, the bytes are those that the chain was begun with."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.store.canonical import Json, encoded


def slowly(value: Json) -> bytes:
    """Write as the first version did."""
    text = json.dumps(["kind", value], ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def test_every_character_is_written_as_it_always_was() -> None:
    characters = [chr(number) for number in range(0x110000) if not 0xD800 <= number <= 0xDFFF]
    assert encoded("kind", ["".join(characters)]) == slowly(["".join(characters)])


simple = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=()))


@settings(max_examples=60)
@given(st.lists(simple | st.lists(simple) | st.dictionaries(st.text(), simple)))
def test_any_list_is_written_as_it_always_was(values: list[Json]) -> None:
    assert encoded("kind", values) == slowly(values)


@pytest.mark.parametrize("odd", ["\ud800", 1 << 64, -(1 << 63) - 1])
def test_what_the_fast_encoder_refuses_is_written_all_the_same(odd: str | int) -> None:
    assert encoded("kind", [odd, "text", None]) == slowly([odd, "text", None])
