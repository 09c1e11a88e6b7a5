"""The records of one object: of lines, or of JSON documents, plain or packed with gzip or zstd."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, cast

import pyarrow as pa

from warroom.collect.heading import PLAIN, Heading
from warroom.collect.json_file import one_line
from warroom.collect.lines import split, too_long
from warroom.parse.json_documents import Splitter, begins_documents

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

    from warroom.collect.s3_store import Entry, Store

#: Bytes of content in one chunk.
CHUNK_BYTES: Final = 4 << 20
#: A line is held whole up to here; a longer one is refused in pieces of this size.
LONGEST: Final = 16 << 20
_SAMPLE: Final = 1 << 16
#: As for files: what is packed may expand by so much, and by so many times its size beyond.
_FREE: Final = 64 << 20
_RATIO: Final = 300
_GZIP, _ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True, slots=True)
class Block:
    """Records of an object: their places (bytes of content, or documents, from 0), and the place behind them."""

    lines: pa.BinaryArray
    places: pa.Int64Array
    rejects: list[tuple[int, bytes, str]]
    end: int
    header: bytes = b""


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


class _DamagedError(Exception):
    """The content cannot be unpacked further: it says why."""


def read_object(
    store: Store, entry: Entry, place: int, limit: int, chunk_bytes: int = CHUNK_BYTES, heading: Heading = PLAIN
) -> Iterator[Block]:
    """Read an object from a place on, that of its beginning or the end of a block.

    ``limit`` is the longest record in bytes; ``heading`` tells the lines that say how the others are to be read. What
    is packed and damaged ends with a reject that says so.
    Raises what ``Store.piece`` raises.
    """
    head = store.piece(entry, 0, _SAMPLE)
    packed = head.startswith((_GZIP, _ZSTD))
    raw = _Raw(store, entry, head)
    content = _Content(_unpacked(raw, head), entry.size) if packed else _Content(raw)
    sample = content.look(_SAMPLE) if packed else head
    end = place
    try:
        if begins_documents(sample):
            blocks = _documents(content, place, limit, chunk_bytes)
        else:
            if packed:
                content.skip(place)
            else:
                content = _Content(_Raw(store, entry, head, place))
            top = sample[: sample.rfind(b"\n", 0, place) + 1]
            header = heading.after(b"", split(top, 0, limit).lines)
            blocks = _lines(content, place, limit, chunk_bytes, heading, header)
        for block in blocks:
            end = block.end
            yield block
    except _DamagedError as problem:
        reason = f"{entry.key}: {problem}; what stands before was read"
        yield Block(pa.array([], pa.binary()), pa.array([], pa.int64()), [(end, b"", reason)], end + 1)


def _lines(
    content: _Content, place: int, limit: int, chunk_bytes: int, heading: Heading, header: bytes
) -> Iterator[Block]:
    size = chunk_bytes
    while data := content.look(size):
        end = data.rfind(b"\n") + 1
        if not end and len(data) == size < LONGEST:
            size = min(4 * size, LONGEST)
            continue
        last = len(data) < size
        data = data if last else data[: end or LONGEST]
        content.skip(len(data))
        found = split(data, place, limit)
        place += len(data)
        before, header = header, heading.after(header, found.lines)
        yield Block(found.lines, found.offsets, found.rejects, place, header if heading.first else before)
        size = chunk_bytes


def _documents(content: _Content, place: int, limit: int, chunk_bytes: int) -> Iterator[Block]:
    splitter = Splitter()
    number, last = 0, False
    while not last:
        data = content.look(chunk_bytes)
        content.skip(len(data))
        last = not data
        documents = list(enumerate(map(one_line, splitter.feed(data, last=last)), number))
        number += len(documents)
        fresh = [(at, document) for at, document in documents if at >= place]
        if not fresh:
            continue
        kept = [(at, document) for at, document in fresh if len(document) <= limit]
        rejects = [(at, one[:limit], too_long(len(one), limit)) for at, one in fresh if len(one) > limit]
        lines, places = pa.array([one for _, one in kept], pa.binary()), pa.array([at for at, _ in kept], pa.int64())
        yield Block(lines, places, rejects, number)


class _Raw(io.RawIOBase):
    """An object's own bytes from an offset on, fetched piece by piece; its ``head`` is here already."""

    def __init__(self, store: Store, entry: Entry, head: bytes, offset: int = 0) -> None:
        self._store, self._entry = store, entry
        self._piece = memoryview(head)[offset:]
        self._offset = offset + len(self._piece)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        if not self._piece:
            data = self._store.piece(self._entry, self._offset)
            self._piece = memoryview(data)
            self._offset += len(data)
        room = memoryview(buffer).cast("B")
        size = min(len(room), len(self._piece))
        room[:size] = self._piece[:size]
        self._piece = self._piece[size:]
        return size


def _unpacked(raw: _Raw, head: bytes) -> _Stream:
    if head.startswith(_GZIP):
        return cast("_Stream", gzip.GzipFile(fileobj=raw))
    return cast("_Stream", pa.input_stream(io.BufferedReader(raw), compression="zstd"))


class _Content:
    """A stream of bytes that can be looked ahead in; ``packed`` is the size of what it is unpacked from."""

    def __init__(self, stream: _Stream, packed: int | None = None) -> None:
        self._stream = stream
        self._most = None if packed is None else _FREE + _RATIO * packed
        self._buffer, self._taken = bytearray(), 0
        self._damage: _DamagedError | None = None

    def look(self, size: int) -> bytes:
        """Give the next bytes without going on; fewer only before the end, or before damage."""
        while len(self._buffer) < size and self._damage is None and (data := self._read(size - len(self._buffer))):
            self._buffer += data
        if not self._buffer and self._damage is not None:
            raise self._damage
        return bytes(self._buffer[:size])

    def skip(self, size: int) -> None:
        """Go on."""
        while size and (data := self.look(min(size, _SAMPLE)) if size > len(self._buffer) else self._buffer[:size]):
            size -= len(data)
            del self._buffer[: len(data)]

    def _read(self, size: int) -> bytes:
        try:
            data = self._stream.read(min(size, 1 << 20))
        except EOFError:
            self._damage = _DamagedError("the packed data end too early")
            return b""
        except (OSError, zlib.error, pa.ArrowException) as problem:
            self._damage = _DamagedError(f"damaged packed data: {str(problem)[:100]}")
            return b""
        self._taken += len(data)
        if self._most is not None and self._taken > self._most:
            self._damage = _DamagedError(f"it expands more than {_RATIO} times: not read on")
            return b""
        return data
