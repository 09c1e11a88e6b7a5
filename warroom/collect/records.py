r"""Lines become records: what a log writes of one event over several lines is joined before it is parsed.

A record begins where a line matches, and reaches to the next such line; blank lines within belong to it. It is cut
where it reaches ``Rule.lines`` or ``Rule.size``: the rest is a record of its own. Lines before a file's first record
are records each.

All of it depends on the bytes alone, never on how they were cut when they were read: so it can be counted again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from warroom.collect.lines import Lines, blank, too_long

if TYPE_CHECKING:
    from warroom.collect.fingerprint import Position

#: Most lines and bytes of one record.
RECORD_LINES: Final = 10_000
RECORD_BYTES: Final = 1 << 20
#: Bytes of a line that the expression sees: its time is bounded, whoever wrote the line.
_LOOK: Final = 1024
#: Most seams that are known of a file: writers that stop for half a minute within a record are rare.
_SEAMS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Rule:
    """Where records begin, and the most lines and bytes that one has; a single line may be longer."""

    begins: re.Pattern[bytes]
    lines: int = RECORD_LINES
    size: int = RECORD_BYTES

    def first(self, data: bytes, start: int, stop: int) -> bool:
        """Say of a line whether it begins a record."""
        return self.begins.match(data, start, min(stop, start + _LOOK)) is not None


def rule_of(
    begins: bytes | None, *, lines: int = RECORD_LINES, size: int = RECORD_BYTES, piece_bytes: int = RECORD_BYTES * 2
) -> Rule | None:
    """Give the rule of a format whose records begin so; None where every line is one.

    A record must fit into ``piece_bytes``, which is held at once, with the line after it.
    """
    return None if begins is None else Rule(re.compile(begins), lines, min(size, piece_bytes // 2))


@dataclass(frozen=True, slots=True)
class Cut:
    """The whole records of some data, each (start, stop, place of its first line), and how far they go.

    ``within`` says that a record has begun before the ``end``: lines there are no more records each.
    """

    spans: list[tuple[int, int, int]]
    end: int
    count: int
    within: bool


def cut(data: bytes, rule: Rule, *, within: bool, last: bool) -> Cut:
    """Find the whole records of data that begin where a record does.

    Args:
        data: lines, of which the last may have no end yet.
        rule: where records begin.
        within: whether a record has begun before.
        last: nothing comes after: what is there is whole.
    """
    spans: list[tuple[int, int, int]] = []
    open_at, open_number = -1, 0
    start = number = 0
    while start < len(data):
        stop = data.find(b"\n", start) + 1
        if not stop:
            if not last:
                if open_at >= 0 and len(data) - open_at > rule.size:  # whatever it will be, it is too long
                    spans.append((open_at, start, open_number))
                    open_at = -1
                break
            stop = len(data)
        first = rule.first(data, start, stop)
        if open_at >= 0 and (first or stop - open_at > rule.size):
            spans.append((open_at, start, open_number))
            open_at = -1
        if open_at < 0:
            open_at, open_number = start, number
        within = within or first
        start, number = stop, number + 1
        if not within or stop - open_at >= rule.size or number - open_number >= rule.lines:
            spans.append((open_at, stop, open_number))
            open_at = -1
    if last and open_at >= 0:
        spans.append((open_at, len(data), open_number))
        open_at = -1
    return Cut(spans, start, number, within) if open_at < 0 else Cut(spans, open_at, open_number, within)


@dataclass(frozen=True, slots=True)
class Place:
    """What a position says of the lines that follow it: see fingerprint.Position."""

    split: bool = False
    within: bool = False
    seams: tuple[int, ...] = ()
    header: bytes = b""

    def without_seam(self, data: bytes, rule: Rule, offset: int) -> Place:
        """Forget a seam at the ``offset`` of a line where a record begins anyway, or every line is one."""
        if self.seams[-1:] != (offset,):
            return self
        stop = data.find(b"\n") + 1 or len(data)
        needed = self.within and not rule.first(data, 0, stop)
        return self if needed else replace(self, seams=self.seams[:-1])

    def after(self, found: Cut, offset: int, *, held: bool) -> Place:
        """Give the place after records that were found at an offset; the last of them was ``held`` back until now."""
        seams = self._with_seam(offset + found.end) if held else self.seams
        return replace(self, split=False, within=found.within, seams=seams)

    def after_piece(self, end: int, *, ended: bool, held: bool) -> Place:
        """Give the place after a piece of a line too long to hold, which may have ``ended`` the line."""
        if ended or not held:
            return replace(self, split=not ended)
        return replace(self, split=False, seams=self._with_seam(end))

    def _with_seam(self, offset: int) -> tuple[int, ...]:
        return (*self.seams, offset)[-_SEAMS:]


def place_of(position: Position | None) -> Place:
    """Give the place that a committed position is at."""
    if position is None:
        return Place()
    header = (position.header or "").encode("utf-8", "surrogateescape")
    return Place(position.split, position.within, position.seams, header)


def split_records(data: bytes, offset: int, limit: int, found: Cut) -> Lines:
    """Give the records found in data as ``lines.split`` gives lines: those over the limit refused, blank ones left out.

    Args:
        data: what they were found in; it begins at ``offset`` of the file.
        offset: where that is.
        limit: longest record in bytes.
        found: the records.
    """
    texts: list[bytes] = []
    offsets: list[int] = []
    numbers: list[int] = []
    rejects: list[tuple[int, bytes, str]] = []
    refused: list[int] = []
    for start, stop, number in found.spans:
        text = _text(data[start:stop])
        if not text:
            continue
        if len(text) > limit:
            rejects.append((offset + start, text, too_long(len(text), limit)))
            refused.append(number)
            continue
        texts.append(text)
        offsets.append(offset + start)
        numbers.append(number)
    places = np.array(numbers, np.int64)
    lines = pa.array(texts, pa.binary())
    return Lines(lines, pa.array(offsets, pa.int64()), rejects, places, refused, found.count)


def _text(data: bytes) -> bytes:
    """Give a record's lines without the last one's end, and without blank lines behind them."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").removesuffix(b"\r")
    data = data.removesuffix(b"\n")
    while data and blank(data[data.rfind(b"\n") + 1 :]):
        data = data[: max(0, data.rfind(b"\n"))]
    return data


class Tally:
    """Counts records line by line: the same rule told a second time, to check the first by."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._within = False
        self._size = self._lines = 0
        self._filled = False
        self.count = 0

    def add(self, line: bytes) -> None:
        """Count a line, with its end."""
        first = self._rule.first(line, 0, len(line))
        if first or self._size + len(line) > self._rule.size:
            self.close()
        self._size += len(line)
        self._lines += 1
        self._filled = self._filled or not blank(line.removesuffix(b"\n"))
        self._within = self._within or first
        if not self._within or self._size >= self._rule.size or self._lines >= self._rule.lines:
            self.close()

    def apart(self, piece: bytes) -> None:
        """Count a piece of a line too long to hold, for itself."""
        self.close()
        self.count += not blank(piece.removesuffix(b"\n"))

    def close(self) -> None:
        """End the record that is open."""
        self.count += self._filled
        self._size = self._lines = 0
        self._filled = False
