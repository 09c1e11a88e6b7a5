"""Events become JSON text, all values of a batch at once: for `./run scan`, which writes many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import FIELDS, RAW, ecs_name
from warroom.parse.json_text import escaped

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

#: What each event has besides its columns.
_OWN: Final = ("@timestamp", "event.original")


def times(ts: pa.Array) -> pa.Array:
    """Write times as ISO 8601 in UTC, six digits of a second, with a Z."""
    return pc.binary_join_element_wise(
        pc.strftime(ts.cast(pa.timestamp("us")), format="%Y-%m-%dT%H:%M:%S"), pa.scalar("Z"), ""
    )


def events(batch: pa.RecordBatch) -> pa.Array:
    """Write each event as the members of a flat JSON object, without braces: ECS names, native names, no nulls.

    Native names never hide ECS ones.
    """
    named = {ecs_name(name): batch.column(name) for name in batch.schema.names if name not in (FIELDS, RAW, "ts")}
    named = {name: column for name, column in named.items() if column.null_count < len(batch)}
    struct = batch.column(FIELDS)
    native = {kind.name: struct.field(place) for place, kind in enumerate(struct.type)}
    kept = {name: column for name, column in native.items() if name not in named and name not in _OWN}
    return pc.binary_join_element_wise(
        _members(kept | named, len(batch)),
        pa.scalar('"@timestamp":"'),
        times(batch.column("ts")),
        pa.scalar('","event.original":"'),
        escaped(_decoded(batch.column(RAW))),
        pa.scalar('"'),
        "",
    )


def _members(columns: dict[str, pa.Array], count: int) -> pa.Array:
    """Write each row's values that are there, a comma behind each."""
    values: list[pa.Array] = []
    owners: list[int] = []  # of each array of values: its column, and whether its texts are JSON already
    table = np.full((count, len(columns)), -1, np.int32)
    first = 0
    for number, column in enumerate(columns.values()):
        if column.null_count == count:
            continue
        texts, codes = _coded(column)
        there = codes >= 0
        table[there, number] = codes[there] + first
        values.append(texts)
        owners.append(number)
        first += len(texts)
    cells = table.ravel()[table.ravel() >= 0]
    if not len(cells):
        return pa.array([""] * count)
    heads, tails, json = _around(columns)
    sizes = [len(array) for array in values]
    owner = np.repeat(np.array(owners, np.int32), sizes)
    used = np.zeros(first, np.bool_)
    used[cells] = True
    places = np.flatnonzero(used)
    renumbered = np.cumsum(used, dtype=np.int32) - 1
    texts, owner = pa.concat_arrays(values).take(pa.array(places)), owner[places]
    bare = json[owner]
    if bare.any():
        quoted = pa.array(~bare)
        texts = pc.replace_with_mask(texts, quoted, escaped(texts.filter(quoted)))
    else:
        texts = escaped(texts)
    written = pc.binary_join_element_wise(heads.take(pa.array(owner)), texts, tails.take(pa.array(owner)), "")
    ends = np.concatenate([[0], np.cumsum(np.count_nonzero(table >= 0, axis=1))]).astype(np.int32)
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(ends), written.take(pa.array(renumbered[cells]))), "")


def _around(columns: dict[str, pa.Array]) -> tuple[pa.Array, pa.Array, npt.NDArray[np.bool_]]:
    """Give for each column what stands before a value and behind it, and whether its texts are JSON as they are."""
    json = np.array([not _is_text(column.type) for column in columns.values()], np.bool_)
    heads = [
        f"{orjson.dumps(name).decode()}:{'' if bare else chr(34)}" for name, bare in zip(columns, json, strict=True)
    ]
    return pa.array(heads), pa.array(["," if bare else '",' for bare in json]), json


def _coded(column: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int32]]:
    """Give texts, and for each row the number of its text, -1 for none."""
    if pa.types.is_dictionary(column.type):
        return column.dictionary, column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    if pa.types.is_list(column.type):
        texts = pa.array([orjson.dumps(value) for value in column.drop_null().to_pylist()], pa.string())
    else:
        texts = column.drop_null().cast(pa.string())
    there = column.is_valid().to_numpy(zero_copy_only=False)
    return texts, np.where(there, np.cumsum(there, dtype=np.int32) - 1, np.int32(-1))


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_dictionary(kind))


def _decoded(raw: pa.Array) -> pa.Array:
    try:
        return raw.cast(pa.string())
    except pa.ArrowInvalid:  # broken UTF-8 somewhere
        return pa.array(_replaced(raw.to_pylist()), pa.string())


def _replaced(lines: Iterable[bytes]) -> list[str]:
    return [line.decode("utf-8", "replace") for line in lines]
