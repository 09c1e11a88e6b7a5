"""Packed bodies of HTTP are unpacked within bounds: a few bytes that unpack to gigabytes are refused early."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final

import pyarrow as pa

#: Bytes that may come out of however few …
_FREE: Final = 1 << 20
#: … and how many times more beyond. Logs shrink 10 to 100 times.
_RATIO: Final = 300
_STEP: Final = 1 << 18
_GZIP: Final = 16 + zlib.MAX_WBITS

#: What a body may be packed with, as Content-Encoding says it.
ENCODINGS: Final = ("gzip", "deflate", "zstd")


class PackedError(Exception):
    """A body cannot be unpacked; ``too_large`` says that it holds too much, otherwise it is damaged."""

    def __init__(self, reason: str, *, too_large: bool = False) -> None:
        super().__init__(reason)
        self.too_large = too_large


def unpack(body: bytes, encoding: str, most_bytes: int) -> bytes:
    """Unpack a body that was packed once, or not at all.

    Args:
        body: as it was sent.
        encoding: what Content-Encoding says; empty and ``identity`` mean that it is not packed.
        most_bytes: that may come out.

    Raises:
        PackedError: it is packed in an unknown way, damaged, cut, or holds too much.
    """
    kind = encoding.strip().lower().removeprefix("x-")
    if kind in {"", "identity"}:
        return body
    if kind not in ENCODINGS:
        raise PackedError(f"Content-Encoding {kind[:40]!r} is not known: pack with {', '.join(ENCODINGS)}, or not")
    bound = min(most_bytes, _FREE + _RATIO * len(body))
    unpacked = bytearray()
    try:
        for piece in _zstd(body) if kind == "zstd" else _zlib(body, kind):
            unpacked += piece
            if len(unpacked) > bound:
                raise PackedError(f"the body unpacks to more than {bound} bytes: send less at once", too_large=True)
    except (zlib.error, OSError, pa.ArrowInvalid) as problem:
        raise PackedError(f"the body is no whole {kind}: {type(problem).__name__}") from problem
    return bytes(unpacked)


def _zlib(body: bytes, kind: str) -> Iterator[bytes]:
    """Unpack gzip, of one or several members, or deflate, with zlib's header or, as some send it, without."""
    bare = kind == "deflate" and not _has_header(body)
    bits = -zlib.MAX_WBITS if bare else _GZIP if kind == "gzip" else zlib.MAX_WBITS
    rest = body
    while rest:
        unpacker = zlib.decompressobj(bits)
        while not unpacker.eof:
            piece = unpacker.decompress(rest, _STEP)
            rest = unpacker.unconsumed_tail
            if not piece and not rest and not unpacker.eof:
                raise zlib.error("cut")
            yield piece
        rest = unpacker.unused_data.lstrip(b"\0") if kind == "gzip" else b""


def _has_header(body: bytes) -> bool:
    return len(body) > 1 and body[0] & 0x0F == zlib.DEFLATED and int.from_bytes(body[:2], "big") % 31 == 0


def _zstd(body: bytes) -> Iterator[bytes]:
    with pa.CompressedInputStream(pa.BufferReader(body), "zstd") as stream:
        while piece := stream.read(_STEP):
            yield piece
