"""What a file holds that is loaded by hand: itself, or what is packed in it (gzip, zip), within limits.

An archive's directory is written by whoever made it: sizes are counted while unpacking, never believed.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from warroom.intel.formats.reading import FormatRefusedError
from warroom.store.durable import no_room

#: Bytes of a file, and of all that is unpacked from one.
MOST_BYTES: Final = 1 << 30
#: Files in an archive.
MOST_MEMBERS: Final = 10_000
_PIECE: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
#: Names that archive programs add beside the files themselves.
_BYWORK: Final = "__MACOSX/"
_BROKEN: Final = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)


@dataclass(frozen=True, slots=True)
class Content:
    """A file to read; ``part`` is its name in its archive, "" where it lies there unpacked or alone."""

    path: Path
    part: str = ""


def contents(path: Path, work: Path) -> Iterator[Content]:
    """Give the files that a file holds, one after the other; each may be gone when the next is asked for.

    Args:
        path: of the file.
        work: a folder where there is room for what is unpacked.

    Raises:
        FormatRefusedError: it is too large, unpacked or not, damaged or encrypted.
        OSError: it cannot be read.
        DiskFullError: there is no room to unpack it.
    """
    if path.stat().st_size > MOST_BYTES:
        raise FormatRefusedError(f"larger than {MOST_BYTES >> 20:,} MiB")
    with path.open("rb") as file:
        magic = file.read(4)
    if magic.startswith(_GZIP):
        yield from _gzip(path, work)
    elif magic == _ZIP:
        yield from _zip(path, work)
    else:
        yield Content(path)


def _gzip(path: Path, work: Path) -> Iterator[Content]:
    # readers may look at the end of a name
    target = work / (Path(path.stem).name or "unpacked")
    try:
        with gzip.open(path, "rb") as packed:
            _unpack(packed, target, MOST_BYTES)
    except _BROKEN as problem:
        raise FormatRefusedError(f"damaged gzip: {problem}") from problem
    yield Content(target)
    target.unlink()


def _zip(path: Path, work: Path) -> Iterator[Content]:
    left = MOST_BYTES
    try:
        archive = zipfile.ZipFile(path)
    except _BROKEN as problem:
        raise FormatRefusedError(f"damaged zip archive: {problem}") from problem
    with archive:
        members = [one for one in archive.infolist() if not one.is_dir() and not one.filename.startswith(_BYWORK)]
        if len(members) > MOST_MEMBERS:
            raise FormatRefusedError(f"a zip archive of {len(members):,} files: {MOST_MEMBERS:,} at most")
        for number, member in enumerate(members):
            # a member's name is nothing to make a path of; but readers may look at its end
            suffix = Path(member.filename).suffix
            target = work / f"{number}{suffix if suffix[1:].isalnum() else ''}"
            try:
                with archive.open(member) as packed:
                    left -= _unpack(packed, target, left)
            except _BROKEN as problem:
                raise FormatRefusedError(f"damaged or encrypted zip archive: {problem}") from problem
            yield Content(target, member.filename)
            target.unlink()


def _unpack(packed: IO[bytes] | gzip.GzipFile, target: Path, most: int) -> int:
    """Write what is unpacked; how many bytes."""
    size = 0
    with no_room(target, "free space and start again"), target.open("wb") as file:
        while piece := packed.read(_PIECE):
            size += len(piece)
            if size > most:
                target.unlink()
                raise FormatRefusedError(f"more than {MOST_BYTES >> 20:,} MiB unpacked: it is not read")
            file.write(piece)
    return size
