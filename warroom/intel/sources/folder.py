"""Files that others drop into a folder: all of them, whenever there is a new, changed or missing one."""

from __future__ import annotations

import glob
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from warroom.errors import NotFoundError, WarroomError
from warroom.intel.formats.reading import FormatRefusedError
from warroom.intel.formats.wording import printable
from warroom.intel.sources.source import Document, Fetched
from warroom.intel.unpacking import contents
from warroom.store.durable import no_room

_MOST_FILES: Final = 10_000
_MOST_BYTES: Final = 256 << 20
_PIECE: Final = 1 << 20
_LONGEST_NAME: Final = 400


class _RefusedError(Exception):
    """A file that is not taken; the message says why."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A file that a pattern matches: its name for people, and what tells it from another of this name."""

    origin: str
    path: str
    version: tuple[int, ...]


class FolderSource:
    """Takes the files that match patterns; each is copied before it is read, so that nobody changes it meanwhile."""

    def __init__(self, patterns: tuple[str, ...]) -> None:
        self._patterns = patterns
        self._fixed = [_fixed(pattern) for pattern in patterns]

    def fetch(self, cursor: str, work: Path) -> Fetched | None:
        """Look whether the files are others than before; see ``Source``."""
        found = self._find()
        told = hashlib.sha256(repr(found).encode("utf-8", "surrogateescape")).hexdigest()
        if told == cursor:
            return None
        return Fetched(self._documents(found, work), lambda: told, whole=True)

    def _find(self) -> list[_Found]:
        """Give the files in the order of their names. Raises WarroomError."""
        for folder in self._fixed:
            try:
                with os.scandir(folder):
                    pass
            except FileNotFoundError as problem:
                raise NotFoundError(f"{folder}: there is no such folder: make it, or mount it") from problem
            except OSError as problem:
                raise WarroomError(f"{folder} cannot be read: {problem.strerror}: may the worker?") from problem
        root = os.path.commonpath(self._fixed) if self._fixed else "/"
        found: dict[str, _Found] = {}
        for pattern in self._patterns:
            for path in glob.iglob(pattern, recursive=True):  # noqa: PTH207 - patterns are whole paths
                origin = printable(os.fsencode(os.path.relpath(path, root)).decode("utf-8", "replace"), _LONGEST_NAME)
                version = _version(path)
                if version:
                    found[path] = _Found(origin, path, version)
                if len(found) > _MOST_FILES:
                    raise WarroomError(f"{pattern}: more than {_MOST_FILES:,} files: name fewer of them")
        return sorted(found.values(), key=lambda one: (one.origin, one.path))

    def _documents(self, found: list[_Found], work: Path) -> Iterator[Document]:
        for number, one in enumerate(found):
            place = work / str(number)
            unpacked = place / "unpacked"
            unpacked.mkdir(parents=True)
            # readers may look at the end of a name
            copy = place / f"file{Path(one.origin).suffix if Path(one.origin).suffix[1:].isalnum() else ''}"
            try:
                _copy(one.path, self._fixed, copy)
                for content in contents(copy, unpacked):
                    part = f"/{printable(content.part, _LONGEST_NAME)}" if content.part else ""
                    yield Document(f"{one.origin}{part}", content.path)
            except (_RefusedError, FormatRefusedError) as problem:
                yield Document(one.origin, copy, refused=str(problem))
            copy.unlink(missing_ok=True)


def _fixed(pattern: str) -> str:
    """Give the folder of a pattern above which it says nothing open."""
    fixed = Path("/")
    for part in Path(pattern).parts[1:-1]:
        bare = part.replace("[[]", "").replace("[*]", "").replace("[?]", "")  # as glob.escape writes them
        if glob.has_magic(bare):
            break
        fixed /= part.replace("[*]", "*").replace("[?]", "?").replace("[[]", "[")
    return str(fixed)


def _version(path: str) -> tuple[int, ...]:
    """Give what tells a file from another one of its name; () of a folder, and of what is gone."""
    try:
        told = os.stat(path)  # noqa: PTH116 - no path object of ten thousand names
    except OSError:
        return () if not os.path.islink(path) else (0,)  # noqa: PTH114 - likewise
    return () if stat.S_ISDIR(told.st_mode) else (told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns)


def _copy(path: str, folders: list[str], to: Path) -> None:
    """Copy a file. Raises _RefusedError where it is none of the folders', no file, too large, or cannot be read."""
    real = os.path.realpath(path)
    if not any(os.path.commonpath([real, home]) == home for home in map(os.path.realpath, folders)):
        raise _RefusedError("a link that leads out of the folder: it is not followed")
    try:
        descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as problem:
        raise _RefusedError(f"cannot be read: {problem.strerror}") from problem
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _RefusedError("no file")
        with no_room(to, "free space: it is tried again"), to.open("xb") as copy:
            size = 0
            while piece := _piece(file.fileno()):
                size += len(piece)
                if size > _MOST_BYTES:
                    raise _RefusedError(f"larger than {_MOST_BYTES >> 20} MiB")
                copy.write(piece)


def _piece(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _PIECE)
    except OSError as problem:
        raise _RefusedError(f"cannot be read: {problem.strerror}") from problem
