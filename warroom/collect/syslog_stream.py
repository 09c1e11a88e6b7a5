"""Syslog over TCP, TLS and RELP: many connections, one thread, and bounds for everything a sender can do.

A connection whose message finds a full inbox is not read until there is room: TCP then holds the sender back, and its
own queue grows instead of ours. Connections that feed other inboxes go on.
"""

from __future__ import annotations

import resource
import selectors
import socket
import ssl
import time
from collections import deque
from contextlib import suppress
from typing import Final

from warroom.catalog.transports.syslog import Listening
from warroom.collect.syslog_claims import Candidates
from warroom.collect.syslog_door import SyslogDoor
from warroom.collect.syslog_inbox import Entry
from warroom.collect.syslog_link import Link
from warroom.collect.syslog_tls import Credentials
from warroom.errors import UsageError

#: Connections at one door, where the process may have so many files open.
_CONNECTIONS: Final = 1000
#: Bytes of unfinished messages that one door holds.
_HELD_BYTES: Final = 128 << 20
#: A connection must have agreed on TLS, and a message must have come whole, after so many seconds.
_SHAKE_SECONDS: Final = 10.0
_MESSAGE_SECONDS: Final = 60.0
#: Where there is no room for a new connection, one that was silent for so long makes it.
_SILENT_SECONDS: Final = 600.0
_LOOK_SECONDS: Final = 1.0
#: When a door closes: for how long senders may go on, and after what silence a connection is closed.
_END_SECONDS: Final = 3.0
_END_SILENCE: Final = 0.3
_ACCEPTED_AT_ONCE: Final = 64
#: How many are looked at before nobody is silent.
_ASKED: Final = 8


