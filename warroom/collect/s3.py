"""Collector of buckets: the records of every object of an S3-compatible store, exactly once.

A bucket is one source: its objects are read one after another, and the position says which are done (s3_places.py). An
object that is written over is read anew. One that is deleted before it was read is counted as lost.
"""

from __future__ import annotations

import fnmatch
import heapq
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

import pyarrow as pa
import pyarrow.compute as pc

from warroom.catalog.transports.s3 import BY_KEY
from warroom.collect.chunk import Chunk
from warroom.collect.heading import PLAIN, Heading
from warroom.collect.patience import Patience
from warroom.collect.reading import heading_of
from warroom.collect.s3_object import CHUNK_BYTES, Block, read_object
from warroom.collect.s3_places import MOST_REMEMBERED, Order, Place
from warroom.collect.s3_store import Entry, GoneError, RefusedError, Store
from warroom.errors import OutboundError

if TYPE_CHECKING:
    from warroom.catalog import Feed
    from warroom.catalog.transports.s3 import Bucket
    from warroom.collect.collector import Surroundings

#: New objects that one pass deals with; the others wait for the next.
_MOST_NEW: Final = 50_000
#: After so many objects that may not be read, it is the bucket that may not.
_MOST_REFUSED: Final = 10


def open_collector(feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> BucketCollector:
    """Open the collector of a feed at the committed position. Raises WarroomError where its secret is not there."""
    return BucketCollector(cast("Bucket", feed.collect), positions, surroundings, heading=heading_of(feed))


class BucketCollector:
    """Reads the objects of a bucket; see warroom/collect/collector.py for what its methods promise."""

    def __init__(
        self,
        collect: Bucket,
        positions: Mapping[str, str],
        surroundings: Surroundings,
        *,
        chunk_bytes: int = CHUNK_BYTES,
        heading: Heading = PLAIN,
    ) -> None:
        self._collect, self._limit, self._chunk_bytes = collect, surroundings.line_limit, chunk_bytes
        self._heading = heading
        self._store = Store(collect, surroundings.allowed, surroundings.proxy)
        self._order = Order(collect.order, timedelta(seconds=collect.look_back_seconds))
        self._match = re.compile(fnmatch.translate(collect.match or "*"))
        self._source = f"s3://{collect.bucket}/{collect.prefix}"
        self._place = Place.read(positions[self._source]) if self._source in positions else Place()  # committed
        self._patience = Patience()
        self.problems: list[str] = []

    def poll(self, now: datetime) -> Iterator[Chunk]:  # noqa: ARG002
        """Read the objects that are new, in their order."""
        self.problems = []
        if self._patience.waits:
            self.problems.append(self._patience.problem)
            return
        try:
            if self._place.current is not None:
                # with the mark where it is: what is before it may not have been read
                yield from self._read(self._place.current, 0, "")
            yield from self._read_new()
        except OutboundError as problem:
            self._patience.failed(str(problem))
            self.problems.append(str(problem))
        else:
            self._patience.worked()

    def accept(self, chunk: Chunk) -> None:
        """Note that a chunk is committed."""
        self._place = Place.read(chunk.position)

    def close(self) -> None:
        """Hold nothing: each request has a connection of its own."""

    def _read_new(self) -> Iterator[Chunk]:
        waiting = self._new()
        left = sum(entry.size for entry in waiting)
        hold: str | None = None
        refused: list[str] = []
        for entry in waiting:
            left -= entry.size
            try:
                yield from self._read(entry, left, hold)
            except RefusedError as problem:
                refused.append(f"{entry.key}: {problem}")
                hold = hold or self._order.value(entry.key, entry.modified)
                if len(refused) >= _MOST_REFUSED or len(self._place.seen) >= MOST_REMEMBERED:
                    break
            else:
                if not self._order.done(self._place, entry):
                    break  # not committed: read on from there next time
        self.problems += refused[:_MOST_REFUSED]

    def _new(self) -> list[Entry]:
        """Give the objects that were not read, in their order."""
        found: list[Entry] = []
        for page in self._store.listing(self._place.behind if self._order.kind == BY_KEY else ""):
            found += [one for one in page if self._match.fullmatch(one.key) and not self._order.done(self._place, one)]
            if len(found) > 2 * _MOST_NEW:
                found = self._first(found)
        return self._first([one for one in found if not (one.key.endswith("/") and not one.size)])

    def _first(self, entries: list[Entry]) -> list[Entry]:
        return heapq.nsmallest(_MOST_NEW, entries, key=lambda one: self._order.value(one.key, one.modified))

    def _read(self, entry: Entry, left: int, hold: str | None) -> Iterator[Chunk]:
        """Read an object from where its reading stopped; the last of its chunks says that it is done."""
        place = self._place if self._place.current == entry else replace(self._place, current=entry, reached=0)
        before: Block | None = None
        blocks = read_object(self._store, entry, place.reached, self._limit, self._chunk_bytes, self._heading)
        lost: dict[str, int] = {}
        try:
            for block in blocks:
                if before is not None:
                    place = replace(place, reached=before.end)
                    yield self._chunk(entry, before, place, place, left)
                    if self._place != place:
                        return
                before = block
        except GoneError:
            lost = {"deleted": 1}
            self.problems.append(f"{entry.key}: deleted or written over before it was read to its end")
        if before is not None:
            place = replace(place, reached=before.end)
        yield self._chunk(entry, before, place, self._order.finished(place, entry, hold), left, lost)

    def _chunk(
        self, entry: Entry, block: Block | None, at: Place, position: Place, left: int, lost: Mapping[str, int] = {}
    ) -> Chunk:
        """Make the chunk of a block (none: of nothing but a position); its records are numbered through the bucket."""
        block = block or Block(pa.array([], pa.binary()), pa.array([], pa.int64()), [], at.reached)
        return Chunk(
            source=self._source,
            path=f"s3://{self._collect.bucket}/{entry.key}",
            lines=block.lines,
            offsets=pc.add(block.places, at.passed),
            rejects=[(at.passed + place, raw, reason) for place, raw, reason in block.rejects],
            position=position.text(),
            lag_bytes=left,
            lost=lost,
            header=block.header,
        )
