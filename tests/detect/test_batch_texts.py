"""The texts that keywords search: each belongs to the rows that have it, however columns share memory."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from warroom.detect.batch_texts import BatchTexts, TextColumn
from warroom.detect.encoded import Encoded
from warroom.detect.prefilter import Prefilter

ROWS = 5
TEXTS = pa.array([f"text {number}" for number in range(12)])
PIECES = st.tuples(st.integers(0, 11), st.integers(1, 12)).map(lambda pair: TEXTS.slice(*pair))
APART = st.lists(st.sampled_from(TEXTS.to_pylist()), min_size=1, max_size=6).map(pa.array)


@st.composite
def columns(draw: st.DrawFn) -> pa.Array:
    """Draw a column: codes into a piece of a shared array or into one of its own, or plain texts, or lists."""
    kind = draw(st.sampled_from(["shared", "shared", "own", "plain", "lists"]))
    if kind in ("shared", "own"):
        values = draw(PIECES if kind == "shared" else APART)
        codes = draw(st.lists(st.none() | st.integers(0, len(values) - 1), min_size=ROWS, max_size=ROWS))
        return pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), values)
    one = st.sampled_from(TEXTS.to_pylist())
    cells = draw(st.lists(st.none() | (one if kind == "plain" else st.lists(one)), min_size=ROWS, max_size=ROWS))
    return pa.array(cells, pa.string() if kind == "plain" else pa.list_(pa.string()))


@given(st.lists(st.tuples(columns(), st.booleans()), min_size=1, max_size=6), st.integers(0, 2**ROWS - 1))
def test_every_text_is_searched_for_the_rows_that_have_it(drawn: list[tuple[pa.Array, bool]], asked: int) -> None:
    here = np.array([asked >> row & 1 for row in range(ROWS)], np.uint64)
    prefilters = [Prefilter(["nothing"], encoded=encoded) for encoded in (False, True)]
    read = [
        TextColumn(Encoded(array, distinct=False), encoded, searched=True)
        for array, encoded in drawn
        if array.null_count < ROWS
    ]
    found = set()
    for part in BatchTexts(read, here, prefilters).parts:
        places = np.flatnonzero(part.wanted(0, filtered=False))
        texts = [text if isinstance(text, str) else text.decode() for text in part.texts.take(places).to_pylist()]
        rows, units = part.rows_of(places, np.arange(len(places)))
        found |= {(row, texts[unit], part.encoded) for row, unit in zip(rows.tolist(), units.tolist(), strict=True)}
    expected = {
        (row, text, encoded)
        for array, encoded in drawn
        for row, cell in enumerate(array.to_pylist())
        for text in ([cell] if isinstance(cell, str) else cell or ())
        if here[row]
    }
    assert {one for one in found if here[one[0]]} == expected
