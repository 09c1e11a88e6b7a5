"""Collector of HTTP deliveries: what senders post is committed before they hear that it was taken.

Promised: a delivery that was answered with 2xx is committed, and one that was not may be sent again; with an id it is
taken exactly once, without one at least once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, cast

import pyarrow as pa

from warroom.collect.chunk import Chunk
from warroom.collect.push_access import Access
from warroom.collect.push_bodies import Shape
from warroom.collect.receiver import Desk, Listening, Receiver
from warroom.collect.records import rule_of
from warroom.errors import UsageError, WarroomError
from warroom.log_formats import FORMATS

if TYPE_CHECKING:
    from datetime import datetime

    from warroom.catalog import Feed
    from warroom.catalog.transports.push import Push
    from warroom.collect.collector import Surroundings
    from warroom.collect.push_inbox import Delivery

#: All deliveries of a feed are one source; its records are counted through.
SOURCE: Final = "push"
_CHUNK_BYTES: Final = 16 << 20
#: Secrets are read again so often: who changes one need not restart the worker.
_RELOAD_SECONDS: Final = 30.0


class PushCollector:
    """Hands over what came in for one feed at the receiver of this process."""

    def __init__(self, feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> None:
        self.problems: list[str] = []
        self._collect = cast("Push", feed.collect)
        self._count = int(positions.get(SOURCE, 0))
        self._doors = surroundings.doors
        where = _listening(surroundings, self._collect)
        access = Access(self._collect)
        self._loaded_at = time.monotonic()
        form = FORMATS[feed.format]
        begins = feed.options.begins.encode() or form.begins
        shape = Shape(surroundings.line_limit, json=form.json, rule=rule_of(begins))
        self._key = ("receiver", where.address)
        self._receiver = self._doors.enter(self._key, lambda: Receiver(where))
        self._desk: Desk = self._receiver.enter(feed.id, access, shape, surroundings.delivered)
        self._closed = False

    def poll(self, now: datetime) -> Iterator[Chunk]:  # noqa: ARG002 - every collector's
        """Hand over what waits now; what the last poll's commit failed on is refused to its sender."""
        inbox = self._desk.inbox
        inbox.settle(committed=False)
        self.problems = [*self._reload(), *self._desk.troubles()]
        waiting = inbox.waiting()
        while waiting > 0 and (taken := inbox.take(_CHUNK_BYTES)):
            waiting -= len(taken)
            try:
                yield self._chunk(taken)
            finally:
                inbox.settle(committed=False)  # unless it was accepted

    def accept(self, chunk: Chunk) -> None:
        """Tell the senders that what they sent is committed."""
        self._count = int(chunk.position)
        self._desk.inbox.settle(committed=True)

    def close(self) -> None:
        """Leave the receiver; it stays open for others, and for the one that takes over."""
        if not self._closed:
            self._closed = True
            self._receiver.leave(self._desk)
            self._doors.leave(self._key)

    def _chunk(self, taken: list[Delivery]) -> Chunk:
        lines = pa.concat_arrays([one.records for one in taken])
        rejected = [reject for one in taken for reject in one.rejects]
        behind = self._count + len(lines)
        peers = {one.peer for one in taken}
        return Chunk(
            source=SOURCE,
            path=peers.pop() if len(peers) == 1 else f"{len(peers)} senders",
            lines=lines,
            offsets=pa.array(range(self._count, behind), pa.int64()),
            rejects=[(behind + number, data, reason) for number, (data, reason) in enumerate(rejected)],
            position=str(behind + len(rejected)),
            deliveries=tuple(name for one in taken for name in one.names),
        )

    def _reload(self) -> list[str]:
        if time.monotonic() - self._loaded_at < _RELOAD_SECONDS:
            return []
        try:
            self._desk.access = Access(self._collect)
        except WarroomError as problem:
            return [f"{problem}; the secrets of before go on"]
        self._loaded_at = time.monotonic()
        return []


def open_collector(feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> PushCollector:
    """Open the collector of a feed that is delivered by HTTP."""
    return PushCollector(feed, positions, surroundings)


def _listening(surroundings: Surroundings, collect: Push) -> Listening:
    if surroundings.receiver is None:
        raise UsageError("deliveries by HTTP are not switched on: set WARROOM_RECEIVER=host:port, restart the worker")
    where = Listening(
        surroundings.receiver,
        surroundings.receiver_certificate,
        surroundings.receiver_key,
        surroundings.receiver_clients,
    )
    if collect.clients and not (where.certificate and where.clients):
        reason = "`clients` needs WARROOM_RECEIVER_CERTIFICATE and WARROOM_RECEIVER_CLIENTS: who signs certificates"
        raise UsageError(reason)
    return where
