"""Collector of syslog messages: takes from a door's inbox what came for one feed.

A message counts as read when it is committed; until then it is in the inbox, in memory. What a sender hears of that is
up to the protocol: with RELP, when it is committed; with TCP, TLS and UDP nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, cast

import pyarrow as pa

from warroom.collect.chunk import Chunk
from warroom.collect.syslog_door import SyslogDoor
from warroom.collect.syslog_inbox import Handed, Place
from warroom.collect.syslog_stream import StreamDoor
from warroom.collect.syslog_udp import DatagramDoor
from warroom.errors import StoreError

if TYPE_CHECKING:
    from datetime import datetime

    from warroom.catalog import Feed
    from warroom.catalog.transports.syslog import Listening, Syslog
    from warroom.collect.collector import Surroundings
    from warroom.collect.doors import Doors

#: After ``finish``: how long a pass waits for what is on its way.
_FINISH_SECONDS: Final = 10.0
_FINISH_TURN: Final = 0.02


class SyslogCollector:
    """Hands over what came for a feed through a door that it may share with others."""

    def __init__(self, feed: Feed, positions: Mapping[str, str], doors: Doors, line_limit: int) -> None:
        says = cast("Syslog", feed.collect)
        listening = says.listening
        self._feed_id = feed.id
        self._source = f"{listening.protocol} {listening.address} {feed.id}"
        self._doors = doors
        self._key = ("syslog", listening.protocol, listening.host, listening.port)
        self._door = doors.enter(self._key, lambda: _open(listening, line_limit))
        self._inbox = self._door.join(feed.id, says)
        self._place = Place.read(positions.get(self._source))
        try:
            self._inbox.resume(self._place, says.spool)
        except OSError as problem:
            self._door.finish()
            self._door.reception.leave(feed.id)
            doors.leave(self._key)
            raise StoreError(f"{says.spool}: the spool cannot be used: {problem.strerror}") from problem
        self._out: Handed | None = None
        self._finishing = False
        self.problems: list[str] = []

    def poll(self, now: datetime) -> Iterator[Chunk]:  # noqa: ARG002  what is there is there
        """Give what has come; after ``finish``, until nothing more can."""
        until = time.monotonic() + _FINISH_SECONDS
        while True:
            last = self._door.finished or not self._door.finishing or time.monotonic() > until
            yield from self._chunks()
            if last:
                break
            time.sleep(_FINISH_TURN)
        self.problems = self._door.problems(self._feed_id)

    def accept(self, chunk: Chunk) -> None:
        """Drop what is committed, and answer the senders who wait for that."""
        if self._out is not None and self._out.end.text() == chunk.position:
            self._place = self._out.end
            self._inbox.settle(self._out)
            self._out = None

    def finish(self) -> None:
        """Take nothing new: the next pass gives what was on its way, and is the last."""
        if not self._finishing:
            self._finishing = True
            self._door.finish()

    def close(self) -> None:
        """Leave the door, which closes when nobody needs it any more."""
        self.finish()
        self._door.reception.leave(self._feed_id)
        self._doors.leave(self._key)

    def _chunks(self) -> Iterator[Chunk]:
        until = self._inbox.waiting()
        while (handed := self._inbox.hand(self._place, until)) is not None:
            self._out = handed
            yield self._chunk(handed)
            if self._out is not None:
                return  # not committed: to be handed over again

    def _chunk(self, handed: Handed) -> Chunk:
        first = handed.start.records
        lines, places, senders = [], [], []
        rejects = []
        for place, entry in enumerate(handed.entries, first):
            if entry.reason is not None:
                rejects.append((place, entry.data, f"{entry.reason}; sent by {entry.sent_by}"))
                continue
            lines.append(entry.data)
            places.append(place)
            senders.append(entry.sent_by)
        named = {entry.sent_by for entry in handed.entries}
        return Chunk(
            source=self._source,
            path=named.pop() if len(named) == 1 else self._source,
            lines=pa.array(lines, pa.binary()),
            offsets=pa.array(places, pa.int64()),
            rejects=rejects,
            position=handed.end.text(),
            lost=handed.lost,
            paths=pa.array(senders, pa.string()),
        )


def open_collector(feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> SyslogCollector:
    """Open the collector of a feed of syslog messages. Raises UsageError where its address cannot be listened at."""
    return SyslogCollector(feed, positions, surroundings.doors, surroundings.line_limit)


def _open(listening: Listening, line_limit: int) -> SyslogDoor:
    return (DatagramDoor if listening.protocol == "udp" else StreamDoor)(listening, line_limit)
