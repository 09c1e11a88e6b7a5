"""Finds a feed's files: patterns, allowed roots, and files that rotation renamed away from the pattern."""

from __future__ import annotations

import glob
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warroom.collect.fingerprint import Identity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: More files than this under one feed's patterns are left, and reported.
MAX_FILES: Final = 10_000

# What rotation adds to a name: .1, -20261122, .2026-11-22, -20261122-1800 at the end, or before the extension.
_ROTATION: Final = re.compile(
    r"([-._][0-9]+)+$|\.[0-9]{1,3}(?=\.[A-Za-z]+$)|[-._][0-9]{4}[-._]?[0-9]{2}[-._]?[0-9]{2}([-._T]?[0-9]+)*(?=\.[A-Za-z]+$)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file as it stood when it was looked up."""

    path: str
    identity: Identity
    size: int
    mtime_ns: int

    @property
    def gzip(self) -> bool:
        """Whether its name says that it is compressed."""
        return self.path.endswith((".gz", ".zip"))


def find(patterns: Sequence[str]) -> tuple[dict[Identity, Found], list[str]]:
    """List the regular files that the patterns name, once each, and what could not be looked at.

    A symbolic link is followed only to a place under one of the patterns' own folders.
    """
    roots = [os.path.realpath(_root(pattern)) for pattern in patterns]
    found: dict[Identity, Found] = {}
    problems: list[str] = []
    for pattern in patterns:
        try:
            names = _matches(pattern)
            if not names and (problem := _unreachable(pattern)):
                problems.append(problem)
            for path in names:
                real = os.path.realpath(path)
                if not any(os.path.commonpath((real, root)) == root for root in roots):
                    problems.append(f"{path}: a link to outside the feed's folders is not followed")
                elif (file := look(real, path)) is not None:
                    found.setdefault(file.identity, file)
        except OSError as problem:
            problems.append(f"{pattern}: {problem.strerror}")
    if len(found) > MAX_FILES:
        problems.append(f"more than {MAX_FILES} files match: the rest is left out")
        found = dict(list(found.items())[:MAX_FILES])
    return found, problems


def look(real: str, shown: str | None = None) -> Found | None:
    """Look a path up; None where there is no regular file."""
    try:
        status = os.lstat(real)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return Found(shown or real, Identity(status.st_dev, status.st_ino), status.st_size, status.st_mtime_ns)


def find_again(folders: Iterable[str], wanted: set[Identity]) -> dict[Identity, Found]:
    """Look for files by identity, whatever they are called now."""
    inodes = {identity.inode for identity in wanted}
    again: dict[Identity, Found] = {}
    for folder in folders:
        try:
            with os.scandir(folder) as entries:
                paths = [entry.path for entry in entries if entry.inode() in inodes]
        except OSError:
            continue  # the folder itself is gone: its files are reported by the pattern that named it
        for path in paths:
            file = look(path)
            if file is not None and file.identity in wanted:
                again[file.identity] = file
    return again


def family(path: str) -> str:
    """Give the name that a log and its rotated copies share: ``access.log.2.gz`` → ``access.log``."""
    return _ROTATION.sub("", Path(path).name.removesuffix(".gz").removesuffix(".zip"))


def rotated(path: str) -> bool:
    """Whether a name is one that rotation gives, not the one a log is written under."""
    return Path(path).name != family(path)


def _matches(pattern: str) -> list[str]:
    if not glob.has_magic(pattern):
        return [pattern] if os.path.lexists(pattern) else []
    # pathlib's own globbing takes no absolute pattern
    return sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207


def _root(pattern: str) -> str:
    """Give the folder in front of the first wildcard."""
    parts = Path(pattern).parts
    fixed = next((place for place, part in enumerate(parts) if glob.has_magic(part)), len(parts) - 1)
    return str(Path(*parts[:fixed]))


def _unreachable(pattern: str) -> str | None:
    root = _root(pattern)
    if Path(root).is_dir() and not os.access(root, os.R_OK | os.X_OK):
        return f"{root}: the folder cannot be read: give the worker's user the right to read it"
    return None
