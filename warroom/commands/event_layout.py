"""Where the values of a batch stand in memory: what the compiled writer of matches reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from warroom.commands import event_kernel as kernel
from warroom.commands.event_text import ORIGINAL, TIME, decoded
from warroom.commands.value_kernel import STEP
from warroom.model import RAW

if TYPE_CHECKING:
    import numpy.typing as npt

    from warroom.commands.event_text import Columns

#: The types that the writer knows, its kind for each, and what stands between a name and a value.
_FORMS: Final = (
    (pa.dictionary(pa.int32(), pa.string()), (kernel.CODES, b':"')),
    (pa.string(), (kernel.TEXTS, b':"')),
    (pa.int32(), (kernel.INT32, b":")),
    (pa.int64(), (kernel.INT64, b":")),
    (pa.list_(pa.string()), (kernel.LISTS, b":[")),
    (pa.timestamp("us"), (kernel.TIMES, b':"')),
)
_POINTING: Final = (kernel.CODES, kernel.TEXTS, kernel.LISTS)
#: The times that a date of four digits can tell, in microseconds.
_FIRST_YEAR: Final = -62_135_596_800_000_000
_LAST_YEAR: Final = 253_402_300_799_999_999


@dataclass(frozen=True, slots=True)
class Layout:
    """A batch as ``event_kernel.write`` reads it: the table of columns, their names, how many texts they point to.

    ``times`` are microseconds, by row. ``kept`` owns the memory that the table's addresses name.
    """

    columns: npt.NDArray[np.int64]
    names: npt.NDArray[np.uint8]
    times: npt.NDArray[np.int64]
    texts: int
    kept: list[Any]


def layout(batch: pa.RecordBatch, columns: Columns, rows: npt.NDArray[np.int32], *, original: bool) -> Layout | None:
    """Lay out the columns that ``event_text.columns_of`` gives; None where only the plain way can write them.

    Args:
        batch: the events.
        columns: their columns by name.
        rows: those that are written, each once.
        original: whether an event says the line it was made of.
    """
    ts = batch.column("ts").cast(pa.timestamp("us"))
    bounds = pc.min_max(ts.cast(pa.int64()))
    if ts.null_count or bounds["min"].as_py() < _FIRST_YEAR or bounds["max"].as_py() > _LAST_YEAR:
        return None
    places: list[list[int]] = []
    kept: list[Any] = [columns]
    heads: list[bytes] = []
    texts = head = 0
    whole = [*columns.items(), (TIME, ts)]
    if original:
        whole.append((ORIGINAL, _spread(decoded(batch.column(RAW).take(pa.array(rows))), rows, len(batch))))
    for name, column in whole:
        if column.null_count == len(column):
            continue
        if (found := _place(column)) is None:
            return None
        place, opening, owner = found
        heads.append(orjson.dumps(name) + opening)
        places.append([*place, texts, head, head + len(heads[-1])])
        kept.append(owner)
        head += len(heads[-1])
        texts += place[kernel.COUNT] if place[kernel.KIND] == kernel.CODES else 0
    names = np.frombuffer(b"".join(heads) + bytes(STEP), np.uint8)
    return Layout(np.array(places, np.int64), names, _numbers(ts), texts, kept)


def _place(column: pa.Array) -> tuple[list[int], bytes, Any] | None:
    """Give what the table says of a column before its place in memory, what stands before a value, what owns both."""
    number, opening = next((form for kind, form in _FORMS if column.type == kind), (-1, b""))
    texts = column.dictionary if number == kernel.CODES else column.values if number == kernel.LISTS else column
    if number < 0 or (texts is not column and texts.null_count):
        return None
    valid, values = column.buffers()[:2]
    bits = valid.address if valid is not None and column.null_count else 0
    pointed = _texts(texts) if number in _POINTING else (0, 0, 0)
    return [number, bits, column.offset, values.address, *pointed, len(texts)], opening, (column, texts)


def _texts(column: pa.Array) -> tuple[int, int, int]:
    """Give where texts have their places, where their bytes begin, and where these end."""
    if not len(column):
        return 0, 0, 0
    _, places, content = column.buffers()
    begin = content.address if content else 0  # all of them may be empty
    return places.address + 4 * column.offset, begin, begin + (content.size if content else 0)


def _spread(texts: pa.Array, rows: npt.NDArray[np.int32], count: int) -> pa.Array:
    """Give some rows of a batch their texts; the others have none."""
    codes = np.full(count, -1, np.int32)
    codes[rows] = np.arange(len(rows), dtype=np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(codes), texts, safe=False)


def _numbers(ts: pa.Array) -> npt.NDArray[np.int64]:
    numbers: npt.NDArray[np.int64] = ts.cast(pa.int64()).to_numpy()
    return numbers
