"""Collector of tables: every row once, in the order of a growing key.

A row's key is given before its transaction commits, so a smaller one may appear later. Each pass therefore looks again
at a window behind the greatest key; the ids of the rows in it that were read stand in the position.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

import pyarrow as pa

from warroom.catalog.transports.table import LATEST
from warroom.collect.chunk import Chunk
from warroom.collect.lines import too_long
from warroom.collect.patience import Patience
from warroom.collect.table_database import Database, Key, Row
from warroom.errors import OutboundError, StoreError

if TYPE_CHECKING:
    from warroom.catalog import Feed
    from warroom.catalog.transports.table import Table
    from warroom.collect.collector import Surroundings

#: Rows, and bytes of them, in one chunk.
_ROWS: Final = 5000
_BYTES: Final = 8 << 20
_WINDOW: Final = {False: Decimal(1000), True: Decimal(300)}
#: Rows of the window that are remembered at most: with more of them the window is shorter.
_REMEMBERED: Final = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """The committed place in a table: the greatest key, the ids read in the window behind it, and how many in all.

    ``floor`` is where the window ends early, for it would hold too many; None where it does not.
    """

    greatest: Key | None = None
    seen: Mapping[str, Decimal] = field(default_factory=dict)
    passed: int = 0
    floor: Decimal | None = None

    def text(self) -> str:
        """Write as JSON, as the store keeps it."""
        one = self.greatest
        greatest = [one.text, str(one.number), one.id] if one else None
        seen = {own: str(number) for own, number in self.seen.items()}
        floor = None if self.floor is None else str(self.floor)
        values = {"greatest": greatest, "passed": self.passed, "floor": floor, "seen": seen}
        return json.dumps(values, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> Place:
        """Read what ``text()`` wrote. Raises StoreError."""
        try:
            values = json.loads(text)
            told = values["greatest"]
            greatest = Key(told[0], Decimal(told[1]), told[2]) if told else None
            seen = {own: Decimal(number) for own, number in values["seen"].items()}
            floor = None if values["floor"] is None else Decimal(values["floor"])
            return cls(greatest, seen, int(values["passed"]), floor)
        except (ValueError, TypeError, KeyError, ArithmeticError) as problem:
            raise StoreError(f"a position in the state database cannot be read: {problem}") from problem


def open_collector(feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> TableCollector:
    """Open the collector of a feed at the committed position. Raises WarroomError where its password is not there."""
    return TableCollector(cast("Table", feed.collect), positions, surroundings)


class TableCollector:
    """Reads the rows of a table; see warroom/collect/collector.py for what its methods promise."""

    def __init__(
        self, collect: Table, positions: Mapping[str, str], surroundings: Surroundings, *, chunk_rows: int = _ROWS
    ) -> None:
        self._collect, self._limit, self._chunk_rows = collect, surroundings.line_limit, chunk_rows
        self._path = f"{collect.schema}.{collect.table}"
        self._source = f"postgresql://{collect.host}:{collect.port}/{collect.database}/{self._path}"
        self._place = Place.read(positions[self._source]) if self._source in positions else None  # committed
        self._database = Database(collect, surroundings.allowed, surroundings.line_limit + 1)
        self._patience = Patience()
        self.problems: list[str] = []

    def poll(self, now: datetime) -> Iterator[Chunk]:  # noqa: ARG002
        """Read the rows that are new."""
        self.problems = []
        if self._patience.waits:
            self.problems.append(self._patience.problem)
            return
        try:
            self._database.open()
            if self._place is None and self._collect.start == LATEST:
                greatest = self._database.greatest()
                yield self._chunk([], self._behind(Place(), self._window_of(greatest)))
            if self._place is not None or self._collect.start != LATEST:
                yield from self._read()
        except OutboundError as problem:
            self._database.close()
            self._patience.failed(str(problem))
            self.problems.append(str(problem))
        else:
            self._patience.worked()
            if self._place is not None and self._place.floor is not None:
                self.problems.append(
                    f"{self._path}: more than {_REMEMBERED} rows in `window`: rows that appear late may be missed"
                )

    def accept(self, chunk: Chunk) -> None:
        """Note that a chunk is committed."""
        self._place = Place.read(chunk.position)

    def close(self) -> None:
        """Disconnect."""
        self._database.close()

    @property
    def _window(self) -> Decimal:
        told = self._collect.window
        return _WINDOW[self._database.is_time] if told is None else Decimal(str(told))

    def _window_of(self, greatest: Key | None) -> list[Row]:
        """Give the rows that are there already and count as read."""
        if greatest is None:
            return []
        return list(self._database.rows(greatest, self._window, _REMEMBERED))

    def _read(self) -> Iterator[Chunk]:
        place = self._place or Place()
        rows = self._database.rows(place.greatest, self._window, self._chunk_rows)
        while True:
            found, last = self._page(rows)
            fresh = [row for row in found if not self._known(place, row.key)]
            if fresh:
                place = self._behind(place, fresh)
                yield self._chunk(fresh, place)
                if self._place != place:
                    return  # not committed: read again next time
            if last is None:
                return
            rows = self._database.rows_after(last, self._chunk_rows)

    def _known(self, place: Place, key: Key) -> bool:
        return key.id in place.seen or (place.floor is not None and key.number < place.floor)

    def _page(self, rows: Iterator[Row]) -> tuple[list[Row], Key | None]:
        """Take rows until there are enough; and the last one's key, where there may be more."""
        found: list[Row] = []
        size = 0
        for row in rows:
            found.append(row)
            size += sum(map(len, filter(None, row.values)))
            if size >= _BYTES:
                break
        more = size >= _BYTES or len(found) == self._chunk_rows
        return found, found[-1].key if more else None

    def _behind(self, place: Place, rows: list[Row]) -> Place:
        """Give the place behind rows that are read now."""
        keys = [row.key for row in rows]
        greatest = max([*keys, *([place.greatest] if place.greatest else [])], key=lambda one: one.number, default=None)
        if greatest is None:
            return place
        seen = {**place.seen, **{key.id: key.number for key in keys}}
        before = greatest.number - self._window
        seen = {own: number for own, number in seen.items() if number >= before}
        floor = place.floor
        if len(seen) > _REMEMBERED:
            floor = sorted(seen.values())[-_REMEMBERED]
            seen = {own: number for own, number in seen.items() if number >= floor}
        return Place(greatest, seen, place.passed + len(rows), None if floor is None or floor < before else floor)

    def _chunk(self, rows: list[Row], place: Place) -> Chunk:
        lines: list[bytes] = []
        offsets: list[int] = []
        rejects: list[tuple[int, bytes, str]] = []
        for offset, row in enumerate(rows, place.passed - len(rows)):
            told = dict(zip(self._database.columns, row.values, strict=True))
            line = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
            if len(line) > self._limit:
                rejects.append((offset, line[: self._limit], too_long(len(line), self._limit)))
            else:
                lines.append(line)
                offsets.append(offset)
        return Chunk(
            source=self._source,
            path=self._path,
            lines=pa.array(lines, pa.binary()),
            offsets=pa.array(offsets, pa.int64()),
            rejects=rejects,
            position=place.text(),
        )
