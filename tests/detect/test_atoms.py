"""What an atom says of values, where whole rules would not show it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.detect.atoms import Reference

LISTS = st.lists(st.text("abA", max_size=4), max_size=6)
FORMS = [(False, False), (True, False), (False, True), (True, True)]


@pytest.mark.parametrize(("starts", "ends"), FORMS)
@given(values=LISTS, others=LISTS)
def test_lists_are_compared_each_with_each(values: list[str], others: list[str], *, starts: bool, ends: bool) -> None:
    pairs = [(value.lower(), other.lower()) for value in values for other in others]
    compare = {
        (False, False): str.__eq__,
        (True, False): str.startswith,
        (False, True): str.endswith,
        (True, True): str.__contains__,
    }[starts, ends]
    expected = any(compare(value, other) for value, other in pairs)
    assert Reference("field", starts=starts, ends=ends).related(values, others) is expected


@pytest.mark.parametrize(("starts", "ends"), FORMS)
@pytest.mark.timeout(60)  # each with each would take hours
def test_long_lists_cost_no_product(*, starts: bool, ends: bool) -> None:
    values, others = [f"{number}a" for number in range(150_000)], [f"b{number}" for number in range(150_000)]
    assert not Reference("field", starts=starts, ends=ends).related(values, others)
