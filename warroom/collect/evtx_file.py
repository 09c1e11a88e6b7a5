"""Reads Windows event log files (EVTX): each record becomes one JSON object, as evtx_dump writes it.

Format: [MS-EVEN6] names the events, libyal's documentation the file (header, chunks of 64 KiB, records of binary XML).
The reader is the package ``evtx`` (Rust). A record or chunk that it cannot read is a reject; its neighbours are read.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

import numpy as np
import pyarrow as pa

from warroom.collect.block import Block
from warroom.collect.evtx_chunks import blank, circling_chunks
from warroom.collect.lines import too_long
from warroom.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.collect.content import Content

MAGIC: Final = b"ElfFile\0"
_BLOCK: Final = 4 << 20
_STEP: Final = 1 << 20
#: The header counts at most 65,535 chunks; more faults than that in a row is a reader that does not get on.
_MOST_FAULTS: Final = 1 << 16


def evtx_blocks(content: Content, limit: int, block_bytes: int = _BLOCK) -> Iterator[Block]:
    """Read an EVTX file to its end; records count from 1, unreadable ones too.

    ``limit`` is the longest record in bytes of JSON, ``block_bytes`` what a block has of them.
    Raises UsageError where the file's header is damaged, so that nothing in it can be found.
    """
    with tempfile.NamedTemporaryFile(prefix="warroom-evtx-") as copy:
        if content.gzip:  # the reader moves about in the file
            _write(content, copy.file)
        with Path(copy.name if content.gzip else content.path).open("rb") as file:
            circling = list(circling_chunks(file))
        if circling and not content.gzip:
            _write(content, copy.file)
        blank(copy.file, circling)
        yield from _blocks(copy.name if content.gzip or circling else content.path, content.path, limit, block_bytes)


def _write(content: Content, copy: IO[bytes]) -> None:
    while data := content.fill(_STEP):
        copy.write(data)
        content.consume(len(data))
    copy.flush()


def _blocks(file: str, path: str, limit: int, block_bytes: int) -> Iterator[Block]:
    records: list[bytes] = []
    numbers: list[int] = []
    rejects: list[tuple[int, bytes, str]] = []
    size = 0
    for number, (record, fault) in enumerate(_records(file, path), 1):
        if fault:
            rejects.append((number, b"", fault))
        elif len(record) > limit:
            rejects.append((number, record[:limit], too_long(len(record), limit)))
        else:
            records.append(record)
            numbers.append(number)
            size += len(record)
        if size >= block_bytes or len(rejects) >= _MOST_FAULTS:
            yield Block(path, pa.array(records, pa.binary()), np.array(numbers, np.int64), rejects)
            records, numbers, rejects, size = [], [], [], 0
    if records or rejects:
        yield Block(path, pa.array(records, pa.binary()), np.array(numbers, np.int64), rejects)


def _records(file: str, path: str) -> Iterator[tuple[bytes, str]]:
    """Give each record's JSON, or why it cannot be read; a fault does not end the file."""
    from evtx import PyEvtxParser  # noqa: PLC0415  most logs are others

    try:
        records = cast("Iterator[dict[str, str]]", PyEvtxParser(file, 1).records_json())
    except (RuntimeError, OSError) as problem:
        raise UsageError(f"{path}: damaged EVTX file: {_short(problem)}") from problem
    faults = 0
    while faults < _MOST_FAULTS:
        try:
            record = next(records)
        except StopIteration:
            return
        except RuntimeError as problem:  # the package's word for a damaged record or chunk
            faults += 1
            yield b"", f"damaged EVTX: {_short(problem)}"
        else:
            faults = 0
            yield record["data"].encode(), ""


def _short(problem: Exception) -> str:
    return str(problem)[:200]
