"""Collector of files: follows them through rotation, exactly once.

A *source* is the content of one file through its life: renamed, compressed, copied and truncated. It is known
by device and inode while it stands, and by the marks of what was read when it does not (see fingerprint.py).
What is promised: every line of a file that is appended to, renamed or compressed is read exactly once, across
restarts. Best effort: copy-and-truncate, which loses by itself what is written between the copy and the cut.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa

from warroom.collect.content import Content, ContentProblem
from warroom.collect.find import Found, family, find, find_again
from warroom.collect.fingerprint import SPAN, Identity, Position
from warroom.collect.lines import PIECE, blank, split, too_long

if TYPE_CHECKING:
    from datetime import datetime

    from warroom.catalog import Feed

#: Bytes read at once: bounds memory and the work lost when a commit fails.
CHUNK_BYTES: Final = 4 << 20
#: A last line without its end counts as whole when the file has been still for so many seconds …
STILL_SECONDS: Final = 30.0
#: … or, once rotation took its name away, for so many: its writer may keep it open for a moment.
STILL_ROTATED_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines of one source that were read together, and the position to commit with them."""

    source: str
    path: str
    lines: pa.BinaryArray
    offsets: pa.Int64Array
    rejects: list[tuple[int, bytes, str]]
    position: str
    lag_bytes: int


