"""Reads log files named by hand, from beginning to end: for `./run parse` and the samples of feeds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warroom.collect.content import Content, UnreadableError
from warroom.collect.find import look
from warroom.collect.lines import PIECE, split
from warroom.errors import NotFoundError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

_BLOCK: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Block:
    """Some lines of a file, the line number of each, and (line number, bytes, reason) of what is too long."""

    path: str
    lines: pa.BinaryArray
    numbers: list[int]
    rejects: list[tuple[int, bytes, str]]


def files_under(paths: list[Path]) -> list[Path]:
    """Give the files named, and those in the folders named, in the order of their names.

    Raises NotFoundError for a path that does not exist.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            files += sorted(
                Path(folder) / name
                for folder, _, names in os.walk(path)
                for name in names
                if not name.startswith(".") and (Path(folder) / name).is_file()
            )
        elif path.exists():
            files.append(path)
        else:
            raise NotFoundError(f"{path}: there is no such file or folder")
    return files


def sample_of(path: Path, size: int = 1 << 16) -> bytes:
    """Give the first bytes of a file's content. Raises UsageError where it cannot be read."""
    with _open(path) as content:
        return _fill(content, size)


def blocks(path: Path, line_limit: int) -> Iterator[Block]:
    """Read a file, plain or gzip, to its end. Raises UsageError where it cannot be read on."""
    number = 1
    with _open(path) as content:
        while data := _fill(content, _BLOCK):
            size = _BLOCK
            while not (end := data.rfind(b"\n") + 1) and len(data) == size < PIECE:
                size = min(4 * size, PIECE)
                data = _fill(content, size)
            data = data[: end or PIECE]
            found = split(data, content.offset, line_limit)
            rejects = [
                (number + place, raw, reason)
                for place, (_, raw, reason) in zip(found.reject_numbers, found.rejects, strict=True)
            ]
            yield Block(str(path), found.lines, (found.numbers + number).tolist(), rejects)
            content.consume(len(data))
            number += found.count
        if content.cut:
            raise UsageError(f"{path}: the gzip file ends too early; the lines before were read")


def _open(path: Path) -> Content:
    found = look(os.path.realpath(path), str(path))
    if found is None:
        raise UsageError(f"{path}: no regular file")
    try:
        return Content(found)
    except (UnreadableError, FileNotFoundError) as problem:
        raise UsageError(str(problem)) from problem


def _fill(content: Content, size: int) -> bytes:
    try:
        return content.fill(size)[:size]
    except UnreadableError as problem:
        raise UsageError(str(problem)) from problem
