"""Literals are found in values of any text type, as a plain search finds them, and none reaches over a value's edge."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.detect.folding import fold
from warroom.detect.literals import BEGIN, END, RESERVED, Literals

LETTERS = st.sampled_from([*"aAbB.\\ s1", "é", "ſ", "\x02", "\x03", "\0", "ก"])


@pytest.mark.parametrize("kind", [pa.string(), pa.binary(), pa.large_string(), pa.large_binary(), pa.string_view()])
def test_values_of_every_text_type_are_joined(kind: pa.DataType) -> None:
    values = pa.array(["ab", "", "xAB", "é"]).cast(kind)
    places, found = Literals(["ab", f"{BEGIN}ab", f"{BEGIN}{END}", "b\x03\x02x", "é"], [0] * 5).hits(values, 0)
    assert list(zip(places.tolist(), found.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 2), (2, 0), (3, 4)]


def test_parts_of_a_larger_array_keep_their_places() -> None:
    values = pa.array(["needle", "x", None, "needle"] * 10).slice(1, 4)
    places, _ = Literals(["needle"], [0]).hits(values, 0)
    assert places.tolist() == [2, 3]


def test_hits_of_many_and_of_long_values_keep_their_places() -> None:
    values = [f"{'y' * 3000}{'needles' if number % 7 == 3 else 'needle'}" for number in range(400)] + ["x" * 400_000]
    places, _ = Literals(["needles"], [0]).hits(values, 0)
    assert places.tolist() == [number for number in range(400) if number % 7 == 3]


@given(
    st.lists(
        st.tuples(st.text(LETTERS, min_size=1, max_size=12), st.integers(0, 2), st.booleans(), st.booleans()),
        min_size=1,
        max_size=8,
    ),
    st.lists(st.tuples(st.text(LETTERS, max_size=20), st.integers(0, 2)), max_size=6),
)
def test_hits_are_those_of_a_plain_search(
    literals: list[tuple[str, int, bool, bool]], values: list[tuple[str, int]]
) -> None:
    asked = [
        (f"{BEGIN * begin}{fold(text)}{END * end}", group)
        for text, group, begin, end in literals
        if not RESERVED.intersection(text)
    ]
    places, found = Literals([text for text, _ in asked], [group for _, group in asked]).hits(
        [text for text, _ in values], np.array([group for _, group in values], dtype=np.int32)
    )
    inside = [
        (f"{BEGIN}{fold(text)}{END}".replace(BEGIN, "\x1a").replace(END, "\x1a"), group) for text, group in values
    ]
    assert list(zip(places.tolist(), found.tolist(), strict=True)) == [
        (place, number)
        for place, (text, group) in enumerate(inside)
        for number, (literal, theirs) in enumerate(asked)
        if group == theirs and literal in f"{BEGIN}{text[1:-1]}{END}"
    ]
