"""The content of a log file as one stream of bytes, plain, gzip or zip, from a given place on."""

from __future__ import annotations

import gzip
import os
import stat
import zipfile
import zlib
from typing import TYPE_CHECKING, Final, Self

import numpy as np

from warroom.collect.fingerprint import SPAN, Identity, mark
from warroom.zip_member import ZipError, open_member

if TYPE_CHECKING:
    from types import TracebackType

    from warroom.collect.find import Found
    from warroom.collect.fingerprint import Position

_STEP: Final = 1 << 20
#: A gzip file may expand this much before it counts as a bomb, whatever its size …
_FREE: Final = 64 << 20
#: … and this many times its size beyond. Logs shrink 10 to 100 times.
_RATIO: Final = 300
#: Beyond the end of any file.
_END: Final = 1 << 62


class UnreadableError(Exception):
    """A file's content cannot be read on: it says why. Other files go on."""


class Content:
    """One open file. ``look`` and ``fill`` look ahead, ``consume`` goes on; ``offset`` is the place reached.

    A context manager. What was read ahead lies in one buffer that is used again and again.

    Raises UnreadableError where the file cannot be opened; FileNotFoundError where it has just gone.
    """

    def __init__(self, found: Found) -> None:
        self.path = found.path
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            number = os.open(os.path.realpath(found.path), flags)
        except FileNotFoundError:
            raise
        except OSError as problem:
            raise UnreadableError(f"{found.path}: cannot be read: {problem.strerror}") from problem
        self._file = os.fdopen(number, "rb", buffering=0)
        status = os.fstat(number)
        if not stat.S_ISREG(status.st_mode):
            self._file.close()
            raise UnreadableError(f"{found.path}: no regular file")
        self.identity = Identity(status.st_dev, status.st_ino)
        self.size = status.st_size
        self.mtime_ns = status.st_mtime_ns
        self.gzip = found.gzip
        self._zip = self._unpacked() if self.gzip else None
        self.cut = False  # a gzip file that ends too early
        self._broken: UnreadableError | None = None
        self.offset = 0
        self._head = self._tail = b""
        self._buffer = memoryview(bytearray())
        self._begin = self._end = 0  # of what was read ahead

    def _unpacked(self) -> gzip.GzipFile | zipfile.ZipExtFile:
        if not self.path.endswith(".zip"):
            return gzip.GzipFile(fileobj=self._file, mode="rb")
        try:
            return open_member(self._file)
        except ZipError as problem:
            self._file.close()
            raise UnreadableError(f"{self.path}: {problem}") from problem

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def at_line(self) -> bool:
        """Whether the place reached is the beginning of a line."""
        return not self.offset or self._tail.endswith(b"\n")

    @property
    def unread(self) -> int:
        """Bytes behind the place reached when the file was opened; of a compressed file at least so many."""
        return max(0, self.size - (self._file.tell() if self.gzip else self.offset))

    def look(self, size: int) -> memoryview:
        """Look at the next ``size`` bytes where they lie; fewer only where there are no more yet.

        They stay what they are until the next call of any method but ``consume``.
        """
        if size > self._end - self._begin:
            self._make_room(size)
            self._end += self._take(self._buffer[self._end : self._begin + size])
        return self._buffer[self._begin : min(self._end, self._begin + size)].toreadonly()

    def fill(self, size: int) -> bytes:
        """Give a copy of what ``look`` shows."""
        return bytes(self.look(max(size, 0)))

    def consume(self, size: int) -> None:
        """Go on by ``size`` of the bytes that ``look`` showed."""
        size = min(size, self._end - self._begin)
        passed = self._buffer[self._begin : self._begin + size]
        if len(self._head) < SPAN:
            self._head = (self._head + bytes(passed[:SPAN]))[:SPAN]
        self._tail = (self._tail + bytes(passed[-SPAN:]))[-SPAN:]
        self._begin += size
        self.offset += size

    def _make_room(self, size: int) -> None:
        """Move what was read ahead to the beginning of the buffer, or of a larger one."""
        ahead = self._buffer[self._begin : self._end]
        if self._begin + size > len(self._buffer):
            if size > len(self._buffer):
                self._buffer = np.empty(size, np.uint8).data  # not cleared, as a bytearray is
            self._buffer[: len(ahead)] = ahead
            self._begin, self._end = 0, len(ahead)

    def continues(self, position: Position) -> bool:
        """Go from the beginning to a position; False where the content before it is not what was read then."""
        if not self.begins_like(position):
            return False
        self._skip(position.offset)
        return self.offset == position.offset and self.marks()[1] == position.tail

    def begins_like(self, position: Position) -> bool:
        """Whether the first bytes are those of a position."""
        head = (self._head + self.fill(SPAN - len(self._head)))[:SPAN]
        return len(head) >= position.span and mark(head[: position.span]) == position.head

    def shares(self, other: Content) -> bool:
        """Whether this file and another are alike as far as the shorter of them goes."""
        ours, theirs = self.fill(SPAN)[:SPAN], other.fill(SPAN)[:SPAN]
        length = min(len(ours), len(theirs))
        if not length or ours[:length] != theirs[:length]:
            return False
        self._skip(_END if other.gzip else other.size)
        other._skip(self.offset)
        return self.offset == other.offset and self.marks()[1] == other.marks()[1]

    def marks(self) -> tuple[str, str]:
        """Give the marks of the content before ``offset``: head and tail."""
        span = min(SPAN, self.offset)
        return mark(self._head[:span]), mark(self._tail[-span:] if span else b"")

    def _skip(self, offset: int) -> None:
        if self._zip is None:
            offset = min(offset, self.size)
        if self._zip is None and offset > 2 * SPAN:
            # Only the head and the span before the place are needed, not what lies between.
            self.consume(SPAN)
            self._file.seek(offset - SPAN)
            self.offset, self._tail = offset - SPAN, b""
            self._begin = self._end = 0
        while self.offset < offset and (data := self.look(min(_STEP, offset - self.offset))):
            self.consume(len(data))

    def _take(self, room: memoryview) -> int:
        """Read as much as there is room for; give how much there was."""
        if self._broken is not None:
            raise self._broken
        taken = 0
        try:
            while taken < len(room) and (read := self._read(room[taken:])):
                taken += read
                if self._zip is not None and self._zip.tell() > _FREE + _RATIO * self.size:
                    raise UnreadableError(f"{self.path}: expands more than {_RATIO} times: not read on")
        except EOFError:
            self.cut = True
        except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error) as problem:
            kind = "zip" if isinstance(problem, zipfile.BadZipFile) else "gzip"
            self._broken = UnreadableError(
                f"{self.path}: damaged {kind} file: {problem}; what stands before it was read"
            )
        except OSError as problem:
            self._broken = UnreadableError(f"{self.path}: cannot be read: {problem.strerror}")
        if self._broken is not None and not taken:
            raise self._broken
        return taken

    def _read(self, room: memoryview) -> int:
        if self._zip is None:
            return self._file.readinto(room) or 0
        data = self._zip.read1(len(room))
        room[: len(data)] = data
        return len(data)
