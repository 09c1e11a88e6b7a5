"""Chunks of a file grow where much of it is unread, and are small again when it is caught up."""

from __future__ import annotations

import gzip
import os
from datetime import UTC, datetime
from pathlib import Path

from warroom.catalog.transports.files import Files
from warroom.collect.chunk import Chunk
from warroom.collect.file_chunks import Cutter
from warroom.collect.files import FileCollector
from warroom.collect.records import rule_of

LINE = b"1:345678901234567890123456789\n"
SIZE = 4 * len(LINE)


def chunks_of(path: Path, cutter: Cutter) -> list[Chunk]:
    collector = FileCollector(Files((str(path),)), {}, cutter)
    found = []
    for chunk in collector.poll(datetime.now(UTC)):
        found.append(chunk)
        collector.accept(chunk)
    return found


def test_chunks_grow_with_what_is_unread(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(LINE * 70)
    chunks = chunks_of(log, Cutter(chunk_bytes=SIZE))
    assert [len(chunk.lines) for chunk in chunks] == [4, 8, 16, 16, 16, 4, 4, 2]
    assert chunks[-1].lag_bytes == 0
    assert [chunk.lag_bytes for chunk in chunks[4:6]] == [10 * len(LINE), 6 * len(LINE)]


def test_chunks_of_small_files_are_as_ever(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(LINE * 20)
    assert [len(chunk.lines) for chunk in chunks_of(log, Cutter(chunk_bytes=SIZE))] == [4, 4, 4, 4, 4]


def test_chunks_grow_no_further_than_a_piece(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(LINE * 70)
    sizes = [len(chunk.lines) for chunk in chunks_of(log, Cutter(chunk_bytes=SIZE, piece_bytes=SIZE))]
    assert set(sizes) == {4, 2}


def test_compressed_files_and_records_grow_too(tmp_path: Path) -> None:
    log = tmp_path / "a.log.gz"
    log.write_bytes(gzip.compress(b"".join(os.urandom(64).hex().encode() + b"\n" for _ in range(4_000)), 1))
    sizes = [len(chunk.lines) for chunk in chunks_of(log, Cutter(chunk_bytes=1 << 13))]
    assert sum(sizes) == 4_000
    assert max(sizes) > 3 * sizes[0]
    plain = tmp_path / "a.log"
    plain.write_bytes(LINE * 70)
    cutter = Cutter(chunk_bytes=SIZE, rule=rule_of(b"[0-9]:"))
    sizes = [len(chunk.lines) for chunk in chunks_of(plain, cutter)]
    assert (sum(sizes), max(sizes)) == (69, 15)  # the last record waits for the next
