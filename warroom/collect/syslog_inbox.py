"""The inbox of a feed: what came for it and is not committed yet, bounded, in the order in which it came."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from warroom.collect.syslog_spool import Record, Spool

#: Room of one inbox, and what a message takes besides its bytes.
INBOX_BYTES: Final = 32 << 20
_EACH_BYTES: Final = 200
#: Bytes that are handed over at once.
_HANDED_BYTES: Final = 4 << 20


class Entry(NamedTuple):
    """A message as it came.

    ``sent_by`` is who sent it, as it is kept; ``reason`` why it is no message (None: it is one); ``answer`` is called
    when it is committed.
    """

    data: bytes
    sent_by: str
    reason: str | None = None
    answer: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """How far a feed's messages from one address are committed: their number, and the number of those lost."""

    records: int = 0
    lost: int = 0

    @classmethod
    def read(cls, text: str | None) -> Place:
        """Read the place out of a position."""
        if text is None:
            return cls()
        records, lost = text.split()
        return cls(int(records), int(lost))

    def text(self) -> str:
        """Give the position."""
        return f"{self.records} {self.lost}"


@dataclass(frozen=True, slots=True)
class Handed:
    """What is handed over together, from one place to the next."""

    start: Place
    entries: Sequence[Entry]
    lost: Mapping[str, int]

    @property
    def end(self) -> Place:
        """The place when this is committed."""
        return Place(self.start.records + len(self.entries), self.start.lost + sum(self.lost.values()))


class Inbox:
    """Entries of one feed; doors put them in, its collector takes them out. Any thread may call any method.

    ``has_room`` turns false when it is full; ``drained`` is called when there is room again.
    """

    def __init__(self, drained: Callable[[], None], room: int = INBOX_BYTES) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque()
        self._lost: Counter[str] = Counter()
        self._bytes, self._room = 0, room
        self._drained = drained
        self._handed: Handed | None = None
        self._came = 0
        self._spool: Spool | None = None
        self.has_room = True

    def put(self, entries: Sequence[Entry]) -> None:
        """Put entries in, whether there is room or not: who has looked first goes too far by little.

        Raises OSError where they are in, but not in the spool.
        """
        with self._lock:
            self._entries.extend(entries)
            self._bytes += _size(entries)
            self._came += len(entries)
            self.has_room = self._bytes < self._room
            if self._spool is not None:
                self._spool.add(map(_record, entries))

    def lose(self, kind: str, count: int) -> None:
        """Count what was lost on its way into the inbox."""
        with self._lock:
            self._lost[kind] += count

    def resume(self, place: Place, spool: str | None = None) -> None:
        """Begin anew at a committed place: what was handed over last and is committed is not handed over again.

        Where a folder for a spool is given, what is left in it comes first. Raises OSError.
        """
        with self._lock:
            handed = self._handed
        if handed is not None and handed.end == place:
            self.settle(handed)
        with self._lock:
            if spool is not None and self._spool is None:
                made = Spool(Path(spool), place.records)
                if self._entries:
                    made.add(_record(one) for one in self._entries)
                self._spool = made
                left = [Entry(one.data, one.sent_by, one.reason or None) for one in made.left]
                made.left.clear()
                self._entries.extendleft(reversed(left))
                self._came += len(left)
                self._bytes += _size(left)
                self.has_room = self._bytes < self._room

    def waiting(self) -> int:
        """Give the number up to which entries have come, as ``hand`` counts them."""
        with self._lock:
            return self._came

    def hand(self, place: Place, until: int) -> Handed | None:
        """Give the entries that are next, of those that had come ``until`` then; None where there is nothing."""
        with self._lock:
            taken: list[Entry] = []
            size = 0
            most = len(self._entries) - (self._came - until)
            for entry in self._entries:
                if len(taken) >= most or (taken and size + len(entry.data) > _HANDED_BYTES):
                    break
                taken.append(entry)
                size += len(entry.data) + _EACH_BYTES
            lost = {kind: count for kind, count in self._lost.items() if count}
            self._handed = Handed(place, taken, lost) if taken or lost else None
            return self._handed

    def settle(self, handed: Handed) -> None:
        """Drop what is committed, and answer those who wait for that."""
        with self._lock:
            self._handed = None
            for entry in handed.entries:
                self._entries.popleft()
                self._bytes -= len(entry.data) + _EACH_BYTES
            self._lost -= Counter(handed.lost)
            had_room, self.has_room = self.has_room, self._bytes < self._room
            if self._spool is not None:
                self._spool.drop(handed.end.records)
        for entry in handed.entries:
            if entry.answer is not None:
                entry.answer()
        if self.has_room and not had_room:
            self._drained()

    def close(self) -> None:
        """Let go of the spool; what is not committed stays in it."""
        with self._lock:
            if self._spool is not None:
                self._spool.close()

    @property
    def spooled(self) -> bool:
        """Whether what is here is on disk, too."""
        return self._spool is not None

    def __len__(self) -> int:
        """How many entries are here."""
        return len(self._entries)


def _size(entries: Sequence[Entry]) -> int:
    return sum(len(one.data) for one in entries) + _EACH_BYTES * len(entries)


def _record(entry: Entry) -> Record:
    return Record(entry.data, entry.sent_by, entry.reason or "")
