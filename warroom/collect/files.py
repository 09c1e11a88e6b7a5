"""Collector of files: follows them through rotation, exactly once.

A *source* is the content of one file through its life: renamed, compressed, copied and truncated. It is known
by device and inode while it stands, and by the marks of what was read when it does not (see fingerprint.py).
What is promised: every line of a file that is appended to, renamed or compressed is read exactly once, across
restarts. Best effort: copy-and-truncate, which loses by itself what is written between the copy and the cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from warroom.collect.content import Content, UnreadableError
from warroom.collect.file_chunks import KEPT, USUAL, Cutter
from warroom.collect.find import Found, family, find, find_again, rotated
from warroom.collect.fingerprint import SPAN, Identity, Position
from warroom.collect.reading import begins_of, heading_of
from warroom.collect.records import Place, place_of, rule_of

if TYPE_CHECKING:
    from datetime import datetime

    from warroom.catalog import Feed
    from warroom.catalog.transports.files import Files
    from warroom.collect.chunk import Chunk
    from warroom.collect.collector import Surroundings

#: A last line without its end counts as whole when the file has been still for so many seconds …
STILL_SECONDS: Final = 30.0
#: … or, once rotation took its name away, for so many: its writer may keep it open for a moment.
STILL_ROTATED_SECONDS: Final = 5.0


class FileCollector:
    """Reads a feed's files from the committed positions on.

    ``poll`` gives chunks; after the commit of each the caller says ``accept``. What was not accepted is read
    again by the next poll. ``problems`` tells what the last finished poll could not read. ``cutter`` says how files are
    cut into chunks.
    """

    def __init__(
        self,
        collect: Files,
        positions: Mapping[str, str],
        cutter: Cutter = USUAL,
    ) -> None:
        self._patterns = collect.paths
        self._positions = {source: Position.read(text) for source, text in positions.items()}
        self._cutter = cutter
        self._headers: dict[str, tuple[int, bytes]] = {}  # those too long for positions: source → where, and what
        self._lags: dict[str, int] = {}
        self._idle: dict[Identity, _Idle] = {}
        self._copies: dict[tuple[Identity, int, int], str] = {}
        self.problems: list[str] = []

    def accept(self, chunk: Chunk) -> None:
        """Note that a chunk is committed."""
        self._positions[chunk.source] = Position.read(chunk.position)

    def close(self) -> None:
        """Hold nothing: files are open only while they are read."""

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
            left = file.identity not in files or newest[family(file.path)] > file.mtime_ns
            still = now.timestamp() - file.mtime_ns / 1e9 >= (STILL_ROTATED_SECONDS if left else STILL_SECONDS)
            with _told(problems):
                name = source or self._new_source(file.identity, now)
                yield from self._read(file, name, still=still or file.gzip, problems=problems)
        self.problems = problems

    def _bind(self, files: dict[Identity, Found], problems: list[str]) -> list[tuple[Found, str | None]]:
        """Say for every file which source it continues; None is a source not met before."""
        owners: dict[Identity, list[str]] = {}
        for source, position in self._positions.items():
            owners.setdefault(position.identity, []).append(source)
        lost = set(owners) - set(files)
        folders = {str(Path(self._positions[owners[identity][0]].path).parent) for identity in lost}
        again = find_again(folders, lost)
        alive: dict[str, Found] = {}
        strays: list[Found] = []
        for file in (*files.values(), *again.values()):
            with _told(problems):
                own = self._own(file, owners.get(file.identity, []))
                if own is not None:
                    alive[own] = file
                elif file.identity in files and file.size:
                    strays.append(file)
        fresh: list[Found] = []
        for file in sorted(strays, key=lambda stray: (stray.gzip, stray.mtime_ns)):
            with _told(problems):
                kin = self._kin(file, alive)
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
        known, idle = self._copies.get(_version(file)), self._idle.get(file.identity)
        if known is not None and (known in alive or (idle is not None and idle.version == _version(file))):
            return known
        name = family(file.path)
        kin = [source for source, position in self._positions.items() if family(position.path) == name]
        for source in sorted(kin, key=lambda one: -self._positions[one].offset):
            with Content(file) as content:
                if source not in alive:
                    same = self._heir(content, source)
                else:  # the live name is never a copy's: a new log may begin as the old one did
                    same = rotated(file.path) and self._copy(content, alive[source])
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

        A new file under the live name is no heir unless SPAN bytes and more say so: many logs begin alike.
        A copy that ends before the place reached is an heir too, with nothing left to read.
        """
        position = self._positions[source]
        certain = position.offset >= SPAN
        if not (certain or rotated(content.path) or content.identity.inode == position.inode):
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
            lag = self._lags.pop(source)
            if lag and source in self._positions:
                problems.append(f"{self._positions[source].path}: gone with {lag} bytes unread")
        if not files and self._positions:
            problems.append(f"{', '.join(self._patterns)}: the files are gone")

    def _read(self, file: Found, name: str, *, still: bool, problems: list[str]) -> Iterator[Chunk]:
        idle = self._idle.get(file.identity)
        if idle is not None and idle.version == _version(file) and not (idle.leftover and still):
            problems += idle.problems
            return
        with Content(file) as content:
            if content.identity != file.identity:
                return
            position = self._positions.get(name)
            found: list[str] = []
            leftover, last = False, None
            try:
                if position is None or content.continues(position):
                    place = self._place(name, file, content)
                    for chunk, behind in self._cutter.chunks(name, content, place, still=still):
                        if len(chunk.lines) or chunk.rejects:
                            if len(behind.header) > KEPT:
                                self._headers[name] = content.offset, behind.header
                            self._lags[name], last = chunk.lag_bytes, chunk
                            yield chunk
                    leftover = bool(content.fill(1)) and not content.cut
            except UnreadableError as problem:
                found.append(str(problem))
            if content.cut:
                found.append(f"{file.path}: the gzip file ends too early; the whole lines in it were read")
            problems += found
            if last is not None and self._positions.get(name) != Position.read(last.position):
                return  # not committed: to be read again
            self._idle[file.identity] = _Idle(_version(file), name, leftover, found)

    def _place(self, source: str, file: Found, content: Content) -> Place:
        """Give what is known at a source's position; where it does not say what its lines hold they are read again."""
        position = self._positions.get(source)
        place = place_of(position)
        heading = self._cutter.heading
        if position is None or position.header is not None or not heading or not content.look(1):
            return place
        offset, header = self._headers.get(source, (-1, b""))
        if offset != position.offset:
            with Content(file) as again:
                header = heading.before(again, position.offset, self._cutter.line_limit)
            self._headers[source] = position.offset, header
        return replace(place, header=header)

    def _new_source(self, identity: Identity, now: datetime) -> str:
        """Name a source by device, inode and the second it was met: a name never comes back, though an inode does."""
        second = int(now.timestamp())
        while (name := f"{identity.device:x}-{identity.inode:x}-{second:x}") in self._positions:
            second += 1
        return name


def open_collector(feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> FileCollector:
    """Open the collector of a feed of files."""
    cutter = Cutter(surroundings.line_limit, rule=rule_of(begins_of(feed)), heading=heading_of(feed))
    return FileCollector(cast("Files", feed.collect), positions, cutter)


#: A file as it stood: its identity, size and time of change.
_Version = tuple[Identity, int, int]


@dataclass(frozen=True, slots=True)
class _Idle:
    """A file that was read as far as it can be, as it stood then."""

    version: _Version
    source: str
    leftover: bool
    problems: list[str]


@contextmanager
def _told(problems: list[str]) -> Iterator[None]:
    """Let one file's trouble be told, and the others go on."""
    try:
        yield
    except UnreadableError as problem:
        problems.append(str(problem))
    except FileNotFoundError:
        pass  # renamed since it was looked up: the next poll finds it under its new name


def _version(file: Found) -> _Version:
    return file.identity, file.size, file.mtime_ns
