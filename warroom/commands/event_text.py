"""Events become JSON text, all values of a batch at once: for `./run scan`, which writes many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from warroom.model import FIELDS, RAW, ecs_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

#: What each event has besides its columns.
TIME: Final = "@timestamp"
ORIGINAL: Final = "event.original"
_OWN: Final = (TIME, ORIGINAL)

#: Columns by the names that they have in JSON.
Columns = Mapping[str, pa.Array]


def columns_of(batch: pa.RecordBatch) -> dict[str, pa.Array]:
    """Give the columns of a batch by the names that they have in JSON, without time and original.

    Native names never hide ECS ones; an ECS column without a value in the batch is left out.
    """
    named = {ecs_name(name): batch.column(name) for name in batch.schema.names if name not in (FIELDS, RAW, "ts")}
    named = {name: column for name, column in named.items() if column.null_count < len(batch)}
    struct = batch.column(FIELDS)
    native = {kind.name: struct.field(place) for place, kind in enumerate(struct.type)}
    return {name: column for name, column in native.items() if name not in named and name not in _OWN} | named


def times(ts: pa.Array) -> pa.Array:
    """Write times as ISO 8601 in UTC, six digits of a second, with a Z."""
    return pc.binary_join_element_wise(
        pc.strftime(ts.cast(pa.timestamp("us")), format="%Y-%m-%dT%H:%M:%S"), pa.scalar("Z"), ""
    )


def middle(path: str) -> str:
    """Write what stands between an event's time and its record."""
    return f'","source_file":{orjson.dumps(path).decode()},"record":'


def tails(
    batch: pa.RecordBatch,
    columns: Columns,
    path: str,
    records: npt.NDArray[np.int64],
    rows: npt.NDArray[np.int32],
    *,
    original: bool,
) -> pa.Array:
    """Write what stands behind a match's head: the event's time, where it comes from, and the event.

    Args:
        batch: the events.
        columns: what ``columns_of`` gives of them.
        path: the file that they come from.
        records: the number of each event in it.
        rows: the events that are written.
        original: whether an event says the line it was made of.
    """
    places = pa.array(rows)
    time = times(batch.column("ts").take(places))
    pieces = [
        time,
        pa.scalar(middle(path)),
        pa.array(records[rows]).cast(pa.string()),
        pa.scalar(',"event":{'),
        _members({name: column.take(places) for name, column in columns.items()}, len(rows)),
        pa.scalar(f'"{TIME}":"'),
        time,
    ]
    if original:
        pieces += [pa.scalar(f'","{ORIGINAL}":"'), _escaped(decoded(batch.column(RAW).take(places)))]
    return pc.binary_join_element_wise(*pieces, pa.scalar('"}}\n'), "")


def decoded(raw: pa.Array) -> pa.Array:
    """Read bytes as UTF-8; what is none becomes U+FFFD."""
    try:
        return raw.cast(pa.string())
    except pa.ArrowInvalid:  # broken UTF-8 somewhere
        return pa.array(_replaced(raw.to_pylist()), pa.string())


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
        texts = pc.replace_with_mask(texts, quoted, _escaped(texts.filter(quoted)))
    else:
        texts = _escaped(texts)
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


def _escaped(texts: pa.Array) -> pa.Array:
    """Write texts, none of them null, as JSON has them between quotes."""
    return pa.array([orjson.dumps(text)[1:-1] for text in texts.to_pylist()], pa.string())


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_dictionary(kind))


def _replaced(lines: Iterable[bytes]) -> list[str]:
    return [line.decode("utf-8", "replace") for line in lines]
