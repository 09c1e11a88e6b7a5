"""Copies files so that they are whole, on the disk and what they should be, or not there at all."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from warroom.errors import DiskFullError, StoreError

_PIECE: Final = 1 << 20

#: Told how many bytes were read.
Read = Callable[[int], None]


class NotAFileError(StoreError):
    """What should be a file is a link, a device or a folder."""


def copy(source: Path, target: Path, read: Read) -> tuple[str, int]:
    """Copy a file (mode 600) and make it durable, under its name only once it is whole; its SHA-256 and its bytes.

    The bytes that are written are those that were hashed: a file that changes meanwhile is not believed.

    Raises:
        FileNotFoundError: there is no such file.
        NotAFileError: it is no regular file; links are not followed.
        DiskFullError: no room; nothing is left behind.
    """
    draft = target.with_name(f".{target.name}.draft")
    with _regular(source) as reading, no_room(draft, "free space and start again"):
        digest, size = hashlib.sha256(), 0
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "wb") as file:
            while piece := os.read(reading, _PIECE):
                digest.update(piece)
                file.write(piece)
                size += len(piece)
                read(len(piece))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(target)
    return digest.hexdigest(), size


def hashed(path: Path, read: Read) -> tuple[str, int]:
    """Give the SHA-256 and the bytes of a file. Raises as ``copy`` does."""
    digest, size = hashlib.sha256(), 0
    with _regular(path) as reading:
        while piece := os.read(reading, _PIECE):
            digest.update(piece)
            size += len(piece)
            read(len(piece))
    return digest.hexdigest(), size


def make_folders(top: Path, folder: Path) -> None:
    """Make a folder below ``top``, and each on the way to it, for their owner alone."""
    for one in [*reversed(folder.relative_to(top).parents), folder.relative_to(top)]:
        (top / one).mkdir(mode=0o700, exist_ok=True)


def sync_folders(folder: Path) -> None:
    """Make the names in a folder and in all folders below it durable."""
    for root, _, _ in os.walk(folder):
        sync_folder(Path(root))


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _regular(path: Path) -> Iterator[int]:
    """Open a regular file; a pipe or a link in its place is refused, not waited for."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as problem:
        if problem.errno == errno.ELOOP:
            raise NotAFileError(f"{path}: a link, not a file") from problem
        raise
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise NotAFileError(f"{path}: not a file")
        yield handle
    finally:
        os.close(handle)


@contextmanager
def no_room(draft: Path, advice: str) -> Iterator[None]:
    """Tell a full volume, with advice, from other faults, and leave no draft behind. Raises DiskFullError."""
    try:
        yield
    except OSError as problem:
        draft.unlink(missing_ok=True)
        if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise DiskFullError(f"no room on the volume of {draft.parent}: {advice}") from problem
        raise
