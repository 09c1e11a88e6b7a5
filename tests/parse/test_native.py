"""Numbers and coalesced columns are the same for dictionaries and for plain columns."""

from __future__ import annotations

import re

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from parse.reading import NOW

from warroom.parse import ParseContext
from warroom.parse.native import plain, to_core

TEXTS = st.one_of(
    st.none(),
    st.integers(-5, 70_000).map(str),
    st.sampled_from(["", "-", "0x1f", "1.0", "12.000", "-7.0", "1" * 18, "1" * 19, "007", "1e3", " 1", "๑", "1\n"]),
)
NAMES = ["pid", "ProcessId", "SourcePort", "IpPort", "User", "TargetUserName", "SubjectUserName", "IpAddress", "src_ip"]
CONTEXT = ParseContext("jsonl", "UTC", NOW)


@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_whole_numbers_are_read_and_nothing_else(texts: list[str | None]) -> None:
    column = pa.array(["x", *texts]).slice(1)
    expected = [
        int(text.split(".")[0]) if text is not None and re.fullmatch(r"-?[0-9]{1,18}(\.0+)?", text) else None
        for text in texts
    ]
    assert to_core({"pid": column}, len(texts), CONTEXT)[1]["process_pid"].to_pylist() == expected


@given(st.data(), st.integers(1, 6))
def test_dictionaries_are_read_as_plain_columns_are(data: st.DataObject, count: int) -> None:
    columns = {
        name: pa.array(data.draw(st.lists(TEXTS, min_size=count, max_size=count)), pa.string())
        for name in data.draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=1))
    }
    expected = to_core(columns, count, CONTEXT)[1]
    found = to_core({name: column.dictionary_encode() for name, column in columns.items()}, count, CONTEXT)[1]
    assert {name: plain(column).to_pylist() for name, column in found.items()} == {
        name: column.to_pylist() for name, column in expected.items()
    }
    assert all(not column.dictionary.null_count for column in found.values() if pa.types.is_dictionary(column.type))
