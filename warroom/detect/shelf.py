"""Keeps bytes between starts in a folder that only we can write; anything doubtful about them means there are none.

What lies there is run or mapped as it is (pickles, compiled databases), so a file is read only when it is signed by a
key that does not lie there (``shelf_key``), under its own name, and when nobody else can write folder or file.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import stat
import tempfile
from pathlib import Path
from typing import Final

_LIMIT: Final = 256 << 20
_SIGNATURE: Final = 32
#: Every change of a rule makes new files. What was not used for longest goes where there are more, or more bytes.
_MOST: Final = 256
_ROOM: Final = 512 << 20


class Shelf:
    """A folder of kept files; reading and writing never fail, they only cost the time that keeping would save."""

    def __init__(self, folder: Path, key: bytes | None) -> None:
        """``key`` signs; without one nothing is kept."""
        self._folder = folder
        self._key = key

    def read(self, name: str) -> bytes | None:
        """Give what was kept under a name."""
        if self._key is None:
            return None
        try:
            if not _ours(self._folder.lstat()):
                return None
            descriptor = os.open(self._folder / name, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if not _ours(status) or status.st_size > _LIMIT:
                return None
            signature, body = file.read(_SIGNATURE), file.read()
            with contextlib.suppress(OSError):
                os.utime(file.fileno())  # it was used
        return body if hmac.compare_digest(_signature(self._key, name, body), signature) else None

    def write(self, name: str, body: bytes) -> None:
        """Keep bytes under a name, whole or not at all."""
        if self._key is None:
            return
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _ours(self._folder.lstat()):
                return
            descriptor, draft = tempfile.mkstemp(dir=self._folder)  # mode 600
            with os.fdopen(descriptor, "wb") as file:
                file.write(_signature(self._key, name, body) + body)
            Path(draft).replace(self._folder / name)
            self._tidy()
        except OSError:
            return

    def _tidy(self) -> None:
        """Remove what was not used for longest, beyond what there is room for."""
        with os.scandir(self._folder) as entries:
            files = [(entry, entry.stat(follow_symlinks=False)) for entry in entries]
        room = _ROOM
        files.sort(key=lambda file: file[1].st_mtime_ns, reverse=True)
        for number, (entry, status) in enumerate(files):
            room -= status.st_size
            if (number >= _MOST or room < 0) and entry.is_file(follow_symlinks=False):
                Path(entry.path).unlink(missing_ok=True)


def _signature(key: bytes, name: str, body: bytes) -> bytes:
    """Sign what is kept under a name (RFC 7693, keyed)."""
    signed = hashlib.blake2b(name.encode() + b"\0", digest_size=_SIGNATURE, key=key)
    signed.update(body)
    return signed.digest()


def _ours(status: os.stat_result) -> bool:
    """Belongs to this user, and nobody else may write it or its content."""
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
