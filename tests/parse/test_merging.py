"""Parts of a batch are joined line by line, whatever columns each has and however it keeps them."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa

from warroom.model import UTC_MICROSECONDS
from warroom.parse.merging import merged
from warroom.parse.shapes import Part


def part(rows: list[int], core: dict[str, pa.Array], fields: dict[str, pa.Array]) -> Part:
    times = [datetime(2026, 11, 21, row, tzinfo=UTC) for row in rows]
    return Part(pa.array(rows, pa.int32()), pa.array(times, UTC_MICROSECONDS), core, fields)


def test_every_line_keeps_what_was_read_of_it() -> None:
    first = part(
        [0, 2, 5],
        {"text": pa.array(["a", None, "b"]).dictionary_encode(), "number": pa.array([1, None, 3])},
        {"own": pa.array(["x", "y", "z"]).dictionary_encode()},
    )
    second = part([1, 4], {"text": pa.array(["b", None]), "other": pa.array(["p", "q"])}, {})
    third = part([3], {"text": pa.array(["c"]).dictionary_encode()}, {"lists": pa.array([["l", "m"]])})
    found = merged([first, second, third])
    assert found.rows.to_pylist() == [0, 1, 2, 3, 4, 5]
    assert [time.hour for time in found.ts.to_pylist()] == [0, 1, 2, 3, 4, 5]
    assert {name: column.to_pylist() for name, column in (*found.core.items(), *found.fields.items())} == {
        "text": ["a", "b", None, "c", None, "b"],
        "number": [1, None, None, None, None, 3],
        "other": [None, "p", None, None, "q", None],
        "own": ["x", None, "y", None, None, "z"],
        "lists": [None, None, None, ["l", "m"], None, None],
    }
    assert found.core["text"].type == found.fields["own"].type == pa.dictionary(pa.int32(), pa.string())


def test_one_part_stays_as_it_is() -> None:
    one = part([3], {"text": pa.array(["c"])}, {})
    assert merged([one]) is one
