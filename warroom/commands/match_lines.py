"""Lines of matches, and the plain way to write them: for few, and for machines without a compiler."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

import numpy as np

from warroom.commands import event_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    import pyarrow as pa

#: Lines made in memory at a time: some MB of text.
_PIECE: Final = 4096
#: Pieces of text that are put together before they are written.
_TOGETHER: Final = 256


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a batch: of each the number of its head, and the row of its event, ascending.

    ``records`` are the numbers of all events in the file ``path``; ``original`` asks for the line that an event was
    made of.
    """

    heads: npt.NDArray[np.int32]
    rows: npt.NDArray[np.int32]
    events: pa.RecordBatch
    path: str
    records: npt.NDArray[np.int64]
    original: bool


def write(lines: Lines, heads: Sequence[bytes], file: IO[bytes]) -> None:
    """Write each line's head and its event."""
    columns = event_text.columns_of(lines.events)
    for start in range(0, len(lines.rows), _PIECE):
        distinct, places = np.unique(lines.rows[start : start + _PIECE], return_inverse=True)
        pieces = list(_pieces(heads, lines.heads[start : start + _PIECE], _tails(lines, columns, distinct), places))
        for first in range(0, len(pieces), _TOGETHER):
            file.write(b"".join(pieces[first : first + _TOGETHER]))


def _tails(lines: Lines, columns: event_text.Columns, rows: npt.NDArray[np.int32]) -> pa.Array:
    return event_text.tails(lines.events, columns, lines.path, lines.records, rows, original=lines.original)


def _pieces(
    heads: Sequence[bytes], numbers: npt.NDArray[np.int32], tails: pa.Array, places: npt.NDArray[np.intp]
) -> Iterator[bytes | memoryview]:
    ends = np.frombuffer(tails.buffers()[1], np.int32).tolist()
    content = memoryview(tails.buffers()[2])
    for number, place in zip(numbers.tolist(), places.tolist(), strict=True):
        yield heads[number]
        yield content[ends[place] : ends[place + 1]]
