"""Reads log files named by hand, from beginning to end: for `./run parse` and the samples of feeds."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from warroom.collect.block import Block
from warroom.collect.content import Content, UnreadableError
from warroom.collect.evtx_file import MAGIC, evtx_blocks
from warroom.collect.find import look
from warroom.collect.heading import PLAIN, Heading
from warroom.collect.json_file import document_blocks
from warroom.collect.lines import PIECE, split
from warroom.collect.records import Rule, cut, rule_of, split_records
from warroom.errors import NotFoundError, UsageError
from warroom.parse.json_documents import begins_documents

_BLOCK: Final = 4 << 20
#: JSON lines have hundreds of columns, each of which costs something a block.
_JSON_BLOCK: Final = 48 << 20
#: What tells the kind of a file.
_SAMPLE: Final = 1 << 16


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


def sample_of(path: Path, size: int = _SAMPLE) -> bytes:
    """Give the first bytes of a file's content. Raises UsageError where it cannot be read."""
    with _open(path) as content:
        return _fill(content, size)


def blocks(path: Path, line_limit: int, begins: bytes | None = None, heading: Heading = PLAIN) -> Iterator[Block]:
    """Read a file, plain, gzip or zip, to its end.

    Args:
        path: of the file.
        line_limit: the longest line that is an event, in bytes.
        begins: how records of several lines begin, if there are any.
        heading: which lines say how the others are to be read.

    Raises:
        UsageError: it cannot be read on.
    """
    with _open(path) as content:
        read = _reader(_fill(content, _SAMPLE), rule_of(begins), heading)
        try:
            yield from read(content, line_limit)
        except UnreadableError as problem:
            raise UsageError(str(problem)) from problem
        if content.cut:
            raise UsageError(f"{path}: the compressed file ends too early; what stands before was read")


def _reader(sample: bytes, rule: Rule | None, heading: Heading) -> Callable[[Content, int], Iterator[Block]]:
    """Give what reads a file that begins so."""
    if sample.startswith(MAGIC):
        return evtx_blocks
    if rule is not None:
        return functools.partial(_record_blocks, rule)
    return document_blocks if begins_documents(sample) else functools.partial(_line_blocks, heading)


def _record_blocks(rule: Rule, content: Content, line_limit: int) -> Iterator[Block]:
    """Read records of several lines."""
    number = 1
    within = False
    size = _BLOCK
    while data := content.fill(size):
        found = cut(data, rule, within=within, last=len(data) < size or size == PIECE)
        if not found.end:  # a very long line
            size = min(4 * size, PIECE)
            continue
        size = _BLOCK
        lines = split_records(data, content.offset, line_limit, found)
        rejects = [
            (number + place, raw, reason)
            for place, (_, raw, reason) in zip(lines.reject_numbers, lines.rejects, strict=True)
        ]
        yield Block(content.path, lines.lines, lines.numbers + number, rejects)
        content.consume(found.end)
        number += found.count
        within = found.within


def _line_blocks(heading: Heading, content: Content, line_limit: int) -> Iterator[Block]:
    number = 1
    header = b""
    usual = _JSON_BLOCK if content.fill(1) == b"{" else _BLOCK
    while data := content.look(usual):
        size = usual
        while not (end := _whole(data)) and len(data) == size < PIECE:
            size = min(4 * size, PIECE)
            data = content.look(size)
        data = data[: end or PIECE]
        found = split(data, content.offset, line_limit)
        rejects = [
            (number + place, raw, reason)
            for place, (_, raw, reason) in zip(found.reject_numbers, found.rejects, strict=True)
        ]
        before, header = header, heading.after(header, found.lines)
        told = header if heading.first else before
        count = found.count
        block = [Block(content.path, found.lines, found.numbers + number, rejects, told, found.clean)]
        del found  # while the next lines are read nothing of these is kept here: their memory is used again
        yield block.pop()
        content.consume(len(data))
        number += count


def _whole(data: memoryview) -> int:
    """Give where the last whole line ends; 0 where none does."""
    stop = len(data)
    while stop:
        start = max(0, stop - _SAMPLE)
        if place := bytes(data[start:stop]).rfind(b"\n") + 1:
            return start + place
        stop = start
    return 0


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
