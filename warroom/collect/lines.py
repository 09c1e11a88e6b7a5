"""Bytes become lines: with their places, without line ends, blank ones left out, over-long ones refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from warroom.machine.compiling import LARGE, can_compile

#: A line is held whole up to here; a longer one is refused in pieces of this size.
PIECE: Final = 64 << 20
_BLANK: Final = b" \t\r\v\f"
_CAN_BE_BLANK: Final = np.isin(np.arange(256), np.frombuffer(_BLANK, np.uint8))
_LINE_END: Final = ord("\n")
#: Room for lines of this many bytes on the average; where they are shorter they are counted.
_SHORT: Final = 64


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines and their byte offsets, and (offset, bytes, reason) of what is too long.

    ``numbers`` (int64) are the lines' places among all ``count`` lines of the data, from 0. Of ``clean`` lines it is
    known that they are UTF-8 without control characters other than tabs.
    """

    lines: pa.BinaryArray
    offsets: pa.Int64Array
    rejects: list[tuple[int, bytes, str]]
    numbers: np.ndarray[tuple[int], np.dtype[np.int64]]
    reject_numbers: list[int]
    count: int
    clean: bool = False


def split(data: bytes | memoryview, offset: int, limit: int) -> Lines:
    """Split whole lines; ``data`` may be written over afterwards.

    Args:
        data: bytes that end with a line end, or with the end of the file.
        offset: where ``data`` begins in the file.
        limit: longest line in bytes.
    """
    if len(data) >= LARGE and can_compile():
        found = compiled(data, offset, limit)
        if found is not None:
            return found
    return plain(bytes(data), offset, limit)


def plain(data: bytes, offset: int, limit: int) -> Lines:
    """Split as ``split`` does, without compiled functions."""
    return _ordinary(data, offset, limit) or _any(data, offset, limit)


def compiled(data: bytes | memoryview, offset: int, limit: int) -> Lines | None:
    """Split in one pass; None where a line is too long."""
    from warroom.collect import lines_kernel as kernel  # noqa: PLC0415  loads a compiler

    content = np.frombuffer(memoryview(data).toreadonly(), np.uint8)
    texts = np.empty(len(content) + kernel.BEYOND, np.uint8)
    told = np.zeros(2, np.int64)
    room, kept = len(content) // _SHORT + 1, kernel.FULL
    while kept == kernel.FULL:
        ends, begins, numbers = np.zeros(room + 1, np.int32), np.empty(room, np.int64), np.empty(room, np.int64)
        kept = kernel.compact(content, limit, texts, ends, begins, numbers, told)
        room = 1 + int(np.count_nonzero(content == _LINE_END)) if kept == kernel.FULL else room
    if kept == kernel.LONG:
        return None
    texts[ends[kept] :][: kernel.BEYOND] = 0  # what is looked at beyond the lines, or sent along with them
    lines = pa.Array.from_buffers(pa.binary(), kept, [None, pa.py_buffer(ends), pa.py_buffer(texts)], 0)
    offsets = pa.array(offset + begins[:kept], pa.int64())
    return Lines(lines, offsets, [], numbers[:kept], [], int(told[0]), clean=bool(told[1]))


def _ordinary(data: bytes, offset: int, limit: int) -> Lines | None:
    """Split where there is nothing but whole lines of text; None where any is blank, too long, or ends in CR."""
    if not data or b"\r" in data:
        return None
    content = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(content == _LINE_END)
    if not data.endswith(b"\n"):
        ends = np.append(ends, len(data))
    begins = np.concatenate(([0], ends[:-1] + 1))
    lengths = ends - begins
    if lengths.max() > limit or not lengths.all() or _CAN_BE_BLANK[content[begins]].any():
        return None
    places = np.zeros(len(ends) + 1, np.int32)
    np.cumsum(lengths, out=places[1:])
    buffers = [None, pa.py_buffer(places), pa.py_buffer(data.replace(b"\n", b""))]
    lines = pa.Array.from_buffers(pa.binary(), len(ends), buffers, 0)
    return Lines(lines, pa.array(offset + begins, pa.int64()), [], np.arange(len(ends)), [], len(ends))


def _any(data: bytes, offset: int, limit: int) -> Lines:
    pieces = data.split(b"\n")
    if not pieces[-1]:
        pieces.pop()
    lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
    offsets = offset + np.concatenate(([0], np.cumsum(lengths[:-1] + 1))) if pieces else np.empty(0, np.int64)
    if b"\r" in data:
        pieces = [piece[:-1] if piece.endswith(b"\r") else piece for piece in pieces]
    texts = (bool(piece) and not (piece[0] in _BLANK and blank(piece)) for piece in pieces)
    keep = np.fromiter(texts, bool, len(pieces))
    rejects: list[tuple[int, bytes, str]] = []
    refused: list[int] = []
    for place in np.flatnonzero(lengths > limit).tolist():
        if keep[place] and len(pieces[place]) > limit:
            rejects.append((int(offsets[place]), pieces[place], too_long(len(pieces[place]), limit)))
            refused.append(place)
            keep[place] = False
    if not keep.all():
        pieces = [piece for piece, kept in zip(pieces, keep.tolist(), strict=True) if kept]
    lines = pa.array(pieces, pa.binary())
    return Lines(lines, pa.array(offsets[keep], pa.int64()), rejects, np.flatnonzero(keep), refused, len(keep))


def blank(line: bytes) -> bool:
    """Whether a line has nothing but blanks: neither event nor reject."""
    return not line.strip(_BLANK)


def too_long(length: int, limit: int) -> str:
    """Say why a long line was refused."""
    return f"line of {length} bytes: longer than {limit} (WARROOM_LINE_LIMIT)"