class StreamDoor(SyslogDoor):
    """Listens for connections; ``connections`` and ``message_seconds`` bound what a sender can hold up."""

    def __init__(
        self,
        listening: Listening,
        line_limit: int,
        *,
        connections: int = _CONNECTIONS,
        message_seconds: float = _MESSAGE_SECONDS,
    ) -> None:
        self._credentials = Credentials(listening) if listening.certificate is not None else None
        self._served = listening  # by whose settings connections are taken
        super().__init__(listening, line_limit)
        self._most = max(1, min(connections, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2))
        self._message_seconds = message_seconds
        self._links: dict[Link, bool] = {}  # whether its inbox is full
        self._calling: deque[Link] = deque()
        self._looked = 0.0
        self._accept_again = 0.0
        self._selector.register(self._socket, selectors.EVENT_READ, self)

    # -- the thread ----------------------------------------------------------------------------------------------

    def _turn(self, ready: list[selectors.SelectorKey]) -> None:
        for key in ready:
            if isinstance(key.data, Link):
                self._serve(key.data)
            elif key.data is self:
                self._accept()
        self._answer()
        for link in [link for link, full in self._links.items() if full]:
            self._deliver(link)
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            self._look(now)

    def _change(self) -> None:
        """Take the new settings for new connections, and let the senders make such."""
        try:
            self._credentials = Credentials(self._listening) if self._listening.certificate is not None else None
        except UsageError as problem:
            self.reception.tell("certificate", f"{problem}; until then the old one is used")
            return
        self._served = self._listening
        for link in self._links:
            with suppress(OSError):
                link.half_close()

    def _end(self) -> None:
        while self._accept():  # who has come to the door is let in
            pass
        with suppress(KeyError):
            self._selector.unregister(self._socket)
        self._socket.close()
        # a session of RELP ends when all is answered
        for link in list(self._links) if self._listening.protocol != "relp" else ():
            try:
                link.half_close()
            except OSError:
                self._finish(link)
        until = time.monotonic() + _END_SECONDS
        while self._links and time.monotonic() < until:
            self._end_turn()
        for link in list(self._links):
            self._finish(link)

    def _end_turn(self) -> None:
        """Read and answer what there is, and close the connections of which nothing more comes."""
        found = {key.data for key, _ in self._selector.select(_END_SILENCE / 3) if isinstance(key.data, Link)}
        if self._listening.protocol == "relp":  # nothing new is read: what has no answer is sent again
            found = {link for link in found if link.writes}
        for link in found:
            self._serve(link)
        self._hear()
        self._answer()
        silent = time.monotonic() - _END_SILENCE
        for link, full in list(self._links.items()):
            if full:
                self._deliver(link)
            elif link.shaking or not (link in found or link.unanswered or link.writes or link.heard > silent):
                self._finish(link)

    # -- connections ---------------------------------------------------------------------------------------------

    def _accept(self) -> bool:
        """Take new connections; whether there may be more."""
        for _ in range(_ACCEPTED_AT_ONCE):
            try:
                made, address = self._socket.accept()
            except BlockingIOError:
                return False
            except OSError as problem:  # no file left: try again later, not at once for ever
                self.reception.tell("accept", f"a connection could not be taken: {problem.strerror}")
                with suppress(KeyError):
                    self._selector.unregister(self._socket)
                self._accept_again = time.monotonic() + 1
                return False
            if len(self._links) >= self._most and not self._make_room():
                made.close()
                self.reception.tell(
                    "connections", f"{address[0]} was turned away: there are {self._most} connections already"
                )
                continue
            self._welcome(made, str(address[0]))
        return True

    def _welcome(self, made: socket.socket, address: str) -> None:
        context = self._credentials.context if self._credentials is not None else None
        try:
            link = Link(made, address, self._served, context, self._line_limit, self._call)
        except (OSError, ValueError):
            made.close()
            return
        self._links[link] = False
        self._selector.register(link.socket, selectors.EVENT_READ, link)
        if not link.shaking:
            self._admit(link)

    def _admit(self, link: Link) -> None:
        """Close a connection whose sender no feed means: what it does not get rid of it keeps."""
        if not self._candidates(link):
            self.reception.tell("refused", f"{link.sent_by} was turned away: no feed here takes what it sends")
            self._close(link)

    def _make_room(self) -> bool:
        """Close the connection that is least missed: one that never sent a message, else one long silent."""
        for victim in sorted(self._links, key=lambda link: (link.whole > 0, link.heard))[:_ASKED]:
            self._serve(victim)  # what it has sent may not have been read yet
            if victim not in self._links:
                return True
            if not victim.whole or time.monotonic() - victim.heard >= _SILENT_SECONDS:
                break
        else:
            return False
        self.reception.tell("connections", f"there are {self._most} connections: silent ones are closed for new ones")
        self._finish(victim)
        return True

    def _serve(self, link: Link) -> None:
        if link not in self._links:
            return
        try:
            if link.shaking and link.shake():
                self._admit(link)
            if link.writes:
                link.write()
        except OSError as problem:
            if link.shaking:
                told = getattr(problem, "verify_message", None) or getattr(problem, "reason", None) or problem
                self.reception.tell("handshake", f"TLS with {link.sent_by.address} failed: {str(told)[:200]}")
            self._finish(link)
            return
        if link.shaking or link not in self._links:
            return
        if not self._links[link]:
            link.read()
        self._deliver(link)

    def _deliver(self, link: Link) -> None:
        """Put what came into inboxes, as far as there is room; a link whose inbox is full is not read meanwhile."""
        candidates = self._candidates(link)
        full = False
        while link.entries and not full:
            feed_id = candidates.choose(link.entries[0].data)
            inbox = None if feed_id is None else self.reception.inbox(feed_id)
            full = inbox is not None and not inbox.has_room
            if not full:
                taken: list[Entry] = [link.entries.popleft()]
                while link.entries and candidates.choose(link.entries[0].data) == feed_id:
                    taken.append(link.entries.popleft())
                self.reception.put(feed_id, taken, link.sent_by)
        if full != self._links[link]:
            self._links[link] = full
            link.since = link.heard = time.monotonic()  # the time in which it was not read is ours
        if link.ended and not full:
            self._finish(link)
        else:
            self._watch(link)

    def _finish(self, link: Link) -> None:
        """End a connection, and take what is left of it."""
        if link not in self._links:
            return
        if link.trouble is not None:
            self.reception.tell("sender", f"{link.sent_by}: {link.trouble}")
        if not link.shaking:
            link.end()
            candidates = self._candidates(link)
            while link.entries:
                entry = link.entries.popleft()
                self.reception.put(candidates.choose(entry.data), [entry], link.sent_by)
            with suppress(OSError):
                link.write()
        self._close(link)

    def _close(self, link: Link) -> None:
        del self._links[link]
        with suppress(KeyError, ValueError):
            self._selector.unregister(link.socket)
        link.close()

    # -- what waits ----------------------------------------------------------------------------------------------

    def _candidates(self, link: Link) -> Candidates:
        version = self.reception.version
        if link.candidates is None or link.candidates[0] != version:
            link.candidates = version, self.reception.candidates(link.sent_by)
        return link.candidates[1]

    def _call(self, link: Link) -> None:
        self._calling.append(link)
        self.wake()

    def _answer(self) -> None:
        while self._calling:
            link = self._calling.popleft()
            if link not in self._links:
                continue
            try:
                link.write()
            except OSError:
                self._finish(link)
            else:
                self._watch(link)

    def _watch(self, link: Link) -> None:
        """Let the selector tell of what is waited for, and of nothing else."""
        events = selectors.EVENT_WRITE * link.writes | selectors.EVENT_READ * (not self._links[link] and not link.ended)
        known = self._selector.get_map().get(link.socket)
        if known is None:
            if events:
                self._selector.register(link.socket, events, link)
        elif not events:
            self._selector.unregister(link.socket)
        elif known.events != events:
            self._selector.modify(link.socket, events, link)

    def _look(self, now: float) -> None:
        """Close what takes too long or too much, and read certificates that have changed."""
        for link in [link for link, full in self._links.items() if not full and self._is_late(link, now)]:
            self._finish(link)
        while sum(link.bytes_held for link in self._links) > _HELD_BYTES:
            largest = max(self._links, key=lambda link: link.bytes_held)
            self.reception.tell("memory", f"{largest.sent_by}: closed, the unfinished messages here took too much room")
            self._finish(largest)
        if self._accept_again and now >= self._accept_again:
            self._accept_again = 0.0
            self._selector.register(self._socket, selectors.EVENT_READ, self)
        if self._served != self._listening:
            self._change()
        elif self._credentials is not None:
            try:
                self._credentials.refresh()
            except (UsageError, ssl.SSLError) as problem:
                self.reception.tell("certificate", f"{problem}; until then the old one is used")

    def _is_late(self, link: Link, now: float) -> bool:
        if link.shaking:
            return now - link.since > _SHAKE_SECONDS
        if link.within:
            return now - link.since > self._message_seconds
        return now - link.heard > self._listening.idle_seconds and not link.unanswered
