"""What a poll brings, until it is merged: tables of documents, collected in drafts on the disk.

Whose rows are whose is said by their ``origin``, which every stored table has. Documents that stand for themselves
(files, whole lists) put their name before the finer origins of their format, so that two of them never speak for each
other; documents that are only pages of something larger (what a server tells since the last poll) do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from warroom.errors import StoreError
from warroom.indicators import TABLES
from warroom.model import UTC_MICROSECONDS
from warroom.store.intel.snapshots import Draft

#: So many rows of one table a feed can have.
MOST_ROWS: Final = 5_000_000
#: Between the name of a document and a finer origin in it.
PART: Final = " #"
#: Which document a row of a page came in: the later one is right.
PAGE: Final = pa.field("page", pa.int32(), nullable=False)
_ORIGIN: Final = pa.field("origin", pa.dictionary(pa.int32(), pa.string()), nullable=False)
#: When an indicator went from its feed, of those that still count for a while.
_GONE: Final = pa.field("gone_at", UTC_MICROSECONDS)

#: What is stored of each of ``indicators.TABLES``: its columns, and what merging needs.
STORED: Final[Mapping[str, pa.Schema]] = {
    name: schema.append(_GONE) if name == "indicators" else schema.append(_ORIGIN) for name, schema in TABLES.items()
}


class Incoming:
    """The tables of one poll.

    Args:
        work: a folder for the drafts.
        at: when the poll began, microseconds since 1970.
        pages: documents are pages: see above.
    """

    def __init__(self, work: Path, at: int, *, pages: bool) -> None:
        self.at, self.pages = at, pages
        self.documents: list[str] = []  # their names, as they stand in origins …
        self.refused: list[str] = []  # … and of those that could not be read
        self.withdrawn: list[tuple[str, int]] = []  # origins, and the page that says so
        self._work = work
        self._drafts: dict[str, Draft] = {}

    def take(
        self, document: str, tables: Mapping[str, pa.Table], withdrawn: tuple[str, ...] = (), part: str = ""
    ) -> None:
        """Take what a document holds; ``part`` names a part of it, such as a file in an archive.

        Raises:
            StoreError: a feed has more rows than can be.
            DiskFullError: there is no room.
        """
        name = _name(document)
        whole = f"{name}{PART}{_name(part)}" if part else name
        page = len(self.documents)
        self.documents.append(name)
        if self.pages:
            self.withdrawn += [(one, page) for one in withdrawn]
        for holds, table in tables.items():
            if table.num_rows:
                draft = self._draft(holds)
                if draft.rows + table.num_rows > MOST_ROWS:
                    raise StoreError(f"it brings more than {MOST_ROWS:,} {holds}: nothing of it is taken")
                draft.add(self._stored(holds, table, whole, page))

    def refuse(self, document: str) -> None:
        """Note that a document could not be read: what is known of it stays."""
        self.refused.append(_name(document))

    def drafts(self) -> dict[str, Draft]:
        """Give what came, by name of table; whole files, to which nothing can be added any more."""
        for one in self._drafts.values():
            one.close()
        return dict(self._drafts)

    def _draft(self, holds: str) -> Draft:
        if holds not in self._drafts:
            schema = STORED[holds].append(PAGE) if self.pages else STORED[holds]
            self._drafts[holds] = Draft(self._work / f"{holds}.parquet", schema)
        return self._drafts[holds]

    def _stored(self, holds: str, table: pa.Table, name: str, page: int) -> pa.Table:
        """Give a table the columns that are stored."""
        schema = TABLES[holds]
        table = table.select(schema.names).cast(schema)
        if holds == "indicators":
            at = pa.repeat(pa.scalar(self.at, UTC_MICROSECONDS), table.num_rows)
            table = table.set_column(schema.get_field_index("added_at"), schema.field("added_at"), at)
            table = table.append_column(_GONE, pa.nulls(table.num_rows, UTC_MICROSECONDS))
            if not self.pages:
                place = schema.get_field_index("origin")
                table = table.set_column(place, _ORIGIN, _within(name, table.column(place)))
        else:
            # the first column says what a row is about, and pages replace by that
            origin = table.column(0).cast(_ORIGIN.type) if self.pages else _same(name, table.num_rows)
            table = table.append_column(_ORIGIN, origin)
        return (
            table.append_column(PAGE, pa.repeat(pa.scalar(page, pa.int32()), table.num_rows)) if self.pages else table
        )


def _name(document: str) -> str:
    """Give a document's name so that it can be told from what follows it."""
    return document.replace(PART, "_#")


def _same(text: str, count: int) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int32()), count), pa.array([text]))


def _within(name: str, origins: pa.ChunkedArray) -> pa.ChunkedArray:
    """Put a document's name before its finer origins; an origin that is the document stays."""
    parts = []
    for chunk in origins.chunks:
        words = chunk.dictionary
        own = pc.equal(words, name)
        longer = pc.binary_join_element_wise(name, words, PART)
        parts.append(pa.DictionaryArray.from_arrays(chunk.indices, pc.if_else(own, words, longer)))
    return pa.chunked_array(parts, _ORIGIN.type)
