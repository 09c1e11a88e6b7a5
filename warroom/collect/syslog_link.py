"""One connection of a sender: what comes over it, as messages; what it is answered (RELP)."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final

from warroom.catalog.transports.syslog import Listening
from warroom.collect.lines import blank, too_long
from warroom.collect.syslog_claims import Candidates, Sender, sender
from warroom.collect.syslog_framing import Framing
from warroom.collect.syslog_inbox import Entry
from warroom.collect.syslog_relp import SERVER_CLOSE, Frames, answer, opened
from warroom.collect.syslog_tls import peer_names

#: Bytes read at once.
_PIECE: Final = 64 << 10
#: Messages of one RELP connection without an answer; a sender has far fewer under way.
_MOST_UNANSWERED: Final = 100_000


class Link:
    """A connection. ``call`` is called, by any thread, when there is something to write.

    Attributes:
        sent_by: who sends; its names are known once ``shaking`` is over.
        shaking: whether TLS is still being agreed on.
        entries: what came and is not taken yet.
        ended: whether nothing more comes.
        trouble: what a person must know of this connection; None: nothing.
        whole: how many messages came.
        since: when the message began that has not ended, or the connection; ``heard`` is when anything came.
    """

    def __init__(
        self,
        link: socket.socket,
        address: str,
        listening: Listening,
        context: ssl.SSLContext | None,
        line_limit: int,
        call: Callable[[Link], None],
    ) -> None:
        link.setblocking(False)
        _keep_alive(link)
        self.socket = link
        if context is not None:
            self.socket = context.wrap_socket(link, server_side=True, do_handshake_on_connect=False)
        self.shaking = context is not None
        self.sent_by: Sender = sender(address)
        self.candidates: tuple[int, Candidates] | None = None
        self.entries: deque[Entry] = deque()
        self.ended = False
        self.trouble: str | None = None
        self.whole = 0
        self.since = self.heard = time.monotonic()
        self._line_limit, self._call = line_limit, call
        self._relp = Frames(line_limit) if listening.protocol == "relp" else None
        self._framing = Framing(line_limit, listening.framing)
        self._lock = threading.Lock()
        self._out = bytearray()
        self._unanswered: set[int] = set()

    @property
    def within(self) -> bool:
        """Whether a message has begun and not ended."""
        return (self._relp or self._framing).within

    @property
    def bytes_held(self) -> int:
        """How much memory this connection takes."""
        return (self._relp or self._framing).held + sum(len(one.data) for one in self.entries)

    @property
    def writes(self) -> bool:
        """Whether there is something to write."""
        return bool(self._out)

    @property
    def unanswered(self) -> int:
        """How many messages came that wait for their answer."""
        return len(self._unanswered)

    def shake(self) -> bool:
        """Go on agreeing on TLS; whether that is done. Raises OSError when it fails."""
        assert isinstance(self.socket, ssl.SSLSocket), "only such links shake"  # noqa: S101 — our own callers
        try:
            self.socket.do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        self.shaking = False
        self.sent_by = Sender(self.sent_by.address, peer_names(self.socket))
        self.since = self.heard = time.monotonic()
        return True

    def read(self) -> bool:
        """Read a piece; whether anything came. At the end of the stream ``ended`` is set."""
        try:
            data = self.socket.recv(_PIECE)
            if isinstance(self.socket, ssl.SSLSocket):
                while data and len(data) < _PIECE and self.socket.pending():
                    data += self.socket.recv(_PIECE)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        except OSError:  # reset, or no TLS any more: the end, too
            data = b""
        if not data:
            self.end()
            return False
        self.heard = time.monotonic()
        began, before = self.within, len(self.entries)
        self._take_relp(self._relp, data) if self._relp is not None else self._take(data)
        self.whole += len(self.entries) - before
        if not began or len(self.entries) > before:
            self.since = self.heard
        broken = (self._relp or self._framing).broken
        if broken is not None:
            self.trouble, self.ended = broken, True
        return True

    def end(self) -> None:
        """Take what is left when nothing more comes."""
        self.ended = True
        if self._relp is not None:
            with self._lock:
                self._out += SERVER_CLOSE
            return
        sent_by = str(self.sent_by)
        self.entries.extend(Entry(one.data, sent_by, one.reason) for one in self._framing.end())

    def write(self) -> None:
        """Write what can be written. Raises OSError where nobody reads it any more."""
        with self._lock:
            try:
                while self._out:
                    del self._out[: self.socket.send(memoryview(self._out)[:_PIECE].tobytes())]
            except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                pass

    def half_close(self) -> None:
        """Tell the sender that it is to connect anew; what it has sent is still read."""
        if self._relp is not None:
            self._say(SERVER_CLOSE)
            return
        # of an SSLSocket only this says it and leaves TLS as it is
        socket.socket.shutdown(self.socket, socket.SHUT_WR)

    def close(self) -> None:
        """Let go."""
        self.ended = True
        self.socket.close()

    def _take(self, data: bytes) -> None:
        sent_by = str(self.sent_by)
        self.entries.extend(Entry(one.data, sent_by, one.reason) for one in self._framing.feed(data))

    def _take_relp(self, frames: Frames, data: bytes) -> None:
        sent_by = str(self.sent_by)
        for frame in frames.feed(data):
            if frame.command == b"open":
                self._say(opened(frame.number))
            elif frame.command == b"close":
                self._say(answer(frame.number))
                self.ended = True
            elif frame.command == b"syslog":
                self._take_frame(frame.number, frame.data.rstrip(b"\r\n\0"), sent_by)
            else:
                self._say(answer(frame.number, b"500 no such command"))

    def _take_frame(self, number: int, data: bytes, sent_by: str) -> None:
        if number in self._unanswered:
            return  # sent twice in one session: one answer is enough
        if len(self._unanswered) >= _MOST_UNANSWERED:
            self.trouble, self.ended = "too many messages before their answers: the connection was closed", True
            return
        if blank(data):
            self._say(answer(number))
            return
        reason = too_long(len(data), self._line_limit) if len(data) > self._line_limit else None
        self._unanswered.add(number)
        self.entries.append(Entry(data, sent_by, reason, partial(self._answer, number)))

    def _answer(self, number: int) -> None:
        self._unanswered.discard(number)
        self._say(answer(number))

    def _say(self, told: bytes) -> None:
        with self._lock:
            silent = not self._out
            self._out += told
        if silent:
            self._call(self)


def _keep_alive(link: socket.socket) -> None:
    """Let the system find out, within two minutes, that a silent peer is gone."""
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in (("TCP_KEEPIDLE", 60), ("TCP_KEEPINTVL", 15), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, name):
            link.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)
