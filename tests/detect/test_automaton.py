"""The automaton finds literals in values of any text type, and no literal reaches over the edge of a value."""

from __future__ import annotations

import pyarrow as pa
import pytest

from warroom.detect.automaton import BEGIN, END, Automaton


@pytest.mark.parametrize("kind", [pa.string(), pa.binary(), pa.large_string(), pa.large_binary(), pa.string_view()])
def test_values_of_every_text_type_are_joined(kind: pa.DataType) -> None:
    values = pa.array(["ab", "", "xAB", "é"]).cast(kind)
    places, literals = Automaton(["ab", f"{BEGIN}ab", f"{BEGIN}{END}", "b\x03\x02x", "é"]).hits(values)
    assert list(zip(places.tolist(), literals.tolist(), strict=True)) == [(0, 0), (0, 1), (1, 2), (2, 0), (3, 4)]


def test_parts_of_a_larger_array_keep_their_places() -> None:
    values = pa.array(["needle", "x", "needle"] * 10).slice(1, 4)
    places, _ = Automaton(["needle"]).hits(values)
    assert places.tolist() == [1, 2]
