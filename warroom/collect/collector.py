"""What every transport is: a collector, opened for one feed, that hands over chunks and hears when they are kept."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, cast, runtime_checkable

from warroom.catalog.transports import TRANSPORTS

if TYPE_CHECKING:
    from warroom.catalog import Feed
    from warroom.collect.chunk import Chunk
    from warroom.collect.doors import Doors
    from warroom.net import Network, Proxy


class Collector(Protocol):
    """Reads one feed's sources from their committed positions on. One thread at a time uses it.

    ``poll`` gives what there is now, chunk by chunk, and ends: it may wait for a network, within bounds, but not for
    something to happen. After the commit of each chunk, and before the next is asked for, the caller says ``accept``;
    a source that can be told is told then. What was not accepted is handed over again: by the next poll of this
    collector, or by another that is opened at the committed positions. ``problems`` says, after a poll, what could
    not be read, each in one line for people; such trouble does not raise. ``close`` gives back what it holds.
    """

    problems: list[str]

    def poll(self, now: datetime) -> Iterator[Chunk]:
        """Read what is new."""
        ...

    def accept(self, chunk: Chunk) -> None:
        """Note that a chunk is committed."""
        ...

    def close(self) -> None:
        """Let go of sockets, threads and files."""
        ...


@runtime_checkable
class Finishing(Protocol):
    """A collector that holds in memory what no sender sends again."""

    def finish(self) -> None:
        """Take nothing new: the next pass gives what was on its way, and is the last."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a collector may use of the process it runs in.

    Args:
        line_limit: the longest record that is an event, in bytes.
        allowed: networks that may be connected to though they are not public (WARROOM_OUTBOUND).
        doors: the listening sockets of this process, which outlive a collector.
        delivered: of some delivery ids of a feed, those that are committed.
        receiver: where the HTTP receiver listens, host:port; None: it is not switched on.
        receiver_certificate, receiver_key: paths of PEM files; None: it speaks plain HTTP, behind a proxy.
        receiver_clients: path of a PEM file of authorities whose client certificates are asked for.
        proxy: by which others are asked by HTTP (WARROOM_PROXY); None: we connect ourselves.
    """

    line_limit: int
    allowed: tuple[Network, ...]
    doors: Doors
    delivered: Callable[[str, Collection[str]], frozenset[str]]
    receiver: str | None = None
    receiver_certificate: str | None = None
    receiver_key: str | None = None
    receiver_clients: str | None = None
    proxy: Proxy | None = None


class _Opener(Protocol):
    def open_collector(self, feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> Collector: ...


def open_collector(feed: Feed, positions: Mapping[str, str], surroundings: Surroundings) -> Collector:
    """Open the collector of a feed at the committed positions (source → position as its chunks told it).

    Raises:
        WarroomError: what the feed needs is not there, such as a port or a key; the message says what to do.
    """
    module = importlib.import_module(f"warroom.collect.{TRANSPORTS[feed.transport].module}")
    return cast("_Opener", module).open_collector(feed, positions, surroundings)
