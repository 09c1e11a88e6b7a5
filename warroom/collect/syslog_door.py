"""A syslog door: a thread that listens at one address, and the reception behind it."""

from __future__ import annotations

import errno
import selectors
import socket
import threading
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Final

from warroom.catalog.transports.syslog import Listening, Syslog
from warroom.collect.syslog_inbox import Inbox
from warroom.collect.syslog_reception import Reception
from warroom.errors import UsageError

#: How often a door looks after itself when nothing comes.
_TURN_SECONDS: Final = 0.5
#: Feeds that share a door join one after the other; nothing is read until none has for so long, lest one takes what is
#: another's. What comes meanwhile waits in the kernel.
_GATHER_SECONDS: Final = 0.1


class SyslogDoor(ABC):
    """Listens until the last feed has left, or ``finish`` says that nothing new is to be taken.

    Args:
        listening: where, and how.
        line_limit: the longest message in bytes.

    Raises:
        UsageError: the address cannot be listened at; the message says why.
    """

    def __init__(self, listening: Listening, line_limit: int) -> None:
        self._listening, self._line_limit = listening, line_limit
        self._socket = listen(listening)
        self.reception = Reception(self.wake)
        self._selector = selectors.DefaultSelector()
        self._bell, self._ringer = socket.socketpair()
        self._bell.setblocking(False)
        self._ringer.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ, None)
        self._staying, self._lock = 0, threading.Lock()
        self._joined_at = 0.0
        self._finishing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"syslog {listening.address}", daemon=True)

    def join(self, feed_id: str, says: Syslog) -> Inbox:
        """Let a feed take what is its own; nothing is read before the first one does."""
        with self._lock:
            self._staying += 1
            self._joined_at = time.monotonic()
            inbox = self.reception.join(feed_id, says)
            if self._thread.ident is None:
                self._thread.start()
        self.wake()
        return inbox

    def finish(self) -> None:
        """Say that one who joined wants nothing new; after the last, only what is on its way is taken."""
        with self._lock:
            self._staying -= 1
            if not self._staying:
                self._finishing.set()
        self.wake()

    @property
    def finished(self) -> bool:
        """Whether nothing more comes in."""
        return not self._thread.is_alive()

    @property
    def finishing(self) -> bool:
        """Whether it takes what is on its way, and nothing new."""
        return self._finishing.is_set()

    def wake(self) -> None:
        """Let the door look around."""
        with suppress(OSError):  # it has been rung often enough, or is closed
            self._ringer.send(b"!")

    def problems(self, feed_id: str) -> list[str]:
        """Say what is wrong at this door, for one of its feeds."""
        found = self.reception.problems(feed_id)
        if self.finished and not self.finishing:
            found.append(f"{self._listening.address}: the door fell shut, the log says why: restart the worker")
        return found

    def close(self) -> None:
        """Stop listening."""
        self._finishing.set()
        self.wake()
        if self._thread.is_alive():
            self._thread.join()
        self._socket.close()
        self._selector.close()
        self._bell.close()
        self._ringer.close()

    def _run(self) -> None:
        try:
            while (left := self._joined_at + _GATHER_SECONDS - time.monotonic()) > 0:
                time.sleep(left)
            while not self._finishing.is_set():
                ready = [key for key, _ in self._selector.select(_TURN_SECONDS)]
                self._hear()
                listening = self.reception.listening
                if listening is not None and listening != self._listening:
                    self._listening = listening
                    self._change()
                self._turn(ready)
            self._end()
        finally:
            self._socket.close()

    def _hear(self) -> None:
        try:
            while self._bell.recv(4096):
                pass
        except BlockingIOError:
            pass

    @abstractmethod
    def _change(self) -> None:
        """Listen as ``_listening`` says from now on; the address is the same."""

    @abstractmethod
    def _turn(self, ready: list[selectors.SelectorKey]) -> None:
        """Read what is ready, and look after what waits."""

    @abstractmethod
    def _end(self) -> None:
        """Take what is on its way, and nothing new."""


def listen(listening: Listening) -> socket.socket:
    """Open the socket that listens at an address. Raises UsageError."""
    kind = socket.SOCK_DGRAM if listening.protocol == "udp" else socket.SOCK_STREAM
    six = ":" in listening.host
    made = socket.socket(socket.AF_INET6 if six else socket.AF_INET, kind)
    try:
        if six:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, listening.host != "::")
        if kind == socket.SOCK_STREAM:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((listening.host, listening.port))
        if kind == socket.SOCK_STREAM:
            made.listen(1024)
        made.setblocking(False)
    except OSError as problem:
        made.close()
        raise UsageError(_why(listening, problem)) from problem
    return made


def _why(listening: Listening, problem: OSError) -> str:
    where = f"{listening.protocol} {listening.address} cannot be listened at"
    if problem.errno == errno.EACCES:
        return f"{where}: ports below 1024 need CAP_NET_BIND_SERVICE, or choose another, such as 5514"
    if problem.errno == errno.EADDRINUSE:
        return f"{where}: another program does, such as rsyslogd; choose another port or stop it"
    if problem.errno == errno.EADDRNOTAVAIL:
        return f"{where}: this machine has no such address; 0.0.0.0 is every one that it has"
    return f"{where}: {problem.strerror}"
