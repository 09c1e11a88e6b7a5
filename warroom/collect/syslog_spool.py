"""The spool of an inbox: what came by a protocol without acknowledgements, on disk before it is taken.

Records stand in segments; a segment's name is the number of its first record, as the feed's position counts them. What
is committed is skipped when the spool is read again, and a segment goes when all in it is committed. A record that was
cut off by a crash had not been taken.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

#: A segment is closed at this size.
_SEGMENT_BYTES: Final = 8 << 20
_HEAD: Final = struct.Struct(">II")  # length and CRC-32 of what follows
_SUFFIX: Final = ".spool"


class Record(NamedTuple):
    """A message, who sent it, and why it is none (empty: it is one)."""

    data: bytes
    sent_by: str
    reason: str


class Spool:
    """Records of one feed in a folder, which is made.

    Args:
        folder: where the segments are.
        first: the number of the first record that is not committed.
    """

    def __init__(self, folder: Path, first: int) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._open: BinaryIO | None = None
        self._segments: dict[Path, int] = {}  # the number after the last record
        self.left: list[Record] = []
        number = first
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            number = int(path.stem)
            for record in _read(path):
                if number >= first:
                    self.left.append(record)
                number += 1
            self._segments[path] = number
        self._number = max(first + len(self.left), number)
        self.drop(first)

    def add(self, records: Iterable[Record]) -> None:
        """Make records durable. Raises OSError."""
        made = bytearray()
        count = 0
        for record in records:
            told = b"\0".join((record.sent_by.encode(), record.reason.encode(), record.data))
            made += _HEAD.pack(len(told), zlib.crc32(told)) + told
            count += 1
        path, file = self._segment()
        try:
            file.write(made)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            self._end_segment()  # what of it is on disk is cut off, and another begins
            raise
        self._number += count
        self._segments[path] = self._number
        if file.tell() >= _SEGMENT_BYTES:
            self._end_segment()

    def drop(self, until: int) -> None:
        """Delete the segments whose records are all committed, up to this number."""
        for path, end in list(self._segments.items()):
            if end <= until and not (self._open is not None and self._open.name == str(path)):
                path.unlink(missing_ok=True)
                del self._segments[path]

    def close(self) -> None:
        """Let go; what is not committed stays."""
        self._end_segment()

    def _segment(self) -> tuple[Path, BinaryIO]:
        if self._open is None:
            path = self._folder / f"{self._number:020d}{_SUFFIX}"
            self._open = path.open("ab")
            self._segments[path] = self._number
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return Path(self._open.name), self._open

    def _end_segment(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _read(path: Path) -> Iterator[Record]:
    """Give the records of a segment up to where it was cut off."""
    with path.open("rb") as file:
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            length, check = _HEAD.unpack(head)
            told = file.read(length)
            if len(told) < length or zlib.crc32(told) != check:
                return
            sent_by, reason, data = told.split(b"\0", 2)
            yield Record(data, sent_by.decode(), reason.decode())
