"""Cuts the content of one file into chunks of whole lines, or of records of several, from a place on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from warroom.collect.chunk import Chunk
from warroom.collect.fingerprint import Position
from warroom.collect.heading import PLAIN, Heading
from warroom.collect.lines import PIECE, Lines, blank, split
from warroom.collect.records import Cut, Place, Rule, cut, split_records

if TYPE_CHECKING:
    from collections.abc import Iterator

    from warroom.collect.content import Content

#: Bytes read at once: bounds memory and the work lost when a commit fails …
CHUNK_BYTES: Final = 4 << 20
#: … but so many times as much where a file has more than that unread: large chunks cost less a line.
_GROWTH: Final = 4
#: Bytes of a header that a position keeps; a longer one is read again from the top of the file.
KEPT: Final = 1 << 12


@dataclass(frozen=True, slots=True)
class Cutter:
    """How files are cut.

    ``line_limit`` is the longest line that is an event, in bytes; ``chunk_bytes`` is read at once, more where much is
    unread; a line longer than ``piece_bytes`` is never held whole, but refused in pieces of that size. With a ``rule``
    records have several lines. ``heading`` tells the lines that say how the others are to be read.
    """

    line_limit: int = 1 << 20
    chunk_bytes: int = CHUNK_BYTES
    piece_bytes: int = PIECE
    rule: Rule | None = None
    heading: Heading = PLAIN

    def chunks(self, source: str, content: Content, place: Place, *, still: bool) -> Iterator[tuple[Chunk, Place]]:
        """Give what is whole from the content's offset on, and the place behind each chunk.

        Args:
            source: the chunks' source.
            content: where it is read from; between two chunks nobody else may go on in it.
            place: what is known of the lines that follow.
            still: a last line without its end, or the last record, counts as whole, too.
        """
        size = self.chunk_bytes
        while content.gzip or content.offset < content.size:
            made = self._chunk(source, content, place, size, still=still)
            if made is None:
                return
            place = made[1]
            yield made
            behind = content.unread > _GROWTH * self.chunk_bytes
            size = min(2 * size, _GROWTH * self.chunk_bytes, self.piece_bytes) if behind else self.chunk_bytes

    def _chunk(
        self, source: str, content: Content, place: Place, size: int, *, still: bool
    ) -> tuple[Chunk, Place] | None:
        start = content.offset
        if self.rule is not None:
            taken = self._next_records(content, self.rule, place, size, still=still)
            if taken is None:
                return None
            data, found, place = taken
            if found is None:
                lines, refused = split(b"", start, self.line_limit), self._refused(start, data)
            else:
                lines = split_records(data, start, self.line_limit, found)
                refused = lines.rejects
            content.consume(len(data) if found is None else found.end)
            return self._made(source, content, lines, refused, place)
        data, whole = self._next(content, size)
        if not data or not (whole or (still and not content.cut)):
            return None
        piece, rest = 0, False
        if place.split or (whole and not data.endswith(b"\n")):
            piece = data.find(b"\n") + 1 or len(data)
            rest = whole and not data.endswith(b"\n", 0, piece)
        lines = split(data[piece:], start + piece, self.line_limit)
        content.consume(len(data))
        refused = [*self._refused(start, data[:piece]), *lines.rejects]
        return self._made(source, content, lines, refused, replace(place, split=rest))

    def _next(self, content: Content, size: int) -> tuple[bytes, bool]:
        """Give the next whole lines, or a piece of a line too long to hold; else what there is, and False."""
        while True:
            data = content.fill(size)[: self.piece_bytes]
            if end := data.rfind(b"\n") + 1:
                return data[:end], True
            if len(data) == self.piece_bytes or len(data) < size:
                return data, len(data) == self.piece_bytes
            size = min(4 * size, self.piece_bytes)

    def _next_records(
        self, content: Content, rule: Rule, place: Place, size: int, *, still: bool
    ) -> tuple[bytes, Cut | None, Place] | None:
        """Give the next whole records, or a piece of a line too long to hold (no cut), and the place after them."""
        while data := content.fill(size)[: self.piece_bytes]:
            full = len(data) == self.piece_bytes
            last = not full and len(data) < size and still and not content.cut
            if place.split or (full and b"\n" not in data):
                end = data.find(b"\n") + 1
                if end or full or last:
                    data = data[: end or len(data)]
                    return data, None, place.after_piece(content.offset + len(data), ended=end > 0, held=last)
            else:
                here = place.without_seam(data, rule, content.offset) if content.at_line else place
                found = cut(data, rule, within=here.within, last=last)
                if found.end:
                    return data, found, here.after(found, content.offset, held=last)
            if full or len(data) < size:
                return None
            size = min(4 * size, self.piece_bytes)
        return None

    def _refused(self, start: int, piece: bytes) -> list[tuple[int, bytes, str]]:
        """Give the reject for a piece of a line; none where there is nothing in it."""
        if blank(piece.removesuffix(b"\n")):
            return []
        reason = f"part of a line longer than {self.piece_bytes} bytes, refused in pieces"
        return [(start, piece.removesuffix(b"\n"), reason)]

    def _made(
        self, source: str, content: Content, lines: Lines, rejects: list[tuple[int, bytes, str]], place: Place
    ) -> tuple[Chunk, Place]:
        """Give the chunk of what was just consumed, and the place behind it."""
        before = place.header
        place = replace(place, header=self.heading.after(before, lines.lines))
        head, tail = content.marks()
        identity = content.identity
        position = Position(
            content.path, identity.device, identity.inode, content.offset, head, tail, place.split,
            content.mtime_ns // 10**9, place.within, place.seams, self._kept(place.header),
        )  # fmt: skip
        lag = 0 if content.gzip else content.unread
        header = place.header if self.heading.first else before  # a first line names the columns to itself, too
        chunk = Chunk(source, content.path, lines.lines, lines.offsets, rejects, position.text(), lag, header=header)
        return chunk, place

    def _kept(self, header: bytes) -> str | None:
        return header.decode("utf-8", "surrogateescape") if self.heading and len(header) <= KEPT else None


#: Lines, as most logs have them.
USUAL: Final = Cutter()
