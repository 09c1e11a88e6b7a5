"""Keywords need not be looked for in a line of JSON whose fields say it all."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warroom.detect.folding import fold
from warroom.detect.raw_lines import tell_more
from warroom.model import FIELDS
from warroom.parse.jsonl import by_tokens
from warroom.parse.native import to_core
from warroom.parse.shapes import ParseContext, Part, assemble

NUMBERS = itertools.count()
WORDS = st.text("ab1: ,.[{", max_size=5)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(0, 20) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(WORDS, VALUES, min_size=1, max_size=4)


def batch_of(lines: list[str]) -> pa.RecordBatch | None:
    """Parse lines the compiled way; None where some are left to the exact reader or none is an event."""
    # names are kept for each mapping: with one of its own, a batch tells its own names alone
    mapping = {"user_id": f"none {next(NUMBERS)}"}
    context = ParseContext("jsonl", "UTC", datetime(2026, 1, 1, tzinfo=UTC), mapping=mapping)
    found = by_tokens(pa.array(lines), context)
    if found is None or found[3] is None:
        return None
    rows, columns, _, names = found
    ts, core = to_core(columns, len(rows), context)
    return assemble(Part(rows, ts, core, columns, names), pa.array([line.encode() for line in lines]))


def texts_of(batch: pa.RecordBatch) -> list[str]:
    return [
        fold(text)
        for child in batch.column(FIELDS).flatten()
        for cell in child.to_pylist()
        for text in (cell if isinstance(cell, list) else [cell])
        if text is not None
    ]


ANY = given(
    st.lists(OBJECTS, min_size=1, max_size=3), st.text("ab1: .,[{nultrue", min_size=1, max_size=4), st.booleans()
)


@settings(max_examples=30)
@ANY
def test_what_a_line_tells_more_is_looked_for_there(objects: list[dict[str, Any]], literal: str, dense: bool) -> None:  # noqa: FBT001
    looked_for(objects, literal, dense=dense)


@pytest.mark.soak
@settings(max_examples=1000)
@ANY
def test_so_it_is_of_a_thousand_lines(objects: list[dict[str, Any]], literal: str, dense: bool) -> None:  # noqa: FBT001
    looked_for(objects, literal, dense=dense)


def looked_for(objects: list[dict[str, Any]], literal: str, *, dense: bool) -> None:
    separators = (",", ":") if dense else (" , ", " : ")
    lines = [json.dumps(one, separators=separators) for one in objects]
    batch = batch_of(lines)
    if batch is None or tell_more(batch.schema, frozenset((literal,))):
        return
    fields = texts_of(batch)
    assert all(any(literal in text for text in fields) for line in lines if literal in fold(line))


@pytest.mark.parametrize(
    ("literal", "more"),
    [
        ("mimikatz", False),
        ("kerberos::ptt", False),
        ("esx admins", False),
        ("lsadump::", False),
        ("\x02whole\x03", False),
        ("image", True),  # a name
        ('"pid":4', True),
        ("a,b", True),
        (":4", True),
        ("4 ", True),
        ("null", True),
    ],
)
def test_words_are_in_fields_and_notation_is_not(literal: str, *, more: bool) -> None:
    batch = batch_of(['{"Image": "mimikatz", "pid": 4}'])
    assert batch is not None
    assert tell_more(batch.schema, frozenset((literal,))) is more


def test_lines_that_say_nothing_of_their_names_are_searched() -> None:
    whole = batch_of(['{"a": 1}'])
    assert whole is not None
    assert tell_more(whole.schema, None)
    assert not tell_more(whole.schema, frozenset("b"))
    assert tell_more(pa.schema([field.remove_metadata() for field in whole.schema]), frozenset("b"))
    assert batch_of(['{"a": 1}', '{"a": 1, "a": 2}']) is None
