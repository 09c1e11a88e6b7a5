"""Reads a release of SigmaHQ's rules out of an archive or a folder: nothing in it is trusted, nothing is written."""

from __future__ import annotations

import gzip
import io
import re
import stat
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Final

from warroom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bounds of a release: SigmaHQ's has 3,800 rules of 2 kB, and as many other files.
_MOST_FILES: Final = 50_000
_MOST_BYTES: Final = 256 << 20
_MOST_OF_ONE: Final = 1 << 20
_LONGEST_NAME: Final = 300
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_LICENCES: Final = ("LICENSE", "LICENSE.md", "LICENSE.txt")
#: The folder that every release has; what stands before it is the archive's own.
_RULES: Final = "rules"


_UNREADABLE: Final = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Release:
    """A release: its rules by their path in the repository, the text of its licence, its commit where it tells one."""

    rules: dict[str, bytes]
    licence: bytes | None
    commit: str


def read_release(place: Path) -> Release:
    """Read a ``.tar.gz``, a ``.zip`` or a folder.

    Raises:
        UsageError: it cannot be read, is larger than any release, holds a link or a path that leads outside, or has
            no folder ``rules``.
    """
    commit = ""
    try:
        if place.is_dir():
            found = dict(_folder(place))
        elif place.stat().st_size > _MOST_BYTES:
            raise UsageError(f"{place}: more than {_MOST_BYTES >> 20} MiB: it is no release of rules")
        elif zipfile.is_zipfile(place):
            with zipfile.ZipFile(place) as zipped:
                found = dict(_zipped(zipped, place))
                commit = zipped.comment[:40].decode("ascii", "replace")
        else:
            with gzip.open(place) as packed, tarfile.open(fileobj=_Bounded(packed, place), mode="r|") as tarred:
                found = dict(_tarred(tarred, place))
                commit = tarred.pax_headers.get("comment", "")
    except _UNREADABLE as problem:
        raise UsageError(f"{place}: not a readable .tar.gz, .zip or folder: {problem}") from problem
    return _release(place, found, commit if _COMMIT.fullmatch(commit) else "")


def _release(place: Path, found: dict[PurePosixPath, bytes], commit: str) -> Release:
    """Take away the folders that stand before the repository's own."""
    tops = {path.parts[: path.parts.index(_RULES)] for path in found if _RULES in path.parts[:-1]}
    if not tops:
        raise UsageError(f"{place}: has no folder `{_RULES}`: it is no release of SigmaHQ's rules")
    top = min(tops, key=len)
    inside = {
        PurePosixPath(*path.parts[len(top) :]): content
        for path, content in found.items()
        if path.parts[: len(top)] == top
    }
    licence = next((inside[path] for name in _LICENCES if (path := PurePosixPath(name)) in inside), None)
    return Release({str(path): content for path, content in inside.items() if path.suffix == ".yml"}, licence, commit)


class _Bounded(io.RawIOBase):
    """What is unpacked, up to what a release may have: a header alone can stand for gigabytes."""

    def __init__(self, packed: gzip.GzipFile, place: Path) -> None:
        self._packed, self._place, self._read = packed, place, 0

    def read(self, size: int = -1, /) -> bytes:
        content = self._packed.read(size)
        self._read += len(content)
        _bound(self._place, 0, self._read)
        return content


def _tarred(archive: tarfile.TarFile, place: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    count = total = 0
    for member in archive:
        count, total = count + 1, total + max(member.size, 0)
        _bound(place, count, total)
        path = _safe(place, member.name)
        if member.isdir():
            continue
        if not member.isreg():
            raise UsageError(f"{place}: holds a link or a device, {member.name!r}: nothing was taken")
        if _is_wanted(path) and (file := archive.extractfile(member)) is not None:
            yield path, _read(file, place, path)


def _zipped(archive: zipfile.ZipFile, place: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    total = 0
    for count, member in enumerate(archive.infolist(), 1):
        _bound(place, count, total)
        path = _safe(place, member.filename)
        if member.is_dir():
            continue
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            raise UsageError(
                f"{place}: holds a link or a device, {member.filename[:_LONGEST_NAME]!r}: nothing was taken"
            )
        if _is_wanted(path):
            with archive.open(member) as file:
                content = _read(file, place, path)  # its true size: what the directory says may be a lie
            total += len(content)
            yield path, content


def _folder(place: Path) -> Iterator[tuple[PurePosixPath, bytes]]:
    total = 0
    for count, file in enumerate(sorted(place.rglob("*")), 1):
        path = PurePosixPath(file.relative_to(place).as_posix())
        if path.parts[0] == ".git":
            continue
        _bound(place, count, total)
        if file.is_symlink():
            raise UsageError(f"{file}: is a link: nothing was taken")
        if file.is_file() and _is_wanted(path):
            with file.open("rb") as opened:
                content = _read(opened, place, path)
            total += len(content)
            yield path, content


def _is_wanted(path: PurePosixPath) -> bool:
    return path.suffix == ".yml" or path.name in _LICENCES


def _safe(place: Path, name: str) -> PurePosixPath:
    """Give a name of an archive as a path that stays inside. Raises UsageError."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or len(name) > _LONGEST_NAME:
        raise UsageError(f"{place}: {name[:_LONGEST_NAME]!r} would lie outside: nothing was taken")
    return path


def _bound(place: Path, count: int, total: int) -> None:
    if count > _MOST_FILES or total > _MOST_BYTES:
        raise UsageError(
            f"{place}: more than {_MOST_FILES:,} files or {_MOST_BYTES >> 20} MiB: it is no release of rules"
        )


def _read(file: IO[bytes], place: Path, path: PurePosixPath) -> bytes:
    content = file.read(_MOST_OF_ONE + 1)
    if len(content) > _MOST_OF_ONE:
        raise UsageError(f"{place}: {path} has more than {_MOST_OF_ONE >> 20} MiB: it is no rule")
    return content
