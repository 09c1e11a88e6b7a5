"""Reads a large JSON document whose bulk is one list, so that only a piece of the list is in memory at a time.

The list is cut where its entries seem to part. Each piece is parsed as a list of its own: that succeeds only where the
cut is right, as what comes before it was complete, so nothing rests on how the document is laid out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from secrets import token_hex
from typing import Any, Final

import orjson

from warroom.intel.formats.json_document import no_collection, parse_json
from warroom.intel.formats.reading import FormatRefusedError

#: Bytes of a document from which on its list is read in pieces, and of a piece.
LARGE: Final = 8 << 20
_PIECE: Final = 1 << 20
#: The list begins within so many bytes, and so large may its first entry be.
_HEAD: Final = 1 << 16
_ENTRY: Final = 1 << 18
#: So many lists are tried, and ends of their first entries.
_MOST_LISTS: Final = 20
_MOST_PARTINGS: Final = 30
_MOST_TRIES: Final = 4
_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
#: What parts one entry from the next, and how the next begins.
_PARTING: Final = re.compile(rb'\}\s{0,200},\s{0,200}\{\s{0,200}"[^"\\]{1,100}"')
_BEHIND: Final = "unexpected content after document"


class Long(list[Any]):
    """A list of which only the first piece is held; who goes through it gets all entries, parsed on the way."""

    def __init__(self, data: bytes, cuts: list[int]) -> None:
        self._data = data
        self._cuts = cuts
        super().__init__(self._piece(0))

    def __iter__(self) -> Iterator[Any]:
        for number in range(len(self._cuts) - 1):
            yield from self._piece(number)

    def _piece(self, number: int) -> list[Any]:
        start, end = self._cuts[number : number + 2]
        return _entries(self._data[start:end].rstrip(b", \t\r\n"))


def parse_large(data: bytes) -> object:
    """Read a document as ``parse_json`` does; the list that is most of a large one is a ``Long``.

    Raises:
        FormatRefusedError: as ``parse_json``.
    """
    if len(data) >= LARGE:
        for start in _lists(data[:_HEAD]):
            with no_collection():
                cuts = _cuts(data, start)
            if cuts is not None and (cuts[-1] - start) * 2 > len(data):
                return _around(data, cuts)
    return parse_json(data)


def _lists(head: bytes) -> Iterator[int]:
    """Give where the first lists of a document begin."""
    found = (token.end() for token in _TOKEN.finditer(head) if token[0] == b"[")
    return islice(found, _MOST_LISTS)


def _cuts(data: bytes, start: int) -> list[int] | None:
    """Give where the pieces of a list begin, and its end; None where it is no long list of objects."""
    parting = _parting(data, start)
    if parting is None:
        return None
    cuts, least, tries = [start], _PIECE, 0
    while True:
        cut = data.find(parting, cuts[-1] + least)
        part = data[cuts[-1] : cut + 1] if cut >= 0 else data[cuts[-1] :]
        try:
            _entries(part)
        except orjson.JSONDecodeError as problem:
            if problem.msg == _BEHIND:
                cuts.append(data.rindex(b"]", 0, cuts[-1] + _bytes(part, problem.pos - 1)))
                return cuts
            if cut < 0:
                return None  # it does not end: whoever parses the whole is told so
            # that was within an entry: the next place is tried, and then one that is twice as far
            tries += 1
            least = 2 * least if tries % _MOST_TRIES == 0 else cut + 1 - cuts[-1]
        else:
            if cut < 0:
                return None
            cuts.append(cut + parting.index(b",") + 1)
            least, tries = _PIECE, 0


def _parting(data: bytes, start: int) -> bytes | None:
    """Give the bytes between the first two entries of a list, with the beginning of the second."""
    for found in islice(_PARTING.finditer(data, start, start + _ENTRY), _MOST_PARTINGS):
        try:
            _entries(data[start : found.start() + 1])
        except orjson.JSONDecodeError:
            continue
        return found[0]
    return None


def _entries(part: bytes) -> list[Any]:
    found: list[Any] = orjson.loads(b"[" + part + b"]")
    return found


def _bytes(part: bytes, characters: int) -> int:
    """Give how many bytes the first characters of a part are."""
    return characters if part.isascii() else len(part.decode(errors="ignore")[:characters].encode())


def _around(data: bytes, cuts: list[int]) -> object:
    """Give the document with a list that is read in pieces where it belongs."""
    sign = token_hex(16)
    try:
        document = parse_json(data[: cuts[0]] + f'"{sign}"'.encode() + data[cuts[-1] :])
    except FormatRefusedError:
        return parse_json(data)  # which tells the right place
    holders: list[Any] = [document]
    if document == [sign]:
        return Long(data, cuts)
    while holders:
        holder = holders.pop()
        for name, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
            if value == [sign]:
                holder[name] = Long(data, cuts)
                return document
            if isinstance(value, (dict, list)):
                holders.append(value)
    return parse_json(data)  # the name of the list stands twice in its object
