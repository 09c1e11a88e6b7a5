"""JSON documents that are not one a line: the elements of an array, or objects written over many lines.

Elements are found by brackets and quotes alone, in one pass, so that a damaged one costs itself and not its
neighbours; what an element holds is a parser's business. CloudTrail delivers ``{"Records": […]}``, Kubernetes an
``EventList`` with ``items``, many exports a bare array.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

import orjson

_BOM: Final = b"\xef\xbb\xbf"
_MEMBER: Final = rb'"[A-Za-z]{1,40}"\s*:\s*(?:"[^"\\]{0,200}"|\{\s*\}|[0-9]{1,20}|null)\s*,\s*'
#: An array of objects: bare, or the member of an object that AWS or Kubernetes puts around it.
_OPENING: Final = re.compile(
    rb'\s*(?:\[|\{\s*"Records"\s*:\s*\[|\{\s*(?:' + _MEMBER + rb'){1,4}"items"\s*:\s*\[)(?=\s*[\]{])'
)
#: A bracket, or a text without line ends (JSON allows none in it), or a quote that begins none.
_TOKEN: Final = re.compile(rb'[\[\]{}]|"(?:[^"\\\n]++|\\.)*+"?+')
_BETWEEN: Final = re.compile(rb"(?:[ \t\r\n,]|\xef\xbb\xbf)*")
#: What lies between elements and is none: up to the next one, or the end of the array.
_JUNK: Final = re.compile(rb'(?:[^"{}\[\],]++|"(?:[^"\\\n]++|\\.)*+"?+)++|[}\]]')
#: An element is held whole up to here; nothing can be found behind one that is longer.
PIECE: Final = 64 << 20


def begins_documents(sample: bytes) -> bool:
    """Say whether a file that begins so holds an array of objects, or objects over many lines."""
    sample = sample.removeprefix(_BOM)
    if _OPENING.match(sample):
        return True
    first, end, rest = sample.lstrip().partition(b"\n")
    if not first.startswith(b"{") or not end or _is_json(first):
        return False
    # over many lines the first of them is a bracket or ends within the object, and the next begins with a name
    return first.rstrip()[-1:] in b"{[," and re.match(rb'\s*(?:"|\}\s*$)', rest) is not None


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


class _Place(Enum):
    """Where in a stream the next byte is."""

    OUTSIDE = auto()  # of every array: one may open here
    INSIDE = auto()  # an array, between its elements
    BEHIND = auto()  # an array, in the object that holds it
    LOST = auto()  # an element without end: nothing behind it can be found


class Splitter:
    """Finds the elements of a stream of bytes fed piece by piece; one longer than ``longest`` bytes ends it."""

    def __init__(self, longest: int = PIECE) -> None:
        self._longest = longest
        self._rest = b""
        self._place = _Place.OUTSIDE
        self._wrapped = False

    def feed(self, data: bytes, *, last: bool) -> list[bytes]:
        """Give the elements that are complete, and with ``last`` what is left, however damaged.

        What is no object, or has no end, comes out as it is: no parser takes it for an event.
        """
        buffer = self._rest + data
        found: list[bytes] = []
        at = 0
        while self._place is not _Place.LOST and (at := self._skip(buffer, at)) < len(buffer):
            end = _element_end(buffer, at, last=last)
            if end is None:
                break
            if self._place is not _Place.BEHIND:
                found.append(buffer[at:end])
            at = end
        self._rest = buffer[at:]
        if self._rest and (last or len(self._rest) > self._longest):
            found.append(self._rest)
            self._place = _Place.LOST
        if self._place is _Place.LOST:
            self._rest = b""
        return found

    def _skip(self, buffer: bytes, at: int) -> int:
        """Go to where the next element begins: over blanks and commas, into an array, out of it."""
        while True:
            at = _blanks_end(buffer, at)
            byte = buffer[at : at + 1]
            if self._place is _Place.OUTSIDE and (opening := _OPENING.match(buffer, at)):
                at, self._place, self._wrapped = opening.end(), _Place.INSIDE, byte == b"{"
            elif self._place is _Place.INSIDE and byte == b"]":
                at, self._place = at + 1, _Place.BEHIND if self._wrapped else _Place.OUTSIDE
            elif self._place is _Place.BEHIND and byte == b"}":
                at, self._place = at + 1, _Place.OUTSIDE
            else:
                return at


def _blanks_end(buffer: bytes, at: int) -> int:
    found = _BETWEEN.match(buffer, at)
    return found.end() if found else at


def _element_end(buffer: bytes, at: int, *, last: bool) -> int | None:
    """Give where the element ends that begins at a place; None where the buffer ends first."""
    if buffer[at : at + 1] not in (b"{", b"["):
        junk = _JUNK.match(buffer, at)
        end = junk.end() if junk else at + 1
        return end if last or end < len(buffer) else None
    depth = 0
    while (token := _TOKEN.search(buffer, at)) is not None:
        at = token.end()
        if token[0] in (b"{", b"["):
            depth += 1
        elif token[0] in (b"}", b"]"):
            depth -= 1
            if not depth:
                return at
    return None
