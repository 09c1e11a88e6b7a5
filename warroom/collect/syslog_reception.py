"""The reception behind a door: each message goes to the inbox of the feed that takes it; what is nobody's is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from warroom.catalog.transports.syslog import Listening, Mine, Syslog
from warroom.collect.syslog_claims import Candidates, Claims, Sender
from warroom.collect.syslog_inbox import Entry, Inbox

_log = structlog.get_logger()

#: Trouble is told for so long after it last happened.
_TOLD_SECONDS: Final = 600.0
#: Senders whose feeds are remembered.
_REMEMBERED: Final = 4096


@dataclass(slots=True)
class _Taker:
    says: Syslog
    inbox: Inbox
    users: int


class Reception:
    """The feeds that listen at one address.

    How it is listened at is what the first of them (by its id) says; one that says otherwise takes nothing, and says
    so. ``drained`` is called when a full inbox has room again.
    """

    def __init__(self, drained: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._drained = drained
        self._takers: dict[str, _Taker] = {}
        self._claims = Claims({})
        self._found: dict[Sender, Candidates] = {}
        self._told: dict[str, tuple[float, str]] = {}
        self.version = 0  # of who takes what

    @property
    def listening(self) -> Listening | None:
        """How the first feed says that it is listened at; None: there is no feed any more."""
        with self._lock:
            return self._first()

    def join(self, feed_id: str, says: Syslog) -> Inbox:
        """Let a feed take what is its own: its inbox, the same that it has had here."""
        with self._lock:
            known = self._takers.get(feed_id)
            inbox = known.inbox if known is not None else Inbox(self._drained)
            self._takers[feed_id] = _Taker(says, inbox, known.users + 1 if known is not None else 1)
            self._changed()
        return inbox

    def leave(self, feed_id: str) -> None:
        """Say that one of those who joined for a feed is gone; after the last, nothing is taken for it."""
        with self._lock:
            taker = self._takers[feed_id]
            taker.users -= 1
            if taker.users:
                return
            del self._takers[feed_id]
            self._changed()
        taker.inbox.close()
        if (left := len(taker.inbox)) and not taker.inbox.spooled:
            _log.warning("syslog messages lost: their feed is gone", feed=feed_id, messages=left)
            self.lose("unclaimed", left)

    def candidates(self, sent_by: Sender) -> Candidates:
        """Give the feeds that a sender's messages may be for."""
        with self._lock:
            found = self._found.get(sent_by)
            if found is None:
                if len(self._found) >= _REMEMBERED:
                    self._found.clear()
                found = self._found[sent_by] = self._claims.of(sent_by)
            return found

    def inbox(self, feed_id: str) -> Inbox | None:
        """Give the inbox of a feed that is still here."""
        taker = self._takers.get(feed_id)
        return None if taker is None else taker.inbox

    def put(self, feed_id: str | None, entries: list[Entry], sent_by: Sender) -> None:
        """Put what came into a feed's inbox; what is nobody's (None) is counted and told."""
        inbox = None if feed_id is None else self.inbox(feed_id)
        if inbox is not None:
            try:
                inbox.put(entries)
            except OSError as problem:
                self.tell("spool", f"the spool cannot be written: {problem.strerror}: what comes is in memory only")
            return
        self.lose("unclaimed", len(entries))
        self.tell("unclaimed", f"messages came from {sent_by.address} that no feed here takes: let one take the rest")
        for entry in entries:
            if entry.answer is not None:
                entry.answer()

    def lose(self, kind: str, count: int, feed_id: str | None = None) -> None:
        """Count what was lost: for a feed, or where nobody knows for which, for the one that takes the rest."""
        with self._lock:
            ids = sorted(self._takers, key=lambda one: (not self._takers[one].says.mine.rest, one))
            chosen = feed_id if feed_id in self._takers else next(iter(ids), None)
            if chosen is not None and count:
                self._takers[chosen].inbox.lose(kind, count)

    @property
    def all_full(self) -> bool:
        """Whether no feed has room, or there is none."""
        with self._lock:
            return not any(one.inbox.has_room for one in self._takers.values())

    def tell(self, kind: str, trouble: str) -> None:
        """Let the feeds here say what is wrong; of one kind, what happened last."""
        with self._lock:
            self._told[kind] = time.monotonic(), trouble

    def problems(self, feed_id: str) -> list[str]:
        """Say what is wrong here now."""
        with self._lock:
            listening = self._first()
            taker = self._takers.get(feed_id)
            if listening is None or taker is None:
                return []
            where = f"{listening.protocol} {listening.address}"
            found = self._claims.conflicts(feed_id)
            if taker.says.listening != listening:
                first = min(self._takers)
                found.append(f"feed {first} listens here with other settings: this feed gets nothing until they agree")
            since = time.monotonic() - _TOLD_SECONDS
            found += [trouble for at, trouble in self._told.values() if at >= since]
        return [f"{where}: {one}" for one in found]

    def _first(self) -> Listening | None:
        return self._takers[min(self._takers)].says.listening if self._takers else None

    def _changed(self) -> None:
        listening = self._first()
        mine: dict[str, Mine] = {
            feed_id: one.says.mine for feed_id, one in self._takers.items() if one.says.listening == listening
        }
        self._claims = Claims(mine)
        self._found.clear()
        self.version += 1
