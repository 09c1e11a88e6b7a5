"""Streams become syslog messages: counted octets, or ends of lines, told apart message by message.

Sources: RFC 6587 sections 3.4.1 and 3.4.2, RFC 5425 section 4.3; rsyslog's imtcp, which also lets one connection mix
the two. What begins with a number and a blank is counted; all else ends at a line feed or a NUL.

Not more than the limit and the piece just received is held, whatever a sender claims: a longer message is refused in
pieces of that size. Nothing that came is dropped but line ends and blank messages.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from warroom.collect.lines import blank

#: A count above this is no message's.
LARGEST: Final = 64 << 20
_COUNT: Final = re.compile(rb"([1-9][0-9]{0,8}) ")
_BEGUN: Final = re.compile(rb"[1-9][0-9]{0,8}")
_ENDS: Final = b"\r\n\0"


class Message(NamedTuple):
    """What came, and why it is no message; None: it is one."""

    data: bytes
    reason: str | None = None


class Framing:
    """The messages of one stream.

    Args:
        limit: the longest message in bytes.
        kind: ``auto``, ``octet_counting`` or ``newline``.

    Attributes:
        broken: why nothing after this can be told apart any more; None: it can.
    """

    def __init__(self, limit: int, kind: str = "auto") -> None:
        self._limit, self._kind = limit, kind
        self._held = bytearray()
        self._needed = 0  # octets to hold before it is worth looking; 0: an end of line
        self._refused = 0  # octets to come of a counted message that is too long
        self._over = False  # within a line that is too long
        self.broken: str | None = None

    @property
    def held(self) -> int:
        """How many bytes wait for the rest of their message."""
        return len(self._held)

    @property
    def within(self) -> bool:
        """Whether a message has begun and not ended."""
        return bool(self._held or self._refused or self._over)

    def feed(self, data: bytes) -> list[Message]:
        """Give the messages that end in these bytes."""
        if self.broken is not None:
            return []
        if self._held:
            self._held += data
            if not self._ready(data):
                return []
            data = bytes(self._held)
            self._held.clear()
        found: list[Message] = []
        place = 0
        while place < len(data) and self.broken is None:
            after = self._next(data, place, found)
            if after == place:
                break
            place = after
        if self.broken is not None:
            self._add(found, data[place:], self.broken)
        else:
            self._held += memoryview(data)[place:]
        return found

    def end(self) -> list[Message]:
        """Give what is left when the stream has ended: a line without its end is a message, part of a count is not."""
        found: list[Message] = []
        data = bytes(self._held)
        self._held.clear()
        counted = self._counted(data, 0)
        if self._refused or self._over or (counted is None and len(data.rstrip(_ENDS)) > self._limit):
            self._add(found, data, self._too_long())
        elif counted is not None:
            count, begin = counted
            self._add(found, data[begin:], f"the connection ended after {len(data) - begin} of {count} bytes")
        else:
            self._add(found, data, None)
        self._refused, self._over, self._needed = 0, False, 0
        return found

    def _ready(self, data: bytes) -> bool:
        if self._needed:
            return len(self._held) >= self._needed
        return b"\n" in data or b"\0" in data or len(self._held) > self._limit

    def _next(self, data: bytes, place: int, found: list[Message]) -> int:
        """Take one message or piece at a place; the place after it, or the same where more has to come."""
        self._needed = 0
        if self._refused:
            return self._piece(data, place, found)
        if not self._over:
            counted = self._counted(data, place)
            if counted is not None:
                return self._take_counted(data, place, counted, found)
            if self._kind != "newline" and _BEGUN.fullmatch(data, place):
                self._needed = len(data) - place + 1
                return place
            if self._kind == "octet_counting":
                if data[place] in b"\r\n\0 ":  # some add an end to what they have counted
                    return place + 1
                self.broken = "no length before the message, as octet counting has it: the connection was closed"
                return place
        return self._take_line(data, place, found)

    def _counted(self, data: bytes, place: int) -> tuple[int, int] | None:
        """Give the octets of the message that begins here and where they begin; None where they are not counted."""
        if self._kind == "newline" or self._over:
            return None
        count = _COUNT.match(data, place)
        return None if count is None else (int(count[1]), count.end())

    def _take_counted(self, data: bytes, place: int, counted: tuple[int, int], found: list[Message]) -> int:
        count, begin = counted
        if count > LARGEST:
            self.broken = f"a message of {count} bytes was announced, more than {LARGEST}: the connection was closed"
            return place
        if count > self._limit:
            self._refused = count
            return begin
        if len(data) < begin + count:
            self._needed = begin + count - place
            return place
        self._add(found, data[begin : begin + count], None)
        return begin + count

    def _piece(self, data: bytes, place: int, found: list[Message]) -> int:
        size = min(self._refused, self._limit)
        if len(data) - place < size:
            self._needed = size
            return place
        self._add(found, data[place : place + size], self._too_long())
        self._refused -= size
        return place + size

    def _take_line(self, data: bytes, place: int, found: list[Message]) -> int:
        reach = place + self._limit + 2  # a line of the limit, and CR LF
        stop = data.find(b"\n", place, reach)
        nul = data.find(b"\0", place, reach if stop < 0 else stop)
        stop = nul if nul >= 0 else stop
        if stop < 0:
            if len(data) < reach:
                return place
            self._add(found, data[place : place + self._limit], self._too_long())
            self._over = True
            return place + self._limit
        long = self._over or stop - place - data.endswith(b"\r", place, stop) > self._limit
        self._add(found, data[place:stop], self._too_long() if long else None)
        self._over = False
        return stop + 1

    def _add(self, found: list[Message], data: bytes, reason: str | None) -> None:
        text = data.rstrip(_ENDS)
        if not blank(text):
            found.append(Message(text, reason))

    def _too_long(self) -> str:
        return f"part of a message longer than {self._limit} bytes (WARROOM_LINE_LIMIT), refused in pieces"
