"""Keeps read rules between starts, by the content of each file, in a folder that only we can write.

The form is Python's pickle, which runs what it is told to: a cache is read only when folder and file belong
to this user and nobody else can write them, and only when it was written by the very same versions.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import pickle
import stat
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

_LIMIT: Final = 256 << 20


def versions() -> str:
    """Name this engine: Python, pySigma and the engine's own source."""
    digest = hashlib.sha256(f"{sys.version}|{importlib.metadata.version('pysigma')}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


class RuleCache:
    """One file of read rules for one list of places; anything doubtful about it means an empty cache."""

    def __init__(self, folder: Path, places: list[str]) -> None:
        self._folder = folder
        name = hashlib.sha256("\0".join([versions(), *places]).encode()).hexdigest()[:32]
        self._path = folder / f"rules-{name}.pickle"

    def read(self) -> dict[str, Any]:
        """Give what was kept: key → what one file held."""
        try:
            if not _ours(self._folder.lstat()):
                return {}
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            return {}
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if not _ours(status) or status.st_size > _LIMIT:
                return {}
            data = file.read()
        head, body = data[:32], data[32:]
        if hashlib.sha256(body).digest() != head:  # torn by a crash
            return {}
        kept = pickle.loads(body)  # noqa: S301  written by this version, in a folder only we can write
        return kept if isinstance(kept, dict) else {}

    def write(self, entries: dict[str, Any]) -> None:
        """Keep entries for the next start; a cache that cannot be written costs time, nothing else."""
        body = pickle.dumps(entries, protocol=pickle.HIGHEST_PROTOCOL)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _ours(self._folder.lstat()):
                return
            descriptor, draft = tempfile.mkstemp(dir=self._folder)  # mode 600
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(body).digest() + body)
            Path(draft).replace(self._path)
        except OSError:
            return


def _ours(status: os.stat_result) -> bool:
    """Belongs to this user, and nobody else may write it or its content."""
    return status.st_uid == os.getuid() and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
