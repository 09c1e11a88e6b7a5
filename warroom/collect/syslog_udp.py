"""Syslog over UDP: one datagram, one message; what the kernel had to drop is counted exactly.

Sources: RFC 5426; Linux's SO_MEMINFO, whose ninth number counts the datagrams that a socket did not take. It is read
at every turn, and a last time when nothing can come in any more.
"""

from __future__ import annotations

import selectors
import socket
import struct
import sys
from collections import defaultdict
from contextlib import suppress
from typing import Final

from warroom.catalog.transports.syslog import Listening
from warroom.collect.lines import blank, too_long
from warroom.collect.syslog_claims import Candidates, Sender, sender
from warroom.collect.syslog_door import SyslogDoor
from warroom.collect.syslog_inbox import Entry

#: No datagram is longer.
_DATAGRAM: Final = 65535
#: Datagrams, and bytes, read at once, before anything else is looked at.
_AT_ONCE: Final = 2000
_AT_ONCE_BYTES: Final = 1 << 20
_REMEMBERED: Final = 4096
_SO_RCVBUFFORCE: Final = 33
_SO_MEMINFO: Final = 55
_NUMBERS: Final = struct.Struct("9I")
_WRAP: Final = 1 << 32
_ENDS: Final = b"\r\n\0"
_DISCARD: Final = 9  # a port to which nobody sends from


class DatagramDoor(SyslogDoor):
    """Listens for datagrams.

    Where every inbox is full the kernel keeps them, and drops what it cannot keep: kind ``kernel``. Where one of
    several is full, what comes for that feed is dropped here (kind ``inbox``), so that the others go on.
    """

    def __init__(self, listening: Listening, line_limit: int) -> None:
        super().__init__(listening, line_limit)
        _ask_for(self._socket, listening.buffer_bytes)
        self._dropped = 0
        self._known: dict[str, tuple[Sender, Candidates, str]] = {}
        self._version = -1
        self._reading = False

    def _change(self) -> None:
        _ask_for(self._socket, self._listening.buffer_bytes)

    def _turn(self, ready: list[selectors.SelectorKey]) -> None:
        full = self.reception.all_full
        if self._reading == full:
            self._reading = not full
            if full:
                self._selector.unregister(self._socket)
            else:
                self._selector.register(self._socket, selectors.EVENT_READ, self)
        if any(key.data is self for key in ready) and not full:
            self._read()
        self._count_dropped()

    def _end(self) -> None:
        with suppress(OSError):  # from now on nobody's datagrams come in: what came before is read to its end
            self._socket.connect((_near(self._listening.host), _DISCARD))
        while self._read():
            pass
        self._count_dropped()

    def _read(self) -> int:
        """Read some datagrams; how many."""
        if self._version != self.reception.version or len(self._known) >= _REMEMBERED:
            self._version = self.reception.version
            self._known.clear()
        found: defaultdict[str | None, list[Entry]] = defaultdict(list)
        last: dict[str | None, Sender] = {}
        receive, known = self._socket.recvfrom, self._known
        count = size = 0
        try:
            while count < _AT_ONCE and size < _AT_ONCE_BYTES:
                data, address = receive(_DATAGRAM)
                count, size = count + 1, size + len(data)
                data = data.rstrip(_ENDS)
                if blank(data):
                    continue
                peer = known.get(address[0])
                if peer is None:
                    sent_by = sender(address[0])
                    peer = known[address[0]] = sent_by, self.reception.candidates(sent_by), str(sent_by)
                feed_id = peer[1].choose(data)
                reason = too_long(len(data), self._line_limit) if len(data) > self._line_limit else None
                found[feed_id].append(Entry(data, peer[2], reason))
                last[feed_id] = peer[0]
        except BlockingIOError:
            pass
        except OSError as problem:
            self.reception.tell("socket", f"a datagram could not be read: {problem.strerror}")
        for feed_id, entries in found.items():
            self._put(feed_id, entries, last[feed_id])
        return count

    def _put(self, feed_id: str | None, entries: list[Entry], sent_by: Sender) -> None:
        inbox = None if feed_id is None else self.reception.inbox(feed_id)
        if inbox is not None and not inbox.has_room and not self.reception.all_full:
            self.reception.lose("inbox", len(entries), feed_id)
            self.reception.tell("inbox", f"messages for feed {feed_id} were dropped: it is not read fast enough")
            return
        self.reception.put(feed_id, entries, sent_by)

    def _count_dropped(self) -> None:
        dropped = kernel_drops(self._socket)
        if dropped is None or dropped == self._dropped:
            return
        new, self._dropped = (dropped - self._dropped) % _WRAP, dropped
        self.reception.lose("kernel", new)
        room = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) // 2
        self.reception.tell(
            "kernel",
            f"the kernel dropped {new} datagrams, its buffer of {room} bytes was full: raise net.core.rmem_max, "
            f"or send by TCP, TLS or RELP",
        )


def kernel_drops(listening: socket.socket) -> int | None:
    """How many datagrams a socket did not take since it was opened, modulo 2³²; None where the system does not say."""
    if sys.platform != "linux":
        return None
    try:
        told = listening.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _NUMBERS.size)
    except OSError:
        return None
    return int(_NUMBERS.unpack(told)[8]) if len(told) == _NUMBERS.size else None


def _ask_for(listening: socket.socket, size: int) -> None:
    """Ask the kernel for room: beyond its usual bound where we may, else up to that."""
    if sys.platform == "linux":
        try:
            listening.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)
        except PermissionError:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        return
    while size > _DATAGRAM:
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        except OSError:
            size //= 2  # there, too much is refused and not cut
        else:
            return


def _near(host: str) -> str:
    """Give an address that a socket bound to this one can be connected to."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  no address is listened at