class FileCollector:
    """Reads a feed's files from the committed positions on.

    ``poll`` gives chunks; after the commit of each the caller says ``accept``. What was not accepted is read
    again by the next poll. ``problems`` tells what the last finished poll could not read.
    """

    def __init__(
        self,
        feed: Feed,
        positions: Mapping[str, str],
        *,
        line_limit: int = 1 << 20,
        chunk_bytes: int = CHUNK_BYTES,
    ) -> None:
        self._patterns = feed.paths
        self._positions = {source: Position.read(text) for source, text in positions.items()}
        self._line_limit = line_limit
        self._chunk_bytes = chunk_bytes
        self._lags: dict[str, int] = {}
        self._idle: dict[Identity, _Idle] = {}
        self._copies: dict[_Version, str] = {}
        self.problems: list[str] = []

    def accept(self, chunk: Chunk) -> None:
        """Note that a chunk is committed."""
        self._positions[chunk.source] = Position.read(chunk.position)

    def poll(self, now: datetime) -> Iterator[Chunk]:
        """Read what is new, oldest file first.

        Args:
            now: the time by which a last line without its end has been still for long enough.
        """
        files, problems = find(self._patterns)
        bound = self._bind(files, problems)
        newest: dict[str, int] = {}
        for file, _ in bound:
            name = family(file.path)
            newest[name] = max(newest.get(name, 0), file.mtime_ns)
        for file, source in sorted(bound, key=lambda pair: (pair[0].mtime_ns, pair[0].path)):
            rotated = file.identity not in files or newest[family(file.path)] > file.mtime_ns
            still = now.timestamp() - file.mtime_ns / 1e9 >= (STILL_ROTATED_SECONDS if rotated else STILL_SECONDS)
            try:
                yield from self._read(file, source, still=still or file.gzip, problems=problems)
            except ContentProblem as problem:
                problems.append(str(problem))
            except FileNotFoundError:
                continue  # renamed since it was looked up: the next poll finds it under its new name
        self.problems = problems

    def _bind(self, files: dict[Identity, Found], problems: list[str]) -> list[tuple[Found, str | None]]:
        """Say for every file which source it continues; None is a source not met before."""
        owners: dict[Identity, list[str]] = {}
        for source, position in self._positions.items():
            owners.setdefault(position.identity, []).append(source)
        lost = set(owners) - set(files)
        again = find_again({os.path.dirname(self._positions[owners[one][0]].path) for one in lost}, lost)
        alive: dict[str, Found] = {}
        strays: list[Found] = []
        for file in (*files.values(), *again.values()):
            try:
                source = self._own(file, owners.get(file.identity, []))
            except ContentProblem as problem:
                problems.append(str(problem))
            except FileNotFoundError:
                continue
            else:
                if source is not None:
                    alive[source] = file
                elif file.identity in files and file.size:
                    strays.append(file)
        fresh: list[Found] = []
        for file in sorted(strays, key=lambda stray: (stray.gzip, stray.mtime_ns)):
            try:
                kin = self._kin(file, alive)
            except ContentProblem as problem:
                problems.append(str(problem))
            except FileNotFoundError:
                continue
            else:
                if kin is None:
                    fresh.append(file)
                elif kin not in alive:
                    alive[kin] = file
        self._missed(alive, files, problems)
        return [(file, source) for source, file in alive.items()] + [(file, None) for file in fresh]

    def _own(self, file: Found, sources: list[str]) -> str | None:
        """Give the source that a file with its identity continues; none after a truncation."""
        idle = self._idle.get(file.identity)
        if idle is not None and idle.version == _version(file) and idle.source in sources:
            return idle.source
        for source in sorted(sources, key=lambda one: -self._positions[one].offset):
            position = self._positions[source]
            if not file.gzip and file.size < position.offset:
                continue
            with Content(file) as content:
                if content.identity == file.identity and content.continues(position):
                    return source
        return None

    def _kin(self, file: Found, alive: Mapping[str, Found]) -> str | None:
        """Give the source that another file's content began: renamed, compressed or copied away.

        A source that is still alive elsewhere owns its copies; one that is not lives on in this file.
        """
        known = self._copies.get(_version(file))
        if known in alive:
            return known
        name = family(file.path)
        kin = [source for source, position in self._positions.items() if family(position.path) == name]
        for source in sorted(kin, key=lambda one: -self._positions[one].offset):
            with Content(file) as content:
                same = self._copy(content, alive[source]) if source in alive else self._heir(content, source)
            if same:
                self._copies[_version(file)] = source
                return source
        return None

    def _copy(self, content: Content, original: Found) -> bool:
        """Whether a file is a copy, perhaps not finished, of one that is still there."""
        with Content(original) as other:
            return content.shares(other)

    def _heir(self, content: Content, source: str) -> bool:
        """Whether a file begins with all that was read of a source whose own file is gone.

        A new file under the old name is no heir unless SPAN bytes and more say so: many logs begin alike.
        A copy that ends before the place reached is an heir too, with nothing left to read.
        """
        position = self._positions[source]
        certain = position.offset >= SPAN
        if content.path == position.path and not certain and content.identity.inode != position.inode:
            return False
        return content.continues(position) or (
            certain
            and content.path != position.path
            and content.offset < position.offset
            and content.begins_like(position)
            and not content.cut
        )

    def _missed(self, alive: Mapping[str, Found], files: Mapping[Identity, Found], problems: list[str]) -> None:
        for source in [source for source in self._lags if source not in alive]:
            if lag := self._lags.pop(source):
                problems.append(f"{self._positions[source].path}: gone with {lag} bytes unread")
        if not files and self._positions:
            problems.append(f"{', '.join(self._patterns)}: the files are gone")

    def _read(self, file: Found, source: str | None, *, still: bool, problems: list[str]) -> Iterator[Chunk]:
        idle = self._idle.get(file.identity)
        if idle is not None and idle.version == _version(file) and not (idle.leftover and still):
            problems += idle.problems
            return
        with Content(file) as content:
            if content.identity != file.identity:
                return
            position = self._positions.get(source) if source else None
            if position is None:
                position = Position(file.path, file.identity.device, file.identity.inode, 0, "", "")
            elif not content.continues(position):
                return
            name = source or self._new_source(file.identity)
            leftover = False
            while content.gzip or content.offset < content.size:
                data, whole = self._next(content)
                if not data:
                    break
                if not whole and not (still and not content.cut):
                    leftover = True
                    break
                chunk = self._chunk(name, content, position, data, whole=whole)
                position = replace(Position.read(chunk.position))
                if len(chunk.lines) or chunk.rejects:
                    self._lags[name] = chunk.lag_bytes
                    yield chunk
            found: list[str] = []
            if content.cut:
                found.append(f"{file.path}: the gzip file ends too early; the whole lines in it were read")
            problems += found
            accepted = self._positions.get(name)
            if accepted is None or accepted.offset == position.offset:
                self._idle[file.identity] = _Idle(_version(file), name if accepted else None, leftover, found)
