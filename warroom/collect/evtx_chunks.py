"""Finds chunks of an EVTX file whose tables of names turn in a circle: the reader would follow them for ever.

Format: https://github.com/libyal/libevtx/blob/main/documentation/Windows%20XML%20Event%20Log%20(EVTX).asciidoc — after
the file's header of 4 KiB come chunks of 64 KiB; from byte 128 on a chunk holds 64 offsets of names and 32 of
templates, each the head of a list whose members begin with the offset of the next.
"""

from __future__ import annotations

import struct
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEADER: Final = 4096
_CHUNK: Final = 1 << 16
_HEADS: Final = struct.Struct("<96I")
_HEADS_AT: Final = 128
_NEXT: Final = struct.Struct("<I")


def circling_chunks(file: IO[bytes]) -> Iterator[int]:
    """Give where such chunks begin, in bytes from the beginning of the file."""
    place = _HEADER
    file.seek(place)
    while len(chunk := file.read(_CHUNK)) >= _HEADS_AT + _HEADS.size:
        if _circles(chunk):
            yield place
        place += _CHUNK
        file.seek(place)


def blank(file: IO[bytes], places: list[int]) -> None:
    """Take the mark of a chunk from these places: a reader passes over them, and says so."""
    for place in places:
        file.seek(place)
        file.write(b"circling")
    file.flush()


def _circles(chunk: bytes) -> bool:
    lists: dict[int, int] = {}
    for number, offset in enumerate(_HEADS.unpack_from(chunk, _HEADS_AT)):
        while offset and offset + _NEXT.size <= len(chunk):
            known = lists.setdefault(offset, number)
            if known != number:
                break  # it runs into a list that ended
            (following,) = _NEXT.unpack_from(chunk, offset)
            if lists.get(following) == number:
                return True
            offset = following  # noqa: PLW2901  along the list
    return False
