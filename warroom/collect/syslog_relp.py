"""RELP: syslog whose receiver says of each message that it has it, and so late as it is committed.

Source: the Reliable Event Logging Protocol's specification, version 0. A frame is ``TXNR SP COMMAND SP DATALEN [SP
DATA] LF``; the answer to frame 7 is ``7 rsp LEN 200 OK LF``. What was not answered when a connection ends is sent again
over the next one, so a message whose answer got lost comes twice.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from warroom.collect.syslog_framing import LARGEST

_HEAD: Final = re.compile(rb"\n?([0-9]{1,9}) ([A-Za-z]{1,32}) ([0-9]{1,9})([ \n])")
_HEAD_BYTES: Final = 64
_OFFERS: Final = b"relp_version=0\nrelp_software=warroom\ncommands=syslog"


class Frame(NamedTuple):
    """One frame: its number, its command, and its data."""

    number: int
    command: bytes
    data: bytes


class Frames:
    """The frames of one connection.

    Attributes:
        broken: why nothing more can be read here; None: it can.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = bytearray()
        self._needed = 0
        self.broken: str | None = None

    @property
    def held(self) -> int:
        """How many bytes wait for the rest of their frame."""
        return len(self._held)

    @property
    def within(self) -> bool:
        """Whether a frame has begun and not ended."""
        return bool(self._held.strip(b"\n"))

    def feed(self, data: bytes) -> list[Frame]:
        """Give the frames that end in these bytes."""
        self._held += data
        found: list[Frame] = []
        if self.broken is not None or len(self._held) < self._needed:
            return found
        data, place = bytes(self._held), 0
        while (after := self._next(data, place, found)) != place:
            place = after
        del self._held[:place]
        if self.broken is not None:
            self._held.clear()
        return found

    def _next(self, data: bytes, place: int, found: list[Frame]) -> int:
        self._needed = 0
        head = _HEAD.match(data, place, place + _HEAD_BYTES)
        if head is None:
            if len(data) - place >= _HEAD_BYTES:
                self.broken = "no RELP frame: the connection was closed"
            return place
        size = int(head[3])
        if size > min(LARGEST, 2 * self._limit):  # it is not acknowledged: the sender keeps it
            self.broken = f"a RELP frame of {size} bytes, far more than WARROOM_LINE_LIMIT: the connection was closed"
            return place
        begin = head.end() if head[4] == b" " else head.end() - 1
        end = begin + size
        if len(data) <= end:
            self._needed = end + 1 - place
            return place
        if data[end] not in b"\n":
            self.broken = "a RELP frame without its end: the connection was closed"
            return place
        found.append(Frame(int(head[1]), head[2], data[begin:end]))
        return end + 1


def opened(number: int) -> bytes:
    """Answer ``open``: what is offered."""
    return answer(number, b"200 OK\n" + _OFFERS)


def answer(number: int, told: bytes = b"200 OK") -> bytes:
    """Answer a frame."""
    return b"%d rsp %d %s\n" % (number, len(told), told)


#: Told unasked before the receiver ends the connection: what has no answer yet is to be sent again.
SERVER_CLOSE: Final = b"0 serverclose 0\n"
