from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from warroom.store import fieldmap

VALUES = st.one_of(st.none(), st.text(max_size=5), st.lists(st.text(max_size=5), max_size=3))
ROWS = st.lists(st.dictionaries(st.sampled_from(["CommandLine", "a.b", "ชื่อ", ""]), VALUES, max_size=4), max_size=8)


def as_lists(row: dict[str, object]) -> dict[str, list[str]]:
    """What is kept of a row: present values, each as a list."""
    return {key: [value] if isinstance(value, str) else value for key, value in row.items() if value is not None}


@given(ROWS)
def test_fields_come_back_from_disk_as_they_went(rows: list[dict[str, object]]) -> None:
    names = sorted({name for row in rows for name in row})
    plain = {name for name in names if all(not isinstance(row.get(name), list) for row in rows)}
    children = [
        pa.array([row.get(name) for row in rows], pa.string())
        if name in plain
        else pa.array([as_lists({name: row.get(name)}).get(name) for row in rows], pa.list_(pa.string()))
        for name in names
    ]
    column = pa.StructArray.from_arrays(children, names) if names else pa.array([{}] * len(rows), pa.struct([]))
    batch = pa.RecordBatch.from_arrays([column], ["fields"])
    on_disk = fieldmap.to_disk(batch)
    assert on_disk.schema.field("fields").type == fieldmap.ON_DISK
    wanted = [as_lists(row) for row in rows]
    assert [dict(row) for row in on_disk.column("fields").to_pylist()] == wanted
    again = fieldmap.to_memory(on_disk).column("fields").to_pylist()
    assert [{key: value for key, value in row.items() if value is not None} for row in again] == wanted
