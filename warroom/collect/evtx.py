"""Collector of EVTX folders: every record of every log once, however often it is exported.

A file is read when it was not written to for a while. Which log it holds, and what of it was read before, its records
tell (evtx_log.py); they are looked through once before they are handed over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import pyarrow as pa

from warroom.collect.chunk import Chunk
from warroom.collect.content import Content, UnreadableError
from warroom.collect.evtx_file import MAGIC, evtx_blocks
from warroom.collect.evtx_log import Place, marks_of, place_in
from warroom.collect.find import Found, find
from warroom.errors import UsageError

if TYPE_CHECKING:
    from warroom.catalog import Feed
    from warroom.catalog.transports.evtx import Evtx
    from warroom.collect.block import Block
    from warroom.collect.collector import Surroundings

#: Bytes of JSON in one chunk.
CHUNK_BYTES: Final = 4 << 20
_NO_LINES: Final = pa.array([], pa.binary())


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was found in a file the last time."""

    version: tuple[int, int, int, int]
    problem: str


def open_collector(feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> EvtxCollector:
    """Open the collector of a feed at the committed positions."""
    return EvtxCollector(cast("Evtx", feed.collect), positions, surroundings)


class EvtxCollector:
    """Reads a feed's EVTX files; see warroom/collect/collector.py for what its methods promise."""

    def __init__(
        self,
        collect: Evtx,
        positions: Mapping[str, str],
        surroundings: Surroundings,
        *,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        self._collect, self._limit, self._chunk_bytes = collect, surroundings.line_limit, chunk_bytes
        self._places = {source: Place.read(text) for source, text in positions.items()}
        self._looked: dict[str, _Looked] = {}
        self.problems: list[str] = []

    def poll(self, now: datetime) -> Iterator[Chunk]:
        """Read the files that are new or have changed, oldest first."""
        files, problems = find(self._collect.paths)
        done = {(path, *version) for place in self._places.values() for path, version in place.files.items()}
        for file in sorted(files.values(), key=lambda one: (one.mtime_ns, one.path)):
            looked = self._looked.get(file.path)
            if looked is not None and looked.version == _version(file):
                problems += [looked.problem] if looked.problem else []
                continue
            if (file.path, file.size, file.mtime_ns) in done or not file.size:
                continue
            if now.timestamp() - file.mtime_ns / 1e9 < self._collect.still_seconds:
                continue  # somebody may still be writing it
            try:
                yield from self._read(file)
                self._looked[file.path] = _Looked(_version(file), "")
            except FileNotFoundError:
                continue  # gone since it was found
            except (UnreadableError, UsageError) as problem:
                self._looked[file.path] = _Looked(_version(file), str(problem))
                problems.append(str(problem))
        self.problems = problems

    def accept(self, chunk: Chunk) -> None:
        """Note that a chunk is committed."""
        self._places[chunk.source] = Place.read(chunk.position)

    def close(self) -> None:
        """Hold nothing: files are open only while they are read."""

    def _read(self, file: Found) -> Iterator[Chunk]:
        marks = [mark for block in self._blocks(file) for mark in marks_of(block)]
        known = place_in(marks, self._places)
        if known is None:
            if marks:
                raise UnreadableError(f"{file.path}: none of its {len(marks)} records can be read")
            return
        place, start = known
        seen, count, waiting = 0, start, None
        for block in self._blocks(file):
            own = marks_of(block)
            if own != marks[seen : seen + len(own)]:
                raise UnreadableError(f"{file.path}: changed while it was read: it is read again")
            seen += len(own)
            if seen <= start:
                continue
            if waiting is not None:
                place = self._behind(place, marks[count : waiting[1]], waiting[1])
                yield self._chunk(file, waiting[0], place, count)
                if self._places.get(place.source) != place:
                    return
                count = waiting[1]
            waiting = block, seen
        if waiting is not None:
            place = self._behind(place, marks[count : waiting[1]], waiting[1])
        place = replace(place, files=place.finished(file.path, (file.size, file.mtime_ns)))
        yield self._chunk(file, waiting[0] if waiting else None, place, count)

    def _behind(self, place: Place, marks: list[bytes], count: int) -> Place:
        """Give the place behind records with these marks, which end the first ``count`` of the file."""
        readable = [number for number, mark in enumerate(marks) if mark]
        passed = place.passed + len(marks)
        if not readable:
            return replace(place, after=place.after + len(marks), count=count, passed=passed)
        last = readable[-1]
        return replace(place, last=marks[last].hex(), after=len(marks) - 1 - last, count=count, passed=passed)

    def _chunk(self, file: Found, block: Block | None, place: Place, start: int) -> Chunk:
        """Make the chunk of a block's records from the one behind ``start`` on; of none where there is no block."""
        if block is None:
            lines, numbers, rejects = _NO_LINES, np.empty(0, np.int64), []
        else:
            fresh = block.numbers > start
            lines = block.lines.filter(pa.array(fresh))
            numbers, rejects = block.numbers[fresh], [one for one in block.rejects if one[0] > start]
        ahead = place.passed - place.count - 1  # of a record's number in the file, from 1, is its number in the log
        return Chunk(
            source=place.source,
            path=file.path,
            lines=lines,
            offsets=pa.array(numbers + ahead, pa.int64()),
            rejects=[(number + ahead, raw, reason) for number, raw, reason in rejects],
            position=place.text(),
        )

    def _blocks(self, file: Found) -> Iterator[Block]:
        with Content(file) as content:
            if content.identity != file.identity:
                raise FileNotFoundError(file.path)
            if content.fill(len(MAGIC)) != MAGIC:
                raise UnreadableError(f"{file.path}: no Windows event log: it does not begin as one")
            yield from evtx_blocks(content, self._limit, self._chunk_bytes)


def _version(file: Found) -> tuple[int, int, int, int]:
    return file.identity.device, file.identity.inode, file.size, file.mtime_ns
