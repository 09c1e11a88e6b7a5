"""Files of stored events as a back-test reads them: which there are, and of each only what is asked for.

Texts come as dictionaries, as Parquet has them: who has looked at the dictionary has looked at all rows. Of the map of
a source's own fields only the names asked for become columns, for making columns of all of them costs more than
everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select

from warroom.errors import StoreError
from warroom.model import CORE, ENVELOPE, FIELDS
from warroom.store.database import State
from warroom.store.intel.past_events import Piece
from warroom.store.segments import Segment
from warroom.store.tables import segments

_TEXTS: Final = frozenset(name for name, kind in (ENVELOPE | CORE).items() if kind == pa.string())
_KEY: Final = f"{FIELDS}.key_value.key"
_COLUMNS: Final = tuple(name for name in Segment.__slots__)
#: Columns of files by their names: those of earlier versions and of rows that a reader widened.
_SHAPES: Final = 64
_known: dict[tuple[str, ...], Mapping[str, Sequence[int]]] = {}


def event_segments(state: State) -> list[Segment]:
    """Give every file of events in the order in which the first event of each was committed."""
    wanted = select(*(segments.c[name] for name in _COLUMNS)).where(segments.c.kind == "events")
    with state.read() as connection:
        rows = connection.execute(wanted.order_by(segments.c.min_id, segments.c.path)).all()
    return [Segment(**row._asdict()) for row in rows]


def piece_of(one: Segment) -> Piece:
    """Name the events of a file, wherever they are merged to meanwhile."""
    return Piece(one.path, one.feed_id, ((one.min_id, one.max_id),))


class EventFile:
    """One file of events, open; for one thread.

    Raises FileNotFoundError where it is gone, StoreError from every method where it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            self._file = pq.ParquetFile(path, read_dictionary=[*_TEXTS, _KEY])
        except (pa.ArrowException, OSError) as problem:
            if isinstance(problem, FileNotFoundError):
                raise
            raise StoreError(f"{path.name} cannot be read: {type(problem).__name__}") from problem
        self._told = self._file.metadata
        self.rows = int(self._told.num_rows)
        self._places = _places(self._told)
        self._named: frozenset[str] | None = None

    def close(self) -> None:
        """Close it."""
        self._file.close()

    def has(self, name: str) -> bool:
        """Say whether a column may have a value, by the file's statistics."""
        for chunk in self._chunks(name):
            told = chunk.statistics
            if told is None or not told.has_null_count or told.null_count < chunk.num_values:
                return True
        return False

    def constant(self, name: str) -> tuple[bool, str | None]:
        """Say whether a column of texts is known to have the same value, or null, in every row, and which."""
        if not self.has(name):
            return True, None
        found: set[str] = set()
        for chunk in self._chunks(name):
            told = chunk.statistics
            if told is None or not told.has_null_count or told.null_count or not told.has_min_max:
                return False, None
            found |= {told.min, told.max}
        return (True, found.pop()) if len(found) == 1 else (False, None)

    def _chunks(self, name: str) -> Iterator[pq.ColumnChunkMetaData]:
        """Describe what is stored of a column; of one that is nested, of each of its parts."""
        for group in range(self._told.num_row_groups):
            for place in self._places.get(name, ()):
                yield self._told.row_group(group).column(place)

    def names(self) -> frozenset[str]:
        """Name the fields that its sources call so themselves."""
        if self._named is None:
            found: set[str] = set()
            if self.has(FIELDS):
                for chunk in self._read([_KEY]).column(FIELDS).chunks:
                    found.update(chunk.values.field(0).dictionary.to_pylist())
            self._named = frozenset(found)
        return self._named

    def batches(
        self, columns: Iterable[str], native: Callable[[str], bool] | None
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Read columns; give batches, each with the number of its first row.

        Args:
            columns: those without any value, and those that it does not have, are left out.
            native: which of the source's own fields become children of ``fields``; None: none of them.
        """
        wanted = [name for name in dict.fromkeys(columns) if name != FIELDS and self.has(name)]
        fields = native is not None and self.has(FIELDS)
        if not wanted and not fields:
            return
        first = 0
        for batch in self._read([*wanted, FIELDS] if fields else wanted).to_batches():
            given = batch
            if native is not None and fields:
                place = batch.schema.get_field_index(FIELDS)
                given = batch.set_column(place, FIELDS, _struct(batch.column(place), native))
            yield first, given
            first += batch.num_rows

    def _read(self, names: Sequence[str]) -> pa.Table:
        try:
            return self._file.read(columns=list(names), use_threads=False)
        except (pa.ArrowException, OSError) as problem:
            raise StoreError(f"{self._name} cannot be read: {type(problem).__name__}") from problem


def _places(told: pq.FileMetaData) -> Mapping[str, Sequence[int]]:
    """Give the places of what is stored of each column; nearly all files have the same columns."""
    names = tuple(told.schema.names)
    found = _known.get(names)
    if found is None:
        made: dict[str, list[int]] = {}
        for place in range(len(names)):
            made.setdefault(told.schema.column(place).path.partition(".")[0], []).append(place)
        if len(_known) >= _SHAPES:
            _known.clear()
        found = _known[names] = made
    return found


def _struct(column: pa.MapArray, native: Callable[[str], bool]) -> pa.StructArray:
    """Make columns of some fields: texts where no row has several, else lists of texts, as parsers give them."""
    offsets = column.offsets.to_numpy()
    first, last = int(offsets[0]), int(offsets[-1])
    rows = np.repeat(np.arange(len(column)), np.diff(offsets))
    keys = column.keys.slice(first, last - first)
    items = column.items.slice(first, last - first)
    codes = keys.indices.to_numpy()
    single = bool((np.diff(items.offsets.to_numpy()) == 1).all())
    values = items.flatten() if single else items
    children: list[pa.Array] = []
    names: list[str] = []
    for code, name in enumerate(keys.dictionary.to_pylist()):
        if not native(name):
            continue
        at = np.flatnonzero(codes == code)
        where = np.full(len(column), -1, np.int64)
        where[rows[at]] = at
        child = values.take(pa.array(where, mask=where < 0))
        if single:
            child = child.dictionary_encode()
        elif len(child.flatten()) == len(at) and (np.diff(child.offsets.to_numpy()) <= 1).all():
            child = _texts(child)
        children.append(child)
        names.append(name)
    if not names:
        return pa.array([{}] * len(column), pa.struct([]))
    return pa.StructArray.from_arrays(children, names)


def _texts(lists: pa.ListArray) -> pa.Array:
    """Give lists of one text each as texts."""
    places = np.full(len(lists), -1, np.int64)
    here = lists.is_valid().to_numpy(zero_copy_only=False)
    places[here] = np.arange(int(here.sum()))
    return lists.flatten().take(pa.array(places, mask=~here)).dictionary_encode()
