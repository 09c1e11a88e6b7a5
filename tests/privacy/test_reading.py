from __future__ import annotations

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from warroom.privacy.reading import Reading


def test_escapes_are_undone_and_signs_made_plain() -> None:
    assert Reading("a%40b%2540c&#64;d&#x40;e\\u0040f").text == "a@b@c@d@e@f"
    assert Reading("%E0%B9%91๒３–\u00a0\\nx\u200by").text == "123- \nxy"
    assert Reading("50% off %zz %C3%28 &#9999999; \\q").text == "50% off %zz %C3( &#9999999; \\q"


ESCAPES = ["%41", "%2541", "%E0%B8%81", "\\u0041", "&#65;", "\u200b", "%", "%C3"]


@given(st.lists(st.one_of(st.sampled_from(ESCAPES), st.text(max_size=5)), max_size=12))
def test_every_place_of_the_plain_form_is_known_in_the_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    reading = Reading(text)
    assert len(reading.written) == len(reading.text)
    behind = 0
    for place in range(len(reading.text)):
        begin, end = reading.begin(place), reading.end(place + 1)
        assert behind <= begin < end <= len(text)
        assert Reading(text[begin:end]).text == reading.text[place]
        behind = end


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="%&\\"), max_size=40))
def test_percent_encoded_text_reads_as_the_text_does(text: str) -> None:
    assert Reading(quote(text, safe="")).text == Reading(text).text
