"""Account names: refused where they could be taken for another's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warroom.access.names import checked_name, clean_name, name_key
from warroom.errors import UsageError


@pytest.mark.parametrize("name", ["anong", "วิภา แสงทอง", "somchai.k@dga.or.th", "Zoë-2", "operator"])
def test_usual_names_stay_as_they_are(name: str) -> None:
    assert checked_name(name) == name


@pytest.mark.parametrize(
    "name", ["", " ", " anong", "a\nb", "a\u200bb", "\u202egnona", "x" * 41, "worker", "ระบบ", "root@command-line"]
)
def test_no_name_hides_something(name: str) -> None:
    with pytest.raises(UsageError, match="one line"):
        checked_name(name)


@pytest.mark.parametrize("name", ["аdmin", "anοng", "admin<b>", "a/b", "๑๒๓☃"])
def test_letters_that_look_like_others_are_named(name: str) -> None:
    with pytest.raises(UsageError, match="Thai and Latin letters"):
        checked_name(name)


def test_names_that_read_the_same_have_one_key() -> None:
    assert name_key("Anong") == name_key("ＡＮＯＮＧ") == name_key(" anong ")
    assert name_key("คำ") == name_key("ค\u0e4d\u0e32")
    assert name_key("anong") != name_key("anong2")


@given(st.text(max_size=60))
def test_any_text_becomes_a_name_that_stays_one(text: str) -> None:
    name = clean_name(text)
    assert 0 < len(name) <= 40
    assert name.isprintable()
    assert clean_name(name) == name
    assert name_key(name_key(name)) == name_key(name)
