"""Comparisons of a column say what those of its values one by one say."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from warroom.detect.atoms import Compare
from warroom.detect.comparing import compared

WRITTEN = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.integers(0, 10**16).map(str),
    st.integers(0, 999).map("{:05}".format),
    st.floats(allow_nan=False, allow_infinity=False, width=32).map(str),
    st.sampled_from(["", " 7", "7 ", "٧", "0x10", "seven", "1e3", "+5", "-0", ".5", "5."]),
    st.text(max_size=6),
)
ASKED = st.builds(
    Compare,
    st.sampled_from(["lt", "lte", "gt", "gte"]),
    st.one_of(st.integers(-(10**3), 10**3), st.integers(-(10**25), 10**25), st.floats(-1e6, 1e6)),
)


@given(st.lists(st.one_of(st.none(), WRITTEN), max_size=30), st.lists(ASKED, min_size=1, max_size=4))
@example(["999999999999999", "9999999999999999", "9007199254740993"], [Compare("gt", 9007199254740992.0)])
@example(["5"], [Compare("lt", 10**25)])
def test_a_column_is_compared_as_its_values_are(texts: list[str | None], atoms: list[Compare]) -> None:
    tests = list(enumerate(atoms))
    (places, units), others = compared(pa.array(texts, pa.string()), tests)
    assert list(places) == sorted(places)
    left = [place for place, text in enumerate(texts) if text is not None and place in set(others.tolist())]
    held = {(place, unit) for place in left for unit, atom in tests if atom.holds(texts[place] or "")}
    wanted = {
        (place, unit)
        for place, text in enumerate(texts)
        if text is not None
        for unit, atom in tests
        if atom.holds(text)
    }
    assert set(zip(places.tolist(), units.tolist(), strict=True)) | held == wanted


def test_what_logs_write_is_left_to_nobody() -> None:
    (places, units), others = compared(pa.array(["200", "0", None, "104857600"]), [(7, Compare("gte", 200))])
    assert (places.tolist(), units.tolist(), others.tolist()) == ([0, 3], [7, 7], [])
