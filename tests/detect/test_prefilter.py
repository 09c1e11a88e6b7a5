"""What may hold a literal is never left out, however texts lie next to each other."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from warroom.detect.decoding import readings
from warroom.detect.folding import fold
from warroom.detect.prefilter import Prefilter

_WORDS = st.text("abK%+2 ſ\u212aé.", min_size=1, max_size=4)
#: Many bytes, so that texts are searched at all and in several chunks.
_PADDING = ["." * 1000] * 300


@given(
    st.lists(st.text("abk.% ", min_size=1, max_size=3), min_size=1, max_size=4),
    st.lists(_WORDS, max_size=40),
    st.booleans(),
    st.sampled_from([pa.string(), pa.binary()]),
)
def test_nothing_that_holds_a_literal_is_left_out(
    literals: list[str],
    texts: list[str],
    encoded: bool,  # noqa: FBT001  drawn
    kind: pa.DataType,
) -> None:
    array = pa.array([*_PADDING, *texts, *_PADDING], pa.string()).cast(kind).slice(3)
    found = Prefilter(literals, encoded=encoded).perhaps(array)
    assert found is not None
    for place, text in enumerate(texts, len(_PADDING) - 3):
        several = readings(text) if encoded else (text,)
        if any(literal in fold(one) for one in several for literal in literals):
            assert found[place] == 1


def test_texts_without_a_literal_are_left_out() -> None:
    array = pa.array([*_PADDING, "needle", "NEEDLES", "haystack", *_PADDING])
    found = Prefilter(["\x02needle\x03"], encoded=False).perhaps(array)
    assert found is not None
    assert found.nonzero()[0].tolist() == [300, 301]


def test_texts_full_of_hits_all_count() -> None:
    array = pa.array(["a" * 10_000] * 40 + ["b"])
    found = Prefilter(["a"], encoded=False).perhaps(array)
    assert found is not None
    assert found[:40].all()


def test_little_text_and_the_empty_literal_are_no_work_for_it() -> None:
    assert Prefilter(["a"], encoded=False).perhaps(pa.array(["a"])) is None
    assert Prefilter(["\x02\x03", "a"], encoded=False).perhaps(pa.array(_PADDING)) is None
