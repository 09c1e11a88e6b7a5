"""The body of an answer within bounds: unpacked where it is packed, and no larger than it may be."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from errno import ENOSPC
from pathlib import Path
from typing import Final

import httpx

from warroom.errors import DiskFullError, OutboundError, Refusal, StoreError

_PIECE_BYTES: Final = 1 << 18
#: A body that grows more than so many times when it is unpacked is a bomb; so far it may grow in any case.
_MOST_TIMES: Final = 200
_MOST_GROWTH: Final = 32 << 20


def pieces(answer: httpx.Response, most_bytes: int, *, packed: bool) -> Iterator[bytes]:
    """Give a body piece by piece, unpacked where gzip was asked for (``packed``).

    Raises:
        OutboundError: it has more bytes than it may, or is packed as nobody asked for, damaged, or a bomb.
    """
    host = answer.url.host
    encoding = answer.headers.get("content-encoding", "identity").lower()
    gzip = packed and encoding in {"gzip", "x-gzip"}
    if not gzip and encoding != "identity":
        raise OutboundError(f"{host} sends a packed answer, though none was asked for", Refusal.PACKED)
    told = answer.headers.get("content-length", "")
    # what is announced to be too large is not even begun
    too_large = told.isdecimal() and (len(told) > 18 or int(told) > most_bytes)  # noqa: PLR2004 - exabytes
    size = 0
    for piece in () if too_large else _unpacked(answer) if gzip else answer.iter_raw():
        size += len(piece)
        too_large = size > most_bytes
        if too_large:
            break
        yield piece
    if too_large:
        raise OutboundError(f"{host} answers with more than {most_bytes} bytes", Refusal.TOO_LARGE)


def save(body: Iterator[bytes], to: Path) -> tuple[int, str]:
    """Write a body to a new file of mode 600, and give its size and SHA-256; no file is left where it fails.

    Raises:
        OutboundError: as the body says.
        StoreError: it cannot be written.
    """
    digest, size = hashlib.sha256(), 0
    try:
        descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as problem:
        raise _not_written(to, problem) from problem
    try:
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            for piece in body:
                digest.update(piece)
                size += len(piece)
                _write(file.fileno(), piece, to)
    except BaseException:
        to.unlink(missing_ok=True)
        raise
    return size, digest.hexdigest()


def _write(descriptor: int, piece: bytes, to: Path) -> None:
    rest = memoryview(piece)
    try:
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError as problem:
        raise _not_written(to, problem) from problem


def _not_written(to: Path, problem: OSError) -> StoreError:
    kind = DiskFullError if problem.errno == ENOSPC else StoreError
    return kind(f"{to.parent} does not take what is fetched: {problem.strerror}")


def _unpacked(answer: httpx.Response) -> Iterator[bytes]:
    """Unpack a body of gzip (RFC 1952, of one or more members), so that no few bytes become many at once."""
    host = answer.url.host
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    came = gave = 0
    try:
        for piece in answer.iter_raw():
            came += len(piece)
            rest = piece
            while rest:
                if unpacker.eof:
                    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
                out = unpacker.decompress(rest, _PIECE_BYTES)
                rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
                gave += len(out)
                if gave > came * _MOST_TIMES + _MOST_GROWTH:
                    raise OutboundError(
                        f"{host} sends {came} bytes that unpack to more than {gave}: a bomb", Refusal.PACKED
                    )
                yield out
    except zlib.error as problem:
        raise OutboundError(f"{host} sends a damaged answer", Refusal.PACKED) from problem
    if not unpacker.eof:
        raise OutboundError(f"{host} sends half an answer", Refusal.PROTOCOL)
