"""Counts the lines of sources anew, without any counter of the collector: for `./run ledger --deep`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from warroom.collect.content import Content, UnreadableError
from warroom.collect.find import Found, family, find, find_again
from warroom.collect.fingerprint import Position
from warroom.collect.lines import PIECE, blank
from warroom.collect.records import RECORD_LINES, Rule, Tally, rule_of

if TYPE_CHECKING:
    from warroom.catalog.transports.files import Files

_STEP: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Recount:
    """Lines that are not blank up to the committed position, by source; ``missing`` cannot be recounted.

    A source is missing when its file was deleted or cut since: then its lines are only in the store.
    """

    sources: dict[str, int]
    missing: list[str]


def recount(
    collect: Files,
    positions: Mapping[str, str],
    *,
    piece_bytes: int = PIECE,
    begins: bytes | None = None,
    record_lines: int = RECORD_LINES,
) -> Recount:
    """Read every source of a feed from its beginning to its committed position.

    Args:
        collect: whose patterns name the files.
        positions: source → committed position, as ``Chunk.position`` writes it.
        piece_bytes: what the collector was given: a longer line counts once a piece.
        begins: how records of several lines begin, as the collector was told.
        record_lines: the most lines of one, as the collector was told.
    """
    rule = rule_of(begins, lines=record_lines, piece_bytes=piece_bytes)
    files, _ = find(collect.paths)
    known = {source: Position.read(text) for source, text in positions.items()}
    wanted = {position.identity for position in known.values()} - set(files)
    files |= find_again({str(Path(position.path).parent) for position in known.values()}, wanted)
    counted: dict[str, int] = {}
    missing: list[str] = []
    for source, position in known.items():
        file = _holder(position, list(files.values()))
        if file is None:
            missing.append(source)
        else:
            counted[source] = _count(file, position, piece_bytes, rule)
    return Recount(counted, missing)


def _holder(position: Position, files: list[Found]) -> Found | None:
    """Find the file whose content is what was read: the same file first, then its compressed or copied self."""
    name = family(position.path)
    ranked = sorted(files, key=lambda file: (file.identity != position.identity, family(file.path) != name))
    for file in ranked:
        if file.identity != position.identity and family(file.path) != name:
            break
        try:
            with Content(file) as content:
                if content.continues(position):
                    return file
        except (UnreadableError, FileNotFoundError):
            continue
    return None


def _count(file: Found, position: Position, piece_bytes: int, rule: Rule | None) -> int:
    """Count the records before a place; of a line too long to hold its pieces, as they were refused."""
    with Content(file) as content:
        if rule is None:
            lines = _lines(content, position.offset, piece_bytes)
            return sum(1 for line in lines if not blank(line.removesuffix(b"\n")))
        tally = Tally(rule)
        for end in sorted({*position.seams, position.offset}):
            rest = False  # of a line of which a piece was counted
            for line in _lines(content, min(end, position.offset), piece_bytes):
                piece = len(line) == piece_bytes and not line.endswith(b"\n")
                if piece or rest:
                    tally.apart(line)
                else:
                    tally.add(line)
                rest = piece
            tally.close()
        return tally.count


def _lines(content: Content, end: int, piece_bytes: int) -> Iterator[bytes]:
    line = bytearray()
    while content.offset < end and (data := content.fill(min(_STEP, end - content.offset))[: end - content.offset]):
        content.consume(len(data))
        for piece in _split(data):
            line += piece
            while len(line) > piece_bytes or (len(line) == piece_bytes and not line.endswith(b"\n")):
                yield bytes(line[:piece_bytes])
                del line[:piece_bytes]
            if line.endswith(b"\n"):
                yield bytes(line)
                line.clear()
    if line:
        yield bytes(line)


def _split(data: bytes) -> Iterator[bytes]:
    start = 0
    while (end := data.find(b"\n", start) + 1) > 0:
        yield data[start:end]
        start = end
    if start < len(data):
        yield data[start:]
